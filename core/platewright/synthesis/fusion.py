"""Several looks at the same hidden pixel become one: robustly, so that nothing ghosts and nothing blurs.

Method: per pixel the candidate of median brightness, each with the votes that it is trusted with, then the weighted
mean of those near it in all channels (as Granados 2012 and others fuse aligned backgrounds). The median keeps out what
moved; the mean takes the grain down, and how much grain it took is told, so that exactly that much can be given back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from platewright.imaging.loans import lent

from .rows import tones
from .slices import in_slices

__all__ = ["Fused", "fuse"]

NEAR_MEDIAN = 0.06
"""Largest distance from the median, in tone space, at which a candidate counts in full: three grain sigmas of a
fast stock in the shadows. From there to twice as far it counts less and less; a ghost differs by more."""
NOISY, WIDER = np.float32(3.0), np.float32(1.5)
"""Times the mean distance of a pixel's candidates within which one counts in full, up to so many limits: in the
shadows grain alone would choose among them, and where they see a fine texture each a little otherwise, that showed as
more grain."""

BLUE = np.float32(0.5)
"""How much a distance in blue counts: it has the most grain on every stock and sensor, and is seen the least."""
_CHUNK, _SLICE = 512, 16 * 512
_NEVER = np.float32(1e30)
"""Brightness and distance of a candidate that is not to be used."""


@dataclass(frozen=True)
class Fused:
    """What the candidates of n pixels agree on.

    rgb: `(n, 3) float32` scene-linear, 0 where nothing was seen. count: `(n,) uint8` candidates that were used.
    best: `(n,) int16` index of the source with the largest weight among them, -1 where nothing was seen.
    spread: `(n,) float32` mean distance of all candidates from their median in tone space, grain and all.
    kept: `(n,) float32` share of one frame's grain variance that the mean still holds. moving: `(n,) bool`, texture
    that moves by itself, see moving.
    """

    rgb: npt.NDArray[np.float32]
    count: npt.NDArray[np.uint8]
    best: npt.NDArray[np.int16]
    spread: npt.NDArray[np.float32]
    kept: npt.NDArray[np.float32]
    moving: npt.NDArray[np.bool_]

    @classmethod
    def joined(cls, pieces: list[Fused]) -> Fused:
        """One after the other; a single piece is itself."""
        if len(pieces) == 1:
            return pieces[0]
        names = ("rgb", "count", "best", "spread", "kept", "moving")
        return cls(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in names))


def fuse(
    candidates: npt.NDArray[np.float32],
    valid: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float32],
    grain_kept: npt.NDArray[np.float32],
    near: float = NEAR_MEDIAN,
) -> Fused:
    """Fuse `candidates (k, n, 3) float32` scene-linear, usable where `valid (k, n)`.

    weights: `(k,)` trust in each source, its votes for the median too. grain_kept: `(k,)` share of the grain's variance
    that its resampling left.
    near: largest distance from the median, in tone space, at which a candidate counts in full; at twice that, not.
    """
    pixels = candidates.shape[1]
    fused = Fused(
        rgb=lent((pixels, 3), np.float32),
        count=np.empty(pixels, np.uint8),
        best=np.empty(pixels, np.int16),
        spread=lent((pixels,), np.float32),
        kept=lent((pixels,), np.float32),
        moving=np.zeros(pixels, bool),
    )
    results = fused.rgb, fused.count, fused.best, fused.spread, fused.kept
    in_slices(
        pixels, _SLICE,
        lambda start, stop: _fuse(candidates, valid, weights, grain_kept, np.float32(near), *results, start, stop),
    )  # fmt: skip
    return fused


# The kernels below go over a chunk of pixels in the innermost loop, for one source after the other, so that each
# loop is vector instructions: sorting a handful of candidates pixel by pixel took most of fusion's time. Values are
# loaded before one is chosen: a load that depends on a condition is a branch.


@numba.njit(cache=True, nogil=True)
def _fuse(  # type: ignore[no-untyped-def]
    candidates, valid, weights, grain_kept, near, rgb, count, best, spread, kept, start, stop
):
    for begin in range(start, stop, _CHUNK):
        end = min(stop, begin + _CHUNK)
        _fuse_chunk(
            candidates, valid, begin, end, weights, grain_kept, near,
            rgb[begin:end], count[begin:end], best[begin:end], spread[begin:end], kept[begin:end],
        )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _fuse_chunk(  # type: ignore[no-untyped-def]
    candidates, valid, begin, end, weights, grain_kept, near, rgb, count, best, spread, kept
):
    rgb[:], spread[:], kept[:] = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    count[:], best[:] = np.uint8(0), np.int16(-1)
    sources, pixels = candidates.shape[0], end - begin
    light, tone = np.empty((sources, 3, pixels), np.float32), np.empty((sources, 3, pixels), np.float32)
    luma, seen = np.empty((sources, pixels), np.float32), np.zeros(pixels, np.int32)
    _look_at(candidates, valid, begin, end, light, tone, luma, seen)
    middle, off = np.zeros((3, pixels), np.float32), np.empty((sources, pixels), np.float32)
    _median(tone, luma, weights, middle)
    _distances(tone, luma, middle, off)
    _recentre(tone, off, middle, weights, near)
    _distances(tone, luma, middle, off)
    reach, slope = np.full(pixels, _NEVER, np.float32), np.empty(pixels, np.float32)
    usual, asked, share = np.zeros(pixels, np.float32), np.zeros(pixels, np.float32), np.empty(pixels, np.float32)
    for k in range(sources):
        _scatter(off[k], near, weights[k], spread, usual, asked, reach)
    _limits(reach, usual, asked, near, slope)
    total, heaviest = np.zeros(pixels, np.float32), np.zeros(pixels, np.float32)
    sums = np.zeros((3, pixels), np.float32)
    for k in range(sources):
        _share(off[k], reach, slope, weights[k], share)
        _count(share, total, count)
        _heaviest(share, heaviest, k, best)
        _grain(share, grain_kept[k], kept)
        for c in range(3):
            _add(light[k, c], share, sums[c])
    for t in range(pixels):
        if seen[t]:
            for c in range(3):
                rgb[t, c] = sums[c, t] / total[t]
            spread[t] /= np.float32(seen[t])
            kept[t] /= total[t] * total[t]


@numba.njit(cache=True, nogil=True)
def _look_at(candidates, valid, begin, end, light, tone, luma, seen):  # type: ignore[no-untyped-def]
    """The candidates as a line for each channel, scene-linear and in tone space, with a brightness to sort by; and how
    many there are. One not to be used is brighter than all."""
    sources, pixels = candidates.shape[0], end - begin
    scratch = np.empty(pixels, np.float32)
    bits = scratch.view(np.int32)
    values = candidates.reshape((sources, 3 * candidates.shape[1]))
    for k in range(sources):
        usable = valid[k, begin:end]
        _parted(values[k, 3 * begin : 3 * end], light[k, 0], light[k, 1], light[k, 2])
        for c in range(3):
            tones(light[k, c], pixels, bits, scratch, tone[k, c])
        _brightness(tone[k], luma[k])
        line = luma[k]
        for t in range(pixels):
            line[t] = line[t] if usable[t] else _NEVER
            seen[t] += np.int32(usable[t] != 0)


@numba.njit(cache=True, nogil=True)
def _parted(values, red, green, blue):  # type: ignore[no-untyped-def]
    """Pixels, one after the other in `values`, as a line for each channel."""
    for t in range(len(red)):
        red[t], green[t], blue[t] = values[3 * t], values[3 * t + 1], values[3 * t + 2]


@numba.njit(cache=True, nogil=True)
def _brightness(tone, line):  # type: ignore[no-untyped-def]
    red, green, blue = tone[0], tone[1], tone[2]
    for t in range(len(line)):
        line[t] = red[t] + np.float32(2.0) * green[t] + np.float32(0.5) * blue[t]


@numba.njit(cache=True, nogil=True)
def _median(tone, luma, votes, middle):  # type: ignore[no-untyped-def]
    """The candidate by whose brightness half of the votes are reached, for each pixel; the mean of two where they are
    just reached."""
    sources, pixels = luma.shape
    half, sums = np.zeros(pixels, np.float32), np.empty(pixels, np.float32)
    for k in range(sources):
        _vote(luma, k, k, votes[k], half)
    half *= np.float32(0.5)
    below, above = np.full(pixels, _NEVER, np.float32), np.full(pixels, _NEVER, np.float32)
    for k in range(sources):
        sums[:] = np.float32(0.0)
        for j in range(sources):
            _vote(luma, j, k, votes[j], sums)
        _reached(luma[k], sums, half, below, above)
    value = np.empty(pixels, np.float32)
    for c in range(3):
        for wanted in (below, above):
            value[:] = np.float32(0.0)
            for k in range(sources):
                _pick(luma[k], wanted, tone[k, c], value)
            middle[c] += np.float32(0.5) * value


@numba.njit(cache=True, nogil=True)
def _vote(luma, j, k, votes, sums):  # type: ignore[no-untyped-def]
    """Add the votes of candidate `j` where it can be used and is no brighter than candidate `k`.

    A row of `luma` is not named: to count it as in use and let it go again took as long as the sum.
    """
    for t in range(len(sums)):
        value, most = luma[j, t], luma[k, t]
        sums[t] += votes if (value <= most) & (value < _NEVER) else np.float32(0.0)


@numba.njit(cache=True, nogil=True)
def _reached(line, sums, half, below, above):  # type: ignore[no-untyped-def]
    """Keep the darkest candidate up to which there are half of the votes, and the darkest with more than half."""
    for t in range(len(sums)):
        value, low, high, total, wanted = line[t], below[t], above[t], sums[t], half[t]
        below[t] = value if (total >= wanted) & (value < low) else low
        above[t] = value if (total > wanted) & (value < high) else high


@numba.njit(cache=True, nogil=True)
def _pick(line, wanted, values, out):  # type: ignore[no-untyped-def]
    for t in range(len(out)):
        value, held = values[t], out[t]
        out[t] = value if line[t] == wanted[t] else held


@numba.njit(cache=True, nogil=True)
def _recentre(tone, off, middle, votes, limit):  # type: ignore[no-untyped-def]
    """Move the middle to the mean of the candidates within twice the limit of it: a median's grain is not its. They
    fade out towards there, so that the middle does not jump."""
    sources, pixels = off.shape
    sums, total, share = np.zeros((3, pixels), np.float32), np.zeros(pixels, np.float32), np.empty(pixels, np.float32)
    for k in range(sources):
        line = off[k]
        for t in range(pixels):
            left = np.float32(4.0) - np.float32(2.0) / limit * line[t]
            left = left if left < np.float32(1.0) else np.float32(1.0)
            share[t] = votes[k] * left if left > np.float32(0.0) else np.float32(0.0)
        total += share
        for c in range(3):
            _add_plain(tone[k, c], share, sums[c])
    for c in range(3):
        line, summed = middle[c], sums[c]
        for t in range(pixels):
            line[t] = summed[t] / total[t] if total[t] > np.float32(0.0) else line[t]


@numba.njit(cache=True, nogil=True)
def _distances(tone, luma, middle, off):  # type: ignore[no-untyped-def]
    """`off (k, n)`: distance of each candidate from the middle, in the channel where it is most; blue counts half."""
    sources, pixels = luma.shape
    for k in range(sources):
        line, out = luma[k], off[k]
        for t in range(pixels):
            out[t] = np.float32(0.0) if line[t] < _NEVER else _NEVER
        for c in range(3):
            _farther(tone[k, c], middle[c], BLUE if c == 2 else np.float32(1.0), out)


@numba.njit(cache=True, nogil=True)
def _farther(values, centre, counts, out):  # type: ignore[no-untyped-def]
    for t in range(len(out)):
        apart = counts * abs(values[t] - centre[t])
        out[t] = apart if apart > out[t] else out[t]


@numba.njit(cache=True, nogil=True)
def _scatter(off, near, votes, spread, usual, asked, least):  # type: ignore[no-untyped-def]
    """Add a candidate's distance to the sum of all, and by its votes to that in which no ghost counts as more than
    twice the limit."""
    most = np.float32(2.0) * near
    for t in range(len(off)):
        distance, held = off[t], least[t]
        there = votes if distance < _NEVER else np.float32(0.0)
        spread[t] += distance if distance < _NEVER else np.float32(0.0)
        usual[t] += there * (distance if distance < most else most)
        asked[t] += there
        least[t] = distance if distance < held else held


@numba.njit(cache=True, nogil=True)
def _limits(least, usual, asked, near, slope):  # type: ignore[no-untyped-def]
    """In place: from the distance of the nearest candidate, which counts at least, to the distance from which on none
    does; with how fast a candidate's share falls towards it."""
    for t in range(len(least)):
        held = least[t] if least[t] < _NEVER else np.float32(0.0)
        limit = held if held > near else near
        full = NOISY * usual[t] / (asked[t] if asked[t] > np.float32(0.0) else np.float32(1.0))
        full = full if full > limit else limit
        full = full if full < WIDER * limit else WIDER * limit
        least[t] = np.float32(2.0) * limit
        slope[t] = np.float32(1.0) / (least[t] - full)


