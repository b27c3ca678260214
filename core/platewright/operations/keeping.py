"""Frames of an earlier take that stay: what they lend to those made between them, and how the two meet.

What no frame saw was invented once, in the earlier take. A frame that is made again would invent it anew, and differ.
So the kept frames next to it lend their finished pixels, carried along the camera's motion as an anchor is: but only
where the plate's other frames have nothing to show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from platewright.contract.frames import FrameRange
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.frame import Frame
from platewright.imaging.reading import read_frame
from platewright.synthesis.carried import Canvas
from platewright.synthesis.draft import GIVEN, SYNTHESISED, Float
from platewright.synthesis.repair import context_of
from platewright.synthesis.views import View

from .shot import ShotFrame

__all__ = ["Kept", "KeptPatch"]


@dataclass(frozen=True, eq=False)
class KeptPatch:
    """A patch that stays. rgb: `(H, W, 3) float32`, alpha, kind, confidence: `(H, W)` over `box`."""

    box: Box
    rgb: Float
    alpha: Float
    kind: Float
    confidence: Float
    offset: Float

    @classmethod
    def read(cls, path: Path, number: int) -> KeptPatch:
        """Read it. Raises PlateError where it can't be read, or has not the channels of a patch of ours."""
        frame: Frame = read_frame(path, number, what="patch")
        names = ("A", "source.kind", "source.confidence", "source.offset")
        alpha, kind, confidence, offset = (np.asarray(frame.channel(name), np.float32) for name in names)
        return cls(frame.data_window, frame.rgb(), alpha, kind, confidence, offset)


class Kept:
    """The kept frames of one take. files: by frame number. window: as in Regenerate."""

    def __init__(self, frames: FrameRange, files: Mapping[int, Path], window: int) -> None:
        self._frames = frames
        self._files = files
        self._made = {number for number in frames if number not in files}
        numbers = frames.numbers
        beside = (
            near
            for place, number in enumerate(numbers)
            if number in self._made
            for near in numbers[max(0, place - 1) : place + 2]
        )
        self._beside = {number for number in beside if number in files}
        self.span = self._read(window)

    @property
    def count(self) -> int:
        """How many frames are to be made."""
        return len(self._made)

    def is_made(self, number: int) -> bool:
        """Whether a frame is to be made."""
        return number in self._made

    def is_beside(self, number: int) -> bool:
        """Whether a frame is kept and stands next to one that is made."""
        return number in self._beside

    def patch(self, number: int) -> KeptPatch:
        """A kept frame's patch. Raises PlateError."""
        return KeptPatch.read(self._files[number], number)

    def canvas(self, frame: ShotFrame, context: int) -> Canvas | None:
        """What a kept frame lends: its patch, with the plate around it; None where it has changed nothing.

        context: pixels of that plate, 0 for as many as the generator aligns by.
        What the artist gave is not lent: it speaks for itself.
        """
        patch = self.patch(frame.number)
        changed = patch.alpha > 0
        if not changed.any():
            return None
        box = Box.around([patch.box, patch.box.grown(context_of(patch.box, context)) & frame.box])
        rgb = np.zeros((box.height, box.width, 3), np.float32)
        shared = box & frame.box
        if not shared.is_empty:
            rgb[shared.slices_in(box)] = frame.linear[shared.slices_in(frame.box)]
        here = patch.box.slices_in(box)
        rgb[here][changed] = patch.rgb[changed]
        lends = np.zeros(rgb.shape[:2], bool)
        lends[here] = changed & (patch.kind != GIVEN) & np.isfinite(patch.rgb).all(axis=-1)
        invented = np.zeros(rgb.shape[:2], bool)
        invented[here] = changed & (patch.kind == SYNTHESISED)
        sure = float(patch.confidence[invented[here]].mean()) if invented.any() else 1.0
        view = View(frame.number, rgb, box, np.zeros((0, 0), np.uint8), EMPTY)
        return Canvas(frame.number, view, (~lends).astype(np.uint8), invented, np.ones(lends.shape, np.float32), sure)

    def _read(self, window: int) -> FrameRange:
        """The frames to read: every one that a frame to be made would look at if all were made, and its neighbours."""
        numbers, total = self._frames.numbers, len(self._frames)
        if not self._files:
            return self._frames
        wanted: set[int] = set()
        for place in (place for place, number in enumerate(numbers) if number in self._made):
            first = max(0, min(place - window // 2, total - window))
            wanted |= {*range(first, min(total, first + window)), *_near(place, total)}
        return FrameRange.of(numbers[place] for place in range(min(wanted), max(wanted) + 1))


def _near(place: int, total: int) -> Iterable[int]:
    return range(max(0, place - 1), min(total, place + 2))
