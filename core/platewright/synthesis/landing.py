"""Where the points of a surround land in another frame, and how the tones they meet there differ from their own."""

from __future__ import annotations

import math

import numba
import numpy as np

from .rows import cubic

__all__ = ["residuals"]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def residuals(  # type: ignore[no-untyped-def]
    xs, ys, lift, tone, luma, ox, oy, reach, blocked, bx0, by0, matrix, parallax, sharp, us, vs, residual, where
):
    """Source minus target tone at each point that lands on usable background; returns how many do.

    sharp: interpolate by a cubic instead of linearly. A linear look-up softens most half-way between pixels, which
    pulls the fit by up to a tenth of a pixel on fine texture. us, vs: `(n,) float64` to work in. Three loops and not
    one: where the points land and what they meet there are vector instructions then.
    """
    _through(xs, ys, lift, matrix, parallax, us, vs)
    count = _landed(us, vs, len(xs), ox, oy, reach, blocked, bx0, by0, where)
    if sharp:
        _looked_up(luma.reshape(luma.size), luma.shape[1], us, vs, tone, where, count, residual)
    else:
        for k in range(count):
            u, v = us[k], vs[k]
            ix, iy = int(u), int(v)
            fx, fy = u - ix, v - iy
            top = luma[iy, ix] * (1 - fx) + luma[iy, ix + 1] * fx
            bottom = luma[iy + 1, ix] * (1 - fx) + luma[iy + 1, ix + 1] * fx
            residual[k] = top * (1 - fy) + bottom * fy - tone[where[k]]
    return count


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _through(xs, ys, lift, matrix, parallax, us, vs):  # type: ignore[no-untyped-def]
    a, b, c, j = matrix[0, 0], matrix[0, 1], matrix[0, 2], parallax[0]  # named, or each point reads them again
    d, e, f, k = matrix[1, 0], matrix[1, 1], matrix[1, 2], parallax[1]
    g, h, i, m = matrix[2, 0], matrix[2, 1], matrix[2, 2], parallax[2]
    for t in range(len(xs)):
        x, y, near = xs[t], ys[t], lift[t]
        w = g * x + h * y + i + m * near
        us[t] = (a * x + b * y + c + j * near) / w
        vs[t] = (d * x + e * y + f + k * near) / w


@numba.njit(cache=True, nogil=True)
def _landed(us, vs, points, ox, oy, reach, blocked, bx0, by0, where):  # type: ignore[no-untyped-def]
    """Which of so many points land on usable background, `where`; theirs go to the front of `us` and `vs`, in pixels
    of the array."""
    count = 0
    tall, wide = blocked.shape
    x0, y0, x1, y1 = reach
    for i in range(points):
        u, v = us[i], vs[i]
        if not (x0 + 1 <= u < x1 - 2 and y0 + 1 <= v < y1 - 2):
            continue
        hx, hy = int(math.floor(u + 0.5)) - bx0, int(math.floor(v + 0.5)) - by0
        if 0 <= hx < wide and 0 <= hy < tall and blocked[hy, hx] != 0:
            continue
        us[count], vs[count], where[count] = u - ox, v - oy, i
        count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _looked_up(flat, wide, us, vs, tone, where, count, residual):  # type: ignore[no-untyped-def]
    """The tones by a cubic, less the target's; `flat` is the source's luma, row after row of `wide`."""
    one, row = np.uint64(1), np.uint64(wide)  # counted without a sign: an index from the end is none of these
    for k in range(count):
        u, v = us[k], vs[k]
        ix, iy = np.int32(u), np.int32(v)
        a0, a1, a2, a3 = cubic(np.float32(u - ix))
        b0, b1, b2, b3 = cubic(np.float32(v - iy))
        at = np.uint64(iy - 1) * row + np.uint64(ix - 1)
        total = b0 * _across(flat, at, one, a0, a1, a2, a3)
        total += b1 * _across(flat, at + row, one, a0, a1, a2, a3)
        total += b2 * _across(flat, at + row + row, one, a0, a1, a2, a3)
        total += b3 * _across(flat, at + row + row + row, one, a0, a1, a2, a3)
        residual[k] = total - tone[where[k]]


@numba.njit(cache=True, nogil=True, inline="always")
def _across(flat, at, one, a0, a1, a2, a3):  # type: ignore[no-untyped-def]
    near = flat[at] * a0 + flat[at + one] * a1
    return near + flat[at + one + one] * a2 + flat[at + one + one + one] * a3
