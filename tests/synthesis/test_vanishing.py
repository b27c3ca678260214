"""Straight edges that run to one point tell it; edges of any direction tell none."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.synthesis.structure_lines import straight_edges
from platewright.synthesis.vanishing import vanishing_points
from tests.synthesis import slanted
from tests.synthesis.slanted import Camera

_Array = np.ndarray

SCENES = {
    "floor": (slanted.floor, Camera(yaw=0.25, pitch=-0.45), 2),
    "front": (slanted.front, Camera(yaw=0.6, pitch=0.12), 2),
    "corridor": (slanted.corridor, Camera(yaw=0.12, pitch=-0.06), 3),
}


@pytest.mark.parametrize("scene", SCENES)
def test_the_directions_of_a_scene_are_found_to_a_degree(scene: str) -> None:
    make, camera, directions = SCENES[scene]
    edges = straight_edges(*slanted.without(make(camera), slice(0, 180), slice(270, 320)))
    points = vanishing_points(edges.clear, (180, 320))
    assert len(points) == directions
    assert max(camera.off(point.place) for point in points) < 1.0


def _anyhow(seed: int, count: int = 150) -> _Array:
    """Edges of any place, direction and length in a picture of 180 x 320."""
    rng = np.random.default_rng(seed)
    middle, angle = rng.uniform((0, 0), (320, 180), (count, 2)), rng.uniform(0, np.pi, count)
    half = rng.uniform(6, 30, (count, 1)) * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.hstack([middle - half, middle + half])


def _towards(place: tuple[float, float], seed: int, count: int) -> _Array:
    """Edges that run to a place, their ends off by some tenths of a pixel."""
    rng = np.random.default_rng(seed)
    start = rng.uniform((0, 0), (320, 180), (count, 2))
    stop = start + rng.uniform(0.1, 0.3, (count, 1)) * (np.array(place) - start)
    return np.hstack([start, stop]) + rng.normal(0, 0.2, (count, 4))


@pytest.mark.parametrize("seed", range(12))
def test_edges_of_any_direction_converge_nowhere(seed: int) -> None:
    assert vanishing_points(_anyhow(seed), (180, 320)) == []


def test_a_point_is_found_among_edges_that_do_not_run_to_it() -> None:
    edges = np.vstack([_anyhow(3, 120), _towards((400.0, 60.0), 4, 50)])
    (point,) = vanishing_points(edges, (180, 320))
    assert np.hypot(*(point.place[:2] / point.place[2] - (400, 60))) < 3
    assert (point.edges >= 120).mean() > 0.8
    assert point.distance((400.0, 60.0)) < 3
    (way,) = point.ways(np.array([[100.0, 60.0]]))
    assert abs(way[0]) > 0.999


def test_parallel_edges_meet_at_infinity() -> None:
    rng = np.random.default_rng(5)
    start = rng.uniform((0, 0), (320, 180), (40, 2))
    (point,) = vanishing_points(np.hstack([start, start + (30.0, 15.0)]), (180, 320))
    assert np.abs(np.abs(point.ways(start)) - np.array([2, 1]) / np.sqrt(5)).max() < 1e-3
    assert point.distance((160.0, 90.0)) > 1e5


@pytest.mark.parametrize(
    "edges", [np.zeros((0, 4)), np.array([[0.0, 0, 50, 50]]), np.tile([10.0, 10, 90, 40], (30, 1)), _anyhow(1, 3)]
)
def test_too_few_edges_and_copies_of_one_tell_nothing(edges: _Array) -> None:
    assert vanishing_points(edges, (180, 320)) == []


def test_the_same_edges_give_the_same_points() -> None:
    edges = np.vstack([_anyhow(3, 60), _towards((400.0, 60.0), 4, 50)])
    one, other = vanishing_points(edges, (180, 320)), vanishing_points(edges, (180, 320))
    assert [point.place.tobytes() for point in one] == [point.place.tobytes() for point in other]
