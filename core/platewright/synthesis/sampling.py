"""Reading pixels between pixels: kernels over a frame's native half or float array.

Frames stay as they were read (half bits or float32), and only what is looked at is converted: a table turns the
65,536 half codes into float32. Coordinates are those of the array: pixel centres at whole numbers, origin at its
top left pixel. All kernels release the interpreter's lock and give the same bits on any number of threads.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from platewright.imaging.intrinsics import CONVERTS, float_of, uncounted

from .rows import cubic, light_of, tones, unpack

__all__ = [
    "HALF_VALUES",
    "codes_of",
    "decode",
    "luma_tiles",
    "reduced_luma",
    "sample_cubic",
    "value_at",
]

Float = npt.NDArray[np.float32]

HALF_VALUES: Float = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)

_TOGETHER = 4
"""Tiles of luma that are made in one go."""


def codes_of(pixels: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Float | None]:
    """`(array, table)` for the kernels: half as its codes with the table, float32 as itself without one."""
    if pixels.dtype == np.float16:
        return np.ascontiguousarray(pixels).view(np.uint16), HALF_VALUES
    return np.ascontiguousarray(pixels, np.float32), None


@numba.njit(cache=True, nogil=True, inline="always")
def value_at(codes, table, y, x, c):  # type: ignore[no-untyped-def]
    """One value as float32, for the kernels of every room: `codes` and `table` as codes_of gives them."""
    if table is None:
        return codes[y, x, c]
    return float_of(codes[y, x, c]) if CONVERTS else table[codes[y, x, c]]


@numba.njit(cache=True, nogil=True)
def reduced_luma(codes, table, factor):  # type: ignore[no-untyped-def]
    """`(h // factor, w // factor) uint8` tone-space luma: four pixels of each cell count, on two of its rows."""
    height, width = codes.shape[0] // factor, codes.shape[1] // factor
    out, across = np.empty((height, width), np.uint8), width * factor
    packed, above, below = np.empty(3 * across, np.uint32), np.empty(across, np.float32), np.empty(across, np.float32)
    light, tone, scratch = np.empty(width, np.float32), np.empty(width, np.float32), np.empty(width, np.float32)
    flat = uncounted(codes).reshape((len(codes), 3 * codes.shape[1]))
    floats, bits = packed.view(np.float32), scratch.view(np.int32)
    a, b = (factor - 1) // 3, factor - 1 - (factor - 1) // 3
    for y in range(height):
        unpack(flat[y * factor + a], table, len(packed), packed, floats)
        light_of(floats, above)
        if factor == 1:
            light[:] = above
        else:
            unpack(flat[y * factor + b], table, len(packed), packed, floats)
            light_of(floats, below)
            _mean_of_four(above, below, factor, a, b, light)
        tones(light, width, bits, scratch, tone)
        line = out[y]
        for x in range(width):
            line[x] = np.uint8(min(np.float32(255.0), tone[x] * np.float32(255.0) + np.float32(0.5)))
    return out


@numba.njit(cache=True, nogil=True)
def _mean_of_four(above, below, factor, a, b, light):  # type: ignore[no-untyped-def]
    if factor == 2:  # of every second one the compiler makes vectors, if it is told so
        for x in range(len(light)):
            light[x] = np.float32(0.25) * (above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1])
        return
    for x in range(len(light)):
        left = x * factor
        light[x] = np.float32(0.25) * (above[left + a] + above[left + b] + below[left + a] + below[left + b])


@numba.njit(cache=True, nogil=True)
def luma_tiles(codes, table, out, ready, size, top, bottom, left, right):  # type: ignore[no-untyped-def]
    """Make the tiles `top <= row < bottom, left <= column < right`, of `size` rows and columns, that are not `ready`
    yet.

    Neighbours in one go, up to what stays near the processor: what a tile costs besides its pixels is much for one so
    small.
    """
    height, width = out.shape
    tall, wide = size
    for row in range(top, bottom):
        column = left
        while column < right:
            end = column
            while end < min(right, column + _TOGETHER) and not ready[row, end]:
                end += 1
            if end > column:
                _luma_tile(
                    codes, table, out, row * tall, min(height, (row + 1) * tall), column * wide, min(width, end * wide)
                )  # fmt: skip
                ready[row, column:end] = True
            column = max(end, column + 1)


@numba.njit(cache=True, nogil=True)
def _luma_tile(codes, table, out, y0, y1, x0, x1):  # type: ignore[no-untyped-def]
    """Write the tone-space luma, softened by a 3 x 3 binomial, of a tile into `out (h, w) float32`.

    All rows of the tile, with a pixel around it, are done as one line, but for the unpacking. Off the picture its
    border goes on.
    """
    height, width = out.shape
    rows, columns = y1 - y0 + 2, x1 - x0 + 2
    packed, light = np.empty(3 * rows * columns, np.uint32), np.empty(rows * columns, np.float32)
    scratch, plain = np.empty(rows * columns, np.float32), np.empty((rows, columns), np.float32)
    flat, floats = uncounted(codes).reshape((height, 3 * width)), packed.view(np.float32)
    left, right = max(x0 - 1, 0), min(x1 + 1, width)
    before, inside = left - (x0 - 1), 3 * (right - left)
    for r in range(rows):
        y, start = min(max(y0 - 1 + r, 0), height - 1), 3 * (r * columns + before)
        line = packed[start : start + inside]
        unpack(flat[y, 3 * left : 3 * right], table, inside, line, line.view(np.float32))
    light_of(floats, light)
    tones(light, len(light), scratch.view(np.int32), scratch, plain.reshape(plain.size))
    for r in range(rows):
        if before:
            plain[r, 0] = plain[r, 1]
        if right < x1 + 1:
            plain[r, columns - 1] = plain[r, columns - 2]
    _softened(plain, out, y0, x0)


@numba.njit(cache=True, nogil=True)
def _softened(plain, out, y0, x0):  # type: ignore[no-untyped-def]
    """Write the 3 x 3 binomial of a picture, without its border, into `out` from `(y0, x0)` on."""
    plain, out = uncounted(plain), uncounted(out)
    rows, columns = plain.shape
    for r in range(1, rows - 1):
        above, here, below, line = plain[r - 1], plain[r], plain[r + 1], out[y0 + r - 1, x0 : x0 + columns - 2]
        for c in range(1, columns - 1):
            line[c - 1] = (
                np.float32(0.0625) * (above[c - 1] + above[c + 1] + below[c - 1] + below[c + 1])
                + np.float32(0.125) * (above[c] + below[c] + here[c - 1] + here[c + 1])
                + np.float32(0.25) * here[c]
            )


@numba.njit(cache=True, nogil=True)
def decode(codes, table, out, y0, x0):  # type: ignore[no-untyped-def]
    """Fill `out (H, W, 3) float32` with the array's pixels from `(y0, x0)` on; outside it stays as it was."""
    height, width = codes.shape[0], codes.shape[1]
    flat, lines = codes.reshape((height, 3 * width)), out.reshape((len(out), 3 * out.shape[1]))
    bits = lines.view(np.uint32)
    left, right = 3 * max(0, -x0), 3 * min(out.shape[1], width - x0)
    for r in range(max(0, -y0), min(out.shape[0], height - y0) if left < right else 0):
        row = flat[r + y0, left + 3 * x0 : right + 3 * x0]
        unpack(row, table, right - left, bits[r, left:right], lines[r, left:right])


