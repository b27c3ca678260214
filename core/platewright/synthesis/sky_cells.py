"""A full-size plate seen through the cells of a small label: sums over cells, and fields back at full size.

The kernels that touch every pixel once. They know neither labels nor mattes, only arrays.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from .rows import tones
from .slices import in_slices

__all__ = [
    "TONE", "UNLIKE", "enlarge", "enlarge_mask", "gather_sky", "gather_solid", "linear_weights", "per_pixel",
    "surrounded", "tone_of",
]  # fmt: skip

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_CELLS_AT_ONCE = 48  # rows of cells to a slice of work

TONE = 1 / math.log(257.0)
"""Of the tone space: log(1 + 64 x) times this, see imaging.tone."""

UNLIKE = 4.0
"""Noise scales, RMS of the channels, that no sky pixel exceeds by its grain."""


def tone_of(rgb: Floats) -> Floats:
    """(H, W, 3) linear to the tone space, float32; what is negative or not finite gives 0."""
    light = np.ascontiguousarray(rgb, np.float32)
    tone = np.empty_like(light)
    flat, out = light.reshape(len(light), -1), tone.reshape(len(light), -1)
    in_slices(len(flat), _rows_at_once(flat.shape[1]), lambda start, stop: _tones(flat, out, start, stop))
    return tone


@numba.njit(cache=True, nogil=True)
def _tones(light, tone, start, stop):  # type: ignore[no-untyped-def]
    count = light.shape[1]
    scratch = np.empty(count, np.float32)
    bits = scratch.view(np.int32)
    for y in range(start, stop):
        tones(light[y], count, bits, scratch, tone[y])


def gather_sky(rgb: Floats, tone: Floats, sky: Floats, colour: Floats, variance: Floats) -> Floats:
    """(h, w, 7) sums over each cell's sky-like pixels: colour, squared deviation in tone, count.

    sky: (h, w) probability; colour, variance: (h, w, 3) in tone space, what sky-like means.
    """
    sums = np.zeros((*sky.shape, 7), np.float32)
    weights = np.asarray(1 / variance, np.float32)
    in_slices(
        len(sky), _CELLS_AT_ONCE, lambda start, stop: _gather_sky(rgb, tone, sky, colour, weights, sums, start, stop)
    )
    return sums


@numba.njit(cache=True, nogil=True)
def _gather_sky(rgb, tone, sky, colour, weights, sums, start, stop):  # type: ignore[no-untyped-def]
    height, width = rgb.shape[:2]
    rows, columns = sky.shape
    limit = np.float32(3 * UNLIKE * UNLIKE)
    for j in range(start, stop):
        for i in range(columns):
            if sky[j, i] <= 0.5:
                continue
            c0, c1, c2 = colour[j, i, 0], colour[j, i, 1], colour[j, i, 2]
            w0, w1, w2 = weights[j, i, 0], weights[j, i, 1], weights[j, i, 2]
            s0 = s1 = s2 = d0 = d1 = d2 = count = np.float32(0)
            for y in range(j * height // rows, (j + 1) * height // rows):
                for x in range(i * width // columns, (i + 1) * width // columns):
                    a0, a1, a2 = tone[y, x, 0] - c0, tone[y, x, 1] - c1, tone[y, x, 2] - c2
                    a0, a1, a2 = a0 * a0, a1 * a1, a2 * a2
                    if a0 * w0 + a1 * w1 + a2 * w2 < limit:
                        s0, s1, s2 = s0 + rgb[y, x, 0], s1 + rgb[y, x, 1], s2 + rgb[y, x, 2]
                        d0, d1, d2 = d0 + a0, d1 + a1, d2 + a2
                        count += np.float32(1)
            cell = sums[j, i]
            cell[0], cell[1], cell[2], cell[3], cell[4], cell[5], cell[6] = s0, s1, s2, d0, d1, d2, count


def gather_solid(rgb: Floats, solid: npt.NDArray[np.uint8], rows: int, columns: int) -> Floats:
    """(rows, columns, 4) sums over each cell's marked pixels, each as often as its mark says: colour, count."""
    sums = np.zeros((rows, columns, 4), np.float32)
    in_slices(rows, _CELLS_AT_ONCE, lambda start, stop: _gather_solid(rgb, solid, sums, start, stop))
    return sums


@numba.njit(cache=True, nogil=True)
def _gather_solid(rgb, solid, sums, start, stop):  # type: ignore[no-untyped-def]
    height, width = rgb.shape[:2]
    rows, columns = sums.shape[:2]
    for j in range(start, stop):
        for i in range(columns):
            s0 = s1 = s2 = count = np.float32(0)
            for y in range(j * height // rows, (j + 1) * height // rows):
                for x in range(i * width // columns, (i + 1) * width // columns):
                    if solid[y, x]:
                        votes = np.float32(solid[y, x])
                        s0, s1, s2 = s0 + votes * rgb[y, x, 0], s1 + votes * rgb[y, x, 1], s2 + votes * rgb[y, x, 2]
                        count += votes
            cell = sums[j, i]
            cell[0], cell[1], cell[2], cell[3] = s0, s1, s2, count


def per_pixel(sums: Floats) -> Floats:
    """(rows, columns, 3) mean colours from `gather_solid`'s sums; black where there was no pixel."""
    return np.asarray(sums[..., :3] / np.maximum(sums[..., 3:], 1), np.float32)


def linear_weights(colour: Floats, noise: Floats) -> Floats:
    """(h, w, 3) inverse variance in linear light, from that in tone space by the curve's slope at a colour."""
    slopes = np.float32(64 * TONE) / (1 + 64 * np.maximum(colour, 0))
    return np.asarray(slopes * slopes / noise, np.float32)


def surrounded(mask: Mask, size: int) -> Mask:
    """Pixels whose whole surround of `size` x `size` is marked; what lies beyond the picture counts as marked."""
    kernel = np.ones((size, size), np.uint8)
    return np.asarray(cv2.erode(mask.view(np.uint8), kernel, borderValue=1)) > 0


def _rows_at_once(width: int) -> int:
    """Rows to a slice, so that starting a thread is worth it."""
    return max(1, 300_000 // max(1, width))


def enlarge(field: Floats, like: Floats) -> Floats:
    """A field of cells, (h, w) or (h, w, C), at the size of `like`, straight in between."""
    size = (like.shape[1], like.shape[0])
    return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_LINEAR), np.float32)


def enlarge_mask(cells: npt.NDArray[np.uint8], like: npt.NDArray[Any]) -> Mask:
    """Marked cells (h, w) at the size of `like`, each with a hard edge."""
    size = (like.shape[1], like.shape[0])
    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_NEAREST)) > 0
