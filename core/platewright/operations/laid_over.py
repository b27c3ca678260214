"""Frames of a shot laid over another along the camera's motion, so that what they differ by is grain.

No look-up between pixels brings back texture as fine as the pixels: what is left of it looks just like grain. But
where a picture ripples, or through a lens, each frame falls on the other's pixels somewhere. So of several frames each
part is taken from the one that does so there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging import grain
from platewright.imaging.tone import to_tone

from .shot import ShotFrame

__all__ = ["HARDLY", "Laid", "Neighbour", "lay_over", "plain_plate"]

_cv2: Any = cv2
Picture = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

Neighbour = tuple[ShotFrame, npt.NDArray[np.float64]]
"""Another frame of the shot, and the homography from this frame's plate pixels to its."""

HARDLY = 0.05
"""How far between pixels (see grain.sampled_apart) is as good as on them."""
STILL = 0.05
"""Motion in pixels under which a frame is laid on pixel by pixel."""
GRID = 24
"""Pixels between the points at which a motion is corrected: about a block of grain. So large are the parts, too."""
WINDOW = 17
STRAY = 4.0
"""A correction of more pixels than this is none."""
RIM = 2
ROW = 1024
"""Places looked up in a row: OpenCV takes no list."""


@dataclass(frozen=True, eq=False)
class Laid:
    """picture: `(H, W, 3) float32`, what other frames show of a picture. seen: `(H, W)`, where that is plain plate.
    apart: `(H, W) float32`, how far between their pixels it was looked up, None where pixel lies on pixel."""

    picture: Picture
    seen: Flags
    apart: Picture | None


@dataclass(frozen=True, eq=False)
class _Places:
    """Where a picture's pixels lie in a part of another frame. picture: that part. x, y, apart: `(H, W) float32`.
    seen: `(H, W)`."""

    picture: Picture
    x: Picture
    y: Picture
    apart: Picture
    seen: Flags


def lay_over(picture: Picture, around: Box, others: Sequence[Neighbour]) -> Laid:
    """What other frames show of a picture, `(H, W, 3)` over a box of its plate. others: at least one, those to be
    preferred first; of several, each part of the picture comes from the first that hardly lies between pixels, or from
    the one that lies least."""
    if _is_still(around, others[0][1]):
        return _laid_on(around, others[0][0])
    shape, grey = picture.shape[:2], _grey(picture)
    shown, seen, apart = np.zeros_like(picture), np.zeros(shape, bool), np.zeros(shape, np.float32)
    least = np.full(shape, np.inf)
    for other, matrix in others:
        places = _placed(grey, around, other, matrix)
        if places is None:
            continue
        off = _by_part(np.where(places.seen, places.apart, np.float32(2.0)))  # the most there is
        better = off + HARDLY < least
        if better.any():  # of nothing OpenCV makes nothing
            shown[better] = _looked_up(places, better)
            least[better], seen[better], apart[better] = off[better], places.seen[better], places.apart[better]
    return Laid(shown, seen, apart)


def plain_plate(frame: ShotFrame, box: Box) -> tuple[Picture, Flags]:
    """Pixels of a box inside the frame, `(H, W, 3)`, and which of them are plain plate, `(H, W)`."""
    rows, columns = box.slices_in(frame.box)
    usable = np.ones((box.height, box.width), bool)
    covered = frame.matte_box.grown(4) & box if not frame.matte_box.is_empty else frame.matte_box
    if not covered.is_empty:
        usable[covered.slices_in(box)] = False
    return np.ascontiguousarray(frame.linear[rows, columns], np.float32), usable


def _is_still(around: Box, matrix: npt.NDArray[np.float64]) -> bool:
    there = _corners(around, matrix) - _corners(around, np.eye(3))
    return float(np.abs(there).max()) < STILL


