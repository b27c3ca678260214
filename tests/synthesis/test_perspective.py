"""What repeats on a plane goes on in it, as large as it must be there; where there is no plane, nothing is said."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.synthesis.perspective import carry_perspective
from platewright.synthesis.plane_labels import planes_of
from platewright.synthesis.slant import Slant
from platewright.synthesis.structure_lines import straight_edges
from platewright.synthesis.vanishing import VanishingPoint, vanishing_points
from tests.synthesis import slanted
from tests.synthesis.slanted import Camera, decibels, without

_Array = np.ndarray
ALL = slice(None)

HOLES = {
    "a floor to its sides": (slanted.floor(Camera(yaw=0.25, pitch=-0.45)), ALL, slice(270, 320)),
    "a floor towards us": (slanted.floor(Camera(yaw=0.1, pitch=-0.45)), slice(140, 180), ALL),
    "a hole in a floor": (slanted.floor(Camera(yaw=-0.3, pitch=-0.45)), slice(70, 130), slice(120, 200)),
    "a front towards us": (slanted.front(Camera(yaw=0.5, pitch=0.12)), ALL, slice(0, 50)),
    "a hole in a front": (slanted.front(Camera(yaw=0.5, pitch=0.05)), slice(50, 130), slice(120, 200)),
}


def _slant(dirty: _Array, known: _Array) -> Slant | None:
    edges = straight_edges(dirty, known)
    clear = edges.clear
    return carry_perspective(dirty, known, clear, vanishing_points(clear, known.shape))


@pytest.mark.parametrize("where", HOLES)
def test_what_repeats_in_perspective_goes_on_in_it(where: str) -> None:
    picture, rows, columns = HOLES[where]
    dirty, known = without(picture, rows, columns)
    slant = _slant(dirty, known)
    assert slant is not None
    copied = slant.copied(dirty, known)
    there = np.isfinite(copied).all(-1) & ~known
    assert there.sum() > 0.6 * (~known).sum()
    # Copied by any shift of the picture itself, joints and frames lie beside their place: some 20 dB.
    laid = np.where(there[..., None], copied, picture)
    assert decibels(cv2.blur(laid, (3, 3))[there], cv2.blur(picture, (3, 3))[there]) > 26
    sources = slant.sources()[there]
    from_columns, from_rows = np.round(sources).astype(int).T
    assert known[from_rows, from_columns].all()
    here = np.argwhere(there)[:, ::-1]
    assert (slant.offsets()[there] + here == np.column_stack([from_columns, from_rows])).all()
    assert not slant.offsets()[slant.which < 0].any()


def test_each_wall_of_a_corridor_goes_on_by_itself() -> None:
    picture = slanted.corridor(Camera(yaw=0.12, pitch=-0.06, focal=200))
    dirty, known = without(picture, ALL, slice(0, 50))
    known[:, 280:] = False
    slant = _slant(dirty, known)
    assert slant is not None
    copied = slant.copied(dirty, known)
    for side in (slice(0, 50), slice(280, 320)):
        wall = np.zeros_like(known)
        wall[60:120, side] = True
        there = np.isfinite(copied).all(-1) & wall
        assert there.sum() > 0.6 * wall.sum()
        assert decibels(copied[there], picture[there]) > 24


def _straight_on() -> tuple[_Array, _Array]:
    return without(slanted.front(Camera()), ALL, slice(270, 320))


def _noise() -> tuple[_Array, _Array]:
    picture = cv2.GaussianBlur(np.random.default_rng(5).uniform(0, 1, (180, 320, 3)), (0, 0), 1.5).astype(np.float32)
    return without(picture, slice(60, 120), slice(100, 200))


@pytest.mark.parametrize("scene", [_straight_on, _noise])
def test_where_nothing_is_at_a_slant_nothing_is_said(scene: object) -> None:
    assert callable(scene)
    assert _slant(*scene()) is None


def test_a_floor_without_anything_that_repeats_says_nothing() -> None:
    camera = Camera(yaw=0.1, pitch=-0.45)
    picture = slanted.floor(camera)
    dirty, known = without(picture, slice(140, 180), ALL)
    edges = straight_edges(dirty, known)
    clear = edges.clear
    points = vanishing_points(clear, known.shape)
    dirty[:] = cv2.resize(np.random.default_rng(6).uniform(0, 1, (90, 160, 3)), (320, 180)).astype(np.float32)
    assert carry_perspective(dirty, known, clear, points) is None


def test_nothing_known_makes_no_plane() -> None:
    points = [VanishingPoint(np.array(place), np.arange(2)) for place in ([400.0, 50, 1], [0.0, 1, 0])]
    edges = np.array([[10.0, 10, 60, 20], [10.0, 40, 10, 90]])
    assert list(planes_of(np.zeros((90, 160), np.bool_), edges, points)) == []
    assert list(planes_of(np.ones((90, 160), np.bool_), edges, points)) == []
    assert list(planes_of(np.zeros((90, 160), np.bool_), edges, points[:1])) == []


def test_a_floor_and_what_is_over_its_horizon_are_two_planes() -> None:
    known = np.ones((90, 160), np.bool_)
    known[:, 140:] = False
    points = [VanishingPoint(np.array(place), np.arange(4)) for place in ([80.0, 45, 1], [1.0, 0, 0])]
    edges = np.array([[70.0, 50, 20, 88], [90.0, 50, 130, 88], [70.0, 40, 20, 2], [90.0, 40, 130, 2]])
    planes = list(planes_of(known, edges, points))
    assert len(planes) == 2
    rows, columns = np.indices(known.shape)
    for plane in planes:
        near = columns * plane.horizon[0] + rows * plane.horizon[1] + plane.horizon[2]
        assert (near[plane.mask] > 0).all()
    assert not (planes[0].mask & planes[1].mask).any()
    assert {bool(plane.mask[10, 150]) for plane in planes} == {True, False}
