"""Going on from an earlier take: frames that still hold are taken over byte for byte, the others are made again."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.errors import PlatewrightError, RequestError, StorageError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import JobState, Submission
from platewright.contract.progress import Silent
from platewright.contract.request import Base, Plate, Reference, Request
from platewright.contract.takes import TakeRecord
from platewright.jobs import run as jobs_run
from platewright.jobs import staging
from platewright.jobs.base_take import with_base
from platewright.jobs.places import TakePlace, takes_at
from platewright.jobs.reuse import answer_or_course, made_before
from platewright.jobs.run import run
from platewright.jobs.takes import TakeStore
from platewright.jobs.verify import State, verify
from platewright.jobs.worker import work
from platewright.provenance.identity import trust_anchors
from platewright.provenance.reading import read_manifest
from platewright.provenance.settings import IdentitySettings
from tests.jobs.desks import desk_at
from tests.jobs.small_shot import SmallShot, small_shot, write_exr

COUNT = 8


@pytest.fixture
def shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallShot:
    monkeypatch.setattr(jobs_run, "OPERATIONS", {**jobs_run.OPERATIONS, "regenerate": "tests.cli.grey"})
    return small_shot(tmp_path / "shot", COUNT)


class Shop:
    """Takes of one shot below one root."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "out"
        self.settings = IdentitySettings(home=folder / "home")

    def make(self, request: Request) -> TakeRecord:
        return run(request, self.root, self.settings, Silent())

    def place(self, version: int) -> TakePlace:
        return TakeStore(self.root).place("rig", version)

    def bytes_of(self, version: int) -> dict[int, bytes]:
        return {number: self.place(version).frame(number).read_bytes() for number in range(1001, 1001 + COUNT)}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def other_matte(shot: SmallShot, *numbers: int) -> None:
    for number in numbers:
        matte = np.zeros((64, 96, 1), np.float32)
        matte[20:30, 30:50] = 1
        write_exr(shot.folder / f"matte.{number}.exr", matte, ("A",), space="")


def test_a_changed_matte_on_some_frames_makes_these_again_and_those_beside_them(shot: SmallShot, shop: Shop) -> None:
    shop.make(shot.request())
    other_matte(shot, 1003, 1004)
    based = with_base(shot.request(), shop.root)
    assert based.said == (
        "6 frames will be made again: 1001-1006 (2 changed + 4 beside them, for continuity); "
        "2 are taken over from v001 as files"
    )
    record = shop.make(with_base(shot.request(), shop.root, overlap=1).request)
    made = {frame.number for frame in record.frames if not frame.taken_from}
    assert made == {1002, 1003, 1004, 1005}
    assert {frame.taken_from for frame in record.frames if frame.number not in made} == {"rig_v001"}
    first, second = shop.bytes_of(1), shop.bytes_of(2)
    assert {number for number in first if first[number] == second[number]} == set(first) - made
    assert [frame.file.name for frame in record.frames] == [f"rig_v002.{number}.exr" for number in sorted(first)]


def test_the_take_is_whole_signed_with_its_base_and_verified_with_old_stamps(
    shot: SmallShot, shop: Shop, tmp_path: Path
) -> None:
    shop.make(shot.request())
    other_matte(shot, 1008)
    second = shop.make(with_base(shot.request(), shop.root, overlap=0).request)
    other_matte(shot, 1001)
    third = shop.make(with_base(shot.request(), shop.root, overlap=0).request)
    assert second.request.base is not None
    assert third.request.base is not None
    assert (second.request.base.version, third.request.base.version) == (1, 2)
    taken = {frame.number: frame.taken_from for frame in third.frames}
    assert (taken[1001], taken[1002], taken[1008]) == ("", "rig_v001", "rig_v002")
    trust = trust_anchors(shop.settings)
    for version in (1, 2, 3):
        if version == 3:
            found = verify(shop.place(version), Silent(), trust=trust)
            assert found.state is State.PASSED, found.findings
    place = shop.place(3)
    manifest = read_manifest(place.record.read_bytes(), place.manifest.read_bytes(), trust)
    assert ("rig_v002.take.json", "componentOf", True) in [
        (part.title, part.relationship, part.has_manifest) for part in manifest.inputs
    ]
    assert "frames of rig_v002 taken over as they are" in [act.description for act in manifest.actions]
    assert manifest.assertion("org.platewright.generation")["base"]["frames"] == "1002-1008"


