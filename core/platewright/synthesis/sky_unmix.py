"""The soft edge of the sky: each full-size pixel parted into sky and foreground.

A pixel at a branch is a sum in light: `pixel = alpha S + (1 - alpha) F`. With the sky's local colour S and the
foreground's local colour F, alpha is the place of the pixel on the line from F to S (local linear unmixing, the
two-colour case of Smith & Blinn, "Blue screen matting", 1996), each channel weighed by the sky's own variance.
S comes from the cells around that are all sky; F from the nearest solid foreground, and for wires and twigs, which
have no solid pixel, from the pixel nearby that is least like the sky, unless the solid foreground explains that
one as a mixture. Where S and F are too close for the grain, the coarse label decides.

Only pixels near an outline are solved; a pixel surrounded by its like is exactly 0 or 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numba
import numpy as np
import numpy.typing as npt

from .sky_cells import TONE, UNLIKE, enlarge, enlarge_mask, gather_sky, gather_solid, per_pixel, tone_of
from .sky_fields import local_mean, spread
from .sky_gaps import gap_pixels, like_sky, wide_sky
from .sky_label import Label
from .sky_lines import along_lines
from .slices import in_slices

__all__ = ["Unmixed", "unmix"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Kinds = npt.NDArray[np.uint8]

_ROWS = 64  # to a slice of work
_CELLS = 1.5  # of the label, over which the sky's colour is taken
_LEAST = 0.004  # tone: one 8-bit step of variation is in every sky
_PLAIN = 4.0  # noise scales between sky and foreground under which coverage is not worth averaging
_REACH = 2  # pixels: a twig's least sky-like pixel is no further than this


@dataclass(frozen=True)
class Unmixed:
    """alpha: (H, W) 1 = sky; foreground, sky: (H, W, 3) linear, the colours that the alpha mixes."""

    alpha: Floats
    foreground: Floats
    sky: Floats


def unmix(rgb: Floats, label: Label) -> Unmixed:
    """Part a plate's pixels into sky and foreground.

    rgb: (H, W, 3) float32, scene-linear, finite. label: of the same picture, small.
    """
    rgb = np.ascontiguousarray(rgb)
    tone = tone_of(rgb)
    sky_cells, noise_cells = _sky_cells(rgb, tone, label)
    precision = enlarge(np.asarray(1 / noise_cells, np.float32), rgb)
    distance = _distance(tone, enlarge(tone_of(sky_cells), rgb), precision)
    probability = enlarge(label.sky, rgb)
    wide = wide_sky(tone, label)
    solid = distance > UNLIKE
    if wide is not None:  # sky behind a railing is not like the sky beside it, and no railing either
        solid &= ~wide.narrow
    if label.sun.any():
        solid &= ~enlarge_mask(_around_sun(label), distance)
    ground_cells, solidity = _ground_cells(rgb, _core(solid), label)
    contrast = _contrast(sky_cells, noise_cells, ground_cells)
    gaps = gap_pixels(distance, label, wide, contrast, tone_of(ground_cells))
    if gaps.any():  # their own colour is the sky's in a crown; what was carried there from outside is a guess
        seen = ((probability > 0.5) & (distance < UNLIKE)) | gaps
        sky_cells = _seen_cells(rgb, seen, label)
        distance = _distance(tone, enlarge(tone_of(sky_cells), rgb), precision)
    kind = _kinds(distance, probability, gaps)
    _keep_sun(kind, tone, sky_cells, label)
    sky, ground = enlarge(sky_cells, rgb), enlarge(ground_cells, rgb)
    weights = enlarge(_weights(sky_cells, noise_cells), rgb)
    lines = along_lines(_coverage(rgb, kind, sky, weights, ground), (kind > 0).astype(np.uint8))
    kind[(lines > 0) & (kind == 1)] = 2
    alpha, foreground = _solve(rgb, distance, probability, kind, sky, weights, ground, enlarge(solidity, rgb), lines)
    return Unmixed(alpha, foreground, sky)


def _sky_cells(rgb: Floats, tone: Floats, label: Label) -> tuple[Floats, Floats]:
    """The sky's colour (linear) and variance (tone space) in each of the label's cells, carried to all of them.

    The variance is what is left beside the local colour: grain and fine texture. Twigs in a cell swell it, so it is
    held near that of the open sky.
    """
    first = gather_sky(rgb, tone, label.sky, label.colour, label.variance)
    colour = _colour_of(_per_pixel(first[..., :3], first), _fullness(first, rgb))
    second = gather_sky(rgb, tone, label.sky, tone_of(colour), label.variance)
    weights = _fullness(second, rgb)
    variance = np.maximum(local_mean(_per_pixel(second[..., 3:6], second), weights, 6.0), 0)
    open_sky = weights > 0.95
    if open_sky.any():
        variance = np.minimum(variance, 2 * np.median(variance[open_sky], axis=0))
    return colour, np.asarray(variance + _misplaced(tone_of(colour)) + np.float32(_LEAST**2), np.float32)


def _colour_of(colour: Floats, weights: Floats) -> Floats:
    """The local mean, twice (Tukey's twicing): what a slope loses at the picture's border comes back."""
    mean = local_mean(colour, weights, _CELLS)
    return mean + local_mean(np.asarray(colour - mean, np.float32), weights, _CELLS)


def _misplaced(colour: Floats) -> Floats:
    """Variance (h, w, 3) from a local colour that was taken half a cell beside where it is used."""
    across = np.asarray(cv2.Sobel(colour, cv2.CV_32F, 1, 0, scale=0.125), np.float32)
    down = np.asarray(cv2.Sobel(colour, cv2.CV_32F, 0, 1, scale=0.125), np.float32)
    return np.asarray((across * across + down * down) * 0.25, np.float32)


def _per_pixel(sums: Floats, gathered: Floats) -> Floats:
    return np.asarray(sums / np.maximum(gathered[..., 6:], 1), np.float32)


def _fullness(gathered: Floats, rgb: Floats) -> Floats:
    """(h, w) how much of each cell is sky; 0 where it is too little to trust."""
    share = gathered[..., 6] * np.float32(gathered.shape[0] * gathered.shape[1] / (rgb.shape[0] * rgb.shape[1]))
    return np.where(share > 0.3, np.minimum(share, 1), 0).astype(np.float32)


def _distance(tone: Floats, sky: Floats, precision: Floats) -> Floats:
    """(H, W) how many noise scales, RMS of the channels, a pixel is from the sky's local colour, both in tone.

    precision: (H, W, 3) the inverse of the noise's variance.
    """
    distance = np.empty(tone.shape[:2], np.float32)
    in_slices(len(tone), _ROWS, lambda start, stop: _distances(tone, sky, precision, distance, start, stop))
    return distance


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
            out[x] = math.sqrt((square[3 * x] + square[3 * x + 1] + square[3 * x + 2]) * np.float32(1 / 3))


def _contrast(sky: Floats, noise: Floats, ground: Floats) -> Floats:
    """(h, w) how many of the sky's noise scales the foreground's colour is away from the sky's."""
    difference = (tone_of(sky) - tone_of(ground)) ** 2 / noise
    return np.asarray(np.sqrt(difference.mean(axis=-1)), np.float32)


def _seen_cells(rgb: Floats, seen: Mask, label: Label) -> Floats:
    """(h, w, 3) the colour of the pixels of sky in each cell, carried to the cells that have none."""
    rows, columns = label.sky.shape
    sums = gather_solid(rgb, seen.astype(np.uint8), rows, columns)
    full = rgb.shape[0] * rgb.shape[1] / (rows * columns)
    weights = np.minimum(sums[..., 3] / np.float32(full), 1)
    return _colour_of(per_pixel(sums), weights)


def _kinds(distance: Floats, probability: Floats, gaps: Mask) -> Kinds:
    """(H, W): 1 where a pixel and all around it are sky, 0 likewise for foreground, 2 where it must be solved."""
    in_sky = probability > 0.5
    sky = (in_sky | gaps) & like_sky(distance)
    ground = ~in_sky & ~gaps
    kind = np.full(distance.shape, 2, np.uint8)
    kind[_inside(ground, 5)] = 0
    kind[_inside(sky, 3)] = 1
    return kind


def _core(mask: Mask) -> npt.NDArray[np.uint8]:
    """Pixels all of whose neighbours are marked: what is three pixels wide."""
    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)


