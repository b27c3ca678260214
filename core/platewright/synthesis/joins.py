"""Where two copied pieces meet that do not fit: the join is made no sharper than what either was copied from.

Each piece goes on beyond its own edge no farther than the patches that chose it, so one that finds no other to fit ends
in a cut. A cut through a blur, or through a flower, is seen at once; no band of sizes may be stronger in the fill than
it is where the fill was taken from.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["soften_joins"]

_cv2: Any = cv2
_Floats = npt.NDArray[np.float32]
_Mask = npt.NDArray[np.bool_]

_BANDS = 5  # sizes that are looked at, each twice the one before: from grain to 32 pixels
_AROUND = 2.0  # pixels of its own size over which a band's strength is taken
_MORE = 2.0  # times as much as its sources a band may have in variance: texture that fits is never quite even
_UNSEEN = (0.5 / 255) ** 2  # variance in tone below which nothing is seen


def soften_joins(filled: _Floats, hole: _Mask, offsets: npt.NDArray[np.int32]) -> tuple[_Floats, _Floats]:
    """Take out of a fill what is sharper than where it came from.

    filled: (H, W, 3) float32 tone, the copied fill with what is known. hole: (H, W) bool. offsets: (H, W, 2) int32,
    for each of the hole's pixels the (dx, dy) to where it was taken from.
    Returns (H, W, 3) float32, known pixels bit for bit; and (H, W) float32 in 0..1, what is left of the finest band.
    Source: the bands of Burt & Adelson, A multiresolution spline with application to image mosaics, 1983.
    """
    sizes = [filled]
    while len(sizes) <= _BANDS and min(sizes[-1].shape[:2]) >= 8:
        sizes.append(_cv2.pyrDown(sizes[-1]))
    softened, finest = sizes[-1], np.ones(hole.shape, np.float32)
    for level in range(len(sizes) - 2, -1, -1):
        shape = sizes[level].shape[1::-1]
        band = sizes[level] - _cv2.pyrUp(sizes[level + 1], dstsize=shape)
        left = _left(band, hole, offsets, level)
        softened = _cv2.pyrUp(softened, dstsize=shape) + left[..., None] * band
        finest = left
    return np.where(hole[..., None], softened, filled), np.where(hole, finest, np.float32(1))


def _left(band: _Floats, hole: _Mask, offsets: npt.NDArray[np.int32], level: int) -> _Floats:
    """(h, w) float32 in 0..1: what to leave of a band, `level` halvings below the picture's size."""
    step = 2**level
    strength = np.einsum("yxc,yxc->yx", band, band)
    there, away = hole[::step, ::step], offsets[::step, ::step]
    rows, columns = np.nonzero(there)
    across, down = np.round(away[rows, columns] / step).astype(np.intp).T
    height, width = strength.shape
    meant = strength.copy()
    meant[rows, columns] = strength[np.clip(rows + down, 0, height - 1), np.clip(columns + across, 0, width - 1)]
    has, may = (_cv2.GaussianBlur(values, (0, 0), _AROUND) for values in (strength, meant))
    return np.asarray(np.sqrt(np.minimum(1, (_MORE * may + 3 * _UNSEEN) / (has + np.float32(1e-12)))), np.float32)
