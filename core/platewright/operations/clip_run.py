"""`regenerate` and `extend` by a model for clips: look at the whole shot, make its chunks, finish their frames one at a
time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from time import perf_counter

import numpy as np

from platewright.backends.protocol import Generator
from platewright.contract.capabilities import Capabilities
from platewright.contract.errors import InternalError, MatteError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Extend, Regenerate, Request
from platewright.contract.vendors import Sends
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.crops import Crop, crops_around, crops_for
from platewright.synthesis.draft import FROM_PLATE, GIVEN, SYNTHESISED
from platewright.synthesis.motion import Chain, Link
from platewright.synthesis.ring_fit import ring
from platewright.synthesis.seam import heal
from platewright.synthesis.views import View

from .asking import Asking
from .chunks import Chunk, chunks_of
from .clip_pieces import MadeFrame
from .clips import ClipMaker, given_for, over
from .conditioning import conditioning_findings, open_conditioning
from .extend import checked, extended_window
from .fill_settings import check_settings, settings_of
from .filming import Filmed, Filming, Growth
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


def run_clip(
    request: Request, out: PatchWriter, report: Reporter, generator: Generator, sends: Sends, most: int
) -> Outcome:
    """Make the patches with a model for clips. most: sends that were counted. Raises as `by_model.run`."""
    limits, operation = generator.capabilities(), _checked(request)
    shot = open_shot(request)
    given, chain, begun = open_given(shot), Chain(), perf_counter()
    inner: list[Box] = []
    seen = survey(shot, limits, report, lambda frame: _track(chain, frame, inner))
    boxes = seen.boxes
    growth = _growth(shot, operation)
    if growth is not None:
        boxes = dict.fromkeys(shot.frames, growth.target)
    if not boxes and not out.kept:
        raise MatteError("the matte is empty in every frame", code="matte_empty", frame=shot.frames.first)
    light = ModelLight(shot, limits.sent.transfer, limits.returned.transfer, seen.curve)
    kept = Kept(shot.frames, out.kept, 2 if growth is None else operation.window)
    within = Within(shot, out.kept, out.under)
    to_make = {number for number in shot.frames if kept.is_made(number)}
    chunks = chunks_of(shot.frames.numbers, limits.lengths, to_make, chain.scene)
    # A cut makes more chunks than the range alone tells; the desk holds the money to what was agreed.
    each = max(1, most // max(1, len(chunks)))
    crops = _crops(shot, operation, limits, inner, each)
    asking = Asking(
        request, generator, sends, light, report, max(most, len(chunks)) + _again(limits, len(chunks)),
        open_conditioning(shot, light, limits),
    )  # fmt: skip
    with ExitStack() as stack:
        filming = None
        if growth is not None:
            settings = settings_of(request, operation)
            filming = stack.enter_context(Filming(growth, settings, given.marks, kept, operation.window))
        read = within.read if growth is None else growth.read
        course = _Course(shot, light, given, kept, within, chain, operation, read, filming)
        maker = ClipMaker(
            shot, asking, light, limits, boxes, chain, given, kept,
            crops=crops, read=read, filmed=course.filmed, grows=growth is not None,
        )  # fmt: skip
        looked = perf_counter() - begun
        outcome = _finished(course, maker, chunks, out, report)
    findings = () if filming is None else filming.findings()
    return replace(
        outcome,
        model_card=limits.card,
        curve=seen.curve,
        findings=(*findings, *outcome.findings, *maker.findings(), *conditioning_findings(request, limits)),
        measures={**outcome.measures, "sends": float(asking.sent), **_measures(maker)},
        timings={**outcome.timings, "looking": looked},
    )


def _finished(
    course: _Course, maker: ClipMaker, chunks: Sequence[Chunk], out: PatchWriter, report: Reporter
) -> Outcome:
    """Make the chunks and finish their frames."""
    operation, shot, begun = course.operation, course.shot, perf_counter()
    strength = operation.grain_strength if operation.grain else 0.0
    display = shot.display_window
    if isinstance(operation, Extend) and operation.grow_display:
        display = extended_window(display, operation)
    ready: dict[int, MadeFrame] = {}
    with Finisher(shot, out, display_window=display, grain_strength=strength) as finisher:
        frames = _Frames(course, finisher, report)
        for place, chunk in enumerate(chunks):
            report.step(Step("asking", place, len(chunks), chunk.numbers[0]))
            if course.filming is not None:
                course.filming.until(max(number for number in chunk.numbers if course.kept.is_made(number)))
            ready |= maker.made(chunk)
            after = chunks[place + 1].numbers[0] if place + 1 < len(chunks) else None
            frames.finish(ready, after)
            if course.filming is not None and after is not None:
                course.filming.forget(after)
        frames.finish(ready, None)
        return finisher.outcome(references=course.given.files, timings={"frames": perf_counter() - begun})


def _measures(maker: ClipMaker) -> dict[str, float | None]:
    worst = max(maker.joins, key=lambda join: join.excess, default=None)
    return {
        "ring_error": max(maker.errors, default=None),
        "chunk_join": None if worst is None else round(worst.step, 4),
        "chunk_usual": None if worst is None else round(worst.usual, 4),
        "chunk_off": None if worst is None else round(max(join.off for join in maker.joins), 4),
        "crop_off": round(max(maker.seams), 4) if maker.seams else None,
    }


def _growth(shot: Shot, operation: Regenerate | Extend) -> Growth | None:
    if not isinstance(operation, Extend):
        return None
    return Growth(shot, extended_window(shot.display_window, operation))


def _crops(
    shot: Shot, operation: Regenerate | Extend, limits: Capabilities, inner: Sequence[Box], most: int
) -> Callable[[Box], Sequence[Crop]]:
    """What a region is made from. inner: the frames' data windows. most: crops that were counted for each chunk."""
    aspect, context = shot.pixel_aspect, operation.context

    def around_matte(region: Box) -> Sequence[Crop]:
        return crops_for(region, limits.sizes, shot.display_window, pixel_aspect=aspect, context=context, most=1)

    if not isinstance(operation, Extend):
        return around_matte
    there = reduce(Box.__and__, inner)

    def around_plate(region: Box) -> Sequence[Crop]:
        found = crops_around(there, region, limits.sizes, pixel_aspect=aspect, context=context)
        if len(found) <= most:
            return found
        # Frames that show less than their format want more sides than the quote could know.
        return crops_around(there, region, limits.sizes, pixel_aspect=aspect, context=context, most=most)

    return around_plate


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

    def _beside(self, number: int) -> Neighbour | None:
        """The frame made before, along the motion, to tell grain from texture."""
        other = self._neighbour
        matrix = None if other is None else self._motion(number, other.number)
        return None if other is None or matrix is None else (other, matrix)


def _checked(request: Request) -> Regenerate | Extend:
    operation = request.operation
    if isinstance(operation, Extend):
        return checked(request)
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


def _track(chain: Chain, frame: ShotFrame, inner: list[Box]) -> None:
    """Add a frame to the motion; nothing of it stays but the motion, and where it has pixels."""
    inner.append(frame.box)
    hole = (frame.matte > 0).astype(np.uint8)
    view = View(frame.number, frame.seen, frame.box, hole, frame.matte_box if hole.size else EMPTY)
    if chain.add(view) is not Link.CUT:
        chain.tracks.forget(frame.number - 2)


def _again(limits: Capabilities, chunks: int) -> int:
    """Sends more than are counted that cost nothing, for joins that stand out."""
    return 0 if limits.prices else chunks
