"""What passes in front hides what is behind it in the other frames too, and needs somebody who saw it."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.contract.windows import Box
from platewright.synthesis.outlines import ASTRAY
from platewright.synthesis.relief import _hidden_behind, pooled, unheard
from platewright.synthesis.surfaces import Surfaces

CAMERA = np.array([[1, 0, 5.0, 2.0], [0, 1, 0, 0], [0, 0, 1, 0.0]])
"""Moves all by five pixels, and by two more for each unit of nearness."""
FRAME = Box(-200, -200, 400, 400)
BESIDE = 4 + ASTRAY
"""Pixels beside what is near that may count as hidden: a cell, and what the outline may be astray."""


def bar(nearer: int, hides: float = 3.0) -> Surfaces:
    """A bar of nearness 10 at x 40 to 60, before a background of nearness 0; in the other frame it lies at 65 to 85."""
    columns, rows = (part.ravel() for part in np.meshgrid(np.arange(0.0, 120, 2), np.arange(0.0, 60, 2)))
    nearness = np.where((columns >= 40) & (columns <= 60), 10.0, 0.0) * nearer
    return Surfaces(np.column_stack([columns, rows, nearness]), nearer, 3.0, hides, 4)


def looks(nearness: float) -> np.ndarray:
    columns = np.arange(0.0, 120)
    return np.column_stack([columns, np.full(120, 30.0), np.full(120, nearness)])


def hidden_by(bar: Surfaces, looked: np.ndarray, *cameras: np.ndarray) -> np.ndarray:
    xs, ys = (looked[:, axis].astype(np.int32) for axis in (0, 1))
    over = np.stack([bar.over(xs, ys, looked[:, 2].copy(), camera, FRAME) for camera in cameras])
    return bar.hide(over, np.ones(over.shape, bool))


@pytest.mark.parametrize("nearer", [1, -1])
def test_a_look_that_meets_a_near_thing_in_its_own_frame_is_hidden_by_it(nearer: int) -> None:
    camera = CAMERA.copy()
    camera[0, 3] *= nearer
    hidden = hidden_by(bar(nearer), looks(0.0), camera, np.eye(3, 4))[0]
    there = np.arange(120) + 5
    assert hidden[(there >= 65) & (there <= 84) & (np.arange(120) < 40)].all()
    assert not hidden[(there < 65 - BESIDE) | (there > 85 + BESIDE)].any()


def test_a_near_thing_does_not_hide_itself_and_nothing_hides_where_nobody_knows_which_is_nearer() -> None:
    assert not hidden_by(bar(1), looks(10.0), CAMERA, np.eye(3, 4)).any()
    assert not hidden_by(bar(0), looks(0.0), CAMERA, np.eye(3, 4)).any()


def test_what_lies_a_little_too_far_is_still_hidden_by_the_bar_alone() -> None:
    hidden = hidden_by(bar(1), looks(-4.0), CAMERA, np.eye(3, 4))
    there = np.arange(120) - 3  # where the first camera puts it, beside the bar's 65 to 85
    assert hidden[0, (there >= 65) & (there <= 84)].all()
    assert not hidden[0, there < 65 - BESIDE].any() and not hidden[1, there >= 65 + BESIDE].any()


def test_what_stands_in_front_by_less_than_can_be_told_hides_nothing() -> None:
    assert hidden_by(bar(1, hides=9.0), looks(0.0), CAMERA, np.eye(3, 4)).any()
    assert not hidden_by(bar(1, hides=11.0), looks(0.0), CAMERA, np.eye(3, 4)).any()


def test_where_all_looks_are_hidden_alike_all_are_kept() -> None:
    assert not hidden_by(bar(1), looks(0.0)[45:55], np.eye(3, 4), np.eye(3, 4)).any()


def test_where_nobody_says_anything_only_what_lies_behind_all_is_free() -> None:
    beside = np.array([False, True, True, False, True])  # two runs of levels: three and two
    told = np.array([[0, 0, 0, 0, 0], [0, 0.9, 0, 0, 0.2]], np.float32)
    assert unheard(told, beside, 1).tolist()[0] == [0, 0, 0, 1, 1]
    assert unheard(told, beside, -1).tolist()[0] == [1, 1, 1, 0, 0]
    assert unheard(told, beside, 0).tolist()[0] == [1, 1, 1, 1, 1]
    assert np.allclose(unheard(told, beside, 1)[1], [0.1, 0.1, 0.1, 0.8, 0.8])  # and those beside it, in its run


def test_a_frame_that_is_sure_gives_a_whole_vote_however_it_lies_between_the_levels() -> None:
    beside = np.array([False, True, True, False, True])
    on_a_level, between, beyond_the_gap = [1 / 3, 1, 1 / 3, 0, 0], [0, 2 / 3, 2 / 3, 0, 0], [0, 0, 1, 1 / 3, 0]
    told = pooled(np.array([on_a_level, between, beyond_the_gap], np.float32), beside)
    assert np.allclose(told.max(axis=1), [1, 0.8, 0.6])
    assert np.allclose(told[2], [0, 0.6, 0.6, 0.2, 0.2])


@pytest.mark.parametrize("nearer", [1, -1])
def test_a_plain_surface_on_which_frames_agree_at_many_levels_does_not_hide_itself(nearer: int) -> None:
    cost = np.full((2, 12), 0.8, np.float32)
    cost[0, 3:11] = 0.05  # a plain surface, which fits at eight levels
    cost[1, [2, 9]] = 0.05  # two things
    penalty = _hidden_behind(cost[:, ::nearer], nearer, None)[:, ::nearer]
    assert not penalty[0, 1:].any()
    assert penalty[1, 2] > 0 and not penalty[1, 9:].any()
