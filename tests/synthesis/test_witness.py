"""What a frame testifies of what is hidden in another: nothing, where nobody can be asked about it."""

from __future__ import annotations

import numpy as np

from platewright.contract.windows import Box
from platewright.synthesis import witness


def test_a_frame_that_can_be_compared_with_fewer_than_two_tells_nothing() -> None:
    levels = np.linspace(0, 1, 4)
    for others in ([], [None]):
        assert witness.testimony(None, None, None, others, Box(0, 0, 8, 8), levels, 1) is None  # type: ignore[arg-type]
