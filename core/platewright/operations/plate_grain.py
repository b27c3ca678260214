"""The plate's grain, measured where it will be needed: around the region, against a neighbouring frame.

Two frames of one ground differ by their grain and by what moved. So fine texture, which in a single frame looks
just like grain, drops out when the neighbour is laid over it along the camera's motion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging import grain
from platewright.imaging.tone import to_tone

from .shot import ShotFrame

__all__ = ["Neighbour", "PlateGrain", "alike_sampled", "measure_around"]

_cv2: Any = cv2

Neighbour = tuple[ShotFrame, npt.NDArray[np.float64]]
"""Another frame of the shot, and the homography from this frame's plate pixels to its."""

EVERY = 12
"""Frames after which the grain is measured again: a stock does not change in a shot, exposure may drift."""
TOGETHER = 3
"""Measurements that count together: each saw other levels of light in other places, so they know more than one."""
MOST_SIDE = 720
"""Pixels a side that are looked at: grain is the same all over a frame."""
PLENTY, WIDEST = 150, 1440
"""Quiet patches under which a wider part of the frame is looked at, and its side: where water or leaves move all around
a region, what they do to a patch is told from grain by none of the few quiet ones there."""
CALMER = 0.95
"""Variance, times the other's, under which one of two measurements has clearly less grain."""
CLEARLY, HARDLY = 0.5, 0.05
"""How far between pixels (see grain.sampled_apart) a frame farther away must lie, of what a nearer one does, to be the
better one to measure against: light, blur and depth come between them with time. And how far is as good as on them."""
PLACES = 9
"""Places along each side of a region at which a motion is asked."""
STILL = 0.05
"""Motion in pixels under which the neighbour is laid on pixel by pixel."""
GRID = 24
"""Pixels between the points at which the neighbour's motion is corrected: about a block of grain."""
WINDOW = 17
STRAY = 4.0
"""A correction of more pixels than this is none."""


class PlateGrain:
    """A plate's grain as far as it is known: measured every now and then on the way through a shot."""

    def __init__(self) -> None:
        self._measured: list[grain.GrainModel] = []
        self._frames = 0
        self._model = grain.NO_GRAIN

    def of(self, frame: ShotFrame, region: Box, neighbour: Neighbour | None, new: bool) -> grain.GrainModel:
        """The grain for the next frame. new: it may be of another stock than the frame before."""
        if new or self._frames % EVERY == 0:
            measured = [] if new else self._measured
            self._measured = [*measured, measure_around(frame, region, neighbour)][-TOGETHER:]
            self._model = grain.merge(self._measured)
        self._frames += 1
        return self._model


def measure_around(frame: ShotFrame, region: Box, neighbour: Neighbour | None) -> grain.GrainModel:
    """The grain of a frame around a region, plate coordinates; `reliable` says whether it can be trusted."""
    around = _measured_around(region) & frame.box
    near = _measured(frame, around, neighbour)
    wide = _limited(region.grown(WIDEST), WIDEST) & frame.box
    if near.patches >= PLENTY or wide.area <= around.area:
        return near
    far = _measured(frame, wide, neighbour)
    return far if far.patches > near.patches and _is_calmer(far, near) else near


def alike_sampled(frame: ShotFrame, region: Box, near: Sequence[Neighbour]) -> Neighbour | None:
    """The neighbour to measure a frame's grain against around a region: the nearest, or one that sampled texture
    clearly more alike, for it lies on the frame's pixels and not between them. near: the nearest first."""
    around = _measured_around(region) & frame.box
    if not near or around.is_empty:
        return near[0] if near else None
    x, y = (np.linspace(low, high, PLACES).round() for low, high in ((around.x0, around.x1), (around.y0, around.y1)))
    points = np.stack([*(side.ravel() for side in np.meshgrid(x, y)), np.ones(PLACES * PLACES)])
    best, least = near[0], np.inf
    for other, matrix in near:
        columns, rows, depth = matrix @ points
        columns, rows = columns / depth, rows / depth
        inside = (columns >= other.box.x0) & (columns < other.box.x1) & (rows >= other.box.y0) & (rows < other.box.y1)
        off = np.full(len(inside), 2.0)  # what it does not show is of as little use as what lies in the middle of four
        off[inside] = grain.sampled_apart(columns[inside], rows[inside])
        if off.mean() + HARDLY < CLEARLY * least:
            best, least = (other, matrix), float(off.mean())
    return best


def _is_calmer(model: grain.GrainModel, other: grain.GrainModel) -> bool:
    """Whether a model has clearly less grain: what is not grain only ever adds."""
    at = 0.5 * np.array(other.highest) if other.patches else np.ones(3)
    return float((model.variance(at) / np.maximum(other.variance(at), 1e-12)).mean()) < CALMER or not other.reliable


def _measured(frame: ShotFrame, around: Box, neighbour: Neighbour | None) -> grain.GrainModel:
    """The grain of a part of a frame."""
    if around.is_empty:
        return grain.NO_GRAIN
    picture, usable = _cut(frame, around)
    if neighbour is None:
        return grain.measure(picture, usable)
    other, seen, apart = _laid_over(picture, around, *neighbour)
    return grain.measure(picture, usable & seen, against=other, apart=apart)