def _keep_sun(kind: Kinds, tone: Floats, sky: Floats, label: Label) -> None:
    """Mark sun and moon with their glow as sky: in and around their cells, what is brighter than the sky."""
    if label.sun.any():
        brighter = tone.mean(axis=-1) > enlarge(tone_of(sky).mean(axis=-1), tone)
        kind[enlarge_mask(_around_sun(label), tone) & brighter] = 1


def _around_sun(label: Label) -> npt.NDArray[np.uint8]:
    """(h, w) the cells of sun and moon and of their glow."""
    return np.asarray(cv2.dilate(label.sun.astype(np.uint8), np.ones((5, 5), np.uint8)), np.uint8)


def _inside(mask: Mask, size: int) -> Mask:
    """Pixels whose whole surround of `size` x `size` is marked; what lies beyond the picture counts as marked."""
    kernel = np.ones((size, size), np.uint8)
    return np.asarray(cv2.erode(mask.astype(np.uint8), kernel, borderValue=1)) > 0


def _ground_cells(rgb: Floats, solid: npt.NDArray[np.uint8], label: Label) -> tuple[Floats, Floats]:
    """The solid foreground's colour in each cell, carried to all, and (h, w) how near solid pixels are, 0 to 1."""
    rows, columns = label.sky.shape
    sums = gather_solid(rgb, solid, rows, columns)
    full = rgb.shape[0] * rgb.shape[1] / (rows * columns)
    weights = np.minimum(sums[..., 3] * np.float32(2 / full), 1)
    colour = spread(per_pixel(sums), weights)
    return colour, np.minimum(cv2.blur(weights, (3, 3)) * 3, 1).astype(np.float32)


