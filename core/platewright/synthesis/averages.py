"""Averages over wide neighbourhoods, of what is there and nothing else.

What is left of a wide blur is told as well at a part of the size, at a fraction of the work.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["averaged", "blurred", "weighted"]

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
    sides = _sides(weight.shape, sigma)
    soft, total = (_soft(one, sigma, *sides) for one in (values, weight))
    total = np.maximum(total, np.float32(least))
    return _full(soft.reshape(*total.shape, -1) / total[..., None], sides[1], values.shape)


def blurred(values: _Floats, sigma: float) -> _Floats:
    """Values (H, W), 0 beyond their sides, blurred by a Gaussian of `sigma` pixels."""
    sides = _sides(values.shape, sigma)
    return _full(_soft(values, sigma, *sides), sides[1], values.shape)


def _sides(shape: tuple[int, ...], sigma: float) -> tuple[int, tuple[int, int], tuple[int, int]]:
    """By how much a picture (H, W) is made smaller for a blur, its size in whole cells of that, and the size then, as
    width and height."""
    by = max(1, int(sigma / _LEFT))
    small = max(1, -(-shape[1] // by)), max(1, -(-shape[0] // by))
    return by, (small[0] * by, small[1] * by), small


def _soft(values: _Floats, sigma: float, by: int, whole: tuple[int, int], small: tuple[int, int]) -> _Floats:
    """Blurred means of whole cells; what is missing of the last ones counts as nothing, in values and weight alike."""
    if by > 1:
        height, width = values.shape[:2]
        full = _cv2.copyMakeBorder(values, 0, whole[1] - height, 0, whole[0] - width, _cv2.BORDER_CONSTANT, value=0)
        values = _cv2.resize(full, small, interpolation=_cv2.INTER_AREA)
    return np.asarray(_cv2.GaussianBlur(values, (0, 0), sigma / by), np.float32)


def _full(soft: _Floats, whole: tuple[int, int], shape: tuple[int, ...]) -> _Floats:
    """A blur at its full size again."""
    if soft.shape[:2] != shape[:2]:
        soft = _cv2.resize(soft, whole, interpolation=_cv2.INTER_LINEAR)[: shape[0], : shape[1]]
    return np.ascontiguousarray(soft, np.float32).reshape(shape)
