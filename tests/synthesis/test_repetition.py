"""What repeats around a hole goes on in it, in step; what does not repeat brings nothing."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.synthesis.repetition import carry_repetition

_Array = np.ndarray


def _windows(height: int = 150, width: int = 200) -> _Array:
    """A front with a window every 20 columns and 25 rows, each with its own grain."""
    y, x = np.mgrid[0:height, 0:width]
    window = (y % 25 > 8) & (x % 20 > 9)
    front = np.where(window, 0.2, 0.5)[..., None] * np.array([1.0, 0.9, 0.8])
    grain = 0.01 * np.random.default_rng(4).normal(size=(height, width, 3))
    return np.asarray(front + grain, np.float32)


def _hole(rows: slice, columns: slice) -> _Array:
    known = np.ones((150, 200), np.bool_)
    known[rows, columns] = False
    return known


@pytest.mark.parametrize("where", [(slice(50, 100), slice(70, 130)), (slice(0, 150), slice(150, 200))])
def test_a_front_of_windows_goes_on_in_step(where: tuple[slice, slice]) -> None:
    picture, known = _windows(), _hole(*where)
    estimate, shifts = carry_repetition(np.where(known[..., None], picture, np.float32(9)), known)
    there = np.asarray(np.isfinite(estimate).all(-1))
    assert there[~known].all() and not there[known].any()
    assert np.sqrt(np.mean((estimate - picture)[~known] ** 2)) < 0.02
    rows, columns = np.nonzero(~known)
    down, across = shifts[rows, columns].T
    assert known[rows + down, columns + across].all()
    assert (estimate[rows, columns] == picture[rows + down, columns + across]).all()
    assert not shifts[known].any()


def test_two_holes_in_two_patterns_each_get_their_own() -> None:
    picture = np.concatenate([_windows(), _windows().transpose(1, 0, 2)[:150, :150]], 1)
    known = np.ones(picture.shape[:2], np.bool_)
    known[60:90, 60:90] = known[60:90, 250:280] = False
    estimate, _ = carry_repetition(picture, known)
    assert np.sqrt(np.mean((estimate - picture)[~known] ** 2)) < 0.02


def _noise() -> _Array:
    return np.random.default_rng(5).uniform(0.2, 0.6, (150, 200, 3)).astype(np.float32)


def _slope() -> _Array:
    y, x = np.mgrid[0:150, 0:200].astype(np.float32)
    return np.dstack([0.2 + x / 800 + y / 900] * 3).astype(np.float32)


def _stripes_along() -> _Array:
    """Every row the same tone all along: any way along them is a match, and none is a step."""
    rows = np.random.default_rng(6).uniform(0.2, 0.6, (150, 1, 3))
    return np.broadcast_to(rows, (150, 200, 3)).astype(np.float32)


@pytest.mark.parametrize("picture", [_noise(), _slope(), _stripes_along(), np.full((150, 200, 3), 0.4, np.float32)])
def test_what_does_not_repeat_brings_nothing(picture: _Array) -> None:
    estimate, shifts = carry_repetition(picture, _hole(slice(50, 100), slice(70, 130)))
    assert not np.isfinite(estimate).any()
    assert not shifts.any()


def test_a_few_pixels_and_nothing_known_bring_nothing() -> None:
    for known in (_hole(slice(50, 54), slice(70, 74)), np.zeros((150, 200), np.bool_)):
        assert not np.isfinite(carry_repetition(_windows(), known)[0]).any()
