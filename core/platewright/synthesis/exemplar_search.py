"""The kernels of the exemplar fill: which patch looks like this one, and what do the patches say together.

Every kernel reads one state and writes another (Jacobi), and takes its randomness from an integer hash of the place,
the seed and the round: so the result does not depend on the number of threads. They know arrays only.

Shared by all: `picture` (H + 2 r, W + 2 r, 4) float32, three channels of tone and one of texture, padded by the
patch's radius r; `weights` (H + 2 r, W + 2 r) float32, zero outside the picture; `usable` (H, W) bool, centres whose
whole patch may be copied. Targets are the pixels whose patch touches the hole: centres `(ty, tx)`; `(sy, sx)` is the
centre of the patch found for each, `cost` its distance. All coordinates are rows and columns of the unpadded level.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .patch_rows import row_difference

__all__ = ["mean_vote", "measure_bias", "search", "spread_field", "squares", "strongest_vote"]


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


@njit(inline="always")
def _difference(picture, weights, ty, tx, sy, sx, size, limit):  # type: ignore[no-untyped-def]
    """Weighted sum of squared differences of two patches; stops early once it is above `limit`."""
    width = picture.shape[1]
    total = np.float32(0)
    for j in range(size):
        target, source = (ty + j) * width + tx, (sy + j) * width + sx
        total += row_difference(picture, weights, target, source, size)
        if total > limit:
            break
    return total


@njit(inline="always")
def _way(y, x, sy, sx, near):  # type: ignore[no-untyped-def]
    """How far off a patch lies beyond what is near, in pixels to the power of a half."""
    return np.float32(math.sqrt(max(abs(sy - y) + abs(sx - x) - near, np.float32(0))))


@njit(cache=True, nogil=True)
def search(  # type: ignore[no-untyped-def]
    picture, weights, usable, index, ty, tx, sy, sx, toll, near, forward, fresh, reach, seed, new_sy, new_sx, cost,
    size, start, stop,
):  # fmt: skip
    """One pass of patch search (Barnes et al., PatchMatch, 2009) over the targets start..stop.

    Tries what the neighbours suggest that the pass has just come by (above and left, or below and right), then random
    places around the best within `reach` pixels, halved until 1. Suggestions of other slices are those of before the
    pass, (sy, sx), so that the order of slices does not matter; this slice's are in (new_sy, new_sx), which begins as
    a copy. `cost` is taken as it stands unless `fresh` says that the picture has changed since. toll and near:
    (targets,) float32, what a way of one pixel costs and how many pixels are free.
    """
    height, width = usable.shape
    back = -1 if forward else 1
    for step in range(stop - start):
        t = start + step if forward else stop - 1 - step
        y, x = ty[t], tx[t]
        best_y, best_x, best = sy[t], sx[t], cost[t]
        if fresh:
            best = toll[t] * _way(y, x, best_y, best_x, near[t])
            best += _difference(picture, weights, y, x, best_y, best_x, size, np.float32(np.inf))
        random = _hash(np.uint64(t), np.uint64(seed))
        distance = reach
        for attempt in range(64):
            if attempt < 2:
                dy, dx = (back, 0) if attempt == 0 else (0, back)
                if y + dy < 0 or x + dx < 0 or y + dy >= height or x + dx >= width:
                    continue
                n = index[y + dy, x + dx]
                if n < 0:
                    continue
                if start <= n < stop:
                    cy, cx = new_sy[n] - dy, new_sx[n] - dx
                else:
                    cy, cx = sy[n] - dy, sx[n] - dx
                if cy < 0 or cx < 0 or cy >= height or cx >= width:
                    continue
            else:
                if distance < 1:
                    break
                random = _hash(random, np.uint64(attempt))
                top, bottom = max(best_y - distance, 0), min(best_y + distance, height - 1)
                left, right = max(best_x - distance, 0), min(best_x + distance, width - 1)
                cy = top + _below(random, bottom - top + 1)
                cx = left + _below(random >> np.uint64(32), right - left + 1)
                distance //= 2
            if not usable[cy, cx] or (cy == best_y and cx == best_x):
                continue
            found = toll[t] * _way(y, x, cy, cx, near[t])
            if found < best:
                found += _difference(picture, weights, y, x, cy, cx, size, best - found)
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
def measure_bias(picture, weights, ty, tx, sy, sx, size, limit, bias, start, stop):  # type: ignore[no-untyped-def]
    """By how much each target's patch is brighter than the one found for it, per tone: (targets, 3), into `bias`.

    Light changes over a picture more slowly than texture does; what is copied takes on the light of its new place
    (after the gain and bias of Darabi et al., Image melding, 2012). A difference near `limit` is no light: it counts
    less, and not at all above. Every second pixel is enough for a mean.
    """
    for t in range(start, stop):
        total = np.float32(0)
        a = np.float32(0)
        b = np.float32(0)
        c = np.float32(0)
        for j in range(0, size, 2):
            for i in range(0, size, 2):
                y, x, v, u = ty[t] + j, tx[t] + i, sy[t] + j, sx[t] + i
                if weights[y, x] > 0:
                    total += 1
                    a += picture[y, x, 0] - picture[v, u, 0]
                    b += picture[y, x, 1] - picture[v, u, 1]
                    c += picture[y, x, 2] - picture[v, u, 2]
        a, b, c = a / total, b / total, c / total
        most = max(abs(a), abs(b), abs(c)) / limit
        keep = max(np.float32(0), np.float32(1) - most * most)
        bias[t, 0], bias[t, 1], bias[t, 2] = keep * a, keep * b, keep * c


@njit(cache=True, nogil=True)
def mean_vote(  # type: ignore[no-untyped-def]
    picture, index, sy, sx, trust, bias, rows, columns, size, voted, weight, start, stop
):
    """What the patches over each listed pixel say about it on the mean.

    rows, columns: the pixels. trust: (targets,) float32, above 0 where a target has a say; bias: (targets, 3), what
    it adds to what it copies. Writes `voted` (pixels, 4) and `weight` (pixels,), the sum of trust; where that is 0
    `voted` is left alone.
    """
    height, width = index.shape
    radius = size // 2
    for p in range(start, stop):
        y, x = rows[p], columns[p]
        total = np.float32(0)
        a = np.float32(0)
        b = np.float32(0)
        c = np.float32(0)
        d = np.float32(0)
        for ny in range(max(y - radius, 0), min(y + radius + 1, height)):
            for nx in range(max(x - radius, 0), min(x + radius + 1, width)):
                n = index[ny, nx]
                if n < 0:
                    continue
                w = trust[n]
                py, px = sy[n] + y - ny + radius, sx[n] + x - nx + radius
                total += w
                a += w * (picture[py, px, 0] + bias[n, 0])
                b += w * (picture[py, px, 1] + bias[n, 1])
                c += w * (picture[py, px, 2] + bias[n, 2])
                d += w * picture[py, px, 3]
        weight[p] = total
        if total > 0:
            voted[p, 0] = a / total
            voted[p, 1] = b / total
            voted[p, 2] = c / total
            voted[p, 3] = d / total


@njit(cache=True, nogil=True)
def strongest_vote(  # type: ignore[no-untyped-def]
    index, sy, sx, trust, bias, rows, columns, size, offsets, agreement, light, start, stop
):
    """From where most of the patches over each listed pixel take it.

    Patches that were found side by side point to the same pixel; so the strongest vote is that of the piece of the
    picture that fits here best. Writes `offsets` (pixels, 2) as rows and columns, and `agreement` (pixels,), the
    share of the votes that it has, 0 where nobody voted; `light` (pixels, 3), the mean bias of those votes.
    """
    height, width = index.shape
    radius = size // 2
    vote_y = np.empty(size * size, np.int32)
    vote_x = np.empty(size * size, np.int32)
    share = np.empty(size * size, np.float32)
    lights = np.empty((size * size, 3), np.float32)
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
                    lights[count] = 0
                    count += 1
                share[same] += trust[n]
                for c in range(3):
                    lights[same, c] += trust[n] * bias[n, c]
        agreement[p] = 0
        for k in range(count):
            if share[k] > agreement[p]:
                agreement[p] = share[k]
                offsets[p, 0], offsets[p, 1] = vote_y[k], vote_x[k]
                light[p] = lights[k] / share[k]
        if count:
            agreement[p] /= total


@njit(cache=True, nogil=True)
def squares(picture, top, bottom, left, right):  # type: ignore[no-untyped-def]
    """(H, W) float32: the sum of the four channels' squares of a part of a picture (h, w, 4) float32."""
    out = np.empty((bottom - top, right - left), np.float32)
    for y in range(top, bottom):
        for x in range(left, right):
            a, b, c, d = picture[y, x, 0], picture[y, x, 1], picture[y, x, 2], picture[y, x, 3]
            out[y - top, x - left] = (a * a + b * b) + (c * c + d * d)
    return out
