"""The kernels of the exemplar fill: which patch looks like this one, and what do the patches say together.

Every kernel reads one state and writes another (Jacobi), and takes its randomness from an integer hash of the place,
the seed and the round: so the result does not depend on the number of threads. They know arrays only.

Shared by all: `picture` (H + 2 r, W + 2 r, 4) float32, three channels of tone and one of texture, padded by the
patch's radius r; `weights` (H + 2 r, W + 2 r) float32, zero outside the picture; `usable` (H, W) bool, centres whose
whole patch may be copied. Targets are the pixels whose patch touches the hole: centres `(ty, tx)`; `(sy, sx)` is the
centre of the patch found for each, `cost` its distance. All coordinates are rows and columns of the unpadded level.
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["distance", "search", "spread_field", "vote"]


@njit(inline="always")
def _hash(a, b):  # type: ignore[no-untyped-def]
    """A well mixed 64-bit number from two others (the finaliser of SplitMix64)."""
    z = np.uint64(a) + np.uint64(b) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(inline="always")
def _below(random, count):  # type: ignore[no-untyped-def]
    """A whole number in 0..count-1 from the lower 32 bits of a random one."""
    return np.int64(((random & np.uint64(0xFFFFFFFF)) * np.uint64(count)) >> np.uint64(32))


@njit(cache=True, nogil=True)
def distance(picture, weights, ty, tx, sy, sx, size, limit):  # type: ignore[no-untyped-def]
    """Weighted sum of squared differences of two patches; stops early once it is above `limit`."""
    total = np.float32(0)
    for j in range(size):
        a = np.float32(0)
        b = np.float32(0)
        c = np.float32(0)
        d = np.float32(0)
        for i in range(size):
            w = weights[ty + j, tx + i]
            d0 = picture[ty + j, tx + i, 0] - picture[sy + j, sx + i, 0]
            d1 = picture[ty + j, tx + i, 1] - picture[sy + j, sx + i, 1]
            d2 = picture[ty + j, tx + i, 2] - picture[sy + j, sx + i, 2]
            d3 = picture[ty + j, tx + i, 3] - picture[sy + j, sx + i, 3]
            a += w * d0 * d0
            b += w * d1 * d1
            c += w * d2 * d2
            d += w * d3 * d3
        total += (a + b) + (c + d)
        if total > limit:
            return total
    return total


@njit(cache=True, nogil=True)
def search(  # type: ignore[no-untyped-def]
    picture, weights, usable, index, ty, tx, sy, sx, jump, radius, seed, new_sy, new_sx, cost, size, start, stop
):
    """One round of patch search (Barnes et al., PatchMatch, 2009) for the targets start..stop.

    Tries what the target has, what its four neighbours at `jump` suggest, then random places around the best within
    `radius`, halved until 1. Reads (sy, sx), writes (new_sy, new_sx) and `cost`.
    """
    height, width = usable.shape
    for t in range(start, stop):
        y, x = ty[t], tx[t]
        best_y, best_x = sy[t], sx[t]
        best = distance(picture, weights, y, x, best_y, best_x, size, np.float32(np.inf))
        for k in range(4):
            dy = jump if k == 0 else (-jump if k == 1 else 0)
            dx = jump if k == 2 else (-jump if k == 3 else 0)
            ny, nx = y + dy, x + dx
            if ny < 0 or nx < 0 or ny >= height or nx >= width:
                continue
            n = index[ny, nx]
            if n < 0:
                continue
            cy, cx = sy[n] - dy, sx[n] - dx
            if cy < 0 or cx < 0 or cy >= height or cx >= width or not usable[cy, cx]:
                continue
            if cy == best_y and cx == best_x:
                continue
            found = distance(picture, weights, y, x, cy, cx, size, best)
            if found < best:
                best, best_y, best_x = found, cy, cx
        reach = radius
        random = _hash(np.uint64(t) ^ (np.uint64(seed) << np.uint64(32)), np.uint64(jump) + np.uint64(7919))
        while reach >= 1:
            random = _hash(random, np.uint64(reach))
            top, bottom = max(best_y - reach, 0), min(best_y + reach, height - 1)
            left, right = max(best_x - reach, 0), min(best_x + reach, width - 1)
            cy = top + _below(random, bottom - top + 1)
            cx = left + _below(random >> np.uint64(32), right - left + 1)
            reach //= 2
            if not usable[cy, cx] or (cy == best_y and cx == best_x):
                continue
            found = distance(picture, weights, y, x, cy, cx, size, best)
            if found < best:
                best, best_y, best_x = found, cy, cx
        new_sy[t], new_sx[t], cost[t] = best_y, best_x, best


@njit(cache=True, nogil=True)
def spread_field(  # type: ignore[no-untyped-def]
    ty, tx, coarse_index, coarse_sy, coarse_sx, usable, found_y, found_x, seed, sy, sx, inherited
):
    """Start a level's field from the coarser one's, and at random among (found_y, found_x) where that has nothing.

    inherited: (targets,) float32, becomes 1 where the coarser level had a patch, 0 where chance had to serve.
    """
    height, width = usable.shape
    coarse_height, coarse_width = coarse_index.shape
    for t in range(len(ty)):
        y, x = ty[t], tx[t]
        cy, cx = min(y // 2, coarse_height - 1), min(x // 2, coarse_width - 1)
        n = coarse_index[cy, cx]
        inherited[t] = 0
        if n >= 0:
            fy = y + 2 * (coarse_sy[n] - cy)
            fx = x + 2 * (coarse_sx[n] - cx)
            for reach in range(3):
                for k in range((2 * reach + 1) ** 2):
                    ny, nx = fy + k // (2 * reach + 1) - reach, fx + k % (2 * reach + 1) - reach
                    if inherited[t] == 0 and 0 <= ny < height and 0 <= nx < width and usable[ny, nx]:
                        sy[t], sx[t], inherited[t] = ny, nx, 1
        if inherited[t] == 0:
            k = _below(_hash(np.uint64(t), np.uint64(seed)), len(found_y))
            sy[t], sx[t] = found_y[k], found_x[k]


@njit(cache=True, nogil=True)
def vote(  # type: ignore[no-untyped-def]
    picture, index, sy, sx, trust, rows, columns, size, voted, offsets, agreement, start, stop
):
    """What the patches over each listed pixel say about it: the mean of their votes, and which offset is strongest.

    rows, columns: the pixels. trust: (targets,) float32, above 0 where a target has a say. Writes for each pixel
    `voted` (4,), the mean by trust; `offsets` (2,) rows and columns to where most of the votes point; `agreement`,
    the share that they have, 0 where nobody voted (the others are then left alone).
    """
    height, width = index.shape
    radius = size // 2
    vote_y = np.empty(size * size, np.int32)
    vote_x = np.empty(size * size, np.int32)
    share = np.empty(size * size, np.float32)
    for p in range(start, stop):
        y, x = rows[p], columns[p]
        count = 0
        total = np.float32(0)
        for ny in range(max(y - radius, 0), min(y + radius + 1, height)):
            for nx in range(max(x - radius, 0), min(x + radius + 1, width)):
                n = index[ny, nx]
                if n < 0 or trust[n] <= 0:
                    continue
                oy, ox = sy[n] - ny, sx[n] - nx
                total += trust[n]
                same = 0
                while same < count and (vote_y[same] != oy or vote_x[same] != ox):
                    same += 1
                if same == count:
                    vote_y[count], vote_x[count], share[count] = oy, ox, 0
                    count += 1
                share[same] += trust[n]
        agreement[p] = 0
        if count == 0:
            continue
        strongest = 0
        for k in range(count):
            share[k] /= total
            if share[k] > share[strongest]:
                strongest = k
        agreement[p] = share[strongest]
        offsets[p, 0], offsets[p, 1] = vote_y[strongest], vote_x[strongest]
        for c in range(4):
            value = np.float32(0)
            for k in range(count):
                value += share[k] * picture[y + vote_y[k] + radius, x + vote_x[k] + radius, c]
            voted[p, c] = value
