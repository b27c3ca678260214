"""Sky seen through a crown or a fence: pixels outside the label's sky that are sky all the same.

A gap looks like the sky beside the crown, or, where clouds make that change quickly, like some sky not far away:
within the spread of colours of the wider sky, as an ellipsoid (blue to white is a line, not a ball). It counts only
where the foreground there can't be taken for sky, or a pale wall would be riddled, and only when gaps lead to it
from the open sky.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numba
import numpy as np
import numpy.typing as npt

from .sky_cells import UNLIKE, enlarge_mask
from .sky_fields import local_mean
from .sky_label import Label
from .slices import in_slices

__all__ = ["WideSky", "gap_pixels", "like_sky", "wide_sky"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_ROWS = 64  # to a slice of work
_LIKE = 2.6  # noise scales, RMS of the channels, that 1 sky pixel in 7000 exceeds by its grain alone
_PLAIN = 2 * UNLIKE  # between sky and foreground: twice over what no grain exceeds
_PLAIN_WIDE = 1.5 * UNLIKE  # the same from the wider sky, which is as broad as its clouds: half as much beyond it
_STEP = 7  # cells: gaps follow one another through a crown no further apart than this
_STEPS = 4
_COARSE = 4  # cells of the label to one of the wider sky's
_BROAD = 0.03  # share of the longer side beyond which a patch of sky's colour in the ground is a wall and no gap
_WIDE = 8.0  # such cells over which the wider sky is taken: a fifteenth of the width


def like_sky(distance: Floats) -> Mask:
    """(H, W) pixels that are sky as far as their noise scales (H, W) from the local sky say.

    One pixel off by itself is grain; the thinnest wire makes three of nine.
    """
    off = (distance >= _LIKE).astype(np.uint8)
    around = np.asarray(cv2.boxFilter(off, -1, (3, 3), normalize=False))
    return np.asarray((off == 0) | (around < 3), np.bool_)


@dataclass(frozen=True)
class WideSky:
    """The spread of the sky's colours over the wider surround, in cells four times the label's.

    ellipsoid: (h, w, 9) mean and inverse covariance in tone space. like: (H, W) the plate's pixels outside the
    label's sky that lie within it. narrow: (H, W) those of them that are no wall: nothing broad is among them.
    """

    ellipsoid: Floats
    like: Mask
    narrow: Mask


def wide_sky(tone: Floats, label: Label) -> WideSky | None:
    """What the wider sky looks like, and which pixels of the plate (H, W, 3) in tone look like it; None without one."""
    rows, columns = (max(4, size // _COARSE) for size in label.sky.shape)
    size = (columns, rows)
    weights = _shrunk((label.sky > 0.9).astype(np.float32), size)
    if not (weights > 0.5).any():
        return None
    mean, inverse = _spread_of(_shrunk(label.colour, size), _shrunk(label.variance, size), weights)
    ellipsoid = np.concatenate([mean, inverse], axis=-1).astype(np.float32)
    asked = _shrunk((label.sky <= 0.5).astype(np.float32), size) > 0
    like = np.asarray(_within(tone, ellipsoid, asked.astype(np.uint8)) < _LIKE, np.bool_)
    across = max(5, round(max(tone.shape) * _BROAD)) | 1
    broad = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((across, across), np.uint8)) > 0
    return WideSky(ellipsoid, like, like & ~broad)


def gap_pixels(distance: Floats, label: Label, wide: WideSky | None, contrast: Floats, ground: Floats) -> Mask:
    """(H, W) the pixels outside the label's sky, and its rim, that are sky.

    distance: (H, W) noise scales from the local sky; contrast: (h, w) of them between the local sky and foreground;
    ground: (h, w, 3) the foreground's local colour in tone space.
    """
    near = like_sky(distance)
    local = near & enlarge_mask(_reached(near, label, contrast > _PLAIN), distance)
    if wide is not None:
        rows, columns = wide.ellipsoid.shape[:2]
        everywhere = np.ones((rows, columns), np.uint8)
        plain = _within(_shrunk(ground, (columns, rows)), wide.ellipsoid, everywhere) > _PLAIN_WIDE
        cloud = enlarge_mask(_clouds(label, wide.like), distance)
        far = wide.like & (enlarge_mask(plain.astype(np.uint8), distance) | cloud)
        either = near | far
        cells = _reached(either, label, np.ones(label.sky.shape, bool), only=far)
        local |= either & enlarge_mask(cells, distance)
    if label.denied.any():
        local &= ~enlarge_mask(label.denied.astype(np.uint8), distance)
    return local


def _clouds(label: Label, like: Mask) -> npt.NDArray[np.uint8]:
    """(h, w) what the label denies though it has the wider sky's colours and nothing but a cable holds it up.

    No wall is up there, so that its ground needs not differ. like: (H, W) the pixels of the wider sky's colours.
    """
    denied = (label.sky <= 0.5).astype(np.uint8)
    core = np.asarray(cv2.morphologyEx(denied, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    count, pieces = cv2.connectedComponents(core, connectivity=8)
    area = np.bincount(pieces.ravel(), minlength=count)
    alike = np.bincount(pieces.ravel(), weights=_share(like, *label.sky.shape).ravel(), minlength=count)
    cloud = alike > 0.5 * area
    cloud[0] = False
    cloud[np.unique(pieces[-1])] = False
    return np.asarray(cv2.dilate(cloud[pieces].astype(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)


def _reached(like: Mask, label: Label, plain: Mask, only: Mask | None = None) -> npt.NDArray[np.uint8]:
    """(h, w): cells that gaps lead to from the sky. plain: where the foreground can't be mistaken for sky."""
    rows, columns = label.sky.shape
    step = np.ones((_STEP, _STEP), np.uint8)
    sky = (label.sky > 0.5).astype(np.uint8)
    hollow = (_share(like, rows, columns) > 0.2) & label.envelope & plain
    for _ in range(_STEPS):
        sky = sky | (np.asarray(cv2.dilate(sky, step), np.uint8) & hollow.astype(np.uint8))
    near = np.asarray(cv2.dilate(sky, step), np.uint8) > 0
    if only is not None:
        return (near & label.envelope & (_share(only, rows, columns) > 0)).astype(np.uint8)
    return (near & (plain | (label.sky > 0.1))).astype(np.uint8)


