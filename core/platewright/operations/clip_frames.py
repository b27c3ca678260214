"""Finishing the frames of a clip: the plate, the artist's pixels, and the model's where there are none of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from platewright.contract.errors import InternalError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Extend, Regenerate
from platewright.contract.windows import Box
from platewright.synthesis.draft import FROM_PLATE, GIVEN, SYNTHESISED
from platewright.synthesis.motion import Chain
from platewright.synthesis.ring_fit import ring
from platewright.synthesis.seam import heal

from .clip_pieces import MadeFrame
from .clips import given_for, over
from .filming import Filmed, Filming
from .finishing import Finisher, Made
from .keeping import Kept
from .laid_over import Neighbour
from .meeting import pass_by
from .model_light import ModelLight
from .references import Given
from .shot import Shot, ShotFrame
from .within import Within

__all__ = ["ClipFrames", "Course"]

RIM = 7
"""Pixels around the matte in which a frame is brought to the shade of the plate."""


@dataclass(frozen=True, eq=False)
class Course:
    """What finishing a frame takes. read: a frame with what is to be made of it as its matte. filming: what others
    filmed of an extension; None for a regeneration."""

    shot: Shot
    light: ModelLight
    given: Given
    kept: Kept
    within: Within
    chain: Chain
    operation: Regenerate | Extend
    read: Callable[[Path, int], ShotFrame]
    filming: Filming | None

    @property
    def filmed(self) -> Mapping[int, Filmed]:
        """By frame, as far as it was looked."""
        return {} if self.filming is None else self.filming.found


class ClipFrames:
    """Finishes frames in their order, as far as they are made."""

    def __init__(self, course: Course, finisher: Finisher, report: Reporter) -> None:
        self._course, self._finisher, self._report = course, finisher, report
        self._left = list(course.kept.span.numbers)
        self._total = course.kept.count
        self._done = 0
        self._previous: int | None = None
        self._neighbour: ShotFrame | None = None

    def finish(self, ready: dict[int, MadeFrame], until: int | None) -> None:
        """Finish every frame before `until`, or all; what is done leaves `ready`."""
        course = self._course
        ends = len(self._left) if until is None else sum(number < until for number in self._left)
        now, self._left = self._left[:ends], self._left[ends:]
        if not now:
            return
        with course.shot.stream(FrameRange.of(now), course.read) as frames:
            for frame in frames:
                if not course.kept.is_made(frame.number):
                    self._previous = pass_by(course.kept, frame, self._finisher, course.chain, self._previous)
                    continue
                self._report.step(Step("filling", self._done, self._total, frame.number))
                made = self._made(frame, ready.pop(frame.number, None))
                self._finisher.add(course.within.finished(made))
                self._previous, self._neighbour, self._done = frame.number, frame, self._done + 1

    def _made(self, frame: ShotFrame, got: MadeFrame | None) -> Made:
        """A frame of the take: the plate, the artist's pixels, and the model's where there are none of theirs."""
        course = self._course
        box = frame.matte_box
        if box.is_empty:
            box = Box.of_size(1, 1, frame.box.x0, frame.box.y0)
        rgb = over(frame.linear, frame.box, box)[0]
        matte = frame.matte if frame.matte.size else np.zeros((1, 1), np.float32)
        kind, source = np.full(matte.shape, FROM_PLATE, np.uint8), np.zeros(matte.shape, np.int32)
        lacking, confidence = np.zeros(matte.shape, np.float32), np.ones(matte.shape, np.float32)
        if got is not None:
            rgb[matte > 0] = self._light_of(frame, got)[matte > 0]
            kind[matte > 0], lacking[matte > 0], confidence[matte > 0] = SYNTHESISED, 1, got.confidence
        filmed = course.filmed.get(frame.number)
        if filmed is not None:
            for out, values in (
                (rgb, filmed.rgb), (kind, filmed.kind), (source, filmed.source), (lacking, filmed.lacking),
                (confidence, filmed.confidence),
            ):  # fmt: skip
                filmed.put(out, box, values)
        for canvas in reversed(given_for(course.given, frame.number)):
            lent = (matte > 0) & (over(canvas.blocked[..., None] == 0, canvas.view.box, box)[0][..., 0] > 0)
            rgb[lent] = canvas.view.rgb(box)[lent]
            kind[lent], lacking[lent], confidence[lent] = GIVEN, 0, 1
        if (kind[matte > 0] == FROM_PLATE).any():
            raise InternalError("a frame was not made", code="frames_incomplete", frame=frame.number)
        return Made(
            frame, box, rgb, matte, kind, source, lacking, confidence,
            tuple(int(number) for number in np.unique(source) if number), self._motion(frame.number, self._previous),
            self._beside(frame.number), errs=True,
        )  # fmt: skip

    def _light_of(self, frame: ShotFrame, got: MadeFrame) -> np.ndarray:
        """What the model made, scene-linear over the matte's box, brought to the plate's shade at the rim."""
        box, light = got.box, self._course.light
        plate, there = over(frame.seen, frame.box, box)
        matte = over(frame.matte[..., None], frame.matte_box, box)[0][..., 0] > 0
        filmed = self._course.filmed.get(frame.number)
        if filmed is not None:
            filmed.put(plate, box, filmed.rgb)
            matte, there = matte & ~filmed.there(box), there | filmed.there(box)
        known = there & ~matte & np.isfinite(plate).all(axis=-1)
        plate = np.nan_to_num(plate, nan=0.0, posinf=65504.0, neginf=0.0)
        made = light.light(got.over(box, light.codes(plate)))
        heal(made, plate, ring(matte, known, RIM), matte, self._course.operation.seam_healing)
        return over(made, box, frame.matte_box)[0]

    def _motion(self, number: int, other: int | None) -> np.ndarray | None:
        return None if other is None else self._course.chain.between(number, other)

    def _beside(self, number: int) -> list[Neighbour]:
        """The frame made before, along the motion, to tell grain from texture."""
        other = self._neighbour
        matrix = None if other is None else self._motion(number, other.number)
        return [] if other is None or matrix is None else [(other, matrix)]