@numba.njit(cache=True, nogil=True)
def sample_cubic(codes, table, x, y, fx, fy, out):  # type: ignore[no-untyped-def]
    """One RGB at the fraction `(fx, fy)` behind the pixel `(x, y)` into `out[0:3]`; False where it is not finite.

    The 4 x 4 pixels around it must be inside, or the pixel itself where the fraction is 0. The result is held within
    the range of the 4 x 4 pixels, against rings beside highlights. On a whole pixel it is that pixel's bits.
    """
    if fx == 0 and fy == 0:
        for c in range(3):
            out[c] = value_at(codes, table, y, x, c)
        return math.isfinite(out[0]) and math.isfinite(out[1]) and math.isfinite(out[2])
    a0, a1, a2, a3 = cubic(fx)
    b0, b1, b2, b3 = cubic(fy)
    for c in range(3):
        total = np.float32(0.0)
        low, high = np.float32(3e38), np.float32(-3e38)
        for j in range(4):
            weight = b0 if j == 0 else (b1 if j == 1 else (b2 if j == 2 else b3))
            v0 = value_at(codes, table, y - 1 + j, x - 1, c)
            v1 = value_at(codes, table, y - 1 + j, x, c)
            v2 = value_at(codes, table, y - 1 + j, x + 1, c)
            v3 = value_at(codes, table, y - 1 + j, x + 2, c)
            total += weight * (a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3)
            low = min(low, min(min(v0, v1), min(v2, v3)))
            high = max(high, max(max(v0, v1), max(v2, v3)))
        if not math.isfinite(total):
            return False
        out[c] = min(max(total, low), high)
    return True
