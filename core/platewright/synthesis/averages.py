"""Averages over wide neighbourhoods, of what is there and nothing else.

What is left of a wide blur is told as well at a part of the size, at a fraction of the work.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["averaged", "blurred", "boxed", "in_cells", "out_of_cells", "weighted"]

_cv2: Any = cv2
_Floats = npt.NDArray[np.float32]

_LEFT = 1.5  # sigma in pixels that a wide blur still has where it is done


def averaged(values: _Floats, known: npt.NDArray[np.bool_], sigma: float) -> _Floats:
    """The mean of known values around each pixel, by a Gaussian of `sigma` pixels; (H, W) or (H, W, C) float32."""
    there = known if values.ndim == 2 else known[..., None]
    return weighted(np.where(there, values, np.float32(0)), known.astype(np.float32), sigma)


def weighted(values: _Floats, weight: _Floats, sigma: float, least: float = 1e-6) -> _Floats:
    """The mean around each pixel of values (H, W) or (H, W, C), 0 where they have no weight (H, W).

    least: weight that there is taken to be everywhere, so that what lies far off counts for little.
    """
    by = _cell(sigma)
    soft, total = (_soft(one, sigma, by) for one in (values, weight))
    total = np.maximum(total, np.float32(least))
    return out_of_cells(soft.reshape(*total.shape, -1) / total[..., None], by, values.shape)


def boxed(
    shape: tuple[int, ...], rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], values: _Floats, size: int
) -> _Floats:
    """The mean, around each pixel of `shape`, of values `(n,)` that some pixels have, over `size` pixels across; 0
    where none of them lies."""
    sums = np.zeros((*shape[:2], 2), np.float32)
    sums[rows, columns, 0], sums[rows, columns, 1] = values, 1
    total, count = np.moveaxis(_cv2.blur(sums, (size, size)), -1, 0)
    return np.asarray(total / np.maximum(count, np.float32(0.5 / size**2)))


def blurred(values: _Floats, sigma: float) -> _Floats:
    """Values (H, W), 0 beyond their sides, blurred by a Gaussian of `sigma` pixels."""
    by = _cell(sigma)
    return out_of_cells(_soft(values, sigma, by), by, values.shape)


def in_cells(values: _Floats, by: int, border: int = cv2.BORDER_CONSTANT) -> _Floats:
    """The means of cells of `by` pixels a side of values (H, W) or (H, W, C); border: as cv2's, what is missing of the
    last ones; 0 unless told."""
    if by == 1:
        return values
    height, width = values.shape[:2]
    small = -(-width // by), -(-height // by)
    full = _cv2.copyMakeBorder(values, 0, small[1] * by - height, 0, small[0] * by - width, border)
    return np.asarray(_cv2.resize(full, small, interpolation=_cv2.INTER_AREA), np.float32)


def out_of_cells(means: _Floats, by: int, shape: tuple[int, ...]) -> _Floats:
    """What changes slowly from cell to cell, at its full size again: (H, W) or (H, W, C)."""
    if by > 1:
        whole = means.shape[1] * by, means.shape[0] * by
        means = _cv2.resize(means, whole, interpolation=_cv2.INTER_LINEAR)[: shape[0], : shape[1]]
    return np.ascontiguousarray(means, np.float32).reshape(shape)


def _cell(sigma: float) -> int:
    """By how much a picture is made smaller for a blur."""
    return max(1, int(sigma / _LEFT))


def _soft(values: _Floats, sigma: float, by: int) -> _Floats:
    """Blurred means of cells; what is missing of the last ones counts as nothing, in values and weight alike."""
    return np.asarray(_cv2.GaussianBlur(in_cells(values, by), (0, 0), sigma / by), np.float32)
