"""How far the looks at each hidden pixel are from what they were fused to: agreement is what confidence is made of.

A look's difference from the fused pixel is taken in tone space, blurred over the looks beside it so that grain does
not count, and its middle over a few looks is what is told.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from platewright.imaging.intrinsics import uncounted
from platewright.imaging.loans import lent

from .doubt import STRUCTURE, wide
from .rows import least, light_of, most, tones
from .slices import in_slices

__all__ = ["JUDGED", "Places", "apart"]

_cv2: Any = cv2
Floats = npt.NDArray[np.float32]

JUDGED = 5
"""Looks at a pixel whose difference from the fused one is measured."""
NORMAL = np.float32(1.4826)
"""From the median of the absolute values to the standard deviation, were they normally distributed."""
_FEW = np.float32(1e-3)
_CHUNK, _SLICE = 512, 32 * 512


@dataclass(frozen=True)
class Places:
    """Where a list of pixels lies, in a picture without the rows and columns that hold none of them.

    So both sides of an extension lie side by side, and what is done over them costs nothing for the plate between.
    flat: `(n,) int32`, index into a picture of `shape`, ascending.
    """

    flat: npt.NDArray[np.int32]
    shape: tuple[int, int]

    @classmethod
    def of(cls, rows: npt.NDArray[Any], columns: npt.NDArray[Any]) -> Places:
        """The places of pixels at `rows, columns (n,)`, row after row."""
        if not len(rows):
            return cls(np.zeros(0, np.int32), (0, 0))
        flat = np.empty(len(rows), np.int32)
        height, width = _placed(rows, columns, flat)
        return cls(flat, (int(height), int(width)))

    def picture(self, values: Floats) -> Floats:
        """`(H, W)`: values `(n,)` in their places, 0 elsewhere."""
        picture = lent(self.shape, np.float32)
        _put(values, self.flat, picture.reshape(-1))
        return picture

    def of_picture(self, picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """`(n,)`: what a picture `(H, W)` has in their places."""
        return picture.reshape(-1).take(self.flat)


def apart(
    candidates: Floats, valid: npt.NDArray[np.uint8], rgb: Floats, places: Places, pool: Executor, *,
    shades: bool = True, among: npt.NDArray[np.int64] | None = None,
) -> Floats:  # fmt: skip
    """`(n,)`: how far the looks at each pixel are from what they were fused to, in the middle of them.

    candidates: `(k, n, 3)` scene-linear, usable where `valid (k, n)`. rgb: `(n, 3)` what became of them. shades: count
    what is coarser than SHADE too, such as a passing shadow. among: the looks that are judged, in place of all. A
    single look at a pixel tells nothing: then 0.
    """
    # A few of them, spread over all, tell the middle as well as all do.
    among = np.arange(len(candidates)) if among is None else among
    some = among[sorted({round(step * (len(among) - 1) / (JUDGED - 1)) for step in range(JUDGED)})]
    off, seen = lent((len(some), *places.shape), np.float32), lent((len(some), *places.shape), np.float32)
    flat = (len(some), -1)
    lines = off.reshape(flat), seen.reshape(flat)
    in_slices(
        len(places.flat), _SLICE,
        lambda start, stop: _differences(candidates, valid, some, rgb, places.flat, *lines, start, stop),
    )  # fmt: skip

    def soften(k: int) -> None:
        if not shades:
            off[k] -= wide(off[k], seen[k]) * seen[k]
        for picture in (off[k], seen[k]):
            _cv2.GaussianBlur(picture, (0, 0), STRUCTURE, dst=picture)

    list(pool.map(soften, range(len(some))))
    found = np.zeros(len(places.flat), np.float32)
    in_slices(
        len(places.flat), _SLICE,
        lambda start, stop: _middle(*lines, valid, some, places.flat, found, start, stop),
    )  # fmt: skip
    return found


@numba.njit(cache=True, nogil=True)
def _put(values, flat, line):  # type: ignore[no-untyped-def]
    line[:] = np.float32(0.0)
    for t in range(len(flat)):
        line[flat[t]] = values[t]


@numba.njit(cache=True, nogil=True)
def _placed(rows, columns, flat):  # type: ignore[no-untyped-def]
    """Write the places of pixels into `flat (n,)`; returns how many rows and columns are in use."""
    (down, top, height), (across, left, width) = _ranks(rows), _ranks(columns)
    for t in range(len(rows)):
        flat[t] = down[rows[t] - top] * width + across[columns[t] - left]
    return height, width


@numba.njit(cache=True, nogil=True)
def _ranks(places):  # type: ignore[no-untyped-def]
    """For each whole number from the least of `(n,)` to the greatest, how many lesser ones are in use; the least; and
    how many are in use in all."""
    first, last = places[0], places[0]
    for t in range(len(places)):
        first, last = min(first, places[t]), max(last, places[t])
    rank = np.zeros(last - first + 1, np.int32)
    for t in range(len(places)):
        rank[places[t] - first] = 1
    count = 0
    for t in range(len(rank)):
        there = rank[t]
        rank[t] = count
        count += there
    return rank, first, count


@numba.njit(cache=True, nogil=True)
def _differences(candidates, valid, some, rgb, flat, off, seen, start, stop):  # type: ignore[no-untyped-def]
    """Brightness of some candidates less that of the fused pixel, in tone space, put in its place with a 1.

    What lies between the first of the pixels and the one after the last is cleared.
    """
    first, last = flat[start] if start else 0, flat[stop] if stop < len(flat) else off.shape[1]
    off[:, first:last] = np.float32(0.0)
    seen[:, first:last] = np.float32(0.0)
    fused, values = rgb.reshape(rgb.size), candidates.reshape((len(candidates), rgb.size))
    for begin in range(start, stop, _CHUNK):
        end = min(stop, begin + _CHUNK)
        count = end - begin
        plain, scratch = np.empty(count, np.float32), np.empty(count, np.float32)
        middle, tone = np.empty(count, np.float32), np.empty(count, np.float32)
        bits = scratch.view(np.int32)
        light_of(fused[3 * begin : 3 * end], plain)
        tones(plain, count, bits, scratch, middle)
        for j in range(len(some)):
            light_of(values[some[j], 3 * begin : 3 * end], plain)
            tones(plain, count, bits, scratch, tone)
            for t in range(count):
                if valid[some[j], begin + t]:
                    off[j, flat[begin + t]] = tone[t] - middle[t]
                    seen[j, flat[begin + t]] = np.float32(1.0)


@numba.njit(cache=True, nogil=True)
def _middle(off, seen, valid, some, flat, found, start, stop):  # type: ignore[no-untyped-def]
    """The lower median of the looks' absolute differences at each place, as a standard deviation."""
    looks, counts = np.empty((JUDGED, _CHUNK), np.float32), np.empty(_CHUNK, np.int32)
    for begin in range(start, stop, _CHUNK):
        _middle_of(off, seen, valid, some, flat, looks, counts, found, begin, min(stop, begin + _CHUNK))


