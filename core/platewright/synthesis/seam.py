"""Healing the seam: the difference between fill and plate along the rim, carried smoothly through the hole.

What is left after the gains is slow: a shading, a vignette, a drifting light. So it is measured on the ring around
the hole in coarse cells, spread by a membrane there (a few hundred unknowns) and laid over the fill as a factor.
Large differences are left out: they are another surface or a shadow's edge, and would smear.
"""

from __future__ import annotations

from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from platewright.imaging.tone import to_tone

from .membrane import membrane
from .slices import in_slices

__all__ = ["heal"]

_cv2: Any = cv2

CELL = 8
LARGEST = 0.06
"""Differences over this, in tone space, are not a seam but another thing."""
SMALLEST = 0.0015
"""Half an 8-bit step: below it, real pixels keep their bits."""
FEWEST = 6
_ROWS = 64
_SCALE = float(np.log2(257.0))


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
    difference = to_tone(there) - to_tone(here)
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
    mean = np.stack(sums, axis=1) / np.maximum(count, 1)[:, None]
    known = (count >= FEWEST).reshape(height, width)
    if not known.any() or float(np.median(np.abs(mean[known.ravel()]))) < SMALLEST:
        return
    field = membrane(mean.reshape(height, width, 3).astype(np.float32), known)
    field = _cv2.GaussianBlur(field, (0, 0), 0.8)
    factor = _cv2.resize(
        np.exp2(field * (_SCALE * strength)), (width * CELL, height * CELL), interpolation=_cv2.INTER_LINEAR
    )
    factor = np.ascontiguousarray(factor, np.float32)
    in_slices(len(fill), _ROWS, lambda start, stop: _scale(fill, inside, factor, start, stop))


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
