"""A matte that is larger than a clip model sees well: several crops over the clip, counted, and going over into each
other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.capabilities import Lengths
from platewright.contract.errors import BudgetExceeded
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import PlateShape
from platewright.contract.request import Extend, Pads, Plate, Regenerate, Request
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.crops import MOST_TILES
from platewright.imaging.reading import read_frame
from platewright.operations.by_model import work_of
from platewright.operations.chunks import Chunk, chunks_of
from platewright.operations.clip_plan import Mattes, crops_by, fitting, planned
from tests.fakes.model import CLIP, PAID, FakeModel
from tests.moving_shot import MovingShot, make
from tests.operations.test_by_model import asked, made
from tests.operations.test_regenerate import differing_outside_any

FRAMES = 9
PLATE = Box.of_size(160, 96)
WIDE = Box(8, 20, 152, 76)
SMALL = replace(CLIP, prices=PAID, lengths=Lengths(5, 5, 4, 1), sizes=replace(CLIP.sizes, least=32, best=48, most=64))
"""Sees so little at once that the matte takes several crops."""


class Restless(FakeModel):
    """Fills each send with a colour of its own."""

    def answer(self, body: bytes) -> bytes:
        self._colour = np.float32((0.5, 0.4, 0.3)) + np.float32(0.05) * (len(self.inputs) % 2)
        return super().answer(body)


class Redrawn(FakeModel):
    """Draws each chunk's detail anew, after the first: no blend makes one of that and what was there."""

    def answer(self, body: bytes) -> bytes:
        self._noise = 0.0 if len(self.inputs) <= 2 else 0.15
        return super().answer(body)


def wide_shot(frames: int = FRAMES, step: tuple[float, float] = (0.0, 0.0)) -> MovingShot:
    """A matte across most of the plate, with light, holes and infinities around it."""
    moving = make(frames=frames, step=step, radius=0.5)
    for number in moving.numbers:
        moving.mattes[number] = np.zeros((96, 160), np.float32)
        moving.mattes[number][WIDE.slices_in(PLATE)] = 1
        moving.mattes[number][WIDE.y0 - 1, WIDE.x0 : WIDE.x1] = 0.4
        moving.plates[number][3:6] = np.nan
        moving.plates[number][90:93, 20:60] = 12.0
        moving.plates[number][80:83, 20:60] = np.inf
    return moving


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wide")
    wide_shot().write(folder)
    return folder


def wide(folder: Path, frames: int = FRAMES, **changes: object) -> Request:
    plate = Plate(str(folder / "plate.####.exr"), FrameRange.parse(f"1001-{1000 + frames}"))
    operation = Regenerate(grain=False, seam_healing=0.0)
    return asked(folder, "fake-clip", **{"plate": plate, "operation": operation, **changes})


def tones(folder: Path, outcome: object) -> list[np.ndarray]:
    """What was made of each frame in stops, `(H, W)`, away from the matte's border."""
    found = []
    for record in outcome.frames:  # type: ignore[attr-defined]
        patch = read_frame(folder / record.file.name, record.number)
        inner = WIDE.grown(-6)
        found.append(np.log2(patch.rgb(inner).mean(axis=2)))
    return found


def test_a_large_matte_is_made_in_crops_that_agree_and_as_many_as_were_counted(shot: Path, tmp_path: Path) -> None:
    model = Restless(SMALL)
    counted = work_of(wide(shot), SMALL)
    outcome, sends = made(wide(shot), model, tmp_path)
    assert len(sends.bodies) == len(counted) == outcome.measures["sends"] >= 6
    assert list(sends.bodies)[:2] == ["frames 1001-1005, part 1", "frames 1001-1005, part 2"]
    assert [work.pixels for work in counted] == [inputs.size[0] * inputs.size[1] for inputs in model.inputs]
    assert differing_outside_any(shot, tmp_path, outcome) == 0
    assert all(record.shares.synthesis == 1.0 for record in outcome.frames)
    pictures = tones(tmp_path, outcome)
    across = max(float(np.abs(np.diff(picture, axis=1)).max()) for picture in pictures)
    over_time = max(float(np.abs(now - before).max()) for before, now in zip(pictures, pictures[1:], strict=False))
    assert across < 0.1, "one crop goes over into the next"
    assert over_time < 0.1, "and one chunk into the next"
    assert outcome.measures["crop_off"] is not None and outcome.measures["crop_off"] < 8
    assert not [one for one in outcome.findings if one.code == "chunks_differ"]


def test_a_later_crop_is_shown_what_the_earlier_one_made_and_not_asked_for_it(shot: Path, tmp_path: Path) -> None:
    model = FakeModel(SMALL, colour=(0.7, 0.3, 0.2))
    made(wide(shot), model, tmp_path)
    second = model.inputs[1]
    like = np.abs(second.frames - np.array((0.7, 0.3, 0.2), np.float32)).max(axis=-1) < 0.03
    assert (like & (second.masks == 0)).sum(axis=(1, 2)).min() > 100


def test_a_chunk_whose_matte_is_small_takes_one_crop_and_one_without_takes_none(tmp_path: Path) -> None:
    moving = wide_shot(frames=13)
    for number in moving.numbers[4:]:
        moving.mattes[number][:] = 0
    for number in moving.numbers[4:7]:
        moving.mattes[number][40:50, 70:84] = 1
    moving.write(tmp_path)
    model = FakeModel(SMALL)
    counted = work_of(wide(tmp_path, 13), SMALL)
    outcome, sends = made(wide(tmp_path, 13), model, tmp_path / "out")
    assert len(sends.bodies) == len(counted)
    chunks = [slot.split(",")[0] for slot in sends.bodies]
    assert chunks.count("frames 1001-1005") > 1 and chunks.count("frames 1005-1009") == 1
    assert "frames 1009-1013" not in chunks
    assert differing_outside_any(tmp_path, tmp_path / "out", outcome) == 0


