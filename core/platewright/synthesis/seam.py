"""Healing the seam: the difference between fill and plate along the rim, carried smoothly through the hole.

What is left after the gains is slow: a shading, a vignette, a drifting light. So it is measured on the ring around
the hole in coarse cells, spread by a membrane there (a few hundred unknowns) and laid over the fill as a factor.
Large differences are left out: they are another surface or a shadow's edge, and would smear. And grain is: carried
inside, what is left of it in a cell's mean would flicker there as slow blotches.
"""

from __future__ import annotations

from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from .membrane import membrane
from .slices import in_slices

__all__ = ["heal"]

_cv2: Any = cv2
Array = npt.NDArray[np.float64]

CELL = 8
LARGEST = 0.06
"""Differences over this, in tone space, are not a seam but another thing."""
SMALLEST, UNEVEN = 0.0015, 0.003
"""Half an 8-bit step: below it, real pixels keep their bits; and what a seam must reach somewhere that is not the same
all around, since that much the grain leaves of one."""
FEWEST = 6
SCALES = (np.inf, 8.0, 4.0, 2.0, 1.0)
"""Cells over which a seam may be smoothed, the smoothest first; the last resort are the cells as they are."""
TOLERATED, MOST_OFF = 1.5, 9.0
"""Times the grain's that what a smooth course leaves may be, on the mean, and what a single cell may add to that."""
SURELY = 4.0
"""Square of the standard errors from which on a difference all around is none of grain."""
TINY = 1e-12
HALF = 0.4549
"""Median of the square of a normal number of variance 1."""
_ROWS = 64
_SCALE = float(np.log2(257.0))
_LOG = float(np.log(257.0))
_SLOPE = np.float32(64.0 / _LOG)


def heal(
    fill: npt.NDArray[np.float32], plate: npt.NDArray[np.float32], ring: npt.NDArray[np.bool_],
    inside: npt.NDArray[np.bool_], strength: float = 1.0,
) -> None:  # fmt: skip
    """Change `fill (H, W, 3) float32` scene-linear in place where `inside`, so that it meets the plate.

    ring: where both fill and plate are known. strength: 0 to 1, how far it is brought there. Nothing changes when
    the difference is below what can be seen.
    """
    if strength <= 0:
        return
    places = np.flatnonzero(ring)
    if len(places) < 4 * FEWEST:
        return
    there, here = (picture.reshape(-1, 3).take(places, axis=0) for picture in (plate, fill))
    # In tone space to first order, about the fill: the tone itself bends, and grain in the plate would look darker.
    difference = (there - here) * (_SLOPE / (np.float32(1.0) + np.float32(64.0) * np.maximum(here, 0)))
    red, green, blue = np.abs(difference).T
    fine = np.flatnonzero(np.maximum(np.maximum(red, green), blue) < LARGEST)
    if len(fine) < 4 * FEWEST:
        return
    height, width = -(-fill.shape[0] // CELL), -(-fill.shape[1] // CELL)
    rows, columns = np.divmod(places[fine], ring.shape[1])
    cell = (rows // CELL) * width + columns // CELL
    count = np.bincount(cell, minlength=height * width)
    difference = difference.take(fine, axis=0)
    sums = [np.bincount(cell, difference[:, c], minlength=height * width) for c in range(3)]
    mean = np.log1p(np.stack(sums, axis=1) / np.maximum(count, 1)[:, None] * _LOG) / _LOG  # back to tone itself
    count = np.where(count >= FEWEST, count, 0).reshape(height, width)
    step = _step(mean.reshape(height, width, 3), count) if count.any() else None
    if step is None:
        return
    field = membrane(step.astype(np.float32), count > 0)
    field = _cv2.GaussianBlur(field, (0, 0), 0.8)
    factor = _cv2.resize(
        np.exp2(field * (_SCALE * strength)), (width * CELL, height * CELL), interpolation=_cv2.INTER_LINEAR
    )
    factor = np.ascontiguousarray(factor, np.float32)
    in_slices(len(fill), _ROWS, lambda start, stop: _scale(fill, inside, factor, start, stop))


def _step(mean: Array, count: npt.NDArray[np.int64]) -> Array | None:
    """`(h, w, 3)`: what of the cells' mean differences is a seam and not grain; None where there is none to be seen.

    count: `(h, w)` pixels in each. Grain differs from one cell to the next as much as from one end to the other, a
    seam does not: so what neighbours differ by tells the grain, and the smoothest course that leaves no more than that
    is the seam.
    """
    known, noise, step, least = count > 0, _noise(mean, count), mean, SMALLEST
    for scale in SCALES:
        smooth = _smooth(mean, count, scale)
        left = np.minimum(count[..., None] * (mean - smooth) ** 2 / noise, MOST_OFF)[known].mean(axis=0)
        if (left <= TOLERATED).all():
            step, least = smooth, UNEVEN
            if scale == np.inf:
                step, least = np.where(smooth**2 > SURELY * noise / count.sum(), smooth, 0), SMALLEST
            break
    return step if float(np.abs(step[known]).max()) >= least else None


def _noise(mean: Array, count: npt.NDArray[np.int64]) -> Array:
    """`(3,)`: variance of one pixel, as far as the means of cells side by side tell it; next to none where few are."""
    found = []
    for here, there in ((np.s_[:, 1:], np.s_[:, :-1]), (np.s_[1:], np.s_[:-1])):
        both = (count[here] > 0) & (count[there] > 0)
        each = 1 / count[here][both] + 1 / count[there][both]
        found.append((mean[here][both] - mean[there][both]) ** 2 / each[:, None])
    every = np.concatenate(found)
    if len(every) < FEWEST:
        return np.full(3, TINY)
    return np.asarray(np.minimum(every, MOST_OFF * np.median(every, axis=0) / HALF).mean(axis=0)) + TINY


def _smooth(mean: Array, count: npt.NDArray[np.int64], scale: float) -> Array:
    """Cells' means, each with those around it within about `scale` cells."""
    if scale == np.inf:
        return np.broadcast_to((mean * count[..., None]).sum(axis=(0, 1)) / count.sum(), mean.shape)
    total = _cv2.GaussianBlur(mean * count[..., None], (0, 0), scale, borderType=_cv2.BORDER_CONSTANT)
    share = _cv2.GaussianBlur(count.astype(np.float64), (0, 0), scale, borderType=_cv2.BORDER_CONSTANT)
    return np.asarray(total / np.maximum(share, 1e-9)[..., None])


@numba.njit(cache=True, nogil=True)
def _scale(fill, inside, factor, start, stop):  # type: ignore[no-untyped-def]
    """Add the logarithm of `factor (H, W, 3)`, in tone space, to the positive values inside; written in place."""
    for y in range(start, stop):
        for x in range(fill.shape[1]):
            if inside[y, x]:
                for c in range(3):
                    value = fill[y, x, c]
                    if value > np.float32(0.0):
                        lit = (np.float32(1.0) + np.float32(64.0) * value) * factor[y, x, c] - np.float32(1.0)
                        fill[y, x, c] = lit / np.float32(64.0)
