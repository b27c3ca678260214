"""The equation of a mixed pixel: how much of it is sky, given the two colours it may be made of.

Where the solid foreground is not near, a twig's or a wire's own colour is looked for around the pixel first. A bar
thinner than a pixel shows it nowhere, so what looks like a mixture of sky and something solid nearby, or of sky and
what is darkest in the picture, is taken for one: else a cable would keep the old sky's light.
Knows single pixels and their neighbours; which pixels are mixed and what the two colours are is `sky_unmix`'s business.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from .slices import in_slices

__all__ = ["FAINT", "GROUND", "MIXED", "SKY", "Fronts", "coverage", "solve"]

Floats = npt.NDArray[np.float32]
Kinds = npt.NDArray[np.uint8]

GROUND, SKY, MIXED, FAINT = np.uint8(0), np.uint8(1), np.uint8(2), np.uint8(3)
"""Kinds of pixels: all foreground, all sky, to be solved, and sky but for a line that goes on through it."""

_PLAIN = 4.0  # noise scales between sky and foreground under which coverage is not worth averaging
_ROWS = 64  # to a slice of work
_FIT = 0.03  # of the way from the sky: colours that explain a mixture this well do so alike
_REACH = 2  # pixels: a twig's least sky-like pixel is no further than this


@dataclass(frozen=True)
class Fronts:
    """What the foreground's colour may be.

    ground: (H, W, 3) that of the solid foreground nearby, linear; solidity: (H, W) how near it is, 0 to 1. colours:
    (j, i, 4) and darkest: (4,) from `sky_solids`. quiet: (H, W) 1 where or beside where there is no finer detail than
    grain.
    """

    ground: Floats
    solidity: Floats
    colours: Floats
    darkest: Floats
    quiet: Kinds


def coverage(rgb: Floats, kind: Kinds, sky: Floats, weights: Floats, ground: Floats) -> Floats:
    """(H, W) raw share of the solid foreground's colour in each pixel, -1 to 1; 0 where the two are too alike.

    rgb, sky, ground: (H, W, 3) linear; kind: (H, W), GROUND where a pixel is all foreground; weights: (H, W, 3) inverse
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


