"""Looking up a list of target pixels in a source frame, between its pixels, through a motion.

Neighbouring targets land on neighbouring source pixels nearly always, so they are looked up in runs: the four rows
under a run are unpacked once, and all its pixels are computed together. Where a motion turns or zooms so much that
runs are short, each pixel goes its own way. All kernels release the interpreter's lock and give the same bits on any
number of threads.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from .rows import cubic_run, spread_weights, unpack
from .sampling import sample_cubic, value_at

__all__ = ["gather", "gather_deep", "gather_nearest"]

_BLOCK = 128
_SHORT = 6
"""Pixels in a run under which unpacking rows costs more than it saves."""
_OUT, _BETWEEN, _WHOLE = 0, 1, 2


@numba.njit(cache=True, nogil=True, error_model="numpy")
def gather(  # type: ignore[no-untyped-def]
    codes, table, origin_x, origin_y, blocked, block_x, block_y, matrix, xs, ys, gain, out, valid
):
    """Look up a list of target pixels in one source frame.

    xs, ys: `(n,) int32` target pixels in plate coordinates; matrix: `(3, 3) float64`, target to source, plate
    coordinates; origin: of the source array; blocked: `(h, w) uint8` over the source's hole, 1 = not to be used, its
    corner at block; gain: `(3,) float32`, source to target. Writes `out (n, 3) float32` and `valid (n,) uint8`.
    """
    us, vs = np.empty(_BLOCK), np.empty(_BLOCK)
    desk = _desk()
    for start in range(0, len(xs), _BLOCK):
        count = min(_BLOCK, len(xs) - start)
        for t in range(count):
            x, y = float(xs[start + t]), float(ys[start + t])
            w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
            us[t] = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / w
            vs[t] = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / w
        _block(
            codes, table, origin_x, origin_y, blocked, block_x, block_y, us, vs, count, gain, desk,
            out[start : start + count], valid[start : start + count],
        )  # fmt: skip


@numba.njit(cache=True, nogil=True, error_model="numpy")
def gather_deep(  # type: ignore[no-untyped-def]
    codes, table, origin_x, origin_y, blocked, block_x, block_y, camera, xs, ys, nearness, gain, out, valid
):
    """As gather, with a `camera (3, 4)` that takes `(x, y, 1, nearness)`, `nearness (n,) float64`."""
    us, vs = np.empty(_BLOCK), np.empty(_BLOCK)
    desk = _desk()
    for start in range(0, len(xs), _BLOCK):
        count = min(_BLOCK, len(xs) - start)
        for t in range(count):
            x, y, k = float(xs[start + t]), float(ys[start + t]), nearness[start + t]
            w = camera[2, 0] * x + camera[2, 1] * y + camera[2, 2] + camera[2, 3] * k
            us[t] = (camera[0, 0] * x + camera[0, 1] * y + camera[0, 2] + camera[0, 3] * k) / w
            vs[t] = (camera[1, 0] * x + camera[1, 1] * y + camera[1, 2] + camera[1, 3] * k) / w
        _block(
            codes, table, origin_x, origin_y, blocked, block_x, block_y, us, vs, count, gain, desk,
            out[start : start + count], valid[start : start + count],
        )  # fmt: skip


@numba.njit(cache=True, nogil=True, error_model="numpy")
def gather_nearest(  # type: ignore[no-untyped-def]
    codes, table, origin_x, origin_y, blocked, block_x, block_y, matrix, xs, ys, gain, out, valid
):
    """As gather, from the nearest pixel alone, so that nothing of its neighbours gets in."""
    high, wide = codes.shape[0], codes.shape[1]
    for t in range(len(xs)):
        x, y = float(xs[t]), float(ys[t])
        w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
        u = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / w - origin_x
        v = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / w - origin_y
        valid[t] = 0
        if not (1.0 <= u < wide - 2.0 and 1.0 <= v < high - 2.0):
            continue
        column, row = int(math.floor(u + 0.5)), int(math.floor(v + 0.5))
        bx, by = column + origin_x - block_x, row + origin_y - block_y
        if 0 <= bx < blocked.shape[1] and 0 <= by < blocked.shape[0] and blocked[by, bx] != 0:
            continue
        good = True
        for c in range(3):
            value = value_at(codes, table, row, column, c)
            out[t, c] = value * gain[c]
            good = good and math.isfinite(value)
        valid[t] = 1 if good else 0


@numba.njit(cache=True, nogil=True)
def _desk():  # type: ignore[no-untyped-def]
    """The room a look-up works in, for one block: columns, rows, state, fractions, bits, weights, values, broken."""
    wide = 3 * _BLOCK
    return (
        np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.uint8),
        np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32), np.empty((4, wide + 9), np.uint32),
        np.empty((4, wide), np.float32), np.empty((4, wide), np.float32), np.empty(wide, np.float32),
        np.empty(wide, np.float32),
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _split(places, origin, limit, count, whole, fraction):  # type: ignore[no-untyped-def]
    """Coordinates as whole pixels of the array and fractions; far outside and NaN come to lie just outside."""
    for t in range(count):
        place = places[t] - origin
        place = place if place > -8.0 else -8.0
        place = place if place < limit + 8.0 else limit + 8.0
        pixel = np.int32(place + 16.0) - np.int32(16)
        whole[t] = pixel
        fraction[t] = np.float32(place - pixel)


@numba.njit(cache=True, nogil=True)
def _sort_out(columns, rows, fx, fy, count, wide, high, blocked, block_x, block_y, state):  # type: ignore[no-untyped-def]
    """Which pixels can be looked up, and which of them lie on a whole pixel; block: relative to the array."""
    for t in range(count):
        x, y = columns[t], rows[t]
        if fx[t] == 0 and fy[t] == 0:
            found = _WHOLE if 0 <= x < wide and 0 <= y < high else _OUT
        else:
            found = _BETWEEN if 1 <= x < wide - 2 and 1 <= y < high - 2 else _OUT
        bx = x - block_x + (1 if fx[t] >= np.float32(0.5) else 0)
        by = y - block_y + (1 if fy[t] >= np.float32(0.5) else 0)
        if 0 <= bx < blocked.shape[1] and 0 <= by < blocked.shape[0] and blocked[by, bx] != 0:
            found = _OUT
        state[t] = found


@numba.njit(cache=True, nogil=True)
def _block(  # type: ignore[no-untyped-def]
    codes, table, origin_x, origin_y, blocked, block_x, block_y, us, vs, count, gain, desk, out, valid
):
    columns, rows, state, fx, fy, bits, across, down, values, broken = desk
    floats = bits.view(np.float32)
    high, wide = codes.shape[0], codes.shape[1]
    flat = codes.reshape((high, wide * 3))
    _split(us, origin_x, wide, count, columns, fx)
    _split(vs, origin_y, high, count, rows, fy)
    _sort_out(columns, rows, fx, fy, count, wide, high, blocked, block_x - origin_x, block_y - origin_y, state)
    begin = 0
    while begin < count:
        kind, top, left = state[begin], rows[begin], columns[begin]
        if kind == _OUT:
            valid[begin] = 0
            begin += 1
            continue
        end = begin + 1
        while end < count and state[end] == kind and rows[end] == top and columns[end] == left + (end - begin):
            end += 1
        length = end - begin
        if kind == _WHOLE or length < _SHORT:
            for t in range(begin, end):
                good = sample_cubic(codes, table, columns[t], rows[t], fx[t], fy[t], values)
                for c in range(3):
                    out[t, c] = values[c] * gain[c]
                valid[t] = 1 if good else 0
        else:
            for j in range(4):
                unpack(
                    flat[top - 1 + j, 3 * left - 3 : 3 * (left + length) + 6], table, 3 * length + 9, bits[j], floats[j]
                )
            spread_weights(fx[begin:end], length, across[0], across[1], across[2], across[3])
            spread_weights(fy[begin:end], length, down[0], down[1], down[2], down[3])
            cubic_run(floats, across, down, 3 * length, values, broken)
            for t in range(length):
                good = True
                for c in range(3):
                    out[begin + t, c] = values[3 * t + c] * gain[c]
                    good = good and math.isfinite(broken[3 * t + c])
                valid[begin + t] = 1 if good else 0
        begin = end
