"""Making a part of a region again, inside a smaller matte: what lies outside it stays the base take's, to the bit."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.errors import PlatewrightError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Base, Extend, Matte, Pads, Regenerate, Request
from platewright.contract.takes import TakeRecord
from platewright.imaging.reading import read_frame
from platewright.imaging.sequence import find_sequence
from platewright.jobs.base_take import with_base
from platewright.jobs.pixels import check_matte, read_patch
from platewright.jobs.places import TakePlace
from platewright.jobs.reuse import made_before
from platewright.jobs.run import run
from platewright.jobs.takes import TakeStore
from platewright.jobs.verify import State, verify
from platewright.provenance.identity import trust_anchors
from platewright.provenance.reading import read_manifest
from platewright.provenance.settings import IdentitySettings
from tests.moving_shot import make, write_exr
from tests.operations.test_regenerate import request_for

REDO = (1003, 1004)


class Shop:
    def __init__(self, folder: Path) -> None:
        self.shot, self.root = folder / "shot", folder / "out"
        self.settings = IdentitySettings(home=folder / "home")
        plates = make(frames=6, radius=16.0, grain=0.02)
        plates.write(self.shot)
        for number in plates.numbers:
            matte = np.zeros((*plates.mattes[number].shape, 1), np.float32)
            if number in REDO:
                rows, columns = np.nonzero(plates.mattes[number] > 0.99)
                y, x = int(rows.mean()), int(columns.mean())
                matte[y - 5 : y + 5, x - 4 : x + 22] = 1  # over the old matte's edge on the right
                matte[y - 6, x - 4 : x + 4] = 0.5
            write_exr(self.shot / f"part.{number:04d}.exr", matte, ("A",))
        self.whole = request_for(self.shot, "1001-1006", operation=Regenerate())
        self.first = self.make(self.whole)

    def make(self, request: Request) -> TakeRecord:
        return run(request, self.root, self.settings, Silent())

    def part(self, **base: object) -> Request:
        asked = Base(region=True, **base)  # type: ignore[arg-type]
        return replace(self.whole, matte=Matte(str(self.shot / "part.####.exr")), base=asked, seed=77)

    def place(self, version: int) -> TakePlace:
        return TakeStore(self.root).place("rig", version)

    def verified(self, version: int) -> State:
        return verify(self.place(version), Silent(), trust=trust_anchors(self.settings)).state


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("part"))
    shop.make(shop.part())
    return shop


def channels(place: TakePlace, number: int) -> tuple[np.ndarray, np.ndarray, object]:
    frame = read_frame(place.frame(number), number)
    return frame.rgb(), np.asarray(frame.channel("A"), np.float32), frame.data_window


def test_outside_the_smaller_matte_every_bit_is_the_base_s(begun: Shop) -> None:
    matte = {n: read_frame(begun.shot / f"part.{n}.exr", n).channel("A") for n in REDO}
    for number in REDO:
        before, alpha_before, box = channels(begun.place(1), number)
        now, alpha, same = channels(begun.place(2), number)
        assert box == same
        inside = matte[number][box.y0 : box.y1, box.x0 : box.x1] > 0  # type: ignore[attr-defined]
        changed = (alpha_before > 0) & ~inside
        assert changed.any()
        assert (now[changed].view(np.uint32) == before[changed].view(np.uint32)).all()
        assert (alpha[~inside] == alpha_before[~inside]).all()
        assert not (now[inside & (alpha > 0)] == before[inside & (alpha > 0)]).all()
        assert ((alpha > 0) == (alpha_before > 0)).all(), "what the base left alone is left alone"


def test_frames_without_any_of_it_are_taken_over_and_the_take_is_verified(begun: Shop) -> None:
    record = read_record(begun, 2)
    assert [frame.number for frame in record.frames if not frame.taken_from] == list(REDO)
    assert os.path.samefile(begun.place(1).frame(1001), begun.place(2).frame(1001))
    assert begun.verified(2) is State.PASSED
    assert record.request.base is not None
    assert record.request.base.region
    assert {frame.matte.name for frame in record.frames if frame.matte} == {f"part.{n}.exr" for n in range(1001, 1007)}


def read_record(shop: Shop, version: int) -> TakeRecord:
    from platewright.jobs.takes import load

    return load(shop.place(version))


def test_what_nobody_had_seen_is_not_said_to_be_seen(begun: Shop) -> None:
    for number in REDO:
        before = np.asarray(read_frame(begun.place(1).frame(number), number).channel("source.kind"), np.float32)
        now = np.asarray(read_frame(begun.place(2).frame(number), number).channel("source.kind"), np.float32)
        assert not ((before == 2) & (now == 1)).any()


def test_verify_sees_a_base_s_pixel_that_is_not_the_base_s(begun: Shop) -> None:
    record, number = read_record(begun, 2), REDO[0]
    mattes = find_sequence(str(begun.shot / "part.####.exr"), record.request.plate.frames, "matte")
    patch, under = read_patch(begun.place(2), number), read_patch(begun.place(1), number)
    entry = next(frame for frame in record.frames if frame.number == number)
    assert check_matte(patch, record, entry, mattes, under) == []
    forged = patch.rgb.copy()
    rows, columns = np.nonzero(patch.alpha == 1)
    forged[rows[0], columns[0]] += 0.5
    found = check_matte(replace(patch, rgb=forged), record, entry, mattes, under)
    assert [finding.code for finding in found] == ["base_pixels_differ"]


def test_with_the_base_gone_the_check_could_not_run(begun: Shop, tmp_path: Path) -> None:
    shutil.copytree(begun.root, tmp_path / "out")
    for path in (tmp_path / "out" / "rig").glob("rig_v001*"):
        path.unlink()
    place = TakeStore(tmp_path / "out").place("rig", 2)
    assert verify(place, Silent(), trust=trust_anchors(begun.settings)).state is State.COULD_NOT_RUN


def test_it_answers_the_same_part_again_but_never_the_plain_request(begun: Shop) -> None:
    again = with_base(begun.part(version=1), begun.root).request
    found = made_before(again, begun.root)
    assert found is not None
    assert found[0].version == 2
    assert made_before(replace(again, base=None), begun.root) is None
    plain = with_base(replace(again, base=None), begun.root).request
    assert plain.base is None, "nor does it lend to one"


@pytest.mark.parametrize("what", ["empty", "sky", "short"])
def test_what_cannot_be_is_refused(begun: Shop, what: str) -> None:
    asked = begun.part(version=1)
    if what == "empty":
        asked = replace(asked, base=Base(1, FrameRange.parse("1001-1002"), region=True))
    elif what == "sky":
        asked = replace(asked, operation=Extend(Pads(top=4)))
    else:
        asked = replace(asked, plate=replace(asked.plate, frames=FrameRange.parse("1003-1004")))
    with pytest.raises(PlatewrightError) as caught:
        begun.make(asked)
    codes = {"empty": "matte_empty", "sky": "base_unfit", "short": "base_frames_left_out"}
    assert caught.value.code == codes[what]
    assert caught.value.hint


def test_a_smaller_matte_may_cover_something_of_every_frame_and_all_frames_may_be_made_again(tmp_path: Path) -> None:
    """No frame is a file of the base's then; what lies outside the smaller matte still comes from it, and says so."""
    shop = Shop(tmp_path)
    for number in {*range(1001, 1007)} - {*REDO}:
        shutil.copy(shop.shot / f"part.{REDO[0]}.exr", shop.shot / f"part.{number}.exr")
    part = shop.make(shop.part())
    assert not any(frame.taken_from for frame in part.frames) and shop.verified(2) is State.PASSED
    all_anew = shop.make(replace(shop.whole, seed=5, base=Base(version=1, frames=FrameRange.parse("1001-1006"))))
    assert not any(frame.taken_from for frame in all_anew.frames) and shop.verified(3) is State.PASSED
    for version, carried in ((2, True), (3, False)):
        place = shop.place(version)
        report = read_manifest(place.record.read_bytes(), place.manifest.read_bytes())
        assert ("rig_v001.take.json" in [one.title for one in report.inputs]) == carried
        assert (any("pixels of rig_v001" in act.description for act in report.actions)) == carried
        assert report.assertion("org.platewright.generation")["base"]["frames"] == ""
