"""Planes among what lies around a hole: found, tried against the looks, and laid under what the sweep told roughly."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.synthesis.looks import Looks, Pixels
from platewright.synthesis.planes import Planes
from tests.synthesis.test_evened import BOX, LEVEL, seen_from

LEVELS = np.concatenate([np.arange(-5.0, 6.0), np.arange(40.0, 51.0)])


def around(random: np.random.Generator, count: int = 900) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pixels of a wall that recedes and of a post before it, with noise and some that are told wrong; and the truth."""
    xs, ys = random.integers(0, 600, count), random.integers(0, 400, count)
    truth = np.where(xs % 5 < 4, 0.01 * xs - 0.004 * ys - 2, 45 - 0.002 * ys)
    told = truth + random.normal(0, 0.4, count)
    lost = random.random(count) < 0.1
    told[lost] += random.uniform(-3, 3, int(lost.sum()))
    return xs, ys, truth, np.clip(told, -5, 50)


def test_what_most_pixels_of_a_run_lie_on_is_found_whatever_some_of_them_say() -> None:
    xs, ys, truth, told = around(np.random.default_rng(3))
    planes = Planes.of(xs, ys, told, LEVELS)
    assert np.abs(planes.at(xs, ys, told) - truth).max() < 0.15
    assert planes.order(1) == [0, 1] and planes.order(-1) == [1, 0] and planes.order(0) == []


def test_what_is_bumpy_or_little_is_no_plane() -> None:
    random = np.random.default_rng(4)
    xs, ys = random.integers(0, 600, 900), random.integers(0, 400, 900)
    hedge = random.uniform(-5, 5, 900)
    assert not Planes.of(xs, ys, hedge, LEVELS).some
    assert not Planes.of(xs[:50], ys[:50], np.full(50, 1.0), LEVELS).some
    np.testing.assert_array_equal(Planes.of(xs, ys, hedge, LEVELS).at(xs, ys, hedge), hedge)


@pytest.mark.parametrize("place", [(200, 0), (0, 0)])
def test_pixels_in_a_line_or_all_in_one_place_break_nothing(place: tuple[int, int]) -> None:
    xs = np.full(300, 120)
    ys = np.arange(300) if place[0] else np.full(300, 7)
    planes = Planes.of(xs, ys, np.full(300, 2.0), LEVELS)
    assert np.isfinite(planes.at(xs, ys, np.full(300, 2.0))).all()


def test_a_plane_that_leaves_the_levels_of_its_run_is_none_there() -> None:
    xs, ys = np.tile(np.arange(100), 5), np.repeat(np.arange(5), 100)
    planes = Planes.of(xs, ys, 0.05 * xs, LEVELS)
    far = np.array([50, 400])
    np.testing.assert_allclose(planes.at(far, np.zeros(2, np.int64), np.array([1.0, 1.0])), [2.5, 1.0], atol=1e-6)


def test_a_run_whose_pixels_agree_better_off_the_plane_is_none() -> None:
    xs, ys, _, told = around(np.random.default_rng(5))
    planes, cost = Planes.of(xs, ys, told, LEVELS), np.full(len(xs), 0.2, np.float32)
    post = planes.runs(told) == 1
    assert np.isfinite(planes.held(told, cost, cost + 0.1).surfaces).all()
    off = cost + np.where(post & (np.arange(len(xs)) % 5 == 0), np.float32(0.3), np.float32(0))
    held = planes.held(told, cost, off)
    assert np.isfinite(held.surfaces[0]).all() and np.isnan(held.surfaces[1]).all()


def test_a_wall_told_roughly_is_laid_flat_and_what_stands_out_of_it_stays() -> None:
    ys, xs = np.mgrid[0 : BOX.height, 0 : BOX.width]
    bump = (ys > 30) & (ys < 50)
    truth = np.where(bump, 3.0, 0.0) + np.zeros(xs.shape)
    view, looks = seen_from([-2.0, -1.2, 1.0, 2.0], truth)
    rough = truth + np.where(bump, 0, np.where((xs // 5 + ys // 3) % 2, 0.5, -0.4))
    nobody = np.zeros(xs.shape, bool)
    planes = Planes(np.zeros(0), np.array([[-5.0, 5.0]]), np.zeros((1, 3)))
    pixels = Pixels(view, BOX, nobody, looks)
    laid, which = planes.laid(rough, ~nobody, nobody, pixels)
    wall, top = ~bump & (np.abs(ys - 40) > 18), (ys > 37) & (ys < 43)
    assert (laid[wall] == 0).all() and which[wall].all()
    assert (laid[top] == rough[top]).mean() > 0.9, "but where it is plain, and looks the same on the wall"
    untold, _ = planes.laid(rough, ~nobody, top, pixels)
    assert (untold[top] == 0).all(), "what nobody testifies to lies on the plane"


def test_without_looks_nothing_breaks() -> None:
    view, _ = seen_from([1.0], np.zeros((64, 96)))
    blind = Looks(
        np.full((2, 64, 96), np.nan, np.float32), np.zeros((2, 2)), np.zeros((2, 3, 4)) + np.eye(3, 4), (2, 3)
    )
    there = np.ones((64, 96), bool)
    planes = Planes(np.zeros(0), np.array([[-5.0, 5.0]]), np.zeros((1, 3)))
    laid, which = planes.laid(np.full((64, 96), LEVEL), there, ~there, Pixels(view, BOX, ~there, blind))
    assert np.isfinite(laid).all() and which.all()
