"""Straight edges are carried on into a hole where two of them meet or where they run off an open side."""

from __future__ import annotations

import cv2
import numpy as np

from platewright.synthesis.structure_lines import carry_lines, straight_edges
from platewright.synthesis.vanishing import VanishingPoint

_Array = np.ndarray


def _ground(height: int = 160, width: int = 200) -> _Array:
    grain = np.random.default_rng(2).normal(size=(height, width, 3)) * 0.005
    return (0.35 + grain).astype(np.float32)


def _with_lines(*ends: tuple[tuple[float, float], tuple[float, float]], thick: int = 3, tone: float = 0.7) -> _Array:
    """Antialiased lines between points (x, y) on a plain grainy ground."""
    picture = _ground()
    for start, stop in ends:
        a, b = ((round(16 * x), round(16 * y)) for x, y in (start, stop))
        cv2.line(picture, a, b, (tone,) * 3, thick, cv2.LINE_AA, 4)
    return picture


def _hole(picture: _Array, rows: slice, columns: slice) -> _Array:
    known = np.ones(picture.shape[:2], np.bool_)
    known[rows, columns] = False
    return known


def _carried(picture: _Array, known: _Array) -> tuple[_Array, _Array]:
    """The estimate, made with rubbish in the hole, and where there is one."""
    dirty = np.where(known[..., None], picture, np.float32(9))
    estimate = carry_lines(straight_edges(dirty, known), known)
    there = np.asarray(np.isfinite(estimate).all(-1))
    assert not there[known].any()
    return estimate, there


def test_a_line_is_joined_across_a_hole_and_brings_its_cross_section() -> None:
    picture = _with_lines(((10, 30), (190, 130)))
    known = _hole(picture, slice(50, 110), slice(60, 140))
    estimate, there = _carried(picture, known)
    line = ~known & (picture.mean(-1) > 0.55)
    assert there[line].mean() > 0.95
    assert np.abs(estimate[there] - picture[there]).mean() < 0.04
    assert there.sum() < 0.25 * (~known).sum()


def test_a_step_between_two_tones_is_joined_as_a_step() -> None:
    picture = _ground()
    picture[80:] += 0.3
    known = _hole(picture, slice(50, 110), slice(60, 140))
    estimate, there = _carried(picture, known)
    assert there[77:83, 60:140].mean() > 0.9
    assert np.abs(estimate[there] - picture[there]).mean() < 0.03


def test_edges_that_are_not_of_one_line_are_not_joined() -> None:
    picture = _with_lines(((10, 70), (190, 70)))
    picture[:, 100:] = 0.7 - picture[:, 100:]  # across the hole a bright line would have to become a dark one
    _, there = _carried(picture, _hole(picture, slice(30, 110), slice(60, 140)))
    assert not there.any()


def test_a_line_that_ends_in_a_closed_hole_is_left_to_end_there() -> None:
    picture = _with_lines(((10, 80), (100, 80)))
    _, there = _carried(picture, _hole(picture, slice(50, 110), slice(60, 140)))
    assert not there.any()


def test_the_joints_of_a_floor_keep_converging_beyond_the_picture() -> None:
    vanishing = (100.0, 10.0)
    joints = [(vanishing, (x, 159.0)) for x in (40.0, 80.0, 130.0)]
    picture = _with_lines(*joints)
    known = _hole(picture, slice(110, 160), slice(0, 200))
    estimate, there = _carried(picture, known)
    for row in (120, 140, 158):
        found = np.where(there[row], np.nan_to_num(estimate[row].mean(-1)), 0) > 0.55
        expected = sorted(vanishing[0] + (x - vanishing[0]) * (row - vanishing[1]) / 149 for _, (x, _y) in joints)
        centres = [float(group.mean()) for group in _groups(np.nonzero(found)[0])]
        assert len(centres) == 3
        assert np.abs(np.subtract(centres, expected)).max() < 1.5


def test_a_line_is_drawn_into_the_open_no_farther_than_it_can_be_trusted() -> None:
    for seen, drawn in ((35, True), (20, False)):
        picture = _with_lines(((100, 80 - seen), (100, 120)))
        _, there = _carried(picture, _hole(picture, slice(80, 160), slice(0, 200)))
        assert there[85].any() == drawn
        assert not there[80 + 40 :].any()


def test_where_there_are_no_edges_nothing_is_drawn() -> None:
    picture = _ground()
    _, there = _carried(picture, _hole(picture, slice(50, 110), slice(60, 140)))
    assert not there.any()


def test_a_hole_in_a_picture_without_anything_known_gets_no_lines() -> None:
    known = np.zeros((160, 200), np.bool_)
    edges = straight_edges(_ground(), known)
    assert not len(edges.clear)
    assert not np.isfinite(carry_lines(edges, known)).any()


def _drawn_at(known: _Array, picture: _Array, points: list[VanishingPoint], row: int) -> _Array:
    """The columns where a bright line is drawn in a row."""
    estimate = carry_lines(straight_edges(picture, known), known, points)[row].mean(-1)
    return np.nonzero(np.nan_to_num(estimate) > 0.55)[0]


def test_an_edge_that_runs_to_a_vanishing_point_is_drawn_from_it_and_farther() -> None:
    picture = _with_lines(((100, 40), (132, 80)))
    known = _hole(picture, slice(70, 160), slice(0, 200))
    true = VanishingPoint(np.array([40.0, -35.0, 1.0]), np.arange(1))
    drawn = _drawn_at(known, picture, [true], 150)
    assert abs(drawn.mean() - (100 + 32 * 110 / 40)) < 1.0
    assert not len(_drawn_at(known, picture, [], 150))
    beside = VanishingPoint(np.array([200.0, 40.0, 1.0]), np.arange(1))
    unaimed, aside = (_drawn_at(known, picture, points, 90) for points in ([], [beside]))
    assert len(unaimed) and unaimed.tolist() == aside.tolist()


def _groups(places: _Array) -> list[_Array]:
    """Runs of neighbouring whole numbers."""
    return list(np.split(places, np.nonzero(np.diff(places) > 1)[0] + 1))
