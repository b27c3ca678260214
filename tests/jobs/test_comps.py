"""A shot's final comp: signed with the takes in it, and what is done to it afterwards is caught."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import encypher_c2pa
import pytest

from platewright.contract.checks import CheckAsk
from platewright.contract.comps import CompRecord, comp_names
from platewright.contract.errors import PlatewrightError
from platewright.contract.findings import Severity
from platewright.contract.mapper import canonical, from_bytes
from platewright.contract.progress import Silent
from platewright.contract.request import Matte, Plate, Regenerate, Request
from platewright.jobs.check import check
from platewright.jobs.comps import CompPlace, comp_at, sign_render
from platewright.jobs.entered_comps import comps_by_take, comps_in
from platewright.jobs.ledger import Ledger
from platewright.jobs.run import run
from platewright.jobs.signed_things import SignedVerification, signed_at, verify_signed
from platewright.jobs.takes import TakeStore, load
from platewright.jobs.verify import State
from platewright.provenance.definition import COMP_MEDIA_TYPE
from platewright.provenance.identity import IdentitySettings, load_identity, trust_anchors
from platewright.provenance.manifest import sign_take
from platewright.provenance.reading import read_manifest
from tests.jobs.delivered_files import Comped
from tests.jobs.painted_take import Paint
from tests.jobs.small_shot import HEIGHT, WIDTH, small_shot
from tests.provenance.third_validator import valid_detached


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Comped:
    folder = tmp_path_factory.mktemp("comped")
    comped = Comped(small_shot(folder / "shot"), folder / "work", folder / "home", ("rig", "wire"))
    comped.sign()
    return comped


@pytest.fixture
def comped(made: Comped) -> Any:
    """The signed comp; what a test does to it is undone afterwards."""
    kept = made.folder.with_name("kept")
    shutil.copytree(made.folder, kept)
    yield made
    shutil.rmtree(made.folder)
    kept.rename(made.folder)


def verified(comped: Comped, **changes: Any) -> SignedVerification:
    place = comp_at(Path(comped.render))
    assert place is not None
    return verify_signed(place, Silent(), trust=trust_anchors(comped.settings), **changes)


def codes(found: SignedVerification) -> set[str]:
    return {one.code for one in found.findings}


def record_of(comped: Comped) -> CompRecord:
    place = comp_at(Path(comped.render))
    assert place is not None
    return from_bytes(CompRecord, place.record.read_bytes())


def test_a_comp_names_its_takes_the_plate_and_their_share_of_each_frame(made: Comped) -> None:
    record = record_of(made)
    take = load(made.takes[0])
    assert [one.name for one in record.elements] == ["rig_v001", "wire_v001"]
    assert [frame.number for frame in record.frames] == list(made.shot.frames)
    for frame, of_take in zip(record.frames, take.frames, strict=True):
        share = of_take.changed_pixels / (WIDTH * HEIGHT)
        assert frame.shares == (share, share) and share > 0
        assert frame.generated == share, "both takes cover the same pixels, which count once"
        assert frame.plate is not None and frame.plate.sha256 == of_take.plate.sha256
    assert record.plate == "plate.####.exr"
    assert b"/" not in record.pattern.encode() and str(made.folder) not in canonical(record).decode()


def test_elements_that_lie_apart_are_counted_without_opening_a_picture(made: Comped, tmp_path: Path) -> None:
    """The second take's matte covers another part of the picture; its patch is not even there any more."""
    comped = Comped(small_shot(tmp_path / "shot"), tmp_path / "work", tmp_path / "home")
    painted = Paint(frame=0)
    request = Request(Regenerate(), "far", Plate(comped.shot.plate, comped.shot.frames), Matte(comped.shot.matte))
    run(request, comped.folder / "elements", comped.settings, Silent(), operate=painted)
    far = TakeStore(comped.folder / "elements").place("far", 1)
    comped.takes.append(far)
    assert (load(far).frames[0].changed & load(comped.takes[0]).frames[0].changed).is_empty
    far.frame(1001).unlink()
    comped.sign()
    frame = record_of(comped).frames[0]
    assert max(frame.shares) < frame.generated == sum(frame.shares)