def test_crops_that_hold_nothing_of_the_matte_are_neither_counted_nor_sent(tmp_path: Path) -> None:
    moving = make(size=(320, 192), frames=5, step=(0.0, 0.0), radius=0.5)
    for number in moving.numbers:
        moving.mattes[number] = np.zeros((192, 320), np.float32)
        moving.mattes[number][10:40, 8:300] = 1
        moving.mattes[number][10:180, 8:40] = 1
    moving.write(tmp_path)
    counted = work_of(wide(tmp_path, 5), SMALL)
    outcome, sends = made(wide(tmp_path, 5), FakeModel(SMALL), tmp_path / "out")
    whole = Mattes(Box(8, 10, 300, 180))
    chunks = chunks_of(range(1001, 1006), SMALL.lengths, range(1001, 1006))
    crops = crops_by(Regenerate(), SMALL, Box.of_size(320, 192), 1.0)
    assert len(sends.bodies) == len(counted) < len(planned(chunks, whole, crops)[0].crops)
    assert all(record.shares.synthesis == 1.0 for record in outcome.frames)
    assert differing_outside_any(tmp_path, tmp_path / "out", outcome) == 0


def test_a_moving_camera_s_crops_still_meet_over_time(tmp_path: Path) -> None:
    wide_shot(step=(2.0, 0.5)).write(tmp_path)
    outcome, sends = made(wide(tmp_path), Restless(SMALL), tmp_path / "out")
    assert len(sends.bodies) == len(work_of(wide(tmp_path), SMALL))
    pictures = tones(tmp_path / "out", outcome)
    assert max(float(np.abs(np.diff(picture, axis=1)).max()) for picture in pictures) < 0.1
    assert differing_outside_any(tmp_path, tmp_path / "out", outcome) == 0


def test_a_join_stands_out_by_what_is_seen_changing_and_not_because_the_shot_stands_still(
    shot: Path, tmp_path: Path
) -> None:
    two = replace(SMALL, sizes=replace(SMALL.sizes, best=64, most=96))
    for kind, expected in ((Redrawn, True), (FakeModel, False)):
        outcome, sends = made(wide(shot), kind(two, colour=(0.5, 0.4, 0.3)), tmp_path / kind.__name__)
        assert len(sends.bodies) == 4
        assert ("chunks_differ" in {one.code for one in outcome.findings}) == expected


def test_without_a_matte_the_whole_plate_is_counted_in_crops(shot: Path) -> None:
    shape = PlateShape(160, 96)
    assert len(work_of(wide(shot), SMALL, shape)) >= len(work_of(wide(shot), SMALL))


def test_a_plan_that_would_take_more_than_was_counted_is_made_coarser_or_refused_before_a_send() -> None:
    chunks = tuple(Chunk((number, number + 1), 5) for number in range(1001, 1007, 2))
    mattes, crops = Mattes(WIDE), crops_by(Regenerate(), SMALL, PLATE, 1.0)
    free = fitting(chunks, mattes, crops, None)
    needed = sum(len(one.crops) for one in free)
    assert free == planned(chunks, mattes, crops, MOST_TILES) and needed > 3
    tight = fitting(chunks, mattes, crops, needed - 1)
    assert 3 <= sum(len(one.crops) for one in tight) < needed
    assert [len(one.crops) for one in fitting(chunks, mattes, crops, 3)] == [1, 1, 1]
    with pytest.raises(BudgetExceeded, match="need 3 sends") as caught:
        fitting(chunks, mattes, crops, 2)
    assert caught.value.code == "cuts_above_quote"


def test_what_frames_want_together_is_known_to_the_square() -> None:
    mattes = Mattes()
    matte = np.zeros((20, 40), np.float32)
    matte[0, 0] = matte[19, 39] = 0.001
    mattes.add(1001, Box.of_size(40, 20, -8, 5), matte)
    mattes.add(1002, Box.of_size(1, 1, 100, 100), np.ones((1, 1), np.float32))
    mattes.add(1003, EMPTY, np.zeros((0, 0), np.float32))
    assert mattes.of([1003]).box.is_empty and not mattes.of([1003]).over(Box.of_size(9, 9)).any()
    one, both = mattes.of([1001]), mattes.of([1001, 1002, 1003])
    assert one.box == Box.of_size(40, 20, -8, 5) and both.box == Box(-8, 5, 101, 101)
    seen = both.over(Box(-20, 0, 120, 110))
    assert seen[5, 12] and seen[24, 51] and seen[100, 120]
    assert not seen[60, 60] and not one.over(Box(90, 90, 120, 120)).any()


def test_an_extension_is_planned_by_its_sides() -> None:
    target = Box(-40, 0, 184, 96)
    chunk = Chunk(tuple(range(1001, 1006)), 5)
    operation = Extend(Pads(left=40, right=24))
    (one,) = planned([chunk], Mattes(target), crops_by(operation, SMALL, PLATE, 1.0))
    assert len(one.crops) >= 2 and Box.around([crop.box for crop in one.crops]).contains(Box(-40, 0, 0, 96))
    (fewer,) = planned([chunk], Mattes(target), crops_by(operation, SMALL, PLATE, 1.0, PLATE.grown(-4)), 1)
    assert len(fewer.crops) == 1
