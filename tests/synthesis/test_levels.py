"""The levels of nearness that are tried reach as far as the pixels around a hole do."""

from __future__ import annotations

import numpy as np

from platewright.synthesis.levels import FURTHER, levels_beyond

LEVELS = np.concatenate([np.arange(-3.0, 4.0), np.arange(40.0, 47.0)]) * 0.5
INSIDE = np.concatenate([np.zeros(500), np.full(100, 21.5)])


def test_levels_are_enough_where_the_pixels_thin_out_towards_the_last_one() -> None:
    assert levels_beyond(LEVELS, INSIDE) is LEVELS
    thinning = np.concatenate([INSIDE, np.full(60, LEVELS[-2]), np.full(40, LEVELS[-1])])
    assert levels_beyond(LEVELS, thinning) is LEVELS
    stray = np.append(INSIDE, LEVELS[-1])
    assert levels_beyond(LEVELS, stray) is LEVELS


def test_levels_go_on_where_pixels_pile_up_at_the_last_one() -> None:
    at_the_end = np.concatenate([INSIDE, np.full(40, LEVELS[-1])])  # though most of the thing lies inside
    further = np.append(LEVELS, LEVELS[-1] + 0.5 * np.arange(1, FURTHER + 1))
    assert np.allclose(levels_beyond(LEVELS, at_the_end), further)
    at_a_gap = np.concatenate([INSIDE, np.full(140, LEVELS[7])])  # the near run's first level
    longer = levels_beyond(LEVELS, at_a_gap)
    assert len(longer) == len(LEVELS) + FURTHER and np.isclose(longer, 20.0 - 0.5 * FURTHER).any()
    assert (np.diff(longer) > 0).all()