def test_the_manifest_carries_each_takes_own_and_says_its_list_of_actions_is_not_complete(made: Comped) -> None:
    place = comp_at(Path(made.render))
    assert place is not None
    data, manifest = place.record.read_bytes(), place.manifest.read_bytes()
    report = read_manifest(data, manifest, trust_anchors(made.settings), COMP_MEDIA_TYPE)
    assert report.state == "Trusted"
    assert [(one.relationship, one.title, one.has_manifest) for one in report.inputs] == [
        ("parentOf", "plate.####.exr", False),
        ("componentOf", "rig_v001", True),
        ("componentOf", "wire_v001", True),
    ]
    assert [(act.name, act.source_type) for act in report.actions] == [
        ("c2pa.opened", ""),
        ("c2pa.placed", "compositeSynthetic"),
        ("c2pa.placed", "compositeSynthetic"),
    ]
    assert report.assertion("c2pa.actions.v2")["allActionsIncluded"] is False
    told = report.assertion("org.platewright.comp")
    assert float(told["generated"]["mean"]) > 0 and [one["name"] for one in told["elements"]] == [
        "rig_v001",
        "wire_v001",
    ]
    assert report.manifests == 3
    assert str(made.folder) not in json.dumps(report.assertions, default=str)


def test_an_independent_validator_agrees_and_catches_tampering(made: Comped) -> None:
    place = comp_at(Path(made.render))
    assert place is not None
    identity = load_identity(made.settings)

    def judged(asset: bytes) -> str:
        found = encypher_c2pa.verify(asset, "image/jpeg", manifest_store=place.manifest.read_bytes(),
                                     trust_pem=identity.root_pem, telemetry=False, online=False)  # fmt: skip
        return str(found["validation_state"])

    data = place.record.read_bytes()
    assert judged(data) == "Trusted"
    assert judged(data.replace(b"1001", b"1009", 1)) == "Invalid"


def test_third_validator_agrees(made: Comped, tmp_path: Path) -> None:
    there = place(made)
    data = there.record.read_bytes()
    judged = valid_detached(tmp_path, there.manifest.read_bytes(), [data, data.replace(b"1001", b"1009", 1)])
    assert judged == [True, False]


def test_a_trained_models_take_makes_the_comp_say_so(tmp_path: Path) -> None:
    comped = Comped(small_shot(tmp_path / "shot"), tmp_path / "work", tmp_path / "home")
    trained = Paint(frame=0, trained=True)
    run(comped.shot.request("rig"), comped.folder / "elements", comped.settings, Silent(), operate=trained)
    comped.takes = [TakeStore(comped.folder / "elements").place("rig", 2)]
    assert comped.sign().source_type == "compositeWithTrainedAlgorithmicMedia"
    place = comp_at(Path(comped.render))
    assert place is not None
    report = read_manifest(place.record.read_bytes(), place.manifest.read_bytes(), "", COMP_MEDIA_TYPE)
    assert report.assertion("c2pa.ai-disclosure")["modelName"] == "paint"


def test_the_ledger_of_the_takes_knows_the_comp_and_what_it_was_made_of(comped: Comped) -> None:
    root = comped.folder / "elements"
    (entry,), there = comps_in(root), place(comped)
    assert (entry.record, entry.manifest) == tuple(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (there.record, there.manifest)
    )
    takes = [hashlib.sha256(take.record.read_bytes()).hexdigest() for take in comped.takes]
    assert list(entry.takes) == takes and set(comps_by_take(root)) == set(takes)
    only_one = replace(comped.ask(replace=True), elements=comped.ask().elements[:1])
    sign_render(only_one, load_identity(comped.settings), Silent(), trust=trust_anchors(comped.settings))
    assert comps_by_take(root) == {takes[0]: ("sh010_comp_v012",)}, "the last word counts"
    elsewhere = comped.folder / "another_shot" / Path(comped.render).name
    shutil.copytree(Path(comped.render).parent, elsewhere.parent, ignore=shutil.ignore_patterns("*.json*"))
    sign_render(
        replace(comped.ask(), render=str(elsewhere)), load_identity(comped.settings), Silent(),
        trust=trust_anchors(comped.settings),
    )  # fmt: skip
    assert comps_by_take(root)[takes[0]] == ("sh010_comp_v012",) * 2, "another comp of that name is another comp"
    assert Ledger(root).check() == ()


