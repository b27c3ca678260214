"""A full-size plate seen through the cells of a small label: sums over cells, and fields back at full size.

The kernels that touch every pixel once. They know neither labels nor mattes, only arrays.
"""

from __future__ import annotations

import math

import cv2
import numba
import numpy as np
import numpy.typing as npt

__all__ = ["TONE", "UNLIKE", "enlarge", "enlarge_mask", "gather_sky", "gather_solid", "tone_of"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

TONE = 1 / math.log(257.0)
"""Of the tone space: log(1 + 64 x) times this, see imaging.tone."""

UNLIKE = 4.0
"""Noise scales, RMS of the channels, that no sky pixel exceeds by its grain."""


@numba.njit(parallel=True, cache=True)
def tone_of(rgb):  # type: ignore[no-untyped-def]
    """(H, W, 3) linear to the tone space, float32; negative and NaN give 0."""
    height, width = rgb.shape[:2]
    tone = np.empty((height, width, 3), np.float32)
    for y in numba.prange(height):
        for x in range(width):
            for c in range(3):
                value = rgb[y, x, c]
                tone[y, x, c] = math.log1p(64.0 * value) * TONE if value > 0 else 0.0
    return tone


@numba.njit(parallel=True, cache=True)
def gather_sky(rgb, tone, sky, colour, variance):  # type: ignore[no-untyped-def]
    """(h, w, 7) sums over each cell's sky-like pixels: colour, squared deviation in tone, count.

    sky: (h, w) probability; colour, variance: (h, w, 3) in tone space, what sky-like means.
    """
    height, width = rgb.shape[:2]
    rows, columns = sky.shape
    sums = np.zeros((rows, columns, 7), np.float32)
    for j in numba.prange(rows):
        for i in range(columns):
            if sky[j, i] <= 0.5:
                continue
            for y in range(j * height // rows, (j + 1) * height // rows):
                for x in range(i * width // columns, (i + 1) * width // columns):
                    away = 0.0
                    for c in range(3):
                        away += (tone[y, x, c] - colour[j, i, c]) ** 2 / variance[j, i, c]
                    if away < 3 * UNLIKE * UNLIKE:
                        for c in range(3):
                            sums[j, i, c] += rgb[y, x, c]
                            sums[j, i, 3 + c] += (tone[y, x, c] - colour[j, i, c]) ** 2
                        sums[j, i, 6] += 1
    return sums


@numba.njit(parallel=True, cache=True)
def gather_solid(rgb, solid, rows, columns):  # type: ignore[no-untyped-def]
    """(rows, columns, 4) sums over each cell's solid foreground pixels: colour, count."""
    height, width = rgb.shape[:2]
    sums = np.zeros((rows, columns, 4), np.float32)
    for j in numba.prange(rows):
        for i in range(columns):
            for y in range(j * height // rows, (j + 1) * height // rows):
                for x in range(i * width // columns, (i + 1) * width // columns):
                    if solid[y, x]:
                        for c in range(3):
                            sums[j, i, c] += rgb[y, x, c]
                        sums[j, i, 3] += 1
    return sums


def enlarge(field: Floats, like: Floats) -> Floats:
    """A field of cells, (h, w) or (h, w, C), at the size of `like`, straight in between."""
    size = (like.shape[1], like.shape[0])
    return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_LINEAR), np.float32)


def enlarge_mask(cells: npt.NDArray[np.uint8], like: Floats) -> Mask:
    """Marked cells (h, w) at the size of `like`, each with a hard edge."""
    size = (like.shape[1], like.shape[0])
    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_NEAREST)) > 0
