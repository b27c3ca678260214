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

__all__ = [
    "HALF_VALUES",
    "codes_of",
    "cubic",
    "decode",
    "gather",
    "gather_deep",
    "luma_tile",
    "reduced_luma",
    "sample_cubic",
]

Float = npt.NDArray[np.float32]

HALF_VALUES: Float = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
_TONE_SCALE = np.float32(1.0 / math.log2(257.0))


def codes_of(pixels: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Float | None]:
    """`(array, table)` for the kernels: half as its codes with the table, float32 as itself without one."""
    if pixels.dtype == np.float16:
        return pixels.view(np.uint16), HALF_VALUES
    return np.ascontiguousarray(pixels, np.float32), None


@numba.njit(cache=True, nogil=True, inline="always")
def _value(codes, table, y, x, c):  # type: ignore[no-untyped-def]
    if table is None:
        return codes[y, x, c]
    return table[codes[y, x, c]]


@numba.njit(cache=True, nogil=True, inline="always")
def _light(codes, table, y, x):  # type: ignore[no-untyped-def]
    """Scene-linear luma of one pixel."""
    return (
        np.float32(0.2126) * _value(codes, table, y, x, 0)
        + np.float32(0.7152) * _value(codes, table, y, x, 1)
        + np.float32(0.0722) * _value(codes, table, y, x, 2)
    )


@numba.njit(cache=True, nogil=True)
def _toned(linear):  # type: ignore[no-untyped-def]
    """Tone space of a luma; values that are not finite count as black."""
    if not (linear > np.float32(0.0)) or linear > np.float32(1e30):
        return np.float32(0.0)
    return np.float32(math.log2(np.float32(1.0) + np.float32(64.0) * linear)) * _TONE_SCALE


@numba.njit(cache=True, nogil=True)
def reduced_luma(codes, table, factor):  # type: ignore[no-untyped-def]
    """`(h // factor, w // factor) uint8` tone-space luma: four pixels of each cell are looked at, whatever its size.

    So the cost follows the reduced picture and not the frame.
    """
    height, width = codes.shape[0] // factor, codes.shape[1] // factor
    out = np.empty((height, width), np.uint8)
    a, b = (factor - 1) // 3, factor - 1 - (factor - 1) // 3
    for y in range(height):
        for x in range(width):
            top, left = y * factor, x * factor
            light = _light(codes, table, top + a, left + a)
            if factor > 1:
                light = np.float32(0.25) * (
                    light
                    + _light(codes, table, top + a, left + b)
                    + _light(codes, table, top + b, left + a)
                    + _light(codes, table, top + b, left + b)
                )
            tone = _toned(light)
            out[y, x] = np.uint8(min(np.float32(255.0), tone * np.float32(255.0) + np.float32(0.5)))
    return out


@numba.njit(cache=True, nogil=True)
def luma_tile(codes, table, out, y0, y1, x0, x1):  # type: ignore[no-untyped-def]
    """Write the tone-space luma, softened by a 3 x 3 binomial, of a tile into `out (h, w) float32`."""
    height, width = out.shape
    rows, columns = y1 - y0 + 2, x1 - x0 + 2
    plain = np.empty((rows, columns), np.float32)
    for r in range(rows):
        y = min(max(y0 - 1 + r, 0), height - 1)
        for c in range(columns):
            plain[r, c] = _toned(_light(codes, table, y, min(max(x0 - 1 + c, 0), width - 1)))
    for r in range(1, rows - 1):
        for c in range(1, columns - 1):
            out[y0 + r - 1, x0 + c - 1] = (
                np.float32(0.0625)
                * (plain[r - 1, c - 1] + plain[r - 1, c + 1] + plain[r + 1, c - 1] + plain[r + 1, c + 1])
                + np.float32(0.125) * (plain[r - 1, c] + plain[r + 1, c] + plain[r, c - 1] + plain[r, c + 1])
                + np.float32(0.25) * plain[r, c]
            )


@numba.njit(cache=True, nogil=True)
def decode(codes, table, out, y0, x0):  # type: ignore[no-untyped-def]
    """Fill `out (H, W, 3) float32` with the array's pixels from `(y0, x0)` on; outside it stays as it was."""
    height, width = codes.shape[0], codes.shape[1]
    for r in range(max(0, -y0), min(out.shape[0], height - y0)):
        for c in range(max(0, -x0), min(out.shape[1], width - x0)):
            for k in range(3):
                out[r, c, k] = _value(codes, table, r + y0, c + x0, k)


@numba.njit(cache=True, nogil=True, inline="always")
def cubic(t):  # type: ignore[no-untyped-def]
    """The four weights of a Catmull-Rom spline (Keys 1981, a = -1/2) at the fraction t."""
    t2 = t * t
    t3 = t2 * t
    return (
        np.float32(0.5) * (-t3 + np.float32(2.0) * t2 - t),
        np.float32(0.5) * (np.float32(3.0) * t3 - np.float32(5.0) * t2 + np.float32(2.0)),
        np.float32(0.5) * (np.float32(-3.0) * t3 + np.float32(4.0) * t2 + t),
        np.float32(0.5) * (t3 - t2),
    )