def test_a_comp_is_signed_where_the_takes_ledger_can_not_be_written_and_that_is_said(comped: Comped) -> None:
    ledger = comped.folder / "elements" / "ledger.jsonl"
    ledger.unlink()
    ledger.mkdir()
    assert [one.code for one in comped.sign(replace=True).findings] == ["comp_not_entered"]
    assert verified(comped).state is State.PASSED


def test_a_whole_comp_passes_with_its_plate_too(made: Comped) -> None:
    found = verified(made, plate=made.shot.plate)
    assert (found.state, codes(found)) == (State.PASSED, set())
    assert [check.name for check in found.checks] == ["signature and files", "elements", "plate"]


def move(comped: Comped) -> None:
    """One frame later, each: a re-timed render."""
    frames = list(comped.shot.frames)
    data = {number: comped.frame(number).read_bytes() for number in frames}
    for number in frames:
        comped.frame(number).write_bytes(data[min(number + 1, frames[-1])])


def swap_frames(comped: Comped) -> None:
    one, other = comped.frame(1001).read_bytes(), comped.frame(1002).read_bytes()
    comped.frame(1001).write_bytes(other)
    comped.frame(1002).write_bytes(one)


def of_a_take(comped: Comped) -> None:
    shutil.copy(comped.takes[0].manifest, place(comped).manifest)


def place(comped: Comped) -> CompPlace:
    found = comp_at(Path(comped.render))
    assert found is not None
    return found


def edit_record(comped: Comped) -> None:
    path = place(comped).record
    path.write_bytes(path.read_bytes().replace(b'"rig_v001"', b'"rig_v009"'))


