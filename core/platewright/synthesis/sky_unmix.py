"""The soft edge of the sky: each full-size pixel parted into sky and foreground.

A pixel at a branch is a sum in light: `pixel = alpha S + (1 - alpha) F`. With the sky's local colour S and the
foreground's local colour F, alpha is the place of the pixel on the line from F to S (local linear unmixing, the
two-colour case of Smith & Blinn, "Blue screen matting", 1996), each channel weighed by the sky's own variance.
S comes from what is surely sky around (`sky_behind`); F from the nearest solid foreground, and for wires and twigs,
which have no solid pixel, from the pixel nearby that is least like the sky, unless something solid explains that one
as a mixture. Where S and F are too close for the grain, the coarse label decides.

Only pixels near an outline are solved; a pixel surrounded by its like is exactly 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .sky_behind import Behind, calm_pixels, colour_of, distance_to, sky_behind
from .sky_cells import (
    UNLIKE,
    enlarge,
    enlarge_mask,
    gather_sky,
    gather_solid,
    linear_weights,
    per_pixel,
    surrounded,
    tone_of,
)
from .sky_fields import local_mean, spread
from .sky_gaps import WideSky, gap_pixels, like_sky, wide_sky
from .sky_label import Label
from .sky_lines import along_lines
from .sky_solids import darkest_colour, solid_colours
from .sky_solve import FAINT, GROUND, MIXED, SKY, Fronts, coverage, solve

__all__ = ["Unmixed", "unmix"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Kinds = npt.NDArray[np.uint8]

_FAR, _LEAST_FAR = 1 / 120, 8  # of the longer side, and pixels: from bar to bar of a railing, and beyond its blur
_LEAST = 0.004  # tone: one 8-bit step of variation is in every sky


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
    distance = distance_to(tone, sky_cells, precision)
    probability = enlarge(label.sky, rgb)
    wide = wide_sky(tone, label)
    unlike, in_sky = distance > UNLIKE, probability > 0.5
    ground_cells, solidity = _ground_cells(rgb, _solid(unlike, wide, label), label)
    contrast = _contrast(sky_cells, noise_cells, ground_cells)
    gaps = gap_pixels(distance, label, wide, contrast, tone_of(ground_cells))
    calm = calm_pixels(tone, (probability > 0.9) & like_sky(distance))
    quiet = np.asarray(cv2.dilate(calm.view(np.uint8), np.ones((5, 5), np.uint8)), np.uint8)
    solids = solid_colours(rgb, _core(unlike), distance)
    pure = calm | _far_from(unlike)
    first = Behind(sky_cells, distance)
    behind = sky_behind(rgb, tone, in_sky, gaps, pure, noise_cells, solids, first)
    sky_cells, distance = behind.cells, behind.distance
    kind = _kinds(distance, in_sky, gaps)
    _keep_sun(kind, tone, sky_cells, label)
    sky, ground = enlarge(sky_cells, rgb), enlarge(ground_cells, rgb)
    weights = enlarge(linear_weights(sky_cells, noise_cells), rgb)
    lines = along_lines(coverage(rgb, kind, sky, weights, ground), (kind != GROUND).astype(np.uint8))
    kind[(lines > 0) & (kind == SKY)] = FAINT
    fronts = Fronts(ground, enlarge(solidity, rgb), solids, darkest_colour(solids), quiet)
    alpha, foreground = solve(rgb, distance, probability, kind, sky, weights, fronts, lines)
    return Unmixed(alpha, foreground, sky)


def _sky_cells(rgb: Floats, tone: Floats, label: Label) -> tuple[Floats, Floats]:
    """The sky's colour (linear) and variance (tone space) in each of the label's cells, carried to all of them.

    The variance is what is left beside the local colour: grain and fine texture. Twigs in a cell swell it, so it is
    held near that of the open sky.
    """
    first = gather_sky(rgb, tone, label.sky, label.colour, label.variance)
    colour = colour_of(_per_pixel(first[..., :3], first), _fullness(first, rgb))
    second = gather_sky(rgb, tone, label.sky, tone_of(colour), label.variance)
    weights = _fullness(second, rgb)
    variance = np.maximum(local_mean(_per_pixel(second[..., 3:6], second), weights, 6.0), 0)
    open_sky = weights > 0.95
    if open_sky.any():
        variance = np.minimum(variance, 2 * np.median(variance[open_sky], axis=0))
    return colour, np.asarray(variance + _misplaced(tone_of(colour)) + np.float32(_LEAST**2), np.float32)


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


def _contrast(sky: Floats, noise: Floats, ground: Floats) -> Floats:
    """(h, w) how many of the sky's noise scales the foreground's colour is away from the sky's."""
    difference = (tone_of(sky) - tone_of(ground)) ** 2 / noise
    return np.asarray(np.sqrt(difference.mean(axis=-1)), np.float32)


