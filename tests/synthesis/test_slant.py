"""A way to copy along is the same at every size of the picture, and brings nothing that is not known."""

from __future__ import annotations

import numpy as np

from platewright.synthesis.slant import Slant, sampled, through


def test_a_larger_picture_is_copied_from_the_same_places() -> None:
    way = np.array([[1.1, 0.02, -9.0], [0.01, 1.2, 3.0], [0.0004, 0.0002, 1.0]])
    which = np.full((40, 60), -1, np.int32)
    which[10:30, 20:50] = 0
    small = Slant(which, way[None])
    large = small.enlarged(2, (79, 119))
    assert large.which.shape == (79, 119)
    # A pixel's middle lies between those of the four that it becomes.
    four = large.sources()[20:60, 40:100].reshape(20, 2, 30, 2, 2).mean((1, 3))
    assert np.abs((four - 0.5) / 2 - small.sources()[10:30, 20:50]).max() < 0.01


def test_only_what_is_wholly_known_is_copied() -> None:
    picture = np.random.default_rng(1).uniform(0, 1, (30, 40, 3)).astype(np.float32)
    known = np.ones((30, 40), np.bool_)
    known[:, 30:] = False
    known[10, 5] = False
    which = np.where(known, -1, 0).astype(np.int32)
    slant = Slant(which, np.array([[[1.0, 0, -20.5], [0, 1, 0], [0, 0, 1]]]))
    copied = slant.copied(picture, known)
    assert np.isnan(copied[known]).all() and np.isnan(copied[10, 5]).all()
    assert np.allclose(copied[4, 30:], (picture[4, 9:19] + picture[4, 10:20]) / 2, atol=1e-6)
    assert not slant.offsets()[known].any()


def test_points_outside_bring_nothing_and_any_number_is_sampled() -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    points = np.tile([[1.0, 2.0], [-5.0, 0.0], [1e9, 1.0]], (700, 1))
    assert (sampled(values, points).reshape(-1, 3) == [9, 0, 0]).all()


def test_a_point_on_the_horizon_goes_very_far_and_not_nowhere() -> None:
    there, near = through(np.array([[1.0, 0, 0], [0, 1, 0], [0, 1, -5]]), np.array([[3.0, 5.0], [3.0, 7.0]]))
    assert near.tolist() == [0, 2]
    assert np.isfinite(there).all() and there[1].tolist() == [1.5, 3.5]
