"""A picture with a hole at half the size, and half of that: what the exemplar fill works up through.

It knows what is known and what may be copied at each size; it knows nothing about patches' contents or search.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Level", "half", "has_sources", "pyramid", "usable_centres"]

_ENOUGH = 0.6  # share of a coarse pixel that must be known for it to count as known
_THIN = 2.0  # pixels: a hole whose inner radius is below this is filled from its rim directly


@dataclass(frozen=True, slots=True)
class Level:
    """One size of the picture.

    picture: (H, W, 3) float32, zero where not known. known: (H, W) bool. sources: (H, W) bool, what may be copied.
    """

    picture: npt.NDArray[np.float32]
    known: npt.NDArray[np.bool_]
    sources: npt.NDArray[np.bool_]

    @property
    def hole_radius(self) -> float:
        """Distance in pixels from the hole's innermost pixel to the nearest known one or to the picture's border."""
        return float(cv2.distanceTransform((~self.known).astype(np.uint8), cv2.DIST_L2, 3).max())

    @property
    def open_ended(self) -> npt.NDArray[np.bool_]:
        """(H, W) bool: which of the hole's pixels lie in a part of it that comes to the picture's border."""
        hole = ~self.known
        _, parts = cv2.connectedComponents(hole.astype(np.uint8))
        ends = np.unique(np.concatenate([parts[[0, -1]].ravel(), parts[:, [0, -1]].ravel()]))
        return np.asarray(hole & np.isin(parts, ends))

    @property
    def is_directed(self) -> bool:
        """Whether somebody said where to copy from: then copies it is, and nothing else is brought in."""
        return not np.array_equal(self.sources, self.known)


def pyramid(finest: Level, patch: int) -> list[Level]:
    """The levels from the finest to the coarsest, each half the one before.

    Halving ends when the hole is about as thin as the rim that a patch sees, or before the picture is too small to
    offer patches of `patch` pixels to choose from.
    """
    levels = [finest]
    while levels[-1].hole_radius > _THIN:
        coarse = half(levels[-1])
        if min(coarse.known.shape) < 4 * patch or not has_sources(coarse, patch):
            break
        levels.append(coarse)
    return levels


def has_sources(level: Level, patch: int) -> bool:
    """Whether enough whole patches may be copied at this size to choose from."""
    return int(usable_centres(level.sources, patch).sum()) >= 4 * patch * patch


def usable_centres(sources: npt.NDArray[np.bool_], patch: int) -> npt.NDArray[np.bool_]:
    """(H, W) bool: where the whole patch of `patch` x `patch` pixels lies in the picture and may be copied."""
    kernel = np.ones((patch, patch), np.uint8)
    shrunk = cv2.erode(sources.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    usable: npt.NDArray[np.bool_] = shrunk > 0
    return usable


def half(level: Level) -> Level:
    """The level at half the size: a [1 3 3 1] filter over what is known, so that pixels keep their places x 2."""
    height, width = level.known.shape
    pad = ((0, height % 2), (0, width % 2))
    weights = np.pad(level.known.astype(np.float32), pad)
    values = np.pad(level.picture, (*pad, (0, 0))) * weights[..., None]
    smooth_weights = _smooth_half(weights)
    picture = _smooth_half(values) / np.maximum(smooth_weights, np.float32(1e-6))[..., None]
    share = cv2.resize(weights, smooth_weights.shape[::-1], interpolation=cv2.INTER_AREA)
    known = share > _ENOUGH
    sources = cv2.resize(
        np.pad(level.sources.astype(np.float32), pad), smooth_weights.shape[::-1], interpolation=cv2.INTER_AREA
    )
    picture[~known] = 0
    return Level(picture.astype(np.float32), known, (sources > _ENOUGH) & known)


def _smooth_half(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Binomial blur, then the mean of each two by two; zero outside, so that weights and values fit."""
    kernel = np.array([0.25, 0.5, 0.25], np.float32)
    blurred = cv2.sepFilter2D(values, -1, kernel, kernel, borderType=cv2.BORDER_CONSTANT)
    size = (values.shape[1] // 2, values.shape[0] // 2)
    return np.asarray(cv2.resize(blurred, size, interpolation=cv2.INTER_AREA), np.float32)
