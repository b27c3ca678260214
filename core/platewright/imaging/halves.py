"""Floats to half codes in vectors: what a patch's channels need before they are written.

numpy converts one value at a time, which for the eleven channels of a sky patch takes longer than all that is done
with its colours. The codes are numpy's own, rounded to the nearest and to even.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from .intrinsics import CONVERTS, half_of

__all__ = ["lay_in"]


def lay_in(plane: npt.NDArray[Any], pixels: npt.NDArray[np.float16], place: int, most: float = np.inf) -> None:
    """Write a plane as the channel `place` of interleaved pixels.

    plane: `(H, W)` of floats, any strides; pixels: `(H, W, C) float16`, contiguous, changed in place. most: what is
    larger, up or down, becomes this.
    """
    _lay_in(np.asarray(plane, np.float32), pixels.view(np.uint16), place, np.float32(most))


@njit(cache=True, nogil=True)
def _lay_in(plane, codes, place, most):  # type: ignore[no-untyped-def]
    """A half's exponent is a float's less 112; what is below the smallest normal half is rounded by a float sum."""
    height, width = plane.shape
    row = np.empty(width, np.float32)
    bits = row.view(np.uint32)
    small = np.empty(width, np.float32)
    small_bits = small.view(np.uint32)
    half = np.empty(width, np.uint32)
    for y in range(height):
        for x in range(width):
            value = plane[y, x]
            value = most if value > most else value
            row[x] = -most if value < -most else value
        if CONVERTS:
            all_numbers = True
            for x in range(width):
                all_numbers &= row[x] == row[x]
            if all_numbers:  # the processor would make a signalling NaN quiet
                for x in range(width):
                    codes[y, x, place] = half_of(row[x])
                continue
        for x in range(width):
            small[x] = np.float32(0.5) + (row[x] if row[x] > 0 else -row[x])
        for x in range(width):
            size = bits[x] & np.uint32(0x7FFFFFFF)
            even = (size >> np.uint32(13)) & np.uint32(1)
            code = (size - np.uint32(0x38000000) + np.uint32(0xFFF) + even) >> np.uint32(13)
            code = code if size < np.uint32(0x47800000) else np.uint32(0x7C00)
            code = code if size >= np.uint32(0x38800000) else small_bits[x] - np.uint32(0x3F000000)
            mantissa = (size >> np.uint32(13)) & np.uint32(0x3FF)
            broken = np.uint32(0x7C00) | (mantissa if mantissa > 0 else np.uint32(1))
            code = code if size <= np.uint32(0x7F800000) else broken
            half[x] = code | ((bits[x] >> np.uint32(16)) & np.uint32(0x8000))
        for x in range(width):
            codes[y, x, place] = np.uint16(half[x])
