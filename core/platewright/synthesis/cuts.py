"""Whether two frames show the same set-up: a cut is told from a flash, a fast pan and somebody who wipes the frame.

Asked only where the tracked points don't hold on from one frame to the next. Pieces of the one frame are searched in
the other, wherever they may have gone and however much brighter they are. After a cut none is found again; a flash
leaves most of them, a pan those that are still in the frame, and a wipe those that are not yet hidden.

Method: normalised cross-correlation of small blocks with two-way structure, found again together with their
neighbours. What straight edges and smooth shades match by chance does not move as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .views import View

__all__ = ["Continuity", "continuity"]

_cv2: Any = cv2
Floats = npt.NDArray[np.float32]

WIDTH = 160
"""Width of the picture in which blocks are searched: all over it, in some ten milliseconds."""
BLOCK, STEP, MOST = 16, 8, 64
LEAST_STRUCTURE = 2.0
"""Strength of the weaker of a block's two directions, in 8-bit steps a pixel: below it there is nothing to find."""
FEWEST_BLOCKS = 6
"""Blocks with structure under which a frame says nothing: white, black, or a clear sky."""
ALIKE = 0.75
"""Correlation at which a block counts as found: smeared by a fast pan it still has this."""
COARSEST = 8.0
"""Sigma in pixels above which structure is taken out: broad shades are alike in every picture."""
NEIGHBOURS = 48.0
TOGETHER, TURNING = 2.0, 0.05
"""Pixels by which neighbouring blocks may differ in their way, and part of their distance, for zoom and parallax."""
LEAST_TOGETHER, LEAST_SHARE = 4, 0.12
SMEARED, SMEARED_MORE = 0.35, 2.5
"""Gradients across over those along, weaker over stronger: a fast pan brings them from about 0.8 below the one, and
by the other factor from one frame to the next."""


@dataclass(frozen=True)
class Continuity:
    """How much of one frame is found again in another.

    blank: one of the two has no structure that could be found, so that nothing is said. share: of the blocks with
    structure, those found again together. shift: `(dx, dy)` of most of them, in pixels of the reduced pictures.
    smeared: one of the two is smeared in one direction and the other not, as where a fast pan begins and ends, so
    that it means little when nothing is found again.
    """

    blank: bool
    share: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    smeared: bool = False

    @property
    def holds(self) -> bool:
        """The two frames show the same set-up."""
        return not self.blank and self.share >= LEAST_SHARE


def continuity(before: View, after: View) -> Continuity:
    """Search blocks of a frame in the next one, all over it."""
    scale = min(1.0, WIDTH / before.reduced.shape[1])
    first, second = _small(before, scale), _small(after, scale)
    smears = sorted((_evenness(*first), _evenness(*second)))
    smeared = smears[0] < SMEARED and smears[1] > SMEARED_MORE * smears[0]
    blocks = _blocks(*first)
    if min(len(blocks), len(_blocks(*second))) < FEWEST_BLOCKS:
        return Continuity(blank=True, smeared=smeared)
    places, ways = [], []
    for y, x in blocks:
        found = _cv2.matchTemplate(second[0], first[0][y : y + BLOCK, x : x + BLOCK], _cv2.TM_CCOEFF_NORMED)
        _, best, _, (there_x, there_y) = _cv2.minMaxLoc(found)
        if best >= ALIKE:
            places.append((x, y))
            ways.append((there_x - x, there_y - y))
    together, way = _together(np.array(places, np.float64).reshape(-1, 2), np.array(ways, np.float64).reshape(-1, 2))
    share = together / len(blocks) if together >= LEAST_TOGETHER else 0.0
    return Continuity(False, share, (float(way[0] / scale), float(way[1] / scale)), smeared)


def _evenness(picture: Floats, mask: npt.NDArray[np.uint8]) -> float:
    """Strength of a picture's weaker direction over that of the stronger, from the mean structure tensor."""
    if not (mask > 0).any():
        return 1.0
    across, down = _cv2.Sobel(picture, _cv2.CV_32F, 1, 0)[mask > 0], _cv2.Sobel(picture, _cv2.CV_32F, 0, 1)[mask > 0]
    mixed = float((across * down).mean())
    low, high = np.linalg.eigvalsh([[float((across**2).mean()), mixed], [mixed, float((down**2).mean())]])
    return float(low / high) if high > 1.0 else 1.0


def _small(view: View, scale: float) -> tuple[Floats, npt.NDArray[np.uint8]]:
    """A frame's picture and where it is background, both at the searched size."""
    height, width = view.reduced.shape
    size = max(1, round(width * scale)), max(1, round(height * scale))
    picture = _cv2.resize(view.reduced, size, interpolation=_cv2.INTER_AREA).astype(np.float32)
    mask = _cv2.resize(view.reduced_mask(), size, interpolation=_cv2.INTER_NEAREST)
    fine = _cv2.GaussianBlur(picture, (0, 0), 1.0) - _cv2.GaussianBlur(picture, (0, 0), COARSEST)
    return np.asarray(fine), np.asarray(mask)


def _blocks(picture: Floats, mask: npt.NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Corners `(y, x)` of the blocks with most structure, outside the hole."""
    if min(picture.shape) < BLOCK:
        return []
    strength = np.sqrt(np.maximum(_cv2.cornerMinEigenVal(picture / 255.0, 9, 3), 0)) * 255.0
    strength = np.where(mask > 0, strength, 0)
    found = []
    for y in range(0, picture.shape[0] - BLOCK + 1, STEP):
        for x in range(0, picture.shape[1] - BLOCK + 1, STEP):
            part = slice(y, y + BLOCK), slice(x, x + BLOCK)
            if (mask[part] > 0).all():
                found.append((float(strength[part].mean()), y, x))
    found = sorted((entry for entry in found if entry[0] >= LEAST_STRUCTURE), key=lambda entry: (-entry[0], entry[1:]))
    return [(y, x) for _, y, x in found[:MOST]]


def _together(places: npt.NDArray[np.float64], ways: npt.NDArray[np.float64]) -> tuple[int, npt.NDArray[np.float64]]:
    """How many blocks go the way of at least three others that are no part of them, and the way of most."""
    if len(places) < LEAST_TOGETHER:
        return 0, np.zeros(2)
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    differ = np.linalg.norm(ways[:, None] - ways[None], axis=-1)
    agree = (differ <= TOGETHER + TURNING * apart) & (apart > 0) & (apart <= NEIGHBOURS)
    # Overlapping blocks hold the same pixels and agree by themselves.
    alone = agree & (np.abs(places[:, None] - places[None]).max(axis=-1) >= BLOCK)
    held = (agree.sum(axis=1) >= LEAST_TOGETHER - 1) & (alone.sum(axis=1) >= 2)
    if not held.any():
        return 0, np.zeros(2)
    leader = int(np.argmax(np.where(held, agree.sum(axis=1), -1)))
    return int(held.sum()), np.median(ways[agree[leader] | (np.arange(len(ways)) == leader)], axis=0)
