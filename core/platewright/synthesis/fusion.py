"""Several looks at the same hidden pixel become one: robustly, so that nothing ghosts and nothing blurs.

Method: per pixel the candidate of median brightness (the mean of the middle two), then the weighted mean of those
near it in all channels (as Granados 2012 and others fuse aligned backgrounds). The median keeps out what moved; the
mean takes the grain down, and how much grain it took is told, so that exactly that much can be given back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["Fused", "fuse"]

NEAR_MEDIAN = 0.06
"""Largest distance from the median, in tone space, at which a candidate still counts: three grain sigmas of a
fast stock in the shadows; a ghost differs by more."""

_TONE_SCALE = np.float32(1.0 / math.log2(257.0))


@dataclass(frozen=True)
class Fused:
    """What the candidates of n pixels agree on.

    rgb: `(n, 3) float32` scene-linear, 0 where nothing was seen. count: `(n,) uint8` candidates that were used.
    best: `(n,) int16` index of the source with the largest weight among them, -1 where nothing was seen.
    spread: `(n,) float32` mean distance of all candidates from their median in tone space.
    kept: `(n,) float32` share of one frame's grain variance that the mean still holds.
    """

    rgb: npt.NDArray[np.float32]
    count: npt.NDArray[np.uint8]
    best: npt.NDArray[np.int16]
    spread: npt.NDArray[np.float32]
    kept: npt.NDArray[np.float32]

    @classmethod
    def joined(cls, pieces: list[Fused]) -> Fused:
        """One after the other; a single piece is itself."""
        if len(pieces) == 1:
            return pieces[0]
        names = ("rgb", "count", "best", "spread", "kept")
        return cls(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in names))


def fuse(
    candidates: npt.NDArray[np.float32],
    valid: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float32],
    grain_kept: npt.NDArray[np.float32],
) -> Fused:
    """Fuse `candidates (k, n, 3) float32` scene-linear, usable where `valid (k, n)`.

    weights: `(k,)` trust in each source. grain_kept: `(k,)` share of the grain's variance that its resampling left.
    """
    pixels = candidates.shape[1]
    fused = Fused(
        rgb=np.zeros((pixels, 3), np.float32),
        count=np.zeros(pixels, np.uint8),
        best=np.full(pixels, -1, np.int16),
        spread=np.zeros(pixels, np.float32),
        kept=np.zeros(pixels, np.float32),
    )
    if pixels and len(candidates):
        _fuse(candidates, valid, weights, grain_kept, fused.rgb, fused.count, fused.best, fused.spread, fused.kept)
    return fused


@numba.njit(cache=True, nogil=True, inline="always")
def _tone(value):  # type: ignore[no-untyped-def]
    """Tone space to 0.00002: the exponent's bits, and a polynomial for the mantissa's logarithm.

    Candidates are only compared here, never delivered, and this is where most of fusion's time went.
    """
    if value <= np.float32(0.0):
        return np.float32(0.0)
    bits = np.float32(np.float32(1.0) + np.float32(64.0) * value).view(np.int32)
    exponent = np.float32((bits >> 23) - 127)
    m = np.int32((bits & 0x7FFFFF) | 0x3F800000).view(np.float32) - np.float32(1.0)
    bend = np.float32(0.43807325) + m * (np.float32(-0.23669342) + m * np.float32(0.0803073))
    log = m * (np.float32(1.0) + (np.float32(1.0) - m) * bend)
    return (exponent + log) * _TONE_SCALE


@numba.njit(cache=True, nogil=True)
def _order(values, index, count):  # type: ignore[no-untyped-def]
    """Sort the first `count` values in place, and `index` along with them."""
    for i in range(1, count):
        value, at = values[i], index[i]
        j = i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            index[j + 1] = index[j]
            j -= 1
        values[j + 1] = value
        index[j + 1] = at


@numba.njit(cache=True, nogil=True)
def _recentre(tone, index, seen, middle):  # type: ignore[no-untyped-def]
    """Move the middle to the mean of the candidates within twice NEAR_MEDIAN of it: a median's grain is not its."""
    within = np.float32(2.0 * NEAR_MEDIAN)
    r, g, b, near = np.float32(0.0), np.float32(0.0), np.float32(0.0), 0
    for k in range(seen):
        x, y, z = tone[index[k], 0], tone[index[k], 1], tone[index[k], 2]
        if max(abs(x - middle[0]), max(abs(y - middle[1]), abs(z - middle[2]))) <= within:
            r, g, b, near = r + x, g + y, b + z, near + 1
    if near > 1:
        middle[0], middle[1], middle[2] = r / np.float32(near), g / np.float32(near), b / np.float32(near)


@numba.njit(cache=True, nogil=True, parallel=True)
def _fuse(candidates, valid, weights, grain_kept, rgb, count, best, spread, kept):  # type: ignore[no-untyped-def]
    sources, pixels = candidates.shape[0], candidates.shape[1]
    chunk = 1024
    for block in numba.prange((pixels + chunk - 1) // chunk):
        tone = np.empty((sources, 3), np.float32)
        index = np.empty(sources, np.int32)
        luma = np.empty(sources, np.float32)
        middle = np.empty(3, np.float32)
        for i in range(block * chunk, min(pixels, (block + 1) * chunk)):
            seen = 0
            for k in range(sources):
                if valid[k, i]:
                    for c in range(3):
                        tone[k, c] = _tone(candidates[k, i, c])
                    index[seen] = k
                    luma[seen] = tone[k, 0] + np.float32(2.0) * tone[k, 1] + np.float32(0.5) * tone[k, 2]
                    seen += 1
            if seen == 0:
                continue
            _order(luma, index, seen)
            low, high = index[(seen - 1) // 2], index[seen // 2]
            for c in range(3):
                middle[c] = np.float32(0.5) * (tone[low, c] + tone[high, c])
            _recentre(tone, index, seen, middle)
            least, scatter = np.float32(1e30), np.float32(0.0)
            for k in range(seen):
                off = np.float32(0.0)
                for c in range(3):
                    off = max(off, abs(tone[index[k], c] - middle[c]))
                luma[k] = off
                scatter += off
                least = min(least, off)
            limit = max(np.float32(NEAR_MEDIAN), least)
            total, squares, heaviest, used = np.float32(0.0), np.float32(0.0), np.float32(-1.0), 0
            for k in range(seen):
                if luma[k] <= limit:
                    source = index[k]
                    weight = weights[source]
                    total += weight
                    squares += weight * weight * grain_kept[source]
                    used += 1
                    for c in range(3):
                        rgb[i, c] += weight * candidates[source, i, c]
                    if weight > heaviest:
                        heaviest = weight
                        best[i] = source
            for c in range(3):
                rgb[i, c] /= total
            count[i] = used
            spread[i] = scatter / np.float32(seen)
            kept[i] = squares / (total * total)
