"""What a still model's pictures are counted by: the ground that mattes go over, never less than the shot takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.frames import FrameRange
from platewright.contract.request import Extend, Pads, Plate, Regenerate, Request
from platewright.contract.windows import Box
from platewright.operations.by_model import work_of
from platewright.operations.ground import ground_of
from platewright.operations.shot import open_shot
from tests.fakes.model import PAID, STILL, FakeModel
from tests.moving_shot import make
from tests.operations.test_by_model import asked, made

FRAMES = 12
PRICED = replace(STILL, prices=PAID)
Where = Callable[[int], int]


def stands(frame: int) -> int:
    return 60


def pans(folder: Path, step: float, left: Where, frames: int = FRAMES) -> Request:
    """A camera that pans by `step`, and a matte 30 pixels wide whose left side is where it is said for each frame."""
    moving = make(frames=frames, step=(step, 0.0), radius=0.5)
    for place, number in enumerate(moving.numbers):
        moving.mattes[number] = np.zeros((96, 160), np.float32)
        moving.mattes[number][30:60, left(place) : left(place) + 30] = 1
    moving.write(folder)
    plate = Plate(str(folder / "plate.####.exr"), FrameRange.parse(f"1001-{1000 + frames}"))
    return asked(folder, plate=plate, operation=Regenerate(grain=False, seen="never"))


@pytest.mark.parametrize("step", [3.0, 8.0, 14.0])
def test_under_a_pan_no_fewer_pictures_are_counted_than_the_shot_takes(tmp_path: Path, step: float) -> None:
    request = pans(tmp_path, step, stands)
    _, ground = ground_of(open_shot(request), request.plate.frames)
    assert abs(ground / (1 + step * (FRAMES - 1) / 30) - 1) < 0.1
    outcome, sends = made(request, FakeModel(PRICED), tmp_path / "paid")
    assert ground <= len(sends.bodies) + 0.5 and len(sends.bodies) <= len(work_of(request, PRICED)) <= FRAMES
    assert "model_not_asked" not in {one.code for one in outcome.findings}
    assert all(record.shares.synthesis == 1.0 for record in outcome.frames)


def test_a_matte_that_stays_on_its_ground_takes_one_picture_and_is_counted_so(tmp_path: Path) -> None:
    request = pans(tmp_path, 4.0, lambda place: 100 - 4 * place)
    box, ground = ground_of(open_shot(request), request.plate.frames)
    assert (box.width, box.height) == (30, 30) and abs(ground - 1) < 0.1
    _, sends = made(request, FakeModel(PRICED), tmp_path / "paid")
    assert len(sends.bodies) == 1 and len(work_of(request, PRICED)) == 2


def test_what_comes_after_a_cut_is_ground_of_its_own(tmp_path: Path) -> None:
    request = pans(tmp_path, 0.0, stands, frames=6)
    other = make(frames=6, step=(0.0, 0.0), radius=0.5)
    for place, number in enumerate(other.numbers):
        other.mattes[number] = np.zeros((96, 160), np.float32)
        other.mattes[number][30:60, 60:90] = 1
        if place >= 3:
            other.plates[number] = np.ascontiguousarray(other.plates[number][::-1, ::-1]) * np.float16(0.3)
    other.write(tmp_path)
    assert abs(ground_of(open_shot(request), request.plate.frames)[1] - 2) < 0.1


def test_an_empty_matte_has_no_ground_and_an_extension_s_outline_moves_over_it(tmp_path: Path) -> None:
    request = pans(tmp_path, 8.0, stands)
    target = Box(0, -16, 160, 96)
    _, ground = ground_of(open_shot(request), request.plate.frames, target)
    assert abs(ground - (1 + 8 * 11 / 160)) < 0.1
    extension = replace(request, operation=Extend(Pads(top=16), grain=False), matte=None)
    outcome, sends = made(extension, FakeModel(PRICED), tmp_path / "paid")
    assert 0 < len(sends.bodies) <= len(work_of(extension, PRICED))
    assert "model_not_asked" not in {one.code for one in outcome.findings}
    empty = make(frames=3)
    for number in empty.numbers:
        empty.mattes[number] = np.zeros((96, 160), np.float32)
    empty.write(tmp_path / "empty")
    plate = Plate(str(tmp_path / "empty" / "plate.####.exr"), FrameRange.parse("1001-1003"))
    nothing = asked(tmp_path / "empty", plate=plate)
    box, none = ground_of(open_shot(nothing), nothing.plate.frames)
    assert box.is_empty and none == 0 and len(work_of(nothing, PRICED)) == 2