def _corners(box: Box, matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where a homography takes a box's corners, `(2, 4)`."""
    there = matrix @ np.array([[x, y, 1.0] for x in (box.x0, box.x1) for y in (box.y0, box.y1)]).T
    return np.asarray(there[:2] / there[2])


def _laid_on(around: Box, other: ShotFrame) -> Laid:
    """A frame pixel by pixel."""
    picture, seen = (
        np.zeros((around.height, around.width, 3), np.float32),
        np.zeros((around.height, around.width), bool),
    )
    reach, shared = around.grown(RIM) & other.box, around & other.box
    if not shared.is_empty:
        shown, usable = plain_plate(other, reach)
        there, here = shared.slices_in(reach), shared.slices_in(around)
        picture[here], seen[here] = shown[there], _inner(usable)[there] > 0
    return Laid(picture, seen, None)


def _placed(
    grey: npt.NDArray[np.uint8], around: Box, other: ShotFrame, matrix: npt.NDArray[np.float64]
) -> _Places | None:
    """Where a picture's pixels lie in another frame; None where it shows nothing of them."""
    there = _corners(around, matrix)
    low, high = np.floor(there.min(axis=1)).astype(int) - 8, np.ceil(there.max(axis=1)).astype(int) + 9
    reach = Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])) & other.box
    if reach.is_empty:
        return None
    picture, usable = plain_plate(other, reach)
    x, y = _followed(grey, picture, _shift(-reach.x0, -reach.y0) @ matrix @ _shift(around.x0, around.y0))
    seen = np.asarray(_cv2.remap(_inner(usable), x, y, _cv2.INTER_NEAREST) > 0)
    return _Places(picture, x, y, grain.sampled_apart(x, y), seen)


def _inner(usable: Flags) -> npt.NDArray[np.uint8]:
    """1 where all pixels around, RIM to each side, are plain plate: most of what a look-up takes."""
    around = np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)
    return np.asarray(_cv2.erode(usable.astype(np.uint8), around, borderValue=0))


def _looked_up(places: _Places, here: Flags) -> Picture:
    """What a frame shows of some pixels, `(n, 3)`."""
    x, y = places.x[here], places.y[here]
    spare = -len(x) % ROW
    x, y = (np.pad(part, (0, spare)).reshape(-1, ROW) for part in (x, y))
    shown = _cv2.remap(places.picture, x, y, _cv2.INTER_LANCZOS4).reshape(-1, 3)
    return np.asarray(shown[: len(shown) - spare])


def _by_part(apart: Picture) -> npt.NDArray[np.float64]:
    """Means over parts of GRID pixels a side, `(H, W)`; the last parts are smaller."""
    parts = [np.arange(side) // GRID for side in apart.shape]
    sizes = [np.bincount(part) for part in parts]
    sums = np.add.reduceat(apart.astype(np.float64), np.arange(0, apart.shape[0], GRID), 0)
    means = np.add.reduceat(sums, np.arange(0, apart.shape[1], GRID), 1) / np.outer(*sizes)
    return np.asarray(means[parts[0]][:, parts[1]])


def _followed(grey: npt.NDArray[np.uint8], other: Picture, place: npt.NDArray[np.float64]) -> tuple[Picture, Picture]:
    """Where each pixel of a picture lies in another, `(H, W)` columns and rows: by a homography, corrected by what
    Lucas and Kanade find at a grid of points; a lens, parallax or ripples would leave texture over."""
    height, width = grey.shape
    rows, columns = max(2, height // GRID), max(2, width // GRID)
    xs, ys = (np.arange(columns) + 0.5) * width / columns - 0.5, (np.arange(rows) + 0.5) * height / rows - 0.5
    points = np.array(np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 1, 2), np.float32, order="C")
    flags = _cv2.INTER_LINEAR | _cv2.WARP_INVERSE_MAP
    placed = _cv2.warpPerspective(_grey(other), place, (width, height), flags=flags)
    found, held, _ = _cv2.calcOpticalFlowPyrLK(grey, placed, points, None, winSize=(WINDOW, WINDOW), maxLevel=1)
    off = (found - points)[:, 0]
    off[(held[:, 0] == 0) | ~(np.abs(off).max(1) < STRAY)] = 0
    field = [
        _cv2.GaussianBlur(_cv2.medianBlur(np.array(part.reshape(rows, columns), order="C"), 3), (0, 0), 0.7)
        for part in off.T
    ]
    dx, dy = (_cv2.resize(part, (width, height), interpolation=_cv2.INTER_LINEAR) for part in field)
    x, y = np.arange(width, dtype=np.float32) + dx, np.arange(height, dtype=np.float32)[:, None] + dy
    m = place.astype(np.float32)  # not far from the origin: what is looked at is no larger than a frame
    depth = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    return (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / depth, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / depth


def _grey(picture: Picture) -> npt.NDArray[np.uint8]:
    """Brightness in tone space, 8 bits."""
    mean = _cv2.transform(picture, np.full((1, 3), 1 / 3, np.float32))
    sound = np.nan_to_num(mean, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(np.clip(to_tone(sound) * 255 + 0.5, 0, 255), np.uint8)


def _shift(x: float, y: float) -> npt.NDArray[np.float64]:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
