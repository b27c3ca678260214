"""Texture that moves by itself: water, foliage, smoke. A mean of what several frames saw of it blurs and stands still.

Where the looks at a whole neighbourhood are apart in structure, although the camera's motion was taken out, each
pixel is taken from the frame nearest in time that saw it: sharp, and moving on as the plate does.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .agreement import JUDGED, Places, apart
from .fusion import Fused

__all__ = ["MOVING", "moves", "taken_nearest"]

_cv2: Any = cv2

MOVING = 3 / 255
"""How far apart looks are, in tone space, from where on a mean of them is a blur: three steps of 8 bits. At a still
background that is well aligned nine tenths of the pixels are within two."""
AS_GOOD = 0.25
"""Trust, of the best look's, from which on a look tells of motion."""
NEIGHBOURHOOD = 25
"""Side in pixels of what must move together: an edge that is a little astray is narrower."""


def moves(
    fused: Fused, candidates: npt.NDArray[np.float32], valid: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float32], places: Places, pool: Executor,
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """`(n,)`: which pixels lie in moving texture. Arguments as for agreement.apart, which fused.spread comes from.
    weights: `(k,)`, trust in each source; at most 1.

    A shadow that passes sets looks apart as well, but as a whole: there the middle of them is right. And looks that
    are blurred otherwise are apart at every edge: only those that are about as good as the best are asked.
    """
    if not _together(fused.spread, places).any():
        return np.zeros(len(places.flat), bool)
    among = np.sort(np.argsort(-weights, kind="stable")[: max(JUDGED, int(np.count_nonzero(weights >= AS_GOOD)))])
    return _together(apart(candidates, valid, fused.rgb, places, pool, shades=False, among=among), places)


def _together(spread: npt.NDArray[np.float32], places: Places) -> npt.NDArray[np.bool_]:
    """`(n,)`: where the neighbourhood as a whole is apart."""
    off = places.picture(np.minimum(spread, np.float32(2 * MOVING)))
    weight = places.picture(np.ones_like(spread))
    size = (NEIGHBOURHOOD, NEIGHBOURHOOD)
    far = _cv2.blur(off, size) > MOVING * np.maximum(_cv2.blur(weight, size), np.float32(1e-3))
    return np.asarray(far.reshape(-1)[places.flat])


def taken_nearest(
    fused: Fused, candidates: npt.NDArray[np.float32], valid: npt.NDArray[np.uint8], where: npt.NDArray[np.bool_],
    nearest: npt.NDArray[Any], grain_kept: npt.NDArray[np.float32],
) -> Fused:  # fmt: skip
    """The fused pixels, those at `where (n,)` taken from the first of the sources in the order `nearest (k,)`."""
    if not where.any():
        return fused
    rgb, kept, best = fused.rgb.copy(), fused.kept.copy(), fused.best.copy()
    left = where & (fused.count > 0)
    for k in nearest:
        mine = left & (valid[k] > 0)
        rgb[mine], kept[mine], best[mine] = candidates[k, mine], grain_kept[k], k
        left &= ~mine
    return replace(fused, rgb=rgb, kept=kept, best=best, moving=where & (fused.count > 0))