def _kinds(distance: Floats, in_sky: Mask, gaps: Mask) -> Kinds:
    """(H, W): SKY where a pixel and all around it are sky, GROUND likewise for foreground, else MIXED."""
    sky = (in_sky | gaps) & like_sky(distance)
    ground = ~in_sky & ~gaps
    kind = np.full(distance.shape, MIXED, np.uint8)
    kind[surrounded(ground, 5)] = GROUND
    kind[surrounded(sky, 3)] = SKY
    return kind


def _far_from(foreground: Mask) -> Mask:
    """(H, W) pixels so far from what is no sky that all detail around them is the sky's own."""
    reach = 2 * max(_LEAST_FAR, round(max(foreground.shape) * _FAR)) + 1
    near = np.asarray(cv2.dilate(foreground.view(np.uint8), np.ones((reach, reach), np.uint8)), np.uint8)
    return np.asarray(near == 0, np.bool_)


def _solid(unlike: Mask, wide: WideSky | None, label: Label) -> Kinds:
    """(H, W) 1 in the middle of what is three pixels wide and surely no sky. unlike: (H, W) what is not like it."""
    solid = unlike
    if wide is not None:  # sky behind a railing is not like the sky beside it, and no railing either
        solid = solid & ~wide.narrow
    if label.sun.any():
        solid = solid & ~enlarge_mask(_around_sun(label), unlike)
    return _core(solid)


def _core(mask: Mask) -> npt.NDArray[np.uint8]:
    """Pixels all of whose neighbours are marked: what is three pixels wide."""
    return surrounded(mask, 3).view(np.uint8)


def _keep_sun(kind: Kinds, tone: Floats, sky: Floats, label: Label) -> None:
    """Mark sun and moon with their glow as sky: in and around their cells, what is brighter than the sky."""
    if label.sun.any():
        brighter = tone.mean(axis=-1) > enlarge(tone_of(sky).mean(axis=-1), tone)
        kind[enlarge_mask(_around_sun(label), tone) & brighter] = SKY


def _around_sun(label: Label) -> npt.NDArray[np.uint8]:
    """(h, w) the cells of sun and moon and of their glow."""
    return np.asarray(cv2.dilate(label.sun.astype(np.uint8), np.ones((5, 5), np.uint8)), np.uint8)


def _ground_cells(rgb: Floats, solid: npt.NDArray[np.uint8], label: Label) -> tuple[Floats, Floats]:
    """The solid foreground's colour in each cell, carried to all, and (h, w) how near solid pixels are, 0 to 1."""
    rows, columns = label.sky.shape
    sums = gather_solid(rgb, solid, rows, columns)
    full = rgb.shape[0] * rgb.shape[1] / (rows * columns)
    weights = np.minimum(sums[..., 3] * np.float32(2 / full), 1)
    colour = spread(per_pixel(sums), weights)
    return colour, np.minimum(cv2.blur(weights, (3, 3)) * 3, 1).astype(np.float32)
