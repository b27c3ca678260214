"""What a frame testifies of what is hidden in another: nothing, where nobody can be asked about it."""

from __future__ import annotations

import numpy as np

from platewright.contract.windows import Box
from platewright.synthesis import witness


def test_a_frame_that_can_be_compared_with_fewer_than_two_tells_nothing() -> None:
    levels = np.linspace(0, 1, 4)
    for others in ([], [None]):
        assert witness.testimony(None, None, None, others, Box(0, 0, 8, 8), levels, 1) is None  # type: ignore[arg-type]


def test_what_few_around_are_told_beyond_the_frame_is_not_believed_and_a_gap_among_many_is_closed() -> None:
    among = np.zeros((40, 60), bool)
    among[:, 20:] = True
    heard = np.zeros_like(among)
    heard[:, 20:40] = True
    heard[20, 30] = False  # a gap among many
    heard[20, 52] = True  # a speck where nobody was heard
    heard[5, 5] = True  # in the frame: as it is
    nearness = np.arange(2400.0).reshape(40, 60)
    told, kept = witness.rounded(nearness, heard, among)
    assert kept[20, 30] and not kept[20, 52] and kept[5, 5] and kept[:, :20].sum() == 1
    assert kept[10:30, 20:38].all() and not kept[:, 42:].any()
    assert told[20, 30] in (nearness[20, 29], nearness[20, 31], nearness[19, 30], nearness[21, 30])
    assert (told[heard] == nearness[heard]).all(), "who was heard keeps what was told"
    assert nearness[20, 30] == 20 * 60 + 30, "the nearness that was given stays as it is"


def test_where_nobody_is_heard_beyond_the_frame_nothing_is_believed() -> None:
    among = np.ones((8, 8), bool)
    nearness = np.ones((8, 8))
    told, kept = witness.rounded(nearness, np.zeros_like(among), among)
    assert not kept.any() and told is nearness
