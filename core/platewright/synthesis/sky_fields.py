"""Smooth fields from scattered samples: a colour known in some places, carried to all others.

Pull-push over a Gaussian pyramid (Gortler and others, "The Lumigraph", 1996): reduce colour x weight and weight,
then expand from coarse to fine and keep what is known. Used for the local colour of the sky and of the ground.
Knows nothing of skies.
"""

from __future__ import annotations

import cv2
import numba
import numpy as np
import numpy.typing as npt

__all__ = ["local_mean", "spread"]

Floats = npt.NDArray[np.float32]

_LEAST = np.float32(1e-6)
_NEAR = np.float32(0.05)  # weight under which a mean is carried from elsewhere


def spread(values: Floats, weights: Floats) -> Floats:
    """Carry values to where nothing is known: (h, w, C) float32, smooth, equal to `values` where the weight is 1.

    values: (h, w, C) float32; weights: (h, w) float32, 0 to 1. All weights 0 gives 0.
    """
    return _spread(_weighed(values, weights))


def _spread(level: Floats) -> Floats:
    """As `spread`; level: (h, w, C + 1) values x weight, and weight."""
    pyramid: list[Floats] = []
    while min(level.shape[:2]) > 2:
        pyramid.append(level)
        level = np.asarray(cv2.pyrDown(level), np.float32)
    field = np.asarray(level[..., :-1] / np.maximum(level[..., -1:], _LEAST), np.float32)
    for level in reversed(pyramid):
        height, width = level.shape[:2]
        field = np.asarray(cv2.pyrUp(field, dstsize=(width, height)), np.float32).reshape(height, width, -1)
        _keep_known(level, field)
    return field


def local_mean(values: Floats, weights: Floats, sigma: float) -> Floats:
    """The weighted mean around each pixel (Gaussian, `sigma` pixels), carried on where no weight is near.

    values: (h, w, C), C up to 3. Taken on a grid of up to two thirds of sigma: a Gaussian holds nothing finer.
    """
    level = _weighed(values, weights)
    height, width = weights.shape
    step = 1
    while 3 * step <= sigma and min(height, width) >= 16 * step:
        step *= 2
    if step > 1:
        level = np.asarray(cv2.resize(level, (width // step, height // step), interpolation=cv2.INTER_AREA))
    level = np.asarray(cv2.GaussianBlur(level, (0, 0), sigma / step), np.float32)
    _hold_weights(level)
    field = _spread(level)
    if step > 1:
        field = np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return field.reshape(height, width, -1)


def _weighed(values: Floats, weights: Floats) -> Floats:
    """(h, w, C + 1) values x weight, and weight."""
    level = np.empty((*weights.shape, values.shape[2] + 1), np.float32)
    _weigh(values, weights, level)
    return level


@numba.njit(cache=True, nogil=True)
def _weigh(values, weights, level):  # type: ignore[no-untyped-def]
    height, width, channels = values.shape
    for y in range(height):
        for x in range(width):
            weight = weights[y, x]
            for c in range(channels):
                level[y, x, c] = values[y, x, c] * weight
            level[y, x, channels] = weight


@numba.njit(cache=True, nogil=True)
def _hold_weights(level):  # type: ignore[no-untyped-def]
    """Weights of 0 to 1 for sums that weigh anything, 0 for those that weigh next to nothing."""
    height, width, last = level.shape[0], level.shape[1], level.shape[2] - 1
    for y in range(height):
        for x in range(width):
            near = level[y, x, last]
            weight = min(near, np.float32(1)) if near > _NEAR else np.float32(0)
            least = max(near, _LEAST)
            for c in range(last):
                level[y, x, c] = level[y, x, c] / least * weight
            level[y, x, last] = weight


@numba.njit(cache=True, nogil=True)
def _keep_known(level, field):  # type: ignore[no-untyped-def]
    """Put what is known at a level into the field that was carried there, in place."""
    height, width, last = level.shape[0], level.shape[1], level.shape[2] - 1
    for y in range(height):
        for x in range(width):
            weight = level[y, x, last]
            trust, least = min(weight * np.float32(2), np.float32(1)), max(weight, _LEAST)
            for c in range(last):
                field[y, x, c] += (level[y, x, c] / least - field[y, x, c]) * trust
