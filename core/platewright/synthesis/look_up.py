"""Looking up a list of target pixels in a source frame, between its pixels, through a motion.

Neighbouring targets land on neighbouring source pixels nearly always, so they are looked up in runs: the rows under a
run are unpacked once, for this run and for those below it, and all its pixels are computed together. Where a motion
turns or zooms so much that runs are short, each pixel goes its own way. All kernels release the interpreter's lock and
give the same bits on any number of threads.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from platewright.imaging.intrinsics import uncounted

from .rows import cubic_run, spread_weights, unpack
from .sampling import sample_cubic, value_at

__all__ = ["gather", "gather_at", "gather_deep", "gather_nearest"]

_BLOCK = 512
_PIECE = 64
"""Pixels of a source row that are unpacked together, when the first of them is looked at."""
_ROWS = 16
"""Source rows that stay unpacked: four for the look-up itself, the others for a motion that turns."""
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
    desk = _desk(codes.shape[1], gain)
    for start in range(0, len(xs), _BLOCK):
        count = min(_BLOCK, len(xs) - start)
        _through(matrix, xs[start : start + count], ys[start : start + count], count, us, vs)
        _block(
            codes, table, origin_x, origin_y, blocked, block_x, block_y, us, vs, count, gain, desk,
            out[start : start + count], valid[start : start + count],
        )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def gather_at(  # type: ignore[no-untyped-def]
    codes, table, origin_x, origin_y, blocked, block_x, block_y, us, vs, gain, out, valid
):
    """As gather, at places `us, vs (n,) float64` in the source, plate coordinates; NaN where there is nothing."""
    desk = _desk(codes.shape[1], gain)
    for start in range(0, len(us), _BLOCK):
        count = min(_BLOCK, len(us) - start)
        end = start + count
        _block(
            codes, table, origin_x, origin_y, blocked, block_x, block_y, us[start:end], vs[start:end], count, gain,
            desk, out[start:end], valid[start:end],
        )  # fmt: skip


@numba.njit(cache=True, nogil=True, error_model="numpy")
def gather_deep(  # type: ignore[no-untyped-def]
    codes, table, origin_x, origin_y, blocked, block_x, block_y, camera, xs, ys, nearness, gain, out, valid
):
    """As gather, with a `camera (3, 4)` that takes `(x, y, 1, nearness)`, `nearness (n,) float64`."""
    us, vs = np.empty(_BLOCK), np.empty(_BLOCK)
    desk = _desk(codes.shape[1], gain)
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


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _through(matrix, xs, ys, count, us, vs):  # type: ignore[no-untyped-def]
    a, b, c = matrix[0, 0], matrix[0, 1], matrix[0, 2]  # named, or each pixel reads them again
    d, e, f = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    g, h, i = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    for t in range(count):
        x, y = np.float64(xs[t]), np.float64(ys[t])
        w = g * x + h * y + i
        us[t] = (a * x + b * y + c) / w
        vs[t] = (d * x + e * y + f) / w


@numba.njit(cache=True, nogil=True)
def _desk(wide, gain):  # type: ignore[no-untyped-def]
    """The room a look-up works in, for one block: columns, rows, state, fractions, gains, values and what is broken of
    them; the four weights across and the four down; and the rows of the source that are unpacked, with which row each
    of their pieces is of.

    Each is an array of its own: a row of a larger one is counted as in use and let go again wherever it is named, which
    took a sixth of a look-up's time.
    """
    values, pieces = 3 * _BLOCK, wide // _PIECE + 1
    gains = np.empty(values, np.float32)
    for t in range(_BLOCK):
        for c in range(3):
            gains[3 * t + c] = gain[c]
    return (
        np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.uint8),
        np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32),
        gains, np.empty(values, np.float32), np.empty(values, np.uint32),
        (np.empty(values, np.float32), np.empty(values, np.float32), np.empty(values, np.float32),
         np.empty(values, np.float32)),
        (np.empty(values, np.float32), np.empty(values, np.float32), np.empty(values, np.float32),
         np.empty(values, np.float32)),
        np.empty((_ROWS, 3 * wide), np.uint32), np.full((_ROWS, pieces), -1, np.int32),
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _ready(flat, table, row, left, right, unpacked, pieces):  # type: ignore[no-untyped-def]
    """The place of a source row among those unpacked, with its pixels `left <= x < right` there."""
    place = row % _ROWS
    for piece in range(left // _PIECE, (right - 1) // _PIECE + 1):
        if pieces[place, piece] != row:
            first, last = 3 * piece * _PIECE, min(3 * (piece + 1) * _PIECE, flat.shape[1])
            line = unpacked[place, first:last]
            unpack(flat[row, first:last], table, last - first, line, line.view(np.float32))
            pieces[place, piece] = row
    return place


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
def _copied(line, count, values, odd):  # type: ignore[no-untyped-def]
    """The values of whole pixels as they stand, and what is broken of them."""
    for t in range(count):
        values[t] = line[t]
        odd[t] = line[t] - line[t]


@numba.njit(cache=True, nogil=True)
def _scaled(values, gains, broken, count, out):  # type: ignore[no-untyped-def]
    """Write values times gains; returns whether nothing was broken."""
    any_broken = np.uint32(0)
    for t in range(count):
        out[t] = values[t] * gains[t]
        any_broken |= broken[t]
    return any_broken == 0


@numba.njit(cache=True, nogil=True)
def _block(  # type: ignore[no-untyped-def]
    codes, table, origin_x, origin_y, blocked, block_x, block_y, us, vs, count, gain, desk, out, valid
):
    codes, blocked, out, valid = uncounted(codes), uncounted(blocked), uncounted(out), uncounted(valid)
    columns, rows, state, fx, fy, gains, values, broken, across, down, unpacked, pieces = uncounted(desk)
    a0, a1, a2, a3 = across
    b0, b1, b2, b3 = down
    odd = broken.view(np.float32)
    lines, results = unpacked.view(np.float32), out.reshape(3 * len(out))
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
        if length < _SHORT:
            for t in range(begin, end):
                good = sample_cubic(codes, table, columns[t], rows[t], fx[t], fy[t], values)
                for c in range(3):
                    out[t, c] = values[c] * gain[c]
                valid[t] = 1 if good else 0
        else:
            if kind == _WHOLE:
                place = _ready(flat, table, top, left, left + length, unpacked, pieces)
                _copied(lines[place, 3 * left : 3 * (left + length)], 3 * length, values, odd)
            else:
                first, last = 3 * left - 3, 3 * (left + length) + 6
                p, q, r, u = (
                    _ready(flat, table, top - 1, left - 1, left + length + 2, unpacked, pieces),
                    _ready(flat, table, top, left - 1, left + length + 2, unpacked, pieces),
                    _ready(flat, table, top + 1, left - 1, left + length + 2, unpacked, pieces),
                    _ready(flat, table, top + 2, left - 1, left + length + 2, unpacked, pieces),
                )
                spread_weights(fx[begin:end], length, a0, a1, a2, a3)
                spread_weights(fy[begin:end], length, b0, b1, b2, b3)
                cubic_run(
                    lines[p, first:last], lines[q, first:last], lines[r, first:last], lines[u, first:last],
                    a0, a1, a2, a3, b0, b1, b2, b3, 3 * length, values, odd,
                )  # fmt: skip
            if _scaled(values, gains, broken, 3 * length, results[3 * begin : 3 * end]):
                valid[begin:end] = 1
            else:
                for t in range(length):
                    whole = broken[3 * t] | broken[3 * t + 1] | broken[3 * t + 2]
                    valid[begin + t] = 1 if whole == 0 else 0
        begin = end
