"""Smooth filling that goes on in the direction things had: a thin plate under a little tension.

A soap film (see membrane) only joins the values along a rim; a plate also keeps their slopes, so that a soft
gradient or the blur of something far off runs on into the hole. A field in, a field out.

Method: the plate's equation with tension (Smith & Wessel 1990) by successive over-relaxation from coarse to fine.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

from .averages import averaged
from .membrane import membrane

__all__ = ["spline", "warm"]

_Floats = npt.NDArray[np.float32]
_Mask = npt.NDArray[np.bool_]

_TENSION = np.float32(0.01)  # of the film beside the plate's one, in square pixels: little, or slopes would overshoot
_FINE, _COARSE = 24.0, 3.0  # pixels from the rim to the hole's middle at the sizes solved last and first
_SWEEPS, _OVER = 60, np.float32(1.4)
_SOFT = 1.0  # pixels: grain is not a slope
_KNOWN = 0.6  # share of a coarse pixel that must be known


def spline(picture: _Floats, known: _Mask) -> _Floats:
    """Fill what is not known smoothly, with the slopes of what is.

    picture: (H, W, C) float32 in tone space, finite where known. known: (H, W) bool, somewhere True.
    Returns (H, W, C) float32, each channel by itself: what is known bit for bit; where nothing is missing, a copy.
    """
    if known.all():
        return picture.copy()
    soft = averaged(picture, known, _SOFT)
    sizes = [(soft, known)]
    while _middle(sizes[-1][1]) > _COARSE and min(sizes[-1][1].shape) >= 8:
        coarse = _half(*sizes[-1])
        if not coarse[1].any():
            break
        sizes.append(coarse)
    filled: npt.NDArray[Any] = membrane(*sizes[-1])
    for values, there in reversed(sizes):
        if filled.shape != values.shape:
            filled = cv2.resize(filled, values.shape[1::-1], interpolation=cv2.INTER_CUBIC).reshape(values.shape)
        if _middle(there) > _FINE:
            continue
        filled[there] = values[there]
        rows, columns = (places.astype(np.int32) for places in np.nonzero(~there))
        for _ in range(_SWEEPS):
            _sweep(filled, rows, columns)
    # What the last resizing left along the rim is taken out like a seam.
    step = membrane(np.where(known[..., None], soft - filled, np.float32(0)), known)
    result: _Floats = np.where(known[..., None], picture, filled + step)
    return result


def warm() -> None:
    """Compile the kernels of this module, so that the first real call does not wait for it."""
    known = np.ones((24, 24), np.bool_)
    known[8:16, 8:16] = False
    spline(np.zeros((24, 24, 3), np.float32), known)


def _middle(known: _Mask) -> float:
    """Pixels from what is known to the innermost one that is not."""
    return float(cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 3).max())


def _half(values: _Floats, known: _Mask) -> tuple[_Floats, _Mask]:
    """Values and what is known of them at half the size."""
    size = (max(1, known.shape[1] // 2), max(1, known.shape[0] // 2))
    weight = known.astype(np.float32)
    share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(np.where(known[..., None], values, np.float32(0)), size, interpolation=cv2.INTER_AREA)
    mean = total.reshape(*share.shape, -1) / np.maximum(share, np.float32(1e-6))[..., None]
    return np.asarray(mean, np.float32), np.asarray(share > _KNOWN)


@njit(cache=True, nogil=True)
def _bend(values, y, x, c):  # type: ignore[no-untyped-def]
    """How far a pixel lies above the mean of its neighbours, times their number; beyond the border there are none."""
    height, width = values.shape[:2]
    middle, total = values[y, x, c], np.float32(0)
    if y > 0:
        total += middle - values[y - 1, x, c]
    if y + 1 < height:
        total += middle - values[y + 1, x, c]
    if x > 0:
        total += middle - values[y, x - 1, c]
    if x + 1 < width:
        total += middle - values[y, x + 1, c]
    return total


@njit(cache=True, nogil=True)
def _sweep(values, rows, columns):  # type: ignore[no-untyped-def]
    """Move each listed pixel, in turn, towards where plate and film are at rest."""
    height, width = values.shape[:2]
    for i in range(len(rows)):
        y, x = rows[i], columns[i]
        sides = np.float32((y > 0) + (y + 1 < height) + (x > 0) + (x + 1 < width))
        stiff = sides * sides + sides + _TENSION * sides
        for c in range(values.shape[2]):
            here = _bend(values, y, x, c)
            pull = (sides + _TENSION) * here
            if y > 0:
                pull -= _bend(values, y - 1, x, c)
            if y + 1 < height:
                pull -= _bend(values, y + 1, x, c)
            if x > 0:
                pull -= _bend(values, y, x - 1, c)
            if x + 1 < width:
                pull -= _bend(values, y, x + 1, c)
            values[y, x, c] -= _OVER * pull / stiff
