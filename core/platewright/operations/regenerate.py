"""`regenerate`: fill the matte's region over a frame range.

Read → add to the window → fill → finish, one frame at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from platewright.contract.conditioning import check_taken
from platewright.contract.errors import MatteError, PlateError, RequestError
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Regenerate, Request
from platewright.contract.windows import Box
from platewright.synthesis.draft import Wanted
from platewright.synthesis.repair import Inventor, Repair
from platewright.synthesis.views import View

from .covering import broken_inside
from .fill_findings import fill_findings
from .fill_settings import check_settings, settings_of
from .finishing import Finisher, Made
from .keeping import Kept
from .meeting import entering, pass_by
from .outcome import Outcome, PatchWriter
from .references import Given, open_given
from .shot import ShotFrame, open_shot
from .window import slide
from .within import Within

__all__ = ["run"]

LEAST_SEEN = 64
"""Pixels of plate that a matte must leave: with fewer there is neither motion nor texture to work from."""


def run(request: Request, out: PatchWriter, report: Reporter, inventor: Inventor | None = None) -> Outcome:
    """Make the patches of a regeneration. inventor: who makes what nobody saw; None for the built-in synthesis.

    Raises PlateError, MatteError, ColourError, RequestError, SynthesisError, StorageError, Cancelled.
    """
    operation = _checked(request)
    if inventor is None:
        check_taken("the built-in generator", 0, request.references)
    shot = open_shot(request)
    given = open_given(shot)
    settings = settings_of(request, operation)
    kept, within = Kept(shot.frames, out.kept, operation.window), Within(shot, out.kept, out.under)
    begun, touched, done = perf_counter(), 0, 0
    grain_strength = operation.grain_strength if operation.grain else 0.0
    with (
        Repair(settings, inventor=inventor) as repair,
        shot.stream(kept.span, within.read, operation.window) as frames,
        Finisher(shot, out, display_window=shot.display_window, grain_strength=grain_strength) as finisher,
    ):
        previous: int | None = None
        enter = _entering(repair, given, kept)
        for frame, near in slide(frames, len(kept.span), operation.window, enter, repair.forget):
            if not kept.is_made(frame.number):
                previous = pass_by(kept, frame, finisher, repair.chain, previous)
                continue
            report.step(Step("filling", done, kept.count, frame.number))
            given.marks.check()
            repair.given = given.for_frame(frame.number)
            matte = frame.matte if frame.matte.size else np.zeros((1, 1), np.float32)
            made = Made.of(frame, repair.fill(frame.number), matte, repair.chain, previous, near)
            finisher.add(within.finished(made))
            touched += frame.matte_box.area
            previous, done = frame.number, done + 1
        if not touched and not out.kept:
            raise _nothing_to_do(request)
        report.step(Step("filling", done, done))
        return finisher.outcome(
            references=given.files,
            findings=fill_findings(repair),
            timings={"frames": perf_counter() - begun},
        )


def _checked(request: Request) -> Regenerate:
    operation = request.operation
    if not isinstance(operation, Regenerate):
        raise RequestError(f"this is not a regeneration but '{operation.kind}'", code="operation_wrong")
    if request.matte is None:
        raise MatteError("a regeneration needs a matte", code="matte_missing", hint="Say where it is, with --matte.")
    check_settings(operation)
    return operation


def _entering(repair: Repair, given: Given, kept: Kept) -> Callable[[ShotFrame], Callable[[], None]]:
    """What is done with each frame when it is read: check it and hand it to the generator, with what it lends."""

    def enter(frame: ShotFrame) -> Callable[[], None]:
        barred = given.marks.barred(frame)

        def made() -> tuple[View, Wanted]:
            _check_region(frame, given.pictures)
            hole = (frame.matte > 0).astype(np.uint8)
            return View(frame.number, frame.seen, frame.box, hole, frame.matte_box, barred), _wanted(frame)

        return entering(repair, kept, frame, made)

    return enter


def _wanted(frame: ShotFrame) -> Wanted:
    if frame.matte_box.is_empty:
        return Wanted(Box.of_size(1, 1, frame.box.x0, frame.box.y0), np.zeros((1, 1), bool))
    return Wanted(frame.matte_box, frame.matte > 0)


def _check_region(frame: ShotFrame, has_given: bool) -> None:
    """Refuse a frame whose region can't be blended, or that leaves nothing to work from."""
    inside = frame.matte_box & frame.box
    if inside.is_empty:
        return
    changed = int(np.count_nonzero(frame.matte[inside.slices_in(frame.matte_box)]))
    if frame.box.area - changed < LEAST_SEEN and not has_given:
        raise MatteError(
            f"the matte of frame {frame.number} covers all of the plate",
            code="matte_covers_all",
            hint="Is it inverted (--invert-matte)? Leave some plate around what is to be made, or give a clean plate.",
            frame=frame.number,
        )
    broken = broken_inside(frame.linear, frame.box, frame.matte, frame.matte_box)
    if broken:
        raise PlateError(
            f"frame {frame.number} has {broken} pixels inside the matte that are NaN or infinite",
            code="plate_not_finite",
            hint="A host's blend would keep them. Repair those pixels first, or draw the matte around them.",
            frame=frame.number,
        )


def _nothing_to_do(request: Request) -> MatteError:
    return MatteError(
        "the matte is empty in every frame",
        code="matte_empty",
        hint="Check the matte's channel (--matte-channel), its range, and whether it is inverted.",
        frame=request.plate.frames.first,
    )
