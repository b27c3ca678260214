"""How each frame's camera is told from points: a few that slipped don't send it ahead, and one that went so shows."""

from __future__ import annotations

import numpy as np

from platewright.synthesis.parallax import _cameras


def points(count: int, seed: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, 2))


def seen(x: np.ndarray, nearness: np.ndarray, way: tuple[float, float, float]) -> np.ndarray:
    """`(1, N, 2)`: where a camera that went a `way` has the points."""
    there = np.column_stack([x, np.ones(len(x))]) + nearness[:, None] * np.array(way)
    return (there[:, :2] / there[:, 2:])[None]


def test_a_few_near_points_that_slipped_along_their_edges_do_not_send_the_camera_ahead() -> None:
    x, nearness = points(300), np.zeros(300)
    nearness[:15], x[:15, 0] = 4.4, 0.5  # an upright bar: root mean square 1 with the ground
    observed = seen(x, nearness, (-0.1, 0.0, 0.0))
    observed[0, :15, 1] -= 0.01 * x[:15, 1]  # each a little towards the middle
    camera = _cameras(x, observed, nearness, np.ones((1, 300)))[0]
    assert abs(camera[2, 3]) < 0.002
    assert np.isclose(camera[0, 3], -0.1, atol=0.001)


def test_a_camera_that_went_ahead_among_things_at_all_depths_is_told_so() -> None:
    x = points(300)
    nearness = np.random.default_rng(5).uniform(-1.7, 1.7, 300)
    camera = _cameras(x, seen(x, nearness, (0.0, 0.0, 0.02)), nearness, np.ones((1, 300)))[0]
    assert 0.012 < camera[2, 3] <= 0.02
