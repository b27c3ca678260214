"""Which frames are looked at for what a matte hides: few that show much, and any that shows what no other does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from platewright.contract.windows import Box
from platewright.synthesis.moving import MANY
from platewright.synthesis.selection import ENOUGH, choose_sources, samples_of
from platewright.synthesis.views import View

PLATE = Box.of_size(64, 40)
REGION = Box(20, 10, 40, 30)
TARGET = 1010
MOVED = np.array([[1, 0, 3.0], [0, 1, 0], [0, 0, 1]])
"""Three pixels to the right, which is no locked-off camera."""

Entry = tuple[View, npt.NDArray[np.float64]]


def frame(number: int, shown: float, matrix: npt.NDArray[np.float64] = MOVED, at: int = 0) -> Entry:
    """A frame that shows the left `shown` of the region, from `at` columns of it on, and hides the rest."""
    hidden = np.ones((REGION.height, REGION.width), np.uint8)
    hidden[:, at : at + round(shown * REGION.width)] = 0
    there = REGION.moved(int(matrix[0, 2]), 0)
    barred = np.zeros((PLATE.height, PLATE.width), bool)
    barred[there.slices_in(PLATE)] = hidden > 0
    pixels = np.zeros((PLATE.height, PLATE.width, 3), np.float16)
    view = View(number, pixels, PLATE, np.zeros((0, 0), np.uint8), Box(0, 0, 0, 0), barred if hidden.any() else None)
    return view, matrix


def chosen(candidates: list[Entry], enough: int = ENOUGH) -> list[int]:
    points = samples_of(np.ones((REGION.height, REGION.width), bool), REGION)
    return sorted(view.number for view, _ in choose_sources(points, candidates, TARGET, 24, enough))


def whole(count: int) -> list[Entry]:
    return [frame(TARGET + 1 + k, 1.0) for k in range(count)]


def test_no_more_than_enough_where_each_shows_everything() -> None:
    assert chosen(whole(10)) == [TARGET + 1 + k for k in range(ENOUGH)]


def test_a_frame_that_alone_shows_a_corner_is_looked_at() -> None:
    left = [frame(TARGET + 1 + k, 0.9) for k in range(8)]
    assert TARGET - 9 in chosen([*left, frame(TARGET - 9, 0.1, at=18)])


@pytest.mark.parametrize("shown, worth_it", [(0.25, False), (0.5, True)])
def test_a_further_look_must_show_much(shown: float, worth_it: bool) -> None:
    assert (TARGET - 1 in chosen([*whole(4), frame(TARGET - 1, shown)])) == worth_it


def test_a_third_look_need_not_show_much() -> None:
    assert TARGET - 1 in chosen([*whole(2), frame(TARGET - 1, 0.1)])


def test_what_moves_by_itself_gets_every_look() -> None:
    assert TARGET - 1 in chosen([*whole(4), frame(TARGET - 1, 0.1)], enough=MANY)


def test_a_locked_off_camera_takes_every_frame_that_shows_anything() -> None:
    still = [frame(TARGET + 1 + k, 1.0, np.eye(3)) for k in range(9)]
    few, nothing = frame(TARGET - 1, 0.15, np.eye(3)), frame(TARGET - 2, 0.0, np.eye(3))
    assert chosen([*still, few, nothing]) == [TARGET - 1, *(TARGET + 1 + k for k in range(9))]


def test_nobody_is_asked_for_nothing() -> None:
    assert chosen([]) == []
    assert choose_sources(np.zeros((0, 2)), whole(3), TARGET, 24) == []
