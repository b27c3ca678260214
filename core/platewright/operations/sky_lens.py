"""The lens of a shot whose field of view nobody gave: learned from its turns before the first frame is made.

Why beforehand: a lens learned on the way is wrong in the frames before, where the new sky then slides. A pan tells its
lens by its widest turn, so a few frames spread over the whole range tell as much as all of them.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Step
from platewright.contract.windows import Box
from platewright.imaging.reading import read_frame
from platewright.imaging.stream import FrameStream
from platewright.synthesis.sky_camera import Lens
from platewright.synthesis.sky_motion import SkyMotion, Turn
from platewright.synthesis.sky_plate import finite_light, tracked_luma

from .shot import Shot, linear_picture

__all__ = ["learned_lens", "moved_label", "spread"]

Float = npt.NDArray[np.float32]

_LOOKS = 16
"""Frames looked at: the time of one or two that are made."""


def learned_lens(shot: Shot, lens: Lens, label: Float | None, box: Box, report: Reporter) -> Lens | None:
    """The lens by which the shot's turns are purest, or None where the camera hardly turns.

    lens: what to begin with. label: (h, w) float32, 1 = sky, of the first frame, over its pixels `box`. The frames are
    looked at in order, spread over the range. Raises PlateError, Cancelled.
    """
    numbers = spread(shot.frames, _LOOKS)
    if len(numbers) < 2:
        return None
    motion = SkyMotion(lens, box)
    before: Turn | None = None
    with FrameStream(shot.sequence, numbers, lambda path, number: _luma(shot, path, number, box)) as lumas:
        for done, (number, luma) in enumerate(zip(numbers, lumas, strict=True)):
            report.step(Step("learning the lens", done, len(numbers), number))
            if luma is None:
                continue
            turn = motion.add(luma, label)
            if before is not None and label is not None:
                label = moved_label(label, before, turn, box)
            before = turn
    return motion.learned


def spread(frames: FrameRange, count: int) -> tuple[int, ...]:
    """At most `count` of a range's frames, evenly apart, with the first and the last."""
    numbers = frames.numbers
    if len(numbers) <= count:
        return numbers
    places = np.linspace(0, len(numbers) - 1, count).round().astype(int)
    return tuple(numbers[place] for place in places)


def moved_label(label: Float, before: Turn, turn: Turn, box: Box) -> Float | None:
    """A label (h, w) over the pixels `box` where the camera's turn has brought it, its border carried outward.

    None where the turn was lost: after a cut the old label says nothing.
    """
    if not turn.found:
        return None
    height, width = label.shape
    cells = np.diag([box.width / width, box.height / height, 1.0])
    cells[0, 2], cells[1, 2] = box.x0, box.y0
    moved = np.linalg.inv(cells) @ turn.matrix @ np.linalg.inv(before.matrix) @ cells
    return np.asarray(cv2.warpPerspective(label, moved, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32)


def _luma(shot: Shot, path: Path, number: int, box: Box) -> npt.NDArray[np.uint8] | None:
    """A frame as it is tracked; None where its data window is another than the first frame's."""
    frame = read_frame(path, number, rgb_only=True, layer=shot.request.plate.layer)
    if frame.data_window != box:
        return None
    return tracked_luma(finite_light(linear_picture(frame, shot.colour, shot.encoding, shot.linear))[0])
