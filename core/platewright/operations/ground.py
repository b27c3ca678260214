"""How much ground a matte goes over: what the pictures of a still model are counted by, before any is made.

A matte that stays on one piece of ground is served by one picture, wherever it travels in the frame; one that stands in
the frame while the camera pans goes over new ground all the time. So the mattes are laid out along the camera's motion,
as the shot itself will be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.frames import FrameRange
from platewright.contract.windows import EMPTY, Box
from platewright.synthesis.motion import Chain
from platewright.synthesis.views import View

from .shot import Shot

__all__ = ["ground_of"]

_cv2: Any = cv2

CELLS = 16
"""Cells of a side of the largest matte's square, in which the ground is counted."""
FARTHEST = 64.0
"""Sizes of the matte from where it began, beyond which a motion is not believed."""


def ground_of(shot: Shot, numbers: Iterable[int], outline: Box = EMPTY) -> tuple[Box, float]:
    """The largest of these frames' mattes, and how many times its area all of them go over; EMPTY and 0 without any.

    outline: in the place of every frame's matte. Reads the frames. Where the motion is lost, what comes after it is
    ground of its own.
    Raises PlateError, MatteError, ColourError.
    """
    chain, boxes = Chain(), dict[int, Box]()
    with shot.stream(FrameRange.of(numbers)) as frames:
        for frame in frames:
            hole = (frame.matte > 0).astype(np.uint8)
            chain.add(View(frame.number, frame.linear, frame.box, hole, frame.matte_box))
            box = frame.matte_box if outline.is_empty else outline
            if not box.is_empty:
                boxes[frame.number] = box
    largest = max(boxes.values(), key=lambda box: box.area, default=EMPTY)
    scenes: dict[int, list[int]] = {}
    for number in boxes:
        scenes.setdefault(chain.scene(number), []).append(number)
    return largest, sum(_covered(chain, [(n, boxes[n]) for n in mine], largest) for mine in scenes.values())


def _covered(chain: Chain, boxes: list[tuple[int, Box]], largest: Box) -> float:
    """The area that boxes of one scene go over, in areas of the largest one, as it is drawn in cells."""
    size = math.sqrt(largest.area)
    outlines, alone = [], 0
    for number, box in boxes:
        matrix = chain.between(number, boxes[0][0])
        found = None if matrix is None else _moved(box, matrix)
        if found is None or np.abs(found - found[0]).max() > FARTHEST * size:
            alone += 1
        else:
            outlines.append(found)
    every = np.concatenate(outlines)
    first, cell = every.min(axis=0), size / CELLS
    across, down = (min(4096, int(side) + 2) for side in np.ptp(every, axis=0) / cell)
    ground = np.zeros((down, across), np.uint8)
    for outline in outlines:
        _cv2.fillConvexPoly(ground, np.round((outline - first) / cell).astype(np.int32), 1)
    one = (round(largest.width / cell) + 1) * (round(largest.height / cell) + 1)
    return alone + float(ground.sum()) / one


def _moved(box: Box, matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    """The corners `(4, 2)` of a box after a homography; None where that has no sense."""
    corners = np.array([(box.x0, box.y0, 1), (box.x1, box.y0, 1), (box.x1, box.y1, 1), (box.x0, box.y1, 1)], float)
    x, y, w = matrix @ corners.T
    return None if (w <= 1e-6).any() else np.stack([x / w, y / w], axis=1)
