"""The tone space T, in which pictures are compared and synthesised: a fixed logarithm of scene-linear light.

T = log2(1 + 64 x) / log2(257), so 0 stays 0, mid grey (0.18) lies at 0.45 and x = 4 at 1. It is one curve for all
channels, knows no primaries, and is constant over every shot.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["from_tone", "to_tone"]

_GAIN = np.float32(64.0)
_LOG_TOP = np.float32(np.log(257.0))


def to_tone(rgb: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Scene-linear values to T, any shape, float32; negative values give 0, NaN stays NaN, 4 gives 1."""
    tone: npt.NDArray[np.float32] = np.maximum(rgb, 0, dtype=np.float32)
    tone *= _GAIN
    np.log1p(tone, out=tone)
    tone /= _LOG_TOP
    return tone


def from_tone(tone: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """T back to scene-linear values, any shape, float32; the inverse of `to_tone` for values not below 0."""
    rgb: npt.NDArray[np.float32] = np.multiply(tone, _LOG_TOP, dtype=np.float32)
    np.expm1(rgb, out=rgb)
    rgb /= _GAIN
    return rgb