def test_a_file_of_another_take_under_a_frame_s_name_is_found_by_its_stamp(shot: SmallShot, shop: Shop) -> None:
    shop.make(shot.request())
    other_matte(shot, 1003)
    record = shop.make(with_base(shot.request(), shop.root, overlap=0).request)
    forged = replace(record, frames=tuple(replace(frame, taken_from="") for frame in record.frames))
    from platewright.jobs.pixels import check_patch, read_patch

    kept = next(frame for frame in forged.frames if frame.number == 1001)
    found = check_patch(read_patch(shop.place(2), 1001), forged, kept)
    assert [finding.code for finding in found] == ["stamp_differs"]
    assert check_patch(read_patch(shop.place(2), 1001), record, record.frames[0]) == []


def test_frames_named_by_hand_are_made_again_and_no_others(shot: SmallShot, shop: Shop) -> None:
    shop.make(shot.request())
    asked = shot.request(seed=7, base=Base(frames=FrameRange.parse("1005")))
    based = with_base(asked, shop.root)
    assert based.said.startswith("1 frame will be made again: 1005 (1 asked for); 7 are taken over from v001")
    record = shop.make(asked)
    assert [frame.number for frame in record.frames if not frame.taken_from] == [1005]
    beside = with_base(replace(asked, base=Base(frames=FrameRange.parse("1005"), overlap=1)), shop.root)
    assert beside.request.base is not None
    assert str(beside.request.base.redo(asked.plate.frames)) == "1004-1006"


def test_the_same_request_again_is_answered_by_the_take_that_went_on(shot: SmallShot, shop: Shop) -> None:
    shop.make(shot.request())
    other_matte(shot, 1003)
    answer, based = answer_or_course(shot.request(), shop.root, False, 0)
    assert answer is None
    shop.make(based.request)
    answer, _ = answer_or_course(shot.request(), shop.root, False, 0)
    assert answer is not None
    assert answer.stem == "rig_v002"
    by_hand = with_base(shot.request(seed=5, base=Base(2, FrameRange.parse("1006"))), shop.root).request
    shop.make(by_hand)
    found = made_before(by_hand, shop.root)
    assert found is not None
    assert found[0].stem == "rig_v003"
    assert made_before(shot.request(seed=5), shop.root) is None, "most of it was made with another seed"
    assert with_base(shot.request(), shop.root, anew=True).request.base is None


def test_the_same_pictures_elsewhere_answer_and_lend_as_a_host_exports_them(
    shot: SmallShot, shop: Shop, tmp_path: Path
) -> None:
    shop.make(shot.request())
    shutil.copytree(shot.folder, tmp_path / "exported")
    there = SmallShot(tmp_path / "exported", shot.frames)
    found = made_before(there.request(), shop.root)
    assert found is not None
    other_matte(there, 1003)
    based = with_base(there.request(), shop.root, overlap=0)
    assert based.request.base is not None
    assert (based.request.base.version, str(based.request.base.frames)) == (1, "1003")
    record = shop.make(based.request)
    assert record.request.plate.pattern == there.plate
    assert verify(shop.place(2), Silent(), trust=trust_anchors(shop.settings)).state is State.PASSED
    shutil.rmtree(shot.folder)
    other_matte(there, 1003)
    shutil.copy(there.folder / "matte.1001.exr", there.folder / "matte.1003.exr")
    assert made_before(there.request(), shop.root) is None, "a take whose own plate is gone could not be verified"


