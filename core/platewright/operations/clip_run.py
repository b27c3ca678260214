"""`regenerate` by a model for clips: look at the whole shot, make its chunks, finish their frames one at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from platewright.backends.protocol import Generator
from platewright.contract.capabilities import Capabilities
from platewright.contract.errors import InternalError, MatteError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Regenerate, Request
from platewright.contract.vendors import Sends
from platewright.contract.windows import EMPTY, Box
from platewright.synthesis.draft import FROM_PLATE, GIVEN, SYNTHESISED
from platewright.synthesis.motion import Chain, Link
from platewright.synthesis.ring_fit import ring
from platewright.synthesis.seam import heal
from platewright.synthesis.views import View

from .asking import Asking
from .chunks import chunks_of
from .clips import ClipMaker, MadeFrame, given_for, over
from .conditioning import conditioning_findings, open_conditioning
from .fill_settings import check_settings
from .finishing import Finisher, Made
from .keeping import Kept
from .marks import MARKS
from .meeting import pass_by
from .model_light import ModelLight, survey
from .outcome import Outcome, PatchWriter
from .plate_grain import Neighbour
from .references import Given, open_given
from .shot import Shot, ShotFrame, open_shot
from .within import Within

__all__ = ["run_clip"]

RIM = 7
"""Pixels around the matte in which a frame is brought to the shade of the plate."""


@dataclass(frozen=True, eq=False)
class _Course:
    """What finishing a frame takes."""

    shot: Shot
    light: ModelLight
    given: Given
    kept: Kept
    within: Within
    chain: Chain
    operation: Regenerate


def run_clip(
    request: Request, out: PatchWriter, report: Reporter, generator: Generator, sends: Sends, most: int
) -> Outcome:
    """Make the patches with a model for clips. most: sends that were counted. Raises as `by_model.run`."""
    limits, operation = generator.capabilities(), _checked(request)
    shot = open_shot(request)
    given, chain, begun = open_given(shot), Chain(), perf_counter()
    seen = survey(shot, limits, report, lambda frame: _track(chain, frame))
    if not seen.boxes and not out.kept:
        raise MatteError("the matte is empty in every frame", code="matte_empty", frame=shot.frames.first)
    light = ModelLight(shot, limits.sent.transfer, limits.returned.transfer, seen.curve)
    kept, within = Kept(shot.frames, out.kept, 2), Within(shot, out.kept, out.under)
    to_make = {number for number in shot.frames if kept.is_made(number)}
    chunks = chunks_of(shot.frames.numbers, limits.lengths, to_make, chain.scene)
    # A cut makes more chunks than the range alone tells; the desk holds the money to what was agreed.
    shown = open_conditioning(shot, light, limits)
    asking = Asking(
        request, generator, sends, light, report, max(most, len(chunks)) + _again(limits, len(chunks)), shown
    )
    maker = ClipMaker(
        shot, asking, light, limits, seen.boxes, chain, given, kept, within, operation.context
    )  # fmt: skip
    course = _Course(shot, light, given, kept, within, chain, operation)
    looked, ready = perf_counter() - begun, dict[int, MadeFrame]()
    strength = operation.grain_strength if operation.grain else 0.0
    with Finisher(shot, out, display_window=shot.display_window, grain_strength=strength) as finisher:
        frames = _Frames(course, finisher, report)
        for place, chunk in enumerate(chunks):
            report.step(Step("asking", place, len(chunks), chunk.numbers[0]))
            ready |= maker.made(chunk)
            after = chunks[place + 1].numbers[0] if place + 1 < len(chunks) else None
            frames.finish(ready, after)
        frames.finish(ready, None)
        outcome = finisher.outcome(
            references=given.files, timings={"frames": perf_counter() - begun - looked, "looking": looked}
        )
    worst = max(maker.joins, key=lambda join: join.excess, default=None)
    measures = {
        "sends": float(asking.sent),
        "ring_error": max(maker.errors, default=None),
        "chunk_join": None if worst is None else round(worst.step, 4),
        "chunk_usual": None if worst is None else round(worst.usual, 4),
        "chunk_off": None if worst is None else round(max(join.off for join in maker.joins), 4),
    }
    return replace(
        outcome,
        model_card=limits.card,
        curve=seen.curve,
        findings=(*outcome.findings, *maker.findings(), *conditioning_findings(request, limits)),
        measures={**outcome.measures, **measures},
    )


class _Frames:
    """Finishes frames in their order, as far as they are made."""

    def __init__(self, course: _Course, finisher: Finisher, report: Reporter) -> None:
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
        with course.shot.stream(FrameRange.of(now), course.within.read) as frames:
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
        kind = np.full(matte.shape, FROM_PLATE, np.uint8)
        if got is not None:
            rgb[matte > 0] = self._light_of(frame, got)[matte > 0]
            kind[matte > 0] = SYNTHESISED
        for canvas in reversed(given_for(course.given, frame.number)):
            lent = (matte > 0) & (over(canvas.blocked[..., None] == 0, canvas.view.box, box)[0][..., 0] > 0)
            rgb[lent] = canvas.view.rgb(box)[lent]
            kind[lent] = GIVEN
        if got is None and (kind[matte > 0] == FROM_PLATE).any():
            raise InternalError("a frame was not made", code="frames_incomplete", frame=frame.number)
        by_model = kind == SYNTHESISED
        sureness = np.float32(1 if got is None else got.confidence)
        return Made(
            frame, box, rgb, matte, kind, np.zeros(matte.shape, np.int32), by_model.astype(np.float32),
            np.where(by_model, sureness, np.float32(1)), (), self._motion(frame.number, self._previous),
            self._beside(frame.number), errs=True,
        )  # fmt: skip

    def _light_of(self, frame: ShotFrame, got: MadeFrame) -> np.ndarray:
        """What the model made, scene-linear over the matte's box, brought to the plate's shade at the rim."""
        light = self._course.light.light(got.crop.back(got.codes))
        plate, there = over(frame.seen, frame.box, got.crop.box)
        matte = over(frame.matte[..., None], frame.matte_box, got.crop.box)[0][..., 0] > 0
        known = there & ~matte & np.isfinite(plate).all(axis=-1)
        plate = np.nan_to_num(plate, nan=0.0, posinf=65504.0, neginf=0.0)
        heal(light, plate, ring(matte, known, RIM), matte, self._course.operation.seam_healing)
        return over(light, got.crop.box, frame.matte_box)[0]

    def _motion(self, number: int, other: int | None) -> np.ndarray | None:
        return None if other is None else self._course.chain.between(number, other)

    def _beside(self, number: int) -> Neighbour | None:
        """The frame made before, along the motion, to tell grain from texture."""
        other = self._neighbour
        matrix = None if other is None else self._motion(number, other.number)
        return None if other is None or matrix is None else (other, matrix)


def _checked(request: Request) -> Regenerate:
    operation = request.operation
    if not isinstance(operation, Regenerate):
        raise RequestError(
            f"a model for clips can't do {operation.kind.replace('_', ' ')} here",
            code="operation_unsupported",
            hint="Use a model for stills, or the built-in generator.",
        )
    if request.matte is None:
        raise MatteError("a regeneration needs a matte", code="matte_missing", hint="Say where it is, with --matte.")
    odd = next((one.role for one in request.references if one.role in MARKS), None)
    if odd is not None:
        raise RequestError(
            f"a model for clips makes all of the matte: '{odd}' means nothing to it",
            code="reference_role_unknown",
            hint="Leave it out, or use the built-in generator.",
        )
    check_settings(operation)
    return operation


def _track(chain: Chain, frame: ShotFrame) -> None:
    """Add a frame to the motion; nothing of it stays but the motion."""
    hole = (frame.matte > 0).astype(np.uint8)
    view = View(frame.number, frame.seen, frame.box, hole, frame.matte_box if hole.size else EMPTY)
    if chain.add(view) is not Link.CUT:
        chain.tracks.forget(frame.number - 2)


def _again(limits: Capabilities, chunks: int) -> int:
    """Sends more than are counted that cost nothing, for joins that stand out."""
    return 0 if limits.prices else chunks
