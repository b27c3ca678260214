"""`regenerate` and `extend` by a model for clips: look at the whole shot, make its chunks, finish their frames one at a
time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import reduce
from time import perf_counter

import numpy as np

from platewright.backends.protocol import Generator
from platewright.contract.errors import MatteError, RequestError
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Extend, Regenerate, Request
from platewright.contract.vendors import Sends
from platewright.contract.windows import EMPTY, Box
from platewright.synthesis.motion import Chain, Link
from platewright.synthesis.views import View

from .asking import Asking
from .chunks import chunks_of
from .clip_frames import ClipFrames, Course
from .clip_pieces import MadeFrame
from .clip_plan import Mattes, Planned, clip_operation, crops_by, fitting
from .clips import ClipMaker
from .conditioning import conditioning_findings, open_conditioning
from .extend import checked, extended_window
from .fill_settings import check_settings, settings_of
from .filming import Filming, Growth
from .finishing import Finisher
from .keeping import Kept
from .marks import MARKS
from .model_light import ModelLight, survey
from .outcome import Outcome, PatchWriter
from .references import open_given
from .shot import Shot, ShotFrame, open_shot
from .within import Within

__all__ = ["run_clip"]


@dataclass(eq=False)
class _Look:
    """What the first look at the shot finds. inner: the frames' data windows."""

    mattes: Mattes
    chain: Chain = field(default_factory=Chain)
    inner: list[Box] = field(default_factory=list)

    def at(self, frame: ShotFrame) -> None:
        """Take a frame in; nothing of it stays but the motion, and where it has pixels and a matte."""
        self.inner.append(frame.box)
        self.mattes.add(frame.number, frame.matte_box, frame.matte)
        hole = (frame.matte > 0).astype(np.uint8)
        view = View(frame.number, frame.seen, frame.box, hole, frame.matte_box if hole.size else EMPTY)
        if self.chain.add(view) is not Link.CUT:
            self.chain.tracks.forget(frame.number - 2)


def run_clip(
    request: Request, out: PatchWriter, report: Reporter, generator: Generator, sends: Sends, most: int | None
) -> Outcome:
    """Make the patches with a model for clips. most: sends that were counted, None where they cost nothing.

    Raises as `by_model.run`, and BudgetExceeded where cuts ask for more sends than were counted.
    """
    limits, operation = generator.capabilities(), _checked(request)
    shot = open_shot(request)
    given, begun = open_given(shot), perf_counter()
    growth = _growth(shot, operation)
    look = _Look(Mattes(EMPTY if growth is None else growth.target))
    seen = survey(shot, limits, report, look.at)
    if growth is None and not seen.boxes and not out.kept:
        raise MatteError("the matte is empty in every frame", code="matte_empty", frame=shot.frames.first)
    light = ModelLight(shot, limits.sent.transfer, limits.returned.transfer, seen.curve)
    kept = Kept(shot.frames, out.kept, 2 if growth is None else operation.window)
    within = Within(shot, out.kept, out.under)
    to_make = {number for number in shot.frames if kept.is_made(number)}
    chunks = chunks_of(shot.frames.numbers, limits.lengths, to_make, look.chain.scene)
    inner = reduce(Box.__and__, look.inner)
    plan = fitting(
        chunks, look.mattes, crops_by(operation, limits, shot.display_window, shot.pixel_aspect, inner), most
    )
    sends_at_most = sum(len(one.crops) for one in plan)
    asking = Asking(
        request, generator, sends, light, report,
        # Where it costs nothing, each may be asked for again whose join stands out.
        sends_at_most if limits.prices else 2 * sends_at_most, open_conditioning(shot, light, limits),
    )  # fmt: skip
    with ExitStack() as stack:
        filming = None
        if growth is not None:
            settings = settings_of(request, operation)
            filming = stack.enter_context(Filming(growth, settings, given.marks, kept, operation.window))
        read = within.read if growth is None else growth.read
        course = Course(shot, light, given, kept, within, look.chain, operation, read, filming)
        maker = ClipMaker(
            shot, asking, light, limits, look.chain, given, kept,
            read=read, filmed=course.filmed, grows=growth is not None,
        )  # fmt: skip
        looked = perf_counter() - begun
        outcome = _finished(course, maker, plan, out, report)
    findings = () if filming is None else filming.findings()
    return replace(
        outcome,
        model_card=limits.card,
        curve=seen.curve,
        findings=(*findings, *outcome.findings, *maker.findings(), *conditioning_findings(request, limits)),
        measures={**outcome.measures, "sends": float(asking.sent), **_measures(maker)},
        timings={**outcome.timings, "looking": looked},
    )


def _finished(course: Course, maker: ClipMaker, plan: Sequence[Planned], out: PatchWriter, report: Reporter) -> Outcome:
    """Make the chunks and finish their frames."""
    operation, shot, begun = course.operation, course.shot, perf_counter()
    strength = operation.grain_strength if operation.grain else 0.0
    display = shot.display_window
    if isinstance(operation, Extend) and operation.grow_display:
        display = extended_window(display, operation)
    ready: dict[int, MadeFrame] = {}
    with Finisher(shot, out, display_window=display, grain_strength=strength) as finisher:
        frames = ClipFrames(course, finisher, report)
        for place, planned in enumerate(plan):
            chunk = planned.chunk
            report.step(Step("asking", place, len(plan), chunk.numbers[0]))
            if course.filming is not None:
                course.filming.until(max(number for number in chunk.numbers if course.kept.is_made(number)))
            ready |= maker.made(planned)
            after = plan[place + 1].chunk.numbers[0] if place + 1 < len(plan) else None
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


def _checked(request: Request) -> Regenerate | Extend:
    operation = clip_operation(request)
    if isinstance(operation, Extend):
        return checked(request)
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