def _laid_over(
    picture: npt.NDArray[np.float32], around: Box, other: ShotFrame, matrix: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_], npt.NDArray[np.float32] | None]:
    """The neighbour along the motion over `around`, where it shows plain plate, and how far between its pixels it was
    looked up; None where pixel lies on pixel."""
    corners = np.array([[x, y, 1.0] for x in (around.x0, around.x1) for y in (around.y0, around.y1)]).T
    there = matrix @ corners
    there = there[:2] / there[2]
    still = float(np.abs(there - corners[:2]).max()) < STILL
    low, high = np.floor(there.min(axis=1)).astype(int) - 8, np.ceil(there.max(axis=1)).astype(int) + 9
    reach = Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])) & other.box
    shape = (around.height, around.width)
    if reach.is_empty:
        return np.zeros((*shape, 3), np.float32), np.zeros(shape, bool), None
    there_seen, usable = _cut(other, reach)
    place = _shift(-reach.x0, -reach.y0) @ (np.eye(3) if still else matrix) @ _shift(around.x0, around.y0)
    sound = _cv2.erode(usable.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0)
    if still:
        size, flags = (around.width, around.height), _cv2.INTER_NEAREST | _cv2.WARP_INVERSE_MAP
        laid = _cv2.warpPerspective(there_seen, place, size, flags=flags)
        return np.asarray(laid, np.float32), np.asarray(_cv2.warpPerspective(sound, place, size, flags=flags) > 0), None
    x, y = _followed(picture, there_seen, place)
    laid = _cv2.remap(there_seen, x, y, _cv2.INTER_LANCZOS4)
    seen = _cv2.remap(sound, x, y, _cv2.INTER_NEAREST) > 0
    return np.asarray(laid, np.float32), np.asarray(seen), grain.sampled_apart(x, y)


def _followed(
    picture: npt.NDArray[np.float32], other: npt.NDArray[np.float32], place: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Where each pixel of a picture lies in another, `(H, W)` columns and rows: by a homography, corrected by what
    Lucas and Kanade find at a grid of points; a lens, parallax or ripples would leave texture over."""
    height, width = picture.shape[:2]
    rows, columns = max(2, height // GRID), max(2, width // GRID)
    xs, ys = (np.arange(columns) + 0.5) * width / columns - 0.5, (np.arange(rows) + 0.5) * height / rows - 0.5
    points = np.array(np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 1, 2), np.float32, order="C")
    flags = _cv2.INTER_LINEAR | _cv2.WARP_INVERSE_MAP
    placed = _cv2.warpPerspective(_grey(other), place, (width, height), flags=flags)
    found, held, _ = _cv2.calcOpticalFlowPyrLK(
        _grey(picture), placed, points, None, winSize=(WINDOW, WINDOW), maxLevel=1
    )
    off = (found - points)[:, 0]
    off[(held[:, 0] == 0) | ~(np.abs(off).max(1) < STRAY)] = 0
    field = [
        _cv2.GaussianBlur(_cv2.medianBlur(np.array(part.reshape(rows, columns), order="C"), 3), (0, 0), 0.7)
        for part in off.T
    ]
    dx, dy = (_cv2.resize(part, (width, height), interpolation=_cv2.INTER_LINEAR) for part in field)
    x, y = np.arange(width, dtype=np.float32) + dx, np.arange(height, dtype=np.float32)[:, None] + dy
    m = place.astype(np.float32)  # not far from the origin: a crop is no larger than MOST_SIDE
    depth = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    return (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / depth, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / depth


def _grey(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Brightness in tone space, 8 bits."""
    mean = _cv2.transform(picture, np.full((1, 3), 1 / 3, np.float32))
    sound = np.nan_to_num(mean, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(np.clip(to_tone(sound) * 255 + 0.5, 0, 255), np.uint8)


def _cut(frame: ShotFrame, box: Box) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Pixels of a box inside the frame, `(H, W, 3)`, and which of them are plain plate, `(H, W)`."""
    rows, columns = box.slices_in(frame.box)
    usable = np.ones((box.height, box.width), bool)
    covered = frame.matte_box.grown(4) & box if not frame.matte_box.is_empty else frame.matte_box
    if not covered.is_empty:
        usable[covered.slices_in(box)] = False
    return np.ascontiguousarray(frame.linear[rows, columns], np.float32), usable


def _measured_around(region: Box) -> Box:
    """Where the grain of a region is measured first."""
    return _limited(region.grown(max(96, region.width // 4)), MOST_SIDE)


def _limited(box: Box, most: int) -> Box:
    """A box cut down to so many pixels a side around its centre."""
    x, y, half = (box.x0 + box.x1) // 2, (box.y0 + box.y1) // 2, most // 2
    return box & Box(x - half, y - half, x + half, y + half)


def _shift(x: float, y: float) -> npt.NDArray[np.float64]:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])
