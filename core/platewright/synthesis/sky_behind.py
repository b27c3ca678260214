"""The sky's colour behind what stands before it: known beside a railing, to be told from a mixture within.

A pixel at a leaf's soft edge or between two bars looks much like the sky, only darker. Taken for the sky it pulls the
sky's local colour towards the foreground, and the edge it belongs to turns hard. So the colour comes from pure pixels
first: sky all around, and no livelier than the sky's own grain, for what is fine enough to hide in a colour still
flickers from pixel to pixel. Where there are none, in a crown or a mesh, it is carried on; a pixel there has its say
only when the carried colour and the foreground cannot explain it as a mixture: another cloud can't be mixed from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numba
import numpy as np
import numpy.typing as npt

from .sky_cells import UNLIKE, enlarge, gather_solid, linear_weights, per_pixel, surrounded, tone_of
from .sky_fields import local_mean
from .slices import in_slices

__all__ = ["Behind", "calm_pixels", "colour_of", "distance_to", "sky_behind"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Kinds = npt.NDArray[np.uint8]

_ROWS = 64  # to a slice of work
_CELLS = 1.5  # of the label, over which the sky's colour is taken
_ROUNDS = 2
_LIVELY = 7.0  # times the variance of the sky's grain, beyond which nine pixels hold more than grain
_FLAT = np.float32(0.002**2)  # tone: variance that a sky without any grain may have
_PURE = np.uint8(4)  # to one of a pixel that is only no mixture
_NO_MIXTURE = np.float32(0.04)  # share of foreground that a mixture has at least
_OFF_LINE = np.float32(9.0)  # square of the noise scales that a mixture is off the line between its colours at most


@dataclass(frozen=True)
class Behind:
    """cells: (h, w, 3) the sky's colour, linear; distance: (H, W) noise scales of the plate's pixels from it."""

    cells: Floats
    distance: Floats


def calm_pixels(tone: Floats, sky: Mask) -> Mask:
    """(H, W) pixels with no more detail around them than the sky's grain.

    tone: (H, W, 3); sky: (H, W) open sky, from which the grain is read; without any, all are calm.
    """
    level = np.asarray(cv2.transform(tone, np.full((1, 3), 1 / 3, np.float32)), np.float32)
    mean = np.asarray(cv2.blur(level, (3, 3)), np.float32)
    variance = np.asarray(cv2.blur(level * level, (3, 3)), np.float32) - mean * mean
    inside = variance[surrounded(sky, 7)]
    if not inside.size:
        return np.ones(sky.shape, np.bool_)
    return np.asarray(variance < np.float32(_LIVELY) * np.median(inside[::7]) + _FLAT, np.bool_)


def sky_behind(
    rgb: Floats, tone: Floats, in_sky: Mask, gaps: Mask, calm: Mask, noise: Floats, solids: Floats, first: Behind
) -> Behind:
    """The sky's colour in each cell, and how far each pixel is from it.

    rgb, tone: (H, W, 3). in_sky: (H, W) by the label; gaps: (H, W) pixels that are sky outside it. calm: (H, W) where
    a pixel may be pure. noise: (h, w, 3) the sky's variance in tone. solids: (j, i, 4) colours of the foreground, from
    `sky_solids`. first: a guess.
    """
    rows, columns = noise.shape[:2]
    precision = enlarge(np.asarray(1 / noise, np.float32), rgb)
    cells, distance = first.cells, first.distance
    for _ in range(_ROUNDS):
        seen = (in_sky & (distance < UNLIKE)) | gaps
        votes = (surrounded(seen, 3) & calm).astype(np.uint8) * _PURE
        if votes.any():  # else the sky is nowhere pure, and what was thought of it must do
            cells = local_mean(*_votes(rgb, votes, rows, columns), _CELLS)
        weights = enlarge(linear_weights(cells, noise), rgb)
        other = seen & (votes == 0) & _no_mixture(rgb, enlarge(cells, rgb), weights, solids)
        votes += other.astype(np.uint8)
        if votes.any():
            cells = colour_of(*_votes(rgb, votes, rows, columns))
        distance = distance_to(tone, cells, precision)
    return Behind(cells, distance)


def colour_of(colour: Floats, weights: Floats) -> Floats:
    """The local mean, twice (Tukey's twicing): what a slope loses at the picture's border comes back."""
    mean = local_mean(colour, weights, _CELLS)
    return mean + local_mean(np.asarray(colour - mean, np.float32), weights, _CELLS)


def distance_to(tone: Floats, cells: Floats, precision: Floats) -> Floats:
    """(H, W) how many noise scales, RMS of the channels, a pixel is from the sky's local colour.

    tone: (H, W, 3); cells: (h, w, 3) linear; precision: (H, W, 3) the inverse of the noise's variance in tone.
    """
    sky = enlarge(tone_of(cells), tone)
    distance = np.empty(tone.shape[:2], np.float32)
    in_slices(len(tone), _ROWS, lambda start, stop: _distances(tone, sky, precision, distance, start, stop))
    return distance


def _votes(rgb: Floats, votes: Kinds, rows: int, columns: int) -> tuple[Floats, Floats]:
    """(h, w, 3) the colour of each cell's pixels that have a vote, and (h, w) how much of the cell they are."""
    sums = gather_solid(rgb, votes, rows, columns)
    full = rgb.shape[0] * rgb.shape[1] / (rows * columns) * float(_PURE)
    return per_pixel(sums), np.minimum(sums[..., 3] / np.float32(full), 1)


def _no_mixture(rgb: Floats, sky: Floats, weights: Floats, solids: Floats) -> Mask:
    """(H, W) pixels that are no sum of the sky's colour and the foreground's, by the noise of the sky."""
    apart = np.empty(rgb.shape[:2], np.bool_)
    in_slices(len(rgb), _ROWS, lambda start, stop: _apart_rows(rgb, sky, weights, solids, apart, start, stop))
    return apart


@numba.njit(cache=True, nogil=True)
def _apart_rows(rgb, sky, weights, solids, apart, start, stop):  # type: ignore[no-untyped-def]
    height, width = apart.shape
    rows, columns = solids.shape[:2]
    for y in range(start, stop):
        for x in range(width):
            solid = solids[y * rows // height, x * columns // width]
            length = along = square = np.float32(0)
            for c in range(3):
                line, this = solid[c] - sky[y, x, c], rgb[y, x, c] - sky[y, x, c]
                length += line * line * weights[y, x, c]
                along += line * this * weights[y, x, c]
                square += this * this * weights[y, x, c]
            share = along / max(length, np.float32(1e-9))
            apart[y, x] = solid[3] <= 0 or share < _NO_MIXTURE or square - share * along > _OFF_LINE


@numba.njit(cache=True, nogil=True)
def _distances(tone, sky, precision, distance, start, stop):  # type: ignore[no-untyped-def]
    height, width = distance.shape
    values, means = tone.reshape(height, 3 * width), sky.reshape(height, 3 * width)
    scales = precision.reshape(height, 3 * width)
    square = np.empty(3 * width, np.float32)
    for y in range(start, stop):
        value, mean, scale, out = values[y], means[y], scales[y], distance[y]
        for i in range(3 * width):
            away = value[i] - mean[i]
            square[i] = away * away * scale[i]
        for x in range(width):
            out[x] = np.sqrt((square[3 * x] + square[3 * x + 1] + square[3 * x + 2]) * np.float32(1 / 3))
