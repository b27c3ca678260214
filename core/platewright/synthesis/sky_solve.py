"""The equation of a mixed pixel: how much of it is sky, given the two colours it may be made of.

Where the solid foreground is not near, a twig's or a wire's own colour is looked for around the pixel first. Knows
single pixels and their neighbours; which pixels are mixed and what the two colours are is `sky_unmix`'s business.
"""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

from .slices import in_slices

__all__ = ["PLAIN", "coverage", "solve"]

Floats = npt.NDArray[np.float32]
Kinds = npt.NDArray[np.uint8]

PLAIN = 4.0
"""Noise scales between sky and foreground under which coverage is not worth averaging."""

_ROWS = 64  # to a slice of work
_REACH = 2  # pixels: a twig's least sky-like pixel is no further than this


def coverage(rgb: Floats, kind: Kinds, sky: Floats, weights: Floats, ground: Floats) -> Floats:
    """(H, W) raw share of the solid foreground's colour in each pixel, -1 to 1; 0 where the two are too alike.

    rgb, sky, ground: (H, W, 3) linear; kind: (H, W), 0 where a pixel is all foreground; weights: (H, W, 3) inverse
    variance of the sky's channels.
    """
    share = np.empty(kind.shape, np.float32)
    in_slices(len(kind), _ROWS, lambda start, stop: _cover(rgb, kind, sky, weights, ground, share, start, stop))
    return share


@numba.njit(cache=True, nogil=True)
def _cover(rgb, kind, sky, weights, ground, coverage, start, stop):  # type: ignore[no-untyped-def]
    height, width = kind.shape
    values, skies = rgb.reshape(height, 3 * width), sky.reshape(height, 3 * width)
    grounds, scales = ground.reshape(height, 3 * width), weights.reshape(height, 3 * width)
    square, along = np.empty(3 * width, np.float32), np.empty(3 * width, np.float32)
    one, least = np.float32(1), np.float32(PLAIN * PLAIN)
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


def solve(
    rgb: Floats, distance: Floats, probability: Floats, kind: Kinds, sky: Floats, weights: Floats, ground: Floats,
    solidity: Floats, lines: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Alpha (H, W) and foreground colour (H, W, 3), the plate's own where alpha is 0.

    kind: (H, W), 0 all foreground, 1 all sky, 2 to be solved. distance: (H, W) noise scales from the sky; probability:
    (H, W) of sky, where the two colours are too alike; solidity: (H, W) how near solid foreground is, 0 to 1; lines:
    (H, W) coverage that a line proves.
    """
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
