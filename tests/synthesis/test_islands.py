"""What stands in front was seen by somebody, and a surface has no gap where it may go on."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.contract.windows import EMPTY, Box
from platewright.synthesis import relief
from platewright.synthesis.islands import made_whole
from platewright.synthesis.looks import Looks
from platewright.synthesis.views import View

RUNS = np.array([0, 0, 1, 1])
SIZE = 20
PLACE = np.arange(SIZE * SIZE, dtype=np.int32).reshape(SIZE, SIZE)


def costs(near: np.ndarray) -> np.ndarray:
    """`(n, 4)`: the second level of the near run is best where `near (h, w)`, elsewhere the first of the far one."""
    cost = np.tile(np.float32([0.2, 0.3, 0.6, 0.5]), (SIZE * SIZE, 1))
    cost[near.ravel()] = [0.4, 0.5, 0.3, 0.1]
    return cost


def square(low: int, high: int) -> np.ndarray:
    out = np.zeros((SIZE, SIZE), bool)
    out[low:high, low:high] = True
    return out


def whole(near: np.ndarray, *, seen: float = 1.0, may: bool = True, nearer: int = 1) -> np.ndarray:
    """The levels told, as a picture. seen: share of the cells that somebody saw."""
    cells = np.arange(SIZE * SIZE) % 10 < 10 * seen
    total = costs(near)[:, ::nearer]
    told = made_whole(total.argmin(axis=1), total, PLACE, RUNS, nearer, cells, np.full((2, SIZE * SIZE), may))
    return (told if nearer > 0 else 3 - told).reshape(SIZE, SIZE)


@pytest.mark.parametrize("nearer", [1, -1])
def test_an_island_that_nobody_saw_goes_to_the_surface_behind_it(nearer: int) -> None:
    near = square(5, 12)
    assert (whole(near, seen=0.2, nearer=nearer) == 0).all()
    assert np.array_equal(whole(near, seen=0.8, nearer=nearer) == 3, near)


def test_a_lake_is_closed_where_the_surface_may_go_on_and_only_there() -> None:
    near = square(3, 16) & ~square(8, 11)
    assert np.array_equal(whole(near) == 3, square(3, 16))
    assert np.array_equal(whole(near, may=False) == 3, near)


def test_what_is_open_to_the_border_is_no_lake() -> None:
    near = square(3, 16)
    near[8:11, 3:16] = False
    near[8:11, 6] = True
    told = whole(near) == 3
    assert not told[8:11, :6].any() and not told[8:11, 7:].any()
    assert not (whole(~square(0, 10)) == 3)[:10, :10].any()


def test_the_hole_and_its_ring_are_one_though_a_pixel_lies_between() -> None:
    place = PLACE.copy()
    place[:, 10] = -1
    near = np.zeros((SIZE, SIZE), bool)
    near[5:15, 4:16] = True
    seen = np.zeros((SIZE, SIZE), bool)
    seen[:, 11:] = True  # the ring saw its part of it; of the hole's, larger part nobody says anything
    near[:, :5] = False
    total = costs(near)
    told = made_whole(total.argmin(axis=1), total, place, RUNS, 1, seen.ravel(), np.zeros((2, SIZE * SIZE), bool))
    told = told.reshape(SIZE, SIZE)
    assert np.array_equal(told[place >= 0] == 3, near[place >= 0])


def near_cells(levels: list[float], nearer: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many cells of a large island, which no frame testifies to, are near in the end."""
    cost = costs(square(4, 16))
    cost[cost < 0.15], cost[cost == 0.4] = 0.0, 1.0
    monkeypatch.setattr(relief.Pixels, "judged", lambda *asked, **own: cost.copy())
    box = Box.of_size(SIZE, SIZE)
    view = View(1, np.full((SIZE, SIZE, 3), 0.2, np.float16), box, np.zeros((0, 0), np.uint8), EMPTY)
    all_, none = np.ones((SIZE, SIZE), bool), np.zeros((SIZE, SIZE), bool)
    looks = Looks(np.zeros((2, 2, 2), np.float32), np.zeros((2, 2)), np.zeros((2, 3, 4)), (2, 3))
    found = relief.raster_of(
        view, box, all_, none, looks, np.array(levels), SIZE * SIZE, nearer,
        lambda step, place, count: np.zeros((count, 4), np.float32),
    )  # fmt: skip
    return int((found.nearness > levels[1] + 0.5).sum())


def test_nothing_changes_where_nobody_can_tell_which_is_nearer_or_all_is_one_stretch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert near_cells([0.0, 1.0, 40.0, 41.0], 1, monkeypatch) == 0
    assert near_cells([0.0, 1.0, 40.0, 41.0], 0, monkeypatch) > 100
    assert near_cells([0.0, 1.0, 2.0, 3.0], 1, monkeypatch) > 100
