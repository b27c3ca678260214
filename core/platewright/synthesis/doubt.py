"""How far a filled pixel is likely to be from the truth, told before anybody knows it.

Three things tell: how far the fill is from the plate on the ring around the hole, where both are there; how far the
looks of several frames at a pixel are from each other; and, where nothing was seen, how much of a texture's detail an
invention can't hit. All are root mean square errors of structure in tone space: finer than a wide shade, which the
healed seam takes care of, and coarser than grain, which is given back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from platewright.imaging.loans import lent

from .averages import blurred, weighted
from .rows import tones
from .slices import in_slices

__all__ = ["HALF_SURE", "SHADE", "STRUCTURE", "Beside", "beside", "invented", "sure", "surely", "wide"]

_cv2: Any = cv2
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

HALF_SURE = 8 / 255
"""Error in tone space at which a pixel is as likely to be taken for wrong as for right: eight steps of 8 bits."""
STRUCTURE = 1.5
"""Sigma in pixels of the blur that leaves structure and takes grain."""
SHADE = 6.0
"""Sigma in pixels above which a difference on the ring is a shade, which healing takes out."""
_ROWS = 64
_FEW = 1e-3
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def sure(error: npt.NDArray[Any] | float) -> Any:
    """Confidence 0 to 1 for an expected error: a half at HALF_SURE."""
    return 1 / (1 + (np.asarray(error, np.float32) / np.float32(HALF_SURE)) ** 2)


def surely(confidence: Floats) -> float:
    """The confidence of many pixels together, 0 to 1: that of their mean square error, so that a few that are surely
    wrong are not made up for by many that are right."""
    return float(1 / np.mean(1 / np.maximum(confidence, 1e-3))) if confidence.size else 1.0


@dataclass(frozen=True, slots=True)
class Beside:
    """How a fill differs from the plate on a ring around the hole, where both are there.

    astray: root mean square difference of structure. shade: how much darker the plate is where it is darkest, the soft
    difference that a twentieth of the ring exceeds, in tone space; below 0 where it is brighter, as a reflection or a
    glow would be, if that is more.
    """

    astray: float = 0.0
    shade: float = 0.0


def beside(fill: Floats, plate: Floats, ring: Mask) -> Beside:
    """Compare fill and plate, `(H, W, 3)` scene-linear, on a ring `(H, W)`; what is broken in either is left out."""
    off, there = lent((*ring.shape, 3), np.float32), lent(ring.shape, np.float32)
    in_slices(len(ring), _ROWS, lambda start, stop: _differences(fill, plate, ring, off, there, start, stop))
    places = np.flatnonzero(there)  # the ring is thin: taken by number, not by a mask of all
    if not len(places):
        return Beside()
    shade = wide(off, there).reshape(-1, 3).take(places, axis=0)
    soft = _cv2.GaussianBlur(off, (0, 0), STRUCTURE).reshape(-1, 3).take(places, axis=0)
    total = _cv2.GaussianBlur(there, (0, 0), STRUCTURE).reshape(-1).take(places)
    structure = soft / np.maximum(total, np.float32(_FEW))[:, None] - shade
    # Summed here and not by a library of linear algebra: its threads spin for as long as a frame takes.
    luma = shade[:, 0] * _LUMA[0] + shade[:, 1] * _LUMA[1] + shade[:, 2] * _LUMA[2]
    dark, bright = np.quantile(luma, (0.95, 0.05))
    return Beside(float(np.sqrt((structure**2).mean())), float(dark if dark >= -bright else bright))


def invented(plate: Floats, known: Mask, hole: Mask) -> float:
    """What an invention in `hole (H, W)` is likely to miss by: the detail of the known picture around it.

    plate: `(H, W, 3)` in tone space. Detail that is coarser than the way to the rim is led by it. Two textures with
    nothing in common are apart by the square root of two of what each has.
    """
    way = _cv2.distanceTransform(np.pad(hole, 1).astype(np.uint8), _cv2.DIST_L2, 3)
    size = max(2.0, float(way[way > 0].mean()))
    weight = known.astype(np.float32)
    picture = np.where(known[..., None], plate, 0).astype(np.float32)
    detail = weighted(picture, weight, STRUCTURE, _FEW) - weighted(picture, weight, size, _FEW)
    near = blurred(hole.astype(np.float32), 2 * size)[known]
    total = float(near.sum())
    if total <= 0:
        return float(HALF_SURE)
    return float(np.sqrt(2 * float((near * (detail[known] ** 2).mean(axis=-1)).sum()) / total))


def wide(values: Floats, weight: Floats) -> Floats:
    """Values `(H, W)` or `(H, W, 3)`, 0 where they have no weight, blurred by SHADE over those that have."""
    return weighted(values, weight, SHADE, _FEW)


@numba.njit(cache=True, nogil=True)
def _differences(fill, plate, ring, off, both, start, stop):  # type: ignore[no-untyped-def]
    """Fill less plate in tone space where the ring is and both are finite, and there a 1 in `both`; 0 elsewhere.

    The ring's pixels of a row are gathered first: it is thin, and the rest of the row need not be brought to tone.
    """
    width = ring.shape[1]
    plain, scratch = np.empty(width, np.float32), np.empty(width, np.float32)
    one, other, where = np.empty(width, np.float32), np.empty(width, np.float32), np.empty(width, np.int32)
    bits = scratch.view(np.int32)
    off[start:stop], both[start:stop] = np.float32(0.0), np.float32(0.0)
    for y in range(start, stop):
        count = 0
        for x in range(width):
            there = ring[y, x]
            for c in range(3 if there else 0):
                there = there and abs(fill[y, x, c]) < np.inf and abs(plate[y, x, c]) < np.inf
            if there:
                where[count] = x
                count += 1
                both[y, x] = np.float32(1.0)
        for c in range(3 if count else 0):
            for t in range(count):
                plain[t] = fill[y, where[t], c]
            tones(plain, count, bits, scratch, one)
            for t in range(count):
                plain[t] = plate[y, where[t], c]
            tones(plain, count, bits, scratch, other)
            for t in range(count):
                off[y, where[t], c] = one[t] - other[t]
