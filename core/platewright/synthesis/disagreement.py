"""How little the frames agree about pixels, each taken at several levels of nearness: the inner loop of a plane sweep.

A pixel's levels, or those of a few pixels, are done side by side in lanes, by what is done to them and not one after
the other: where they land and the sorting of what they meet are vector instructions then, and take a third of the time.
"""

from __future__ import annotations

import numba
import numpy as np

__all__ = ["FAR_OFF", "UNKNOWN", "disagreement"]

FAR_OFF = np.float32(0.125)
"""A stop, in tone space: two looks that differ by more show different things; how different does not matter then."""
UNKNOWN = np.float32(0.5)
"""Cost of a level that fewer than two frames can judge."""
SAME = np.float32(0.06)
"""Tone-space range of looks that show the same thing: three grain sigmas of a fast stock in the shadows."""
NOTHING = np.float32(np.nan)
LANES = 128
"""Pixels times levels that are done side by side."""


@numba.njit(cache=True, nogil=True)
def disagreement(  # type: ignore[no-untyped-def]
    xs, ys, known, tones, luma, corners, cameras, levels, cost, start, stop
):
    """How little the frames agree about the pixels `start` to `stop` at each level of nearness.

    xs, ys: `(n,)` target pixels. known: `(n,) uint8`, 1 where the target's own `tones (n,) float32` count. luma:
    `(S, h, w) float32` parts of the frames, NaN where they must not be used, their corners `(S, 2)` (x, y) in plate
    coordinates. cameras: `(S, 3, 4)`. levels: `(1, D)`, or `(n, D)` of each pixel's own. Writes `cost (n, D)
    float32`, 0 to 1.
    """
    frames, height, width = luma.shape
    depth = levels.shape[1]
    flat, costs = luma.reshape(frames, height * width), cost.reshape(cost.size)
    pixels = max(1, LANES // depth)
    lanes = pixels * depth
    near, own, count = np.empty(lanes, np.float32), np.empty(lanes, np.float32), np.empty(lanes, np.int32)
    us, vs, ws = np.empty(lanes, np.float32), np.empty(lanes, np.float32), np.empty(lanes, np.float32)
    place, shown = np.empty(lanes, np.uint32), np.empty((frames, lanes), np.float32)
    before, longest, last = np.empty(lanes, np.int32), np.empty(lanes, np.int32), np.empty(lanes, np.int32)
    for first in range(start, stop, pixels):
        some = min(pixels, stop - first)
        used, told = some * depth, 0
        for p in range(some):
            near[p * depth : (p + 1) * depth] = levels[(first + p) % len(levels)]
            own[p * depth : (p + 1) * depth] = tones[first + p]
            told += known[first + p]
        for s in range(frames):
            c, left, top = cameras[s], corners[s, 0], corners[s, 1]
            wk = np.float32(c[2, 3])
            uk, vk = np.float32(c[0, 3] - left * c[2, 3]), np.float32(c[1, 3] - top * c[2, 3])
            for p in range(some):
                x, y = float(xs[first + p]), float(ys[first + p])
                w = c[2, 0] * x + c[2, 1] * y + c[2, 2]  # and in the part's own pixels: small numbers are exact
                u = c[0, 0] * x + c[0, 1] * y + c[0, 2] - left * w
                v = c[1, 0] * x + c[1, 1] * y + c[1, 2] - top * w
                for d in range(p * depth, (p + 1) * depth):
                    us[d], vs[d], ws[d] = u, v, w
            _projected(us, vs, ws, near, uk, vk, wk, used)
            _placed(us, vs, place, used, width, height)
            _met(flat[s], width, used, place, us, vs, shown[s])
        if told:
            _from_own(shown, used, own, count, costs[first * depth : first * depth + used])
        if told < some:
            _counted(shown, used, count)
            _sorted(shown, used)
            _alike(shown, used, before, longest, last)
            for p in range(some):
                if not known[first + p]:
                    _from_most(shown, p * depth, count, longest, last, cost[first + p])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _projected(us, vs, ws, near, uk, vk, wk, used):  # type: ignore[no-untyped-def]
    """Turn where each lane would land without its nearness, homogeneous, into where it lands with it."""
    for d in range(used):
        by = np.float32(1.0) / (ws[d] + wk * near[d])
        us[d], vs[d] = (us[d] + uk * near[d]) * by, (vs[d] + vk * near[d]) * by


@numba.njit(cache=True, nogil=True)
def _placed(us, vs, place, used, width, height):  # type: ignore[no-untyped-def]
    """The first of the four pixels that each lane lands between; and in `us` and `vs` how far it lies across and down
    from it, NaN across where it lands outside."""
    wide, high = np.float32(width - 1), np.float32(height - 1)
    for d in range(used):
        a, b = us[d], vs[d]
        inside = (a >= np.float32(0.0)) & (b >= np.float32(0.0)) & (a < wide) & (b < high)
        a, b = a if inside else np.float32(0.0), b if inside else np.float32(0.0)
        column, row = np.int32(a), np.int32(b)
        place[d] = np.uint32(row * np.int32(width) + column)
        us[d] = a - np.float32(column) if inside else NOTHING
        vs[d] = b - np.float32(row)


@numba.njit(cache=True, nogil=True)
def _met(luma, width, used, place, across, down, shown):  # type: ignore[no-untyped-def]
    """What a frame shows where the lanes land, NaN where it shows nothing. Unsigned places spare numba's look for
    negative ones."""
    below = np.uint32(width)
    for d in range(used):
        at = place[d]
        top = luma[at] + across[d] * (luma[at + np.uint32(1)] - luma[at])
        bottom = luma[at + below] + across[d] * (luma[at + below + np.uint32(1)] - luma[at + below])
        shown[d] = top + down[d] * (bottom - top)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _from_own(shown, used, own, count, cost):  # type: ignore[no-untyped-def]
    """The mean of how far the frames are from the target's own tone."""
    count[:], cost[:] = 0, 0
    for s in range(len(shown)):
        for d in range(used):
            off, there = abs(shown[s, d] - own[d]), shown[s, d] == shown[s, d]
            off = off if off < FAR_OFF else FAR_OFF
            cost[d] += off if there else np.float32(0.0)
            count[d] += np.int32(1) if there else np.int32(0)
    for d in range(used):
        cost[d] = _doubted(cost[d], count[d])


@numba.njit(cache=True, nogil=True)
def _counted(shown, used, count):  # type: ignore[no-untyped-def]
    """How many frames show something in each lane; what shows nothing becomes infinite, to be sorted last."""
    count[:] = 0
    for s in range(len(shown)):
        for d in range(used):
            there = shown[s, d] == shown[s, d]
            count[d] += np.int32(1) if there else np.int32(0)
            shown[s, d] = shown[s, d] if there else np.float32(np.inf)


@numba.njit(cache=True, nogil=True)
def _sorted(shown, used):  # type: ignore[no-untyped-def]
    """Sort what the frames `(S, D)` show in each lane, all lanes by the same steps. Source: Batcher 1968."""
    frames, p = len(shown), 1
    while p < frames:
        k = p
        while k >= 1:
            for j in range(k % p, frames - k, 2 * k):
                for i in range(j, min(j + k, frames - k)):
                    if i // (2 * p) == (i + k) // (2 * p):
                        less, more = shown[i], shown[i + k]
                        for d in range(used):
                            a, b = less[d], more[d]
                            less[d], more[d] = (a, b) if a < b else (b, a)
            k //= 2
        p *= 2


@numba.njit(cache=True, nogil=True)
def _alike(shown, used, before, longest, last):  # type: ignore[no-untyped-def]
    """The longest row of sorted looks in each lane that show the SAME: how many come before its last one, and that."""
    longest[:], last[:] = 0, 0
    for j in range(1, len(shown)):
        before[:] = 0
        for i in range(j):
            for d in range(used):
                before[d] += np.int32(1) if shown[j, d] - shown[i, d] <= SAME else np.int32(0)
        for d in range(used):
            more = before[d] > longest[d]
            longest[d] = before[d] if more else longest[d]
            last[d] = np.int32(j) if more else last[d]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _from_most(shown, lane, count, longest, last, cost):  # type: ignore[no-untyped-def]
    """The mean of how far the frames are from what most are near: where half of the frames show what passes in front,
    their median is neither."""
    for d in range(lane, lane + len(cost)):
        total, seen, end, start = np.float32(0.0), count[d], last[d], last[d] - longest[d]
        if longest[d] < seen // 4:
            start, end = 0, seen - 1
        if seen:
            middle = np.float32(0.5) * (shown[(start + end) // 2, d] + shown[(start + end + 1) // 2, d])
            for j in range(seen):
                total += min(abs(shown[j, d] - middle), FAR_OFF)
        cost[d - lane] = _doubted(total, max(seen - 1, 0))


@numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _doubted(total, free):  # type: ignore[no-untyped-def]
    """One look says nothing, two little: what few frames judge is drawn towards not knowing."""
    return (total / FAR_OFF + UNKNOWN) / np.float32(free + 1)
