"""The plate's grain, measured where it will be needed: around the region, against a neighbouring frame.

Two frames of one ground differ by their grain and by what moved. So fine texture, which in a single frame looks
just like grain, drops out when the neighbour is laid over it along the camera's motion.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging import grain

from .shot import ShotFrame

__all__ = ["Neighbour", "measure_around"]

_cv2: Any = cv2

Neighbour = tuple[ShotFrame, npt.NDArray[np.float64]]
"""Another frame of the shot, and the homography from this frame's plate pixels to its."""

MOST_SIDE = 900
"""Pixels a side that are looked at: grain is the same all over a frame."""
RESAMPLED = 0.7
"""Share of the grain's variance that a cubic look-up between the neighbour's pixels leaves."""
STILL = 0.05
"""Motion in pixels under which the neighbour is laid on pixel by pixel."""


def measure_around(frame: ShotFrame, region: Box, neighbour: Neighbour | None) -> grain.GrainModel:
    """The grain of a frame around a region, plate coordinates; `reliable` says whether it can be trusted."""
    around = _limited(region.grown(max(96, region.width // 4))) & frame.box
    if around.is_empty:
        return grain.NO_GRAIN
    picture, usable = _cut(frame, around)
    if neighbour is None:
        return grain.measure(picture, usable)
    other, seen, kept = _laid_over(around, *neighbour)
    model = grain.measure(picture, usable & seen, against=other)
    missed = 2.0 / (1.0 + kept)
    return replace(
        model,
        curvature=_times(model.curvature, missed),
        slope=_times(model.slope, missed),
        floor=_times(model.floor, missed),
    )


def _laid_over(
    around: Box, other: ShotFrame, matrix: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_], float]:
    """The neighbour along the motion over `around`, where it shows plain plate, and what its grain kept."""
    corners = np.array([[x, y, 1.0] for x in (around.x0, around.x1) for y in (around.y0, around.y1)]).T
    there = matrix @ corners
    there = there[:2] / there[2]
    still = float(np.abs(there - corners[:2]).max()) < STILL
    low, high = np.floor(there.min(axis=1)).astype(int) - 3, np.ceil(there.max(axis=1)).astype(int) + 4
    reach = Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])) & other.box
    shape = (around.height, around.width)
    if reach.is_empty:
        return np.zeros((*shape, 3), np.float32), np.zeros(shape, bool), 1.0
    picture, usable = _cut(other, reach)
    if still:
        matrix = np.eye(3)
    place = _shift(-reach.x0, -reach.y0) @ matrix @ _shift(around.x0, around.y0)
    size = (around.width, around.height)
    laid = _cv2.warpPerspective(picture, place, size, flags=_cv2.INTER_CUBIC | _cv2.WARP_INVERSE_MAP)
    sound = _cv2.erode(usable.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0)
    seen = _cv2.warpPerspective(sound, place, size, flags=_cv2.INTER_NEAREST | _cv2.WARP_INVERSE_MAP) > 0
    return np.asarray(laid, np.float32), np.asarray(seen), 1.0 if still else RESAMPLED


def _cut(frame: ShotFrame, box: Box) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Pixels of a box inside the frame, `(H, W, 3)`, and which of them are plain plate, `(H, W)`."""
    rows, columns = box.slices_in(frame.box)
    usable = np.ones((box.height, box.width), bool)
    covered = frame.matte_box.grown(4) & box if not frame.matte_box.is_empty else frame.matte_box
    if not covered.is_empty:
        usable[covered.slices_in(box)] = False
    return np.ascontiguousarray(frame.linear[rows, columns], np.float32), usable


def _limited(box: Box) -> Box:
    """A box cut down to MOST_SIDE pixels a side around its centre."""
    x, y, half = (box.x0 + box.x1) // 2, (box.y0 + box.y1) // 2, MOST_SIDE // 2
    return box & Box(x - half, y - half, x + half, y + half)


def _shift(x: float, y: float) -> npt.NDArray[np.float64]:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def _times(values: tuple[float, float, float], factor: float) -> tuple[float, float, float]:
    return (values[0] * factor, values[1] * factor, values[2] * factor)