TAMPERED: dict[str, tuple[Callable[[Comped], object], str]] = {
    "a frame is modified": (lambda comped: comped.write(1002, gain=1.5), "frame_modified"),
    "a frame is missing": (lambda comped: comped.frame(1002).unlink(), "frame_missing"),
    "two frames are swapped": (swap_frames, "frame_swapped"),
    "the frames are re-timed": (move, "frame_swapped"),
    "there is an extra frame": (lambda comped: shutil.copy(comped.frame(1001), comped.frame(1050)), "frame_unlisted"),
    "a frame is truncated": (
        lambda comped: comped.frame(1002).write_bytes(comped.frame(1002).read_bytes()[:-99]), "frame_modified"),
    "the record is edited": (edit_record, "manifest_mismatch"),
    "the manifest is a take's": (of_a_take, "manifest_mismatch"),
    "the manifest is gone": (lambda comped: place(comped).manifest.unlink(), "manifest_missing"),
    "the manifest is no manifest": (lambda comped: place(comped).manifest.write_bytes(b"x" * 99), "manifest_malformed"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_with_a_comp_is_caught_with_the_right_finding(comped: Comped, name: str) -> None:
    tamper, code = TAMPERED[name]
    tamper(comped)
    found = verified(comped)
    assert found.state is State.FAILED and code in codes(found)


def test_frames_that_were_not_asked_for_are_not_held_against_a_part(comped: Comped) -> None:
    comped.sign(frames="1001-1002", replace=True)
    found = verified(comped)
    assert found.state is State.PASSED
    (said,) = (one for one in found.findings if one.code == "frames_unsigned")
    assert said.severity is Severity.WARNING and "1003" in said.message and "1001-1002" in said.message
    comped.frame(1003).unlink()
    assert "frames_unsigned" not in codes(verified(comped))


@pytest.mark.parametrize(
    "tamper, code",
    [
        (lambda comped: comped.write(1001, gain=2.0), "frame_modified"),
        (lambda comped: comped.frame(1002).unlink(), "frame_missing"),
        (lambda comped: shutil.copy(comped.frame(1003), comped.frame(1002).with_name(
            comped.frame(1002).name.replace("1002", "01002"))), "frame_unlisted"),
    ],
    ids=["changed", "gone", "another file of the same number"],
)  # fmt: skip
def test_frames_that_were_asked_for_are_held_to_it(
    comped: Comped, tamper: Callable[[Comped], object], code: str
) -> None:
    comped.sign(frames="1001-1002", replace=True)
    tamper(comped)
    assert verified(comped).state is State.FAILED and code in codes(verified(comped))


def test_the_gate_holds_up_a_render_of_which_only_a_part_is_signed(comped: Comped) -> None:
    """It is asked about all that lies there, and what nobody signed would go along."""
    asked = CheckAsk((comped.render,))
    comped.sign(replace=True)
    before = {(one.found.rule, one.code) for one in check(asked, Silent(), trust_anchors(comped.settings)).findings}
    comped.sign(frames="1001-1002", replace=True)
    report = check(asked, Silent(), trust_anchors(comped.settings))
    assert {(one.found.rule, one.code) for one in report.findings} - before == {("PW004", "frames_unsigned")}
    assert report.exit_code == 2


def test_a_record_from_before_frames_could_be_asked_for_is_read(made: Comped) -> None:
    data = canonical(record_of(made))
    earlier = data.replace(b'"asked":null,', b"")
    assert earlier != data and from_bytes(CompRecord, earlier) == record_of(made)


def test_another_plate_is_found_where_it_is_named(comped: Comped, tmp_path: Path) -> None:
    for number in comped.shot.frames:
        path = Path(comped.shot.plate.replace("####", str(number)))
        (tmp_path / path.name).write_bytes(path.read_bytes() + b"\0")
    found = verified(comped, plate=str(tmp_path / "plate.####.exr"))
    assert found.state is State.FAILED and "plate_differs" in codes(found)


def test_a_foreign_signer_is_refused_where_trust_is_asked_for(comped: Comped, tmp_path: Path) -> None:
    stranger = load_identity(IdentitySettings(home=tmp_path / "stranger"))
    sign_render(comped.ask(replace=True), stranger, Silent(), trust=trust_anchors(comped.settings))
    assert verified(comped).state is State.PASSED and "signer_untrusted" in codes(verified(comped))
    assert verified(comped, trusted_only=True).state is State.FAILED


def test_a_signed_render_is_signed_again_only_when_told_so(comped: Comped) -> None:
    with pytest.raises(PlatewrightError) as refusal:
        comped.sign()
    assert refusal.value.code == "in_the_way"
    comped.write(1002, gain=0.5)
    comped.sign(replace=True)
    assert verified(comped).state is State.PASSED


def test_a_take_whose_manifest_does_not_hold_is_built_upon_by_nobody(comped: Comped) -> None:
    take = comped.takes[0]
    record = replace(load(take), created="2026-01-01T00:00:00Z")
    take.record.write_bytes(canonical(record))
    with pytest.raises(PlatewrightError) as refusal:
        comped.sign(replace=True)
    assert refusal.value.code == "element_invalid"
    take.manifest.write_bytes(sign_take(record, canonical(record), load_identity(comped.settings)).manifest)
    comped.sign(replace=True)


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"elements": ()}, "comp_without_elements"),
        ({"frames": "2001-2003"}, "frames_missing"),
        ({"plate": "/nowhere/plate.####.exr"}, "folder_unreadable"),
    ],
)
def test_what_can_t_be_signed_is_refused_and_nothing_is_written(comped: Comped, changes: Any, code: str) -> None:
    place(comped).record.unlink()
    with pytest.raises(PlatewrightError) as refusal:
        comped.sign(**changes)
    assert refusal.value.code == code
    assert not list(Path(comped.render).parent.glob("*.comp.json"))


def test_a_take_that_covers_no_frame_of_the_render_is_refused(comped: Comped, tmp_path: Path) -> None:
    for number in comped.shot.frames:
        comped.frame(number).rename(comped.frame(number + 500))
    with pytest.raises(PlatewrightError) as refusal:
        comped.sign(replace=True)
    assert refusal.value.code == "element_not_in_comp"


def test_a_comp_is_found_by_any_of_its_files(made: Comped) -> None:
    there = place(made)
    for path in (there.record, there.manifest, Path(made.render), made.frame(1001)):
        assert comp_at(path) == there
    assert comp_at(made.takes[0].frame(1001)) is None
    assert signed_at(there.record.parent) == (there,)


@pytest.mark.parametrize(
    "pattern, name",
    [("a_v012.####.exr", "a_v012"), ("a_v012.%04d.dpx", "a_v012"), ("a_v012_@@@.exr", "a_v012"), ("a.exr", "a"),
     ("a.$F4.exr", "a")],
)  # fmt: skip
def test_a_comp_is_named_after_its_frames(pattern: str, name: str) -> None:
    assert comp_names(pattern) == (name, name + ".comp.json")
