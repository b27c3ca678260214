"""Smooth fields from scattered samples: a colour known in some places, carried to all others.

Pull-push over a Gaussian pyramid (Gortler and others, "The Lumigraph", 1996): reduce colour x weight and weight,
then expand from coarse to fine and keep what is known. Used for the local colour of the sky and of the ground.
Knows nothing of skies.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["local_mean", "spread"]

Floats = npt.NDArray[np.float32]

_LEAST = np.float32(1e-6)


def spread(values: Floats, weights: Floats) -> Floats:
    """Carry values to where nothing is known: (h, w, C) float32, smooth, equal to `values` where the weight is 1.

    values: (h, w, C) float32; weights: (h, w) float32, 0 to 1. All weights 0 gives 0.
    """
    level = np.dstack([values * weights[..., None], weights]).astype(np.float32)
    pyramid: list[Floats] = []
    while min(level.shape[:2]) > 2:
        pyramid.append(level)
        level = np.asarray(cv2.pyrDown(level), np.float32)
    field = np.asarray(level[..., :-1] / np.maximum(level[..., -1:], _LEAST), np.float32)
    for level in reversed(pyramid):
        height, width = level.shape[:2]
        field = np.asarray(cv2.pyrUp(field, dstsize=(width, height)), np.float32).reshape(height, width, -1)
        trust = np.minimum(level[..., -1:] * 2, 1)
        here = level[..., :-1] / np.maximum(level[..., -1:], _LEAST)
        field += (here - field) * trust
    return field


def local_mean(values: Floats, weights: Floats, sigma: float) -> Floats:
    """The weighted mean around each pixel (Gaussian, `sigma` pixels), carried on where no weight is near.

    values: (h, w, C), C up to 3. Taken on a grid of up to two thirds of sigma: a Gaussian holds nothing finer.
    """
    level = np.dstack([values * weights[..., None], weights]).astype(np.float32, copy=False)
    height, width = weights.shape
    step = 1
    while 3 * step <= sigma and min(height, width) >= 16 * step:
        step *= 2
    if step > 1:
        level = np.asarray(cv2.resize(level, (width // step, height // step), interpolation=cv2.INTER_AREA))
    level = np.asarray(cv2.GaussianBlur(level, (0, 0), sigma / step), np.float32)
    near = level[..., -1]
    mean = np.asarray(level[..., :-1] / np.maximum(near[..., None], _LEAST), np.float32)
    field = spread(mean, np.where(near > 0.05, np.minimum(near, 1), 0).astype(np.float32))
    if step > 1:
        field = np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return field.reshape(height, width, -1)