def _share(mask: Mask, rows: int, columns: int) -> Floats:
    return np.asarray(cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _spread_of(colour: Floats, variance: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """(h, w, 3) mean and (h, w, 6) inverse covariance of the sky's colours over the wider surround."""
    mean = local_mean(colour, weights, _WIDE)
    away = colour - mean
    pairs = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    products = np.stack([away[..., a] * away[..., b] for a, b in pairs], axis=-1)
    second = np.dstack([local_mean(products[..., part], weights, _WIDE) for part in (slice(0, 3), slice(3, 6))])
    for c, k in enumerate((0, 3, 5)):
        second[..., k] += variance[..., c]
    whole = second[..., [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(*second.shape[:2], 3, 3).astype(np.float64)
    inverse = np.linalg.inv(whole + np.eye(3) * 1e-6)
    return mean, np.stack([inverse[..., a, b] for a, b in pairs], axis=-1).astype(np.float32)


def _within(tone: Floats, ellipsoid: Floats, asked: npt.NDArray[np.uint8]) -> Floats:
    """(H, W) RMS noise scales from the mean, of pixels in cells that are asked for; far away elsewhere."""
    away = np.empty(tone.shape[:2], np.float32)
    in_slices(len(tone), _ROWS, lambda start, stop: _within_rows(tone, ellipsoid, asked, away, start, stop))
    return away


@numba.njit(cache=True, nogil=True)
def _within_rows(tone, ellipsoid, asked, away, start, stop):  # type: ignore[no-untyped-def]
    height, width = tone.shape[:2]
    rows, columns = asked.shape
    for y in range(start, stop):
        j = y * rows // height
        for i in range(columns):
            first, last = (i * width + columns - 1) // columns, ((i + 1) * width + columns - 1) // columns
            if not asked[j, i]:
                away[y, first:last] = np.float32(1e9)
                continue
            m = ellipsoid[j, i]
            m0, m1, m2, v00, v01, v02, v11, v12, v22 = m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]
            for x in range(first, last):
                a, b, c = tone[y, x, 0] - m0, tone[y, x, 1] - m1, tone[y, x, 2] - m2
                square = a * (a * v00 + np.float32(2) * (b * v01 + c * v02)) + b * (b * v11 + np.float32(2) * c * v12)
                square += c * c * v22
                away[y, x] = math.sqrt(max(square, np.float32(0)) * np.float32(1 / 3))


def _shrunk(field: Floats, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_AREA), np.float32)
