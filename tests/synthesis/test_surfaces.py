"""What passes in front hides what is behind it in the other frames too, and needs somebody who saw it."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.synthesis.relief import unheard
from platewright.synthesis.surfaces import Surfaces

CAMERA = np.array([[1, 0, 5.0, 2.0], [0, 1, 0, 0], [0, 0, 1, 0.0]])
"""Moves all by five pixels, and by two more for each unit of nearness."""


def bar(nearer: int) -> Surfaces:
    """A bar of nearness 10 at x 40 to 60, before a background of nearness 0; in the other frame it lies at 65 to 85."""
    columns, rows = (part.ravel() for part in np.meshgrid(np.arange(0.0, 120, 2), np.arange(0.0, 60, 2)))
    nearness = np.where((columns >= 40) & (columns <= 60), 10.0, 0.0) * nearer
    return Surfaces(np.column_stack([columns, rows, np.ones(len(columns)), nearness]), nearer, 3.0, 4)


def looks(nearness: float) -> np.ndarray:
    columns = np.arange(0.0, 120)
    return np.column_stack([columns, np.full(120, 30.0), np.ones(120), np.full(120, nearness)])


@pytest.mark.parametrize("nearer", [1, -1])
def test_a_look_that_meets_a_near_thing_in_its_own_frame_is_hidden_by_it(nearer: int) -> None:
    camera = CAMERA.copy()
    camera[0, 3] *= nearer
    hidden = bar(nearer).hide(looks(0.0), camera)
    there = np.arange(120) + 5
    assert hidden[(there >= 65) & (there <= 84)].all()
    assert not hidden[(there < 65 - 4) | (there > 85 + 4)].any()


def test_a_near_thing_does_not_hide_itself_and_nothing_hides_where_nobody_knows_which_is_nearer() -> None:
    assert not bar(1).hide(looks(10.0), CAMERA).any()
    assert not bar(0).hide(looks(0.0), CAMERA).any()


def test_where_nobody_says_anything_only_what_lies_behind_all_is_free() -> None:
    beside = np.array([False, True, True, False, True])  # two runs of levels: three and two
    told = np.array([[0, 0, 0, 0, 0], [0, 0.9, 0, 0, 0.2]], np.float32)
    assert unheard(told, beside, 1).tolist()[0] == [0, 0, 0, 1, 1]
    assert unheard(told, beside, -1).tolist()[0] == [1, 1, 1, 0, 0]
    assert unheard(told, beside, 0).tolist()[0] == [1, 1, 1, 1, 1]
    assert np.allclose(unheard(told, beside, 1)[1], [1, 0.1, 1, 1, 0.8])
