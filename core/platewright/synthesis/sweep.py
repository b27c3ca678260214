"""How near each hidden pixel is: the nearness at which the frames that saw it agree on what they saw.

Method: a plane sweep (Collins 1996) over levels of nearness, without the target's own picture where that is hidden
and with it on the ring around; then semi-global matching (Hirschmueller 2008), which carries the ring's certainty
inwards and lets nearness jump at the edges of things.
"""

from __future__ import annotations

import math

import numba
import numpy as np

__all__ = ["FAR_OFF", "UNKNOWN", "disagreement", "look_at", "settle"]

FAR_OFF = np.float32(0.125)
"""A stop, in tone space: two looks that differ by more show different things; how different does not matter then."""
UNKNOWN = np.float32(0.5)
"""Cost of a level that fewer than two frames can judge."""
SAME = np.float32(0.06)
"""Tone-space range of looks that show the same thing: three grain sigmas of a fast stock in the shadows."""
STEP, JUMP = np.float32(0.06), np.float32(0.5)
"""Cost of nearness that changes by a level, and of an edge, from a pixel to the next: an edge must spare about
as much as one pixel that shows quite different things."""


@numba.njit(cache=True, nogil=True, inline="always")
def _agreed(values, count):  # type: ignore[no-untyped-def]
    """What most of `count` sorted values are near: where half of the frames show what passes in front, their median
    is neither."""
    first, last, low = 0, 0, 0
    for j in range(count):
        while values[j] - values[low] > SAME:
            low += 1
        if j - low > last - first:
            first, last = low, j
    if last - first < count // 4:
        first, last = 0, count - 1
    return np.float32(0.5) * (values[(first + last) // 2] + values[(first + last + 1) // 2])


@numba.njit(cache=True, nogil=True, inline="always")
def look_at(luma, corner, camera, x, y, k):  # type: ignore[no-untyped-def]
    """What a frame shows of a target's point, NaN where it does not; and where, in plate coordinates."""
    w = 1.0 / (camera[2, 0] * x + camera[2, 1] * y + camera[2, 2] + camera[2, 3] * k)
    u = (camera[0, 0] * x + camera[0, 1] * y + camera[0, 2] + camera[0, 3] * k) * w
    v = (camera[1, 0] * x + camera[1, 1] * y + camera[1, 2] + camera[1, 3] * k) * w
    a, b = u - corner[0], v - corner[1]
    if not (0.0 <= a < luma.shape[1] - 1 and 0.0 <= b < luma.shape[0] - 1):
        return np.nan, u, v
    ix, iy = int(a), int(b)
    fx, fy = a - ix, b - iy
    top = luma[iy, ix] + fx * (luma[iy, ix + 1] - luma[iy, ix])
    bottom = luma[iy + 1, ix] + fx * (luma[iy + 1, ix + 1] - luma[iy + 1, ix])
    return top + fy * (bottom - top), u, v


@numba.njit(cache=True, nogil=True, parallel=True)
def disagreement(xs, ys, known, tones, luma, corners, cameras, levels, cost):  # type: ignore[no-untyped-def]
    """How little the frames agree about each pixel at each level of nearness.

    xs, ys: `(n,)` target pixels. known: `(n,) uint8`, 1 where the target's own `tones (n,) float32` count. luma:
    `(S, h, w) float32` parts of the frames, NaN where they must not be used, their corners `(S, 2)` (x, y) in plate
    coordinates. cameras: `(S, 3, 4)`. levels: `(1, D)`, or `(n, D)` of each pixel's own. Writes `cost (n, D)
    float32`, 0 to 1.
    """
    frames, height, width = luma.shape
    for block in numba.prange((len(xs) + 255) // 256):
        values, plain = np.empty(frames, np.float32), np.empty((frames, 3))
        for i in range(block * 256, min(len(xs), (block + 1) * 256)):
            x, y = float(xs[i]), float(ys[i])
            for s in range(frames):
                for a in range(3):
                    plain[s, a] = cameras[s, a, 0] * x + cameras[s, a, 1] * y + cameras[s, a, 2]
            for d in range(levels.shape[1]):
                k = levels[i % len(levels), d]
                count, total = 0, np.float32(0.0)
                for s in range(frames):
                    w = 1.0 / (plain[s, 2] + cameras[s, 2, 3] * k)
                    u = (plain[s, 0] + cameras[s, 0, 3] * k) * w - corners[s, 0]
                    v = (plain[s, 1] + cameras[s, 1, 3] * k) * w - corners[s, 1]
                    if not (0.0 <= u < width - 1 and 0.0 <= v < height - 1):
                        continue
                    ix, iy = int(u), int(v)
                    fx, fy = np.float32(u - ix), np.float32(v - iy)
                    top = luma[s, iy, ix] + fx * (luma[s, iy, ix + 1] - luma[s, iy, ix])
                    bottom = luma[s, iy + 1, ix] + fx * (luma[s, iy + 1, ix + 1] - luma[s, iy + 1, ix])
                    value = top + fy * (bottom - top)
                    if not math.isfinite(value):
                        continue
                    if known[i]:
                        total += min(abs(value - tones[i]), FAR_OFF)
                        count += 1
                        continue
                    j = count - 1
                    while j >= 0 and values[j] > value:
                        values[j + 1] = values[j]
                        j -= 1
                    values[j + 1] = value
                    count += 1
                if count and not known[i]:
                    middle = _agreed(values, count)
                    for j in range(count):
                        total += min(abs(values[j] - middle), FAR_OFF)
                # One look says nothing, two little: what few frames judge is drawn towards not knowing.
                free = count if known[i] else max(count - 1, 0)
                cost[i, d] = (total / FAR_OFF + UNKNOWN) / np.float32(free + 1)


@numba.njit(cache=True, nogil=True)
def settle(cost, place, beside, total):  # type: ignore[no-untyped-def]
    """Sum the cheapest ways to each pixel and level from eight sides.

    cost: `(n, D) float32`. place: `(h, w) int32`, each pixel's row of cost, -1 where there is none. beside: `(D,)
    bool`, whether a level is one step from the one before it. Writes `total (n, D) float32`.
    """
    height, width = place.shape
    depth = cost.shape[1]
    total[:] = np.float32(0.0)
    path = np.empty_like(cost)
    for side in range(8):
        dy = (-1, -1, -1, 0, 0, 1, 1, 1)[side]
        dx = (-1, 0, 1, -1, 1, -1, 0, 1)[side]
        backwards = dy > 0 or (dy == 0 and dx > 0)
        for a in range(height):
            y = height - 1 - a if backwards else a
            for b in range(width):
                x = width - 1 - b if backwards else b
                i = place[y, x]
                if i < 0:
                    continue
                v, u = y + dy, x + dx
                before = place[v, u] if 0 <= v < height and 0 <= u < width else -1
                if before < 0:
                    for d in range(depth):
                        path[i, d] = cost[i, d]
                        total[i, d] += cost[i, d]
                    continue
                least = path[before, 0]
                for d in range(1, depth):
                    least = min(least, path[before, d])
                for d in range(depth):
                    way = min(path[before, d], least + JUMP)
                    if beside[d]:
                        way = min(way, path[before, d - 1] + STEP)
                    if d + 1 < depth and beside[d + 1]:
                        way = min(way, path[before, d + 1] + STEP)
                    path[i, d] = cost[i, d] + way - least
                    total[i, d] += path[i, d]