@numba.njit(cache=True, nogil=True)
def _share(off, reach, slope, weight, share):  # type: ignore[no-untyped-def]
    """All of its weight for a candidate within the limit, none from twice the limit on, and evenly less between: at
    one sharp limit the grain decides which looks at a fine texture count, and their mean jumps with it."""
    for t in range(len(off)):
        left = (reach[t] - off[t]) * slope[t]
        left = left if left < np.float32(1.0) else np.float32(1.0)
        share[t] = weight * left if left > np.float32(0.0) else np.float32(0.0)


@numba.njit(cache=True, nogil=True)
def _count(share, total, count):  # type: ignore[no-untyped-def]
    for t in range(len(share)):
        total[t] += share[t]
        count[t] += np.uint8(share[t] > np.float32(0.0))


@numba.njit(cache=True, nogil=True)
def _heaviest(share, heaviest, k, best):  # type: ignore[no-untyped-def]
    for t in range(len(share)):
        mine, most, held = share[t], heaviest[t], best[t]
        best[t] = np.int16(k) if mine > most else held
        heaviest[t] = mine if mine > most else most


@numba.njit(cache=True, nogil=True)
def _grain(share, kept_by_look_up, kept):  # type: ignore[no-untyped-def]
    for t in range(len(share)):
        kept[t] += share[t] * share[t] * kept_by_look_up


@numba.njit(cache=True, nogil=True)
def _add(values, share, out):  # type: ignore[no-untyped-def]
    """Add a channel of a candidate times its share; one that does not count may be anything, even NaN."""
    for t in range(len(out)):
        part, value = share[t], values[t]
        out[t] += part * value if part > np.float32(0.0) else np.float32(0.0)


@numba.njit(cache=True, nogil=True)
def _add_plain(values, share, out):  # type: ignore[no-untyped-def]
    for t in range(len(out)):
        out[t] += share[t] * values[t]