@numba.njit(cache=True, nogil=True)
def sample_cubic(codes, table, x, y, out):  # type: ignore[no-untyped-def]
    """One RGB at `(x, y)` into `out[0:3]`; False where its 4 x 4 pixels are not all inside and finite.

    The result is held within the range of the 4 x 4 pixels, against rings beside highlights. On a whole pixel
    it is that pixel's bits.
    """
    height, width = codes.shape[0], codes.shape[1]
    x0, y0 = int(math.floor(x)), int(math.floor(y))
    fx, fy = np.float32(x - x0), np.float32(y - y0)
    if fx == 0 and fy == 0:
        if x0 < 0 or y0 < 0 or x0 >= width or y0 >= height:
            return False
        for c in range(3):
            out[c] = _value(codes, table, y0, x0, c)
        return math.isfinite(out[0]) and math.isfinite(out[1]) and math.isfinite(out[2])
    if x0 < 1 or y0 < 1 or x0 + 2 >= width or y0 + 2 >= height:
        return False
    a0, a1, a2, a3 = cubic(fx)
    b0, b1, b2, b3 = cubic(fy)
    for c in range(3):
        total = np.float32(0.0)
        low, high = np.float32(3e38), np.float32(-3e38)
        for j in range(4):
            weight = b0 if j == 0 else (b1 if j == 1 else (b2 if j == 2 else b3))
            v0 = _value(codes, table, y0 - 1 + j, x0 - 1, c)
            v1 = _value(codes, table, y0 - 1 + j, x0, c)
            v2 = _value(codes, table, y0 - 1 + j, x0 + 1, c)
            v3 = _value(codes, table, y0 - 1 + j, x0 + 2, c)
            total += weight * (a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3)
            low = min(low, min(min(v0, v1), min(v2, v3)))
            high = max(high, max(max(v0, v1), max(v2, v3)))
        if not math.isfinite(total):
            return False
        out[c] = min(max(total, low), high)
    return True


@numba.njit(cache=True, nogil=True, inline="always")
def _look(  # type: ignore[no-untyped-def]
    codes, table, origin_x, origin_y, blocked, block_x, block_y, u, v, gain, pixel, out, i
):
    """Whether plate coordinates `(u, v)` of a source may be used; then their pixel, times the gain, is in out[i]."""
    if not (abs(u) < 1e6 and abs(v) < 1e6):
        return 0
    bx, by = int(math.floor(u + 0.5)) - block_x, int(math.floor(v + 0.5)) - block_y
    if 0 <= bx < blocked.shape[1] and 0 <= by < blocked.shape[0] and blocked[by, bx] != 0:
        return 0
    if not sample_cubic(codes, table, u - origin_x, v - origin_y, pixel):
        return 0
    out[i, 0] = pixel[0] * gain[0]
    out[i, 1] = pixel[1] * gain[1]
    out[i, 2] = pixel[2] * gain[2]
    return 1


@numba.njit(cache=True, nogil=True)
def gather(  # type: ignore[no-untyped-def]
    codes, table, origin_x, origin_y, blocked, block_x, block_y, matrix, xs, ys, gain, out, valid
):
    """Look up a list of target pixels in one source frame.

    xs, ys: `(n,) int32` target pixels in plate coordinates; matrix: `(3, 3) float64`, target to source, plate
    coordinates; origin: of the source array; blocked: `(h, w) uint8` over the source's hole, 1 = not to be used, its
    corner at block; gain: `(3,) float32`, source to target. Writes `out (n, 3) float32` and `valid (n,) uint8`.
    """
    pixel = np.empty(3, np.float32)
    for i in range(len(xs)):
        x, y = float(xs[i]), float(ys[i])
        w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
        u = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / w
        v = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / w
        valid[i] = _look(codes, table, origin_x, origin_y, blocked, block_x, block_y, u, v, gain, pixel, out, i)


@numba.njit(cache=True, nogil=True)
def gather_deep(  # type: ignore[no-untyped-def]
    codes, table, origin_x, origin_y, blocked, block_x, block_y, camera, xs, ys, nearness, gain, out, valid
):
    """As gather, with a `camera (3, 4)` that takes `(x, y, 1, nearness)`, `nearness (n,) float64`."""
    pixel = np.empty(3, np.float32)
    for i in range(len(xs)):
        x, y, k = float(xs[i]), float(ys[i]), nearness[i]
        w = camera[2, 0] * x + camera[2, 1] * y + camera[2, 2] + camera[2, 3] * k
        u = (camera[0, 0] * x + camera[0, 1] * y + camera[0, 2] + camera[0, 3] * k) / w
        v = (camera[1, 0] * x + camera[1, 1] * y + camera[1, 2] + camera[1, 3] * k) / w
        valid[i] = _look(codes, table, origin_x, origin_y, blocked, block_x, block_y, u, v, gain, pixel, out, i)