def _weights(sky: Floats, noise: Floats) -> Floats:
    """(h, w, 3) inverse variance in linear light, from that in tone space by the curve's slope at the sky."""
    slopes = np.float32(64 * TONE) / (1 + 64 * np.maximum(sky, 0))
    return np.asarray(slopes * slopes / noise, np.float32)


@numba.njit(cache=True, nogil=True)
def _twig_colour(rgb, distance, y, x, sky, solid, weights):  # type: ignore[no-untyped-def]
    """Where the least sky-like pixel nearby is, and how much it is the foreground's colour by itself, 0 to 1.

    It is where it is wide enough to hold a whole pixel, and where the solid foreground can't explain it as a mixture:
    it lies beyond that one, or off the line to it by more than the grain and by more than a fifth of the way.
    """
    height, width = distance.shape
    at_y, at_x, most = y, x, distance[y, x]
    for row in range(max(0, y - _REACH), min(height, y + _REACH + 1)):
        for column in range(max(0, x - _REACH), min(width, x + _REACH + 1)):
            if distance[row, column] > most:
                at_y, at_x, most = row, column, distance[row, column]
    wide = 0
    for row in range(max(0, at_y - 1), min(height, at_y + 2)):
        for column in range(max(0, at_x - 1), min(width, at_x + 2)):
            if distance[row, column] > 0.8 * most:
                wide += 1
    whole = (wide - 4) / 2  # of nine pixels a line one pixel wide takes three or four, one two pixels wide six
    length = along = square = 0.0
    for c in range(3):
        line, this = solid[c] - sky[c], rgb[at_y, at_x, c] - sky[c]
        length += line * line * weights[c]
        along += line * this * weights[c]
        square += this * this * weights[c]
    share = along / max(length, 1e-9)
    if share <= 0 or share > 1:
        return at_y, at_x, 1.0
    off_line = math.sqrt(max(square - share * along, 0.0) / 2) / max(1.0, 0.1 * math.sqrt(square))
    return at_y, at_x, min(1.0, max(0.0, whole, (off_line - 2) / 3))


def _coverage(rgb: Floats, kind: Kinds, sky: Floats, weights: Floats, ground: Floats) -> Floats:
    """(H, W) raw share of the solid foreground's colour in each pixel, -1 to 1; 0 where the two are too alike."""
    coverage = np.empty(kind.shape, np.float32)
    in_slices(len(kind), _ROWS, lambda start, stop: _cover(rgb, kind, sky, weights, ground, coverage, start, stop))
    return coverage


