"""How near each hidden pixel is: the nearness at which the frames that saw it agree on what they saw.

Method: a plane sweep (Collins 1996) over levels of nearness, without the target's own picture where that is hidden
and with it on the ring around; then semi-global matching (Hirschmueller 2008), which carries the ring's certainty
inwards and lets nearness jump at the edges of things.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["look_at", "settle"]

STEP, JUMP = np.float32(0.06), np.float32(0.5)
"""Cost of nearness that changes by a level, and of an edge, from a pixel to the next: an edge must spare about
as much as one pixel that shows quite different things."""


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