def solve(
    rgb: Floats, distance: Floats, probability: Floats, kind: Kinds, sky: Floats, weights: Floats, fronts: Fronts,
    lines: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Alpha (H, W) and foreground colour (H, W, 3), the plate's own where alpha is 0.

    distance: (H, W) noise scales from the sky; probability: (H, W) of sky, where the two colours are too alike; lines:
    (H, W) coverage that a line proves.
    """
    alpha, foreground = np.empty(kind.shape, np.float32), np.empty_like(rgb)
    colours = (fronts.ground, fronts.solidity, fronts.colours, fronts.darkest, fronts.quiet)
    fields = (rgb, distance, probability, kind, sky, weights, *colours, lines)
    in_slices(len(kind), _ROWS, lambda start, stop: _solve_rows(*fields, alpha, foreground, start, stop))
    return alpha, foreground


@numba.njit(cache=True, nogil=True)
def _solve_rows(  # type: ignore[no-untyped-def]
    rgb, distance, probability, kind, sky, weights, ground, solidity, colours, darkest, quiet, lines, alpha, foreground,
    start, stop,
):  # fmt: skip
    height, width = kind.shape
    rows, columns = colours.shape[:2]
    for y in range(start, stop):
        for x in range(width):
            if kind[y, x] < MIXED:
                alpha[y, x] = kind[y, x]
                for c in range(3):
                    foreground[y, x, c] = ground[y, x, c] if kind[y, x] else rgb[y, x, c]
                continue
            weight = (weights[y, x, 0], weights[y, x, 1], weights[y, x, 2])
            f0, f1, f2 = ground[y, x, 0], ground[y, x, 1], ground[y, x, 2]
            if solidity[y, x] < 1:
                use = 1 - solidity[y, x]
                t0, t1, t2 = _thin_colour(
                    rgb, distance, quiet, y, x, sky[y, x],
                    (ground[y, x], colours[y * rows // height, x * columns // width], darkest), weight,
                )  # fmt: skip
                f0, f1, f2 = f0 + use * (t0 - f0), f1 + use * (t1 - f1), f2 + use * (t2 - f2)
            fore = (f0, f1, f2)
            length = along = 0.0
            for c in range(3):
                line = sky[y, x, c] - fore[c]
                length += line * line * weight[c]
                along += (rgb[y, x, c] - fore[c]) * line * weight[c]
            contrast = math.sqrt(length)
            value = along / max(length, 1e-9)
            if lines[y, x] <= 0:
                # Grain alone must not open the sky nor close the foreground: the ends are cut by its size in alpha.
                value = (value - 0.03) / (0.97 - min(0.15, 1.5 / max(contrast, 1e-3)))
            value = min(1.0, max(0.0, value))
            sure = min(1.0, max(0.0, (contrast - 3) / 5))
            value = sure * value + (1 - sure) * probability[y, x]
            if kind[y, x] == FAINT:
                value = min(value, 1 - lines[y, x])
            alpha[y, x] = value
            # What the two colours leave unexplained goes to sky and foreground by their shares in the pixel.
            part = (1 - value) / ((1 - value) ** 2 + value**2)
            for c in range(3):
                rest = rgb[y, x, c] - value * sky[y, x, c] - (1 - value) * fore[c]
                front = max(fore[c] + part * rest, min(0.0, rgb[y, x, c]))  # no light is less than none
                foreground[y, x, c] = front if value > 0 else rgb[y, x, c]


@numba.njit(cache=True, nogil=True)
def _thin_colour(rgb, distance, quiet, y, x, sky, fronts, weights):  # type: ignore[no-untyped-def]
    """The foreground's colour where nothing solid is near: that of the least sky-like pixel nearby, or what it hides.

    That pixel has the thing's own colour where the thing is wide enough to hold a whole pixel, and where no colour of
    `fronts` explains it as a mixture with the sky. Else the thing has the colours that do, each as it fits: the
    solid foreground's afar, the most telling one nearby, the picture's darkest. In a fine mesh all pixels are about as
    far from the sky, so that wide means something only where there is no detail.
    """
    height, width = distance.shape
    at_y, at_x, most = y, x, distance[y, x]
    for row in range(max(0, y - _REACH), min(height, y + _REACH + 1)):
        for column in range(max(0, x - _REACH), min(width, x + _REACH + 1)):
            if distance[row, column] > most:
                at_y, at_x, most = row, column, distance[row, column]
    wide = core = skirt = 0
    for row in range(max(0, at_y - _REACH), min(height, at_y + _REACH + 1)):
        for column in range(max(0, at_x - _REACH), min(width, at_x + _REACH + 1)):
            away = distance[row, column]
            skirt += away > 0.4 * most
            if away > 0.8 * most:
                core += 1
                wide += abs(row - at_y) < 2 and abs(column - at_x) < 2
    # Of nine pixels a line one pixel wide takes three or four, one two pixels wide six. But a thinner one seems as wide
    # where the lens is soft, only that its skirts are then twice as wide as its core.
    whole = min(1.0, max(0.0, (wide - 4) / 2)) * min(1.0, max(0.0, 5 * core / max(skirt, 1) - 3))
    c0, c1, c2 = rgb[at_y, at_x, 0], rgb[at_y, at_x, 1], rgb[at_y, at_x, 2]
    f0 = f1 = f2 = total = strength = 0.0
    for k in range(3):
        front = fronts[k]
        if k > 0 and front[3] <= 0:
            continue
        explained, off_line = _mixture((c0, c1, c2), sky, front, weights)
        explained *= 1 - whole * (quiet[at_y, at_x] if k else 1)
        strength = max(strength, explained)
        fit = explained / (off_line * off_line + _FIT * _FIT)
        f0, f1, f2, total = f0 + fit * front[0], f1 + fit * front[1], f2 + fit * front[2], total + fit
    total = max(total, 1e-9)
    return (
        c0 + strength * (f0 / total - c0), c1 + strength * (f1 / total - c1), c2 + strength * (f2 / total - c2)
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _mixture(colour, sky, solid, weights):  # type: ignore[no-untyped-def]
    """How well a colour is explained as a mixture of two others, 0 to 1, and how far beside their line it is.

    It is none where it lies beyond the solid one, or off the line to it by more than the grain and by more than a
    fifth of the way. The second is a share of the way from the sky.
    """
    length = along = square = 0.0
    for c in range(3):
        line, this = solid[c] - sky[c], colour[c] - sky[c]
        length += line * line * weights[c]
        along += line * this * weights[c]
        square += this * this * weights[c]
    share = along / max(length, 1e-9)
    if share <= 0 or share > 1:
        return 0.0, 1.0
    off_line = math.sqrt(max(square - share * along, 0.0))
    way = math.sqrt(square)
    grains = off_line / math.sqrt(2.0) / max(1.0, 0.1 * way)
    return 1 - min(1.0, max(0.0, (grains - 2) / 3)), off_line / max(way, 1e-9)