@pytest.mark.parametrize("moved", [False, True], ids=["links", "copies"])
def test_taken_over_files_are_links_where_the_disk_has_them_and_copies_where_not(
    shot: SmallShot, shop: Shop, monkeypatch: pytest.MonkeyPatch, moved: bool
) -> None:
    shop.make(shot.request())
    if moved:

        def refuse(*_: object, **__: object) -> None:
            raise OSError(1, "no links here")

        monkeypatch.setattr(staging.os, "link", refuse)
    shop.make(shot.request(base=Base(frames=FrameRange.parse("1005"))))
    same = os.path.samefile(shop.place(1).frame(1001), shop.place(2).frame(1001))
    assert same is not moved
    assert shop.bytes_of(1)[1001] == shop.bytes_of(2)[1001]
    assert not os.path.samefile(shop.place(1).frame(1005), shop.place(2).frame(1005))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"base": Base(4)}, "base_missing"),
        ({"base": Base(1)}, "nothing_changed"),
        ({"base": Base(1, FrameRange.parse("999"))}, "base_frames_outside"),
        ({"base": Base(1, FrameRange.parse("1005")), "backend": "other"}, "base_unfit"),
        ({"base": Base(1, FrameRange.parse("1005")), "region": None, "element": "never"}, "base_missing"),
    ],
)
def test_what_can_lend_no_frames_is_refused_with_the_reason(
    shot: SmallShot, shop: Shop, changes: dict[str, object], code: str
) -> None:
    shop.make(shot.request())
    with pytest.raises(RequestError) as caught:
        shop.make(shot.request(**changes))
    assert caught.value.code == code
    assert caught.value.hint
    assert [place.version for place in TakeStore(shop.root).takes()] == [1]


def test_frames_the_base_lacks_have_to_be_made(shot: SmallShot, shop: Shop) -> None:
    few = Plate(shot.plate, FrameRange.parse("1001-1004"))
    shop.make(shot.request(plate=few))
    with pytest.raises(RequestError) as caught:
        shop.make(shot.request(base=Base(1, FrameRange.parse("1002"))))
    assert caught.value.code == "base_frames_missing"
    longer = shop.make(shot.request(base=Base(1, overlap=0)))
    assert [frame.number for frame in longer.frames if frame.taken_from] == [1001, 1002, 1003, 1004]


def test_a_damaged_frame_is_never_taken_over(shot: SmallShot, shop: Shop) -> None:
    shop.make(shot.request())
    settled = with_base(shot.request(base=Base(1, FrameRange.parse("1005"))), shop.root).request
    frame = shop.place(1).frame(1002)
    frame.write_bytes(frame.read_bytes()[:-1] + b"?")
    with pytest.raises(StorageError) as caught:
        shop.make(settled)
    assert (caught.value.code, caught.value.frame) == ("base_damaged", 1002)
    assert [place.version for place in TakeStore(shop.root).takes()] == [1]
    again = with_base(shot.request(), shop.root, overlap=0).request.base
    assert again is not None
    assert str(again.frames) == "1002", "by content a damaged frame is one to make again"


def test_a_base_that_is_another_take_by_now_is_refused(shot: SmallShot, shop: Shop) -> None:
    shop.make(shot.request())
    wrong = Base(1, FrameRange.parse("1005"), 0, "0" * 64)
    with pytest.raises(RequestError) as caught:
        shop.make(shot.request(base=wrong))
    assert caught.value.code == "base_changed"


def test_kept_frames_whose_inputs_have_changed_are_told(shot: SmallShot, shop: Shop) -> None:
    shop.make(shot.request())
    other_matte(shot, 1002)
    record = shop.make(shot.request(base=Base(1, FrameRange.parse("1005"))))
    (told,) = [finding for finding in record.findings if finding.code == "kept_inputs_changed"]
    assert told.frame == 1002


