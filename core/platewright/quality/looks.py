"""Looks at single pixels in tone space, for measures that need few of them.

A whole crop is never converted: most measures look at an outline or a grid. Tone space as in `imaging.tone`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["STEPS", "toned"]

STEPS = 255.0
"""8-bit steps in tone space's 0 to 1: the unit of the measures."""

_PER_NEPER = np.float32(1.0 / np.log(257.0))


@njit(cache=True, nogil=True)
def toned(value: np.float32) -> np.float32:
    """One scene-linear value in tone space; below 0 is 0, NaN and infinities stay not finite."""
    if value <= 0:
        return np.float32(0.0)
    return np.float32(np.log(np.float32(1.0) + np.float32(64.0) * value) * _PER_NEPER)