@numba.njit(cache=True, nogil=True)
def _middle_of(off, seen, valid, some, flat, looks, counts, found, begin, end):  # type: ignore[no-untyped-def]
    """A chunk of it: the looks are sorted by swapping neighbours, a line against a line, so that all are vectors."""
    off, seen, valid, looks, counts = (
        uncounted(off), uncounted(seen), uncounted(valid), uncounted(looks), uncounted(counts),
    )  # fmt: skip
    looks[:], counts[:] = np.float32(np.inf), 0
    for j in range(len(some)):
        line, apart, all_, usable = looks[j], off[j], seen[j], valid[some[j], begin:end]
        for t in range(end - begin):
            place = flat[begin + t]
            share = all_[place] if all_[place] > _FEW else _FEW
            line[t] = abs(apart[place]) / share if usable[t] else np.float32(np.inf)
            counts[t] += np.int32(usable[t] != 0)
    for turn in range(len(some)):
        for j in range(turn % 2, len(some) - 1, 2):
            _in_order(looks[j], looks[j + 1])
    for t in range(end - begin):
        if counts[t] > 1:
            found[begin + t] = NORMAL * looks[(counts[t] - 1) // 2, t]


@numba.njit(cache=True, nogil=True)
def _in_order(low, high):  # type: ignore[no-untyped-def]
    for t in range(len(low)):
        one, other = low[t], high[t]
        low[t], high[t] = least(one, other), most(one, other)