@numba.njit(cache=True, nogil=True)
def _cover(rgb, kind, sky, weights, ground, coverage, start, stop):  # type: ignore[no-untyped-def]
    height, width = kind.shape
    values, skies = rgb.reshape(height, 3 * width), sky.reshape(height, 3 * width)
    grounds, scales = ground.reshape(height, 3 * width), weights.reshape(height, 3 * width)
    square, along = np.empty(3 * width, np.float32), np.empty(3 * width, np.float32)
    one, least = np.float32(1), np.float32(_PLAIN * _PLAIN)
    for y in range(start, stop):
        value, mean, other, scale, out = values[y], skies[y], grounds[y], scales[y], coverage[y]
        for i in range(3 * width):
            line = mean[i] - other[i]
            weighed = line * scale[i]
            square[i] = line * weighed
            along[i] = (mean[i] - value[i]) * weighed
        for x in range(width):
            length = square[3 * x] + square[3 * x + 1] + square[3 * x + 2]
            plain = length > least
            share = (along[3 * x] + along[3 * x + 1] + along[3 * x + 2]) / (length if plain else one)
            share = share if share > -one else -one
            share = share if share < one else one
            share = share if plain else np.float32(0)
            out[x] = share if kind[y, x] else one


def _solve(
    rgb: Floats, distance: Floats, probability: Floats, kind: Kinds, sky: Floats, weights: Floats, ground: Floats,
    solidity: Floats, lines: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Alpha (H, W) and foreground colour (H, W, 3). lines: (H, W) coverage that a line proves."""
    alpha, foreground = np.empty(kind.shape, np.float32), np.empty_like(rgb)
    fields = (rgb, distance, probability, kind, sky, weights, ground, solidity, lines)
    in_slices(len(kind), _ROWS, lambda start, stop: _solve_rows(*fields, alpha, foreground, start, stop))
    return alpha, foreground


@numba.njit(cache=True, nogil=True)
def _solve_rows(  # type: ignore[no-untyped-def]
    rgb, distance, probability, kind, sky, weights, ground, solidity, lines, alpha, foreground, start, stop
):
    width = kind.shape[1]
    for y in range(start, stop):
        for x in range(width):
            if kind[y, x] < 2:
                alpha[y, x] = kind[y, x]
                for c in range(3):
                    foreground[y, x, c] = ground[y, x, c] if kind[y, x] else rgb[y, x, c]
                continue
            weight = (weights[y, x, 0], weights[y, x, 1], weights[y, x, 2])
            f0, f1, f2 = ground[y, x, 0], ground[y, x, 1], ground[y, x, 2]
            if solidity[y, x] < 1:
                twig_y, twig_x, use = _twig_colour(rgb, distance, y, x, sky[y, x], ground[y, x], weight)
                use *= 1 - solidity[y, x]
                f0 += use * (rgb[twig_y, twig_x, 0] - f0)
                f1 += use * (rgb[twig_y, twig_x, 1] - f1)
                f2 += use * (rgb[twig_y, twig_x, 2] - f2)
            fore = (f0, f1, f2)
            length = along = 0.0
            for c in range(3):
                line = sky[y, x, c] - fore[c]
                length += line * line * weight[c]
                along += (rgb[y, x, c] - fore[c]) * line * weight[c]
            contrast = math.sqrt(length)
            value = along / max(length, 1e-9)
            # Grain alone must not open the sky nor close the foreground: the ends are cut by its size in alpha.
            value = (value - 0.03) / (0.97 - min(0.15, 1.5 / max(contrast, 1e-3)))
            value = min(1.0, max(0.0, value))
            sure = min(1.0, max(0.0, (contrast - 3) / 5))
            value = sure * value + (1 - sure) * probability[y, x]
            value = min(value, 1 - lines[y, x])
            alpha[y, x] = value
            # What the two colours leave unexplained goes to sky and foreground by their shares in the pixel.
            part = (1 - value) / ((1 - value) ** 2 + value**2)
            for c in range(3):
                rest = rgb[y, x, c] - value * sky[y, x, c] - (1 - value) * fore[c]
                front = max(fore[c] + part * rest, min(0.0, rgb[y, x, c]))  # no light is less than none
                foreground[y, x, c] = front if value > 0 else rgb[y, x, c]
