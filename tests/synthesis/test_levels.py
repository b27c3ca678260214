"""The levels of nearness that are tried reach as far as the pixels around a hole do."""

from __future__ import annotations

import numpy as np

from platewright.synthesis.levels import FURTHER, levels_beyond


def test_levels_go_on_where_most_of_a_thing_s_pixels_lie_at_the_last_one() -> None:
    levels = np.concatenate([np.arange(-3.0, 4.0), np.arange(40.0, 47.0)]) * 0.5
    inside = np.concatenate([np.zeros(500), np.full(100, 21.5)])
    assert levels_beyond(levels, inside) is levels
    fewer = np.concatenate([inside, np.full(40, levels[-1])])
    assert levels_beyond(levels, fewer) is levels
    at_the_end = np.concatenate([inside, np.full(140, levels[-1])])
    further = np.append(levels, levels[-1] + 0.5 * np.arange(1, FURTHER + 1))
    assert np.allclose(levels_beyond(levels, at_the_end), further)
    at_a_gap = np.concatenate([inside, np.full(140, levels[7])])  # the near run's first level
    longer = levels_beyond(levels, at_a_gap)
    assert len(longer) == len(levels) + FURTHER and np.isclose(longer, 20.0 - 0.5 * FURTHER).any()
    assert (np.diff(longer) > 0).all()
