"""Texture that moves by itself: water, foliage, smoke. A mean of what several frames saw of it blurs and stands still.

Where the looks at a whole neighbourhood are apart in structure, although the camera's motion was taken out, each
pixel is taken from one frame: that in which the surround lies most as it does now, since waves come again. And a frame
as far off as the one that lent to the frame before goes first, so that the texture plays on and does not boil.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .agreement import JUDGED, Places, apart
from .fusion import Fused

__all__ = ["MANY", "MOVING", "moves", "order_of", "played_by", "taken_whole"]

_cv2: Any = cv2

MOVING = 3 / 255
"""How far apart looks are, in tone space, from where on a mean of them is a blur: three steps of 8 bits. At a still
background that is well aligned nine tenths of the pixels are within two."""
AS_GOOD = 0.25
"""Trust, of the best look's, from which on a look tells of motion."""
MANY = 14
"""Looks at a pixel that are wanted of moving texture: of so many, one shows it about as it lies now."""
PLAYED = 0.8
"""How much of its error counts for a frame as far off as the one that lent to the frame before: a jump to another one
is seen more than waves that meet the rim a little worse."""
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
    return places.of_picture(far)


def order_of(errors: Sequence[float], offsets: Sequence[int], played: int | None) -> npt.NDArray[np.int64]:
    """`(k,)` indices of the sources, the one to take first.

    errors: `(k,)`, by how much the surround lies otherwise there. offsets: `(k,)`, frames from the target to them.
    played: the offset of what lent to the frame before, or None.
    """
    counted = [error * (PLAYED if offset == played else 1.0) for error, offset in zip(errors, offsets, strict=True)]
    return np.argsort(counted, kind="stable")


def played_by(fused: Fused, offsets: Sequence[int]) -> int | None:
    """The offset of the source that lent most of what moves; None where nothing does."""
    return offsets[int(np.bincount(fused.best[fused.moving]).argmax())] if fused.moving.any() else None


def taken_whole(
    fused: Fused, candidates: npt.NDArray[np.float32], valid: npt.NDArray[np.uint8], where: npt.NDArray[np.bool_],
    order: npt.NDArray[np.int64], grain_kept: npt.NDArray[np.float32],
) -> Fused:  # fmt: skip
    """The fused pixels, those at `where (n,)` taken from the first of the sources, in `order (k,)`, that shows them."""
    if not where.any():
        return fused
    rgb, kept, best = fused.rgb.copy(), fused.kept.copy(), fused.best.copy()
    left = where & (fused.count > 0)
    for k in order:
        mine = left & (valid[k] > 0)
        rgb[mine], kept[mine], best[mine] = candidates[k, mine], grain_kept[k], k
        left &= ~mine
    return replace(fused, rgb=rgb, kept=kept, best=best, moving=where & (fused.count > 0))