def test_a_changed_clean_plate_counts_by_frame_and_a_still_one_for_all(shot: SmallShot, shop: Shop) -> None:
    for number in shot.frames:
        shutil.copy(shot.folder / f"plate.{number}.exr", shot.folder / f"clean.{number}.exr")
    clean = Reference("clean_plate", str(shot.folder / "clean.####.exr"))
    request = shot.request(references=(clean,))
    from platewright.imaging.sequence import find_sequence
    from platewright.imaging.stream import hash_file
    from platewright.jobs.changes import Content

    files = find_sequence(clean.pattern, None, "reference").files
    hashes = tuple(hash_file(files[number]) for number in shot.frames)
    record = replace(shop.make(shot.request()), request=request, references=(hashes,))
    assert Content().changed_frames(request, shop.place(1), record) == ()
    shutil.copy(shot.folder / "plate.1001.exr", shot.folder / "clean.1006.exr")
    assert Content().changed_frames(request, shop.place(1), record) == (1006,)
    still = replace(request, references=(Reference("clean_plate", str(files[1002])),))
    assert Content().changed_frames(still, shop.place(1), record) == shot.frames.numbers


def test_a_job_says_beforehand_what_it_makes_and_a_quote_too(tmp_path: Path, shot: SmallShot, shop: Shop) -> None:
    desk = desk_at(tmp_path / "desk")
    asked = Submission(shot.request(), str(shop.root), key="k")
    desk.submit(replace(asked, key=""))
    work(desk, until_idle=True)
    other_matte(shot, 1008)
    quote = desk.quote(asked)
    assert (quote.answered_by, quote.frames_to_run, quote.frames_reused) == ("", 3, 5)
    assert "3 frames will be made again: 1006-1008 (1 changed + 2 beside them" in quote.notes[0]
    job = desk.submit(asked)
    assert desk.submit(asked).id == job.id, "the same key is the same job, although its base was filled in"
    work(desk, until_idle=True)
    done = desk.job(job.id)
    assert done.state is JobState.DONE, done.failure
    assert quote.notes[0] in [event.text for event in desk.events(job=job.id) if event.kind == "note"]
    (place,) = takes_at(Path(done.take))
    assert place.version == 2
    assert desk.quote(asked).answered_by == "rig_v002"


def test_a_generator_that_makes_each_frame_by_itself_is_asked_for_those_alone(
    tmp_path: Path, shot: SmallShot, shop: Shop
) -> None:
    desk = desk_at(tmp_path / "desk")
    first = shot.request(backend="grey")
    desk.submit(Submission(first, str(shop.root)))
    work(desk, until_idle=True)
    job = desk.submit(Submission(replace(first, base=Base(1, FrameRange.parse("1004"))), str(shop.root)))
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE
    assert shop.bytes_of(1)[1003] == shop.bytes_of(2)[1003]
    assert "rig_v002.1004" not in str(desk.job(job.id).failure)


def test_stopped_nothing_of_it_is_left_and_only_its_own_frames_are_rescued(
    shot: SmallShot, shop: Shop, tmp_path: Path
) -> None:
    from platewright.contract.errors import Cancelled
    from platewright.contract.progress import Step

    shop.make(shot.request())

    class Stop:
        def step(self, step: Step) -> None:
            if step.stage == "filling" and step.done == 1:
                raise Cancelled("stopped")

    settled = with_base(shot.request(base=Base(1, FrameRange.parse("1004-1005"))), shop.root).request
    course = jobs_run.Course(rescue=tmp_path / "rescued")
    with pytest.raises(PlatewrightError):
        run(settled, shop.root, shop.settings, Stop(), course=course)
    assert [path.name for path in (tmp_path / "rescued").iterdir()] == ["rig_v002.1004.exr"]
    assert [place.version for place in TakeStore(shop.root).takes()] == [1]
    assert verify(shop.place(1), Silent(), trust=trust_anchors(shop.settings)).state is State.PASSED
