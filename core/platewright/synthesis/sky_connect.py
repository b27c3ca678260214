"""Which sky-like pieces of a label really are sky: by where they lie, not by their colour.

A lake that mirrors the sky, a white wall and a window have the sky's colour; a gap between branches has it too. The
sky itself hangs together and reaches the top; a gap lies above the lowest sky around it, or has sky beside it, past
a trunk or a post, or right above it, past a cable; a lake has none of these. And what lies inside the sky, touches
nothing else and is far brighter than it is the sun or the moon, not an object.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["connected_sky", "sun_of"]

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_MAIN = 0.002  # share of the picture that a piece at the top must have to be sky by itself
_TOP = 0.02  # share of the height that counts as the top
_BESIDE = 0.025  # share of the longer side that a trunk or a post takes at most
_CABLE = 0.012  # share of the longer side that a cable or a railing takes at most
_LEAST_CABLE = 4  # pixels: so wide is the thinnest one with what the smoothing takes from the sky beside it
_ROUNDS = 4
_SUN = 0.1  # tone above the sky around: half as bright again


def connected_sky(sky: Floats) -> tuple[Floats, Mask]:
    """Drop the pieces of a label that can't be sky.

    sky: (h, w) probability. Returns the cleaned probability and the envelope (h, w): where sky gaps may lie.
    """
    height, width = sky.shape
    count, pieces, stats = _pieces(sky > 0.5, 4)
    area, top = stats[:, cv2.CC_STAT_AREA], stats[:, cv2.CC_STAT_TOP]
    main = (area >= _MAIN * height * width) & (top <= _TOP * height)
    main[0] = False
    if not main.any() and count > 1:  # a sky seen under a bridge or a branch: its largest piece
        main[1 + int(area[1:].argmax())] = True
    envelope = _envelope(main[pieces])
    within = np.bincount(pieces.ravel(), weights=envelope.ravel(), minlength=count)
    kept = main | (within > 0.8 * area)
    for _ in range(_ROUNDS):
        kept[0] = False
        found = (_beside(kept[pieces], pieces, area) | _below_cable(kept[pieces], pieces, count)) & ~kept
        found[0] = False
        if not found.any():
            break
        kept |= found
    kept[0] = True
    cleaned = np.where(kept[pieces], sky, 0).astype(np.float32)
    return cleaned, envelope | _envelope(kept[pieces] & (pieces > 0))


def _beside(sky: Mask, pieces: npt.NDArray[np.int32], area: npt.NDArray[np.int32]) -> Mask:
    """(count,) the pieces with sky at the same height, past a trunk, along a good part of them."""
    reach = max(3, round(max(sky.shape) * _BESIDE)) * 2 + 1
    near = cv2.dilate(sky.astype(np.uint8), np.ones((1, reach), np.uint8)) > 0
    touched = np.bincount(pieces[near], minlength=len(area))
    # A piece as wide as it is high, dilated from one side, is touched by reach / width of its area.
    return np.asarray(touched > 0.1 * np.minimum(area, np.sqrt(area) * reach / 2), np.bool_)


def _below_cable(sky: Mask, pieces: npt.NDArray[np.int32], count: int) -> Mask:
    """(count,) the pieces with sky right above, past something as thin as a cable, in half of their columns.

    The shore between a sky and the lake that mirrors it is seldom that thin over half the lake.
    """
    reach = max(_LEAST_CABLE, round(max(sky.shape) * _CABLE))
    from_above = np.ones((2 * reach + 1, 1), np.uint8)
    from_above[reach + 1 :] = 0  # the kernel looks up from the pixel it marks
    near = cv2.dilate(sky.astype(np.uint8), from_above) > 0
    columns = sky.shape[1]
    place = pieces.astype(np.int64) * columns + np.arange(columns)
    present = np.zeros(count * columns, bool)
    present[place.ravel()] = True
    met = np.zeros(count * columns, bool)
    met[place[near]] = True
    widths = present.reshape(count, columns).sum(axis=1)
    return np.asarray(met.reshape(count, columns).sum(axis=1) > 0.5 * widths, np.bool_)


def _envelope(main: Mask) -> Mask:
    """Everything above the lowest sky within an eighth of the longer side to either side."""
    height, width = main.shape
    lowest = np.where(main.any(axis=0), height - 1 - main[::-1].argmax(axis=0), -1).astype(np.float32)
    lowest = cv2.dilate(lowest[None], np.ones((1, max(height, width) // 4 | 1), np.uint8))[0]
    envelope: Mask = np.arange(height)[:, None] <= lowest[None]
    return envelope


def sun_of(sky: Floats, tone: Floats, colour: Floats) -> Mask:
    """(h, w) what the sky (h, w) encloses and what is far brighter than its local colour (h, w, 3), in tone."""
    count, pieces, stats = _pieces(sky <= 0.5, 8)
    height, width = sky.shape
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    brighter = (tone.mean(axis=-1) - colour.mean(axis=-1)).ravel()
    mean = np.bincount(pieces.ravel(), weights=brighter, minlength=count) / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    sun = (mean > _SUN) & (left > 0) & (top > 0) & (right < width) & (bottom < height)
    sun[0] = False
    return np.asarray(sun[pieces], np.bool_)


def _pieces(mask: Mask, connectivity: int) -> tuple[int, npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Number of connected pieces with the rest as piece 0, the piece of each pixel, OpenCV's table of them."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=connectivity)
    return count, np.asarray(pieces, np.int32), np.asarray(stats, np.int32)
