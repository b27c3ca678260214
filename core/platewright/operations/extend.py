"""`extend`: grow the plate outward; its own pixels stay.

What the camera's move filmed beyond this frame's border comes from the other frames; the rest is synthesised once
and carried along. Read → add to the window → fill → finish, one frame at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from platewright.contract.conditioning import check_taken
from platewright.contract.errors import RequestError
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import CONDITIONING, Extend, Request
from platewright.contract.windows import EMPTY, Box
from platewright.synthesis.draft import Mask, Wanted
from platewright.synthesis.repair import Inventor, Repair
from platewright.synthesis.views import View

from .fill_findings import fill_findings
from .fill_settings import check_settings, settings_of
from .finishing import Finisher, Made
from .keeping import Kept
from .marks import MARKS, Marks
from .meeting import entering, pass_by
from .outcome import Outcome, PatchWriter
from .references import open_given
from .shot import ShotFrame, open_shot
from .window import slide

__all__ = ["beyond", "checked", "extended_window", "lacking", "run"]

LARGEST_SIDE = 32_768


def run(request: Request, out: PatchWriter, report: Reporter, inventor: Inventor | None = None) -> Outcome:
    """Make the patches of an extension: A = 1 outside the plate's data window, 0 on every pixel of it.

    inventor: as in regenerate.
    Raises PlateError, ColourError, RequestError, SynthesisError, StorageError, Cancelled.
    """
    operation = checked(request)
    if inventor is None:
        check_taken("the built-in generator", 0, request.references)
    shot = open_shot(request)
    given = open_given(shot)
    target = extended_window(shot.display_window, operation)
    display = target if operation.grow_display else shot.display_window
    settings = settings_of(request, operation)
    kept = Kept(shot.frames, out.kept, operation.window)
    begun, done = perf_counter(), 0
    grain_strength = operation.grain_strength if operation.grain else 0.0
    with (
        Repair(settings, inventor=inventor) as repair,
        shot.stream(kept.span, window=operation.window) as frames,
        Finisher(shot, out, display_window=display, grain_strength=grain_strength) as finisher,
    ):
        previous: int | None = None
        enter = _entering(repair, target, given.marks, kept)
        for frame, near in slide(frames, len(kept.span), operation.window, enter, repair.forget):
            if not kept.is_made(frame.number):
                previous = pass_by(kept, frame, finisher, repair.chain, previous)
                continue
            report.step(Step("extending", done, kept.count, frame.number))
            given.marks.check()
            filled = repair.fill(frame.number)
            alpha = filled.mask.astype(np.float32)
            finisher.add(Made.of(frame, filled, alpha, repair.chain, previous, near))
            previous, done = frame.number, done + 1
        report.step(Step("extending", done, done))
        return finisher.outcome(
            references=given.files, findings=fill_findings(repair), timings={"frames": perf_counter() - begun}
        )


def extended_window(display: Box, operation: Extend) -> Box:
    """The display window grown by the pads."""
    pads = operation.pads
    return Box(display.x0 - pads.left, display.y0 - pads.top, display.x1 + pads.right, display.y1 + pads.bottom)


def checked(request: Request) -> Extend:
    """The operation of a request that makes sense. Raises RequestError."""
    operation = request.operation
    if not isinstance(operation, Extend):
        raise RequestError(f"this is not an extension but '{operation.kind}'", code="operation_wrong")
    odd = next((one.role for one in request.references if one.role not in (*MARKS, *CONDITIONING)), None)
    if odd is not None:
        raise RequestError(
            f"a reference that plays the role '{odd}' means nothing to this operation", code="reference_role_unknown"
        )
    pads = (operation.pads.left, operation.pads.right, operation.pads.top, operation.pads.bottom)
    if min(pads) < 0 or max(pads) > LARGEST_SIDE:
        raise RequestError(
            f"a plate can be extended by 0 to {LARGEST_SIDE} pixels on each side", code="pads_out_of_range",
            hint="To cut pixels off, crop the plate in the comp.",
        )  # fmt: skip
    if max(pads) == 0:
        raise RequestError(
            "there is nothing to extend",
            code="pads_empty",
            hint="Say how far: --left, --right, --top, --bottom or --to.",
        )
    check_settings(operation)
    return operation


def _entering(
    repair: Repair, target: Box, marks: Marks, kept: Kept
) -> Callable[[ShotFrame], Callable[[], None]]:  # fmt: skip
    """What is done with each frame when it is read: everything of the target that it does not cover is wanted."""

    def enter(frame: ShotFrame) -> Callable[[], None]:
        barred = marks.barred(frame)
        return entering(repair, kept, frame, lambda: beyond(frame, target, barred))

    return enter


def beyond(frame: ShotFrame, target: Box, barred: Mask | None) -> tuple[View, Wanted]:
    """A frame as the generator sees it, and what it lacks of the target. barred: as in View."""
    view = View(frame.number, frame.linear, frame.box, np.zeros((0, 0), np.uint8), EMPTY, barred)
    return view, Wanted(target, lacking(target, frame.box))


def lacking(target: Box, box: Box) -> Mask:
    """`(H, W) bool` over the target: what lies outside a frame's data window."""
    mask = np.ones((target.height, target.width), bool)
    inside = target & box
    if not inside.is_empty:
        mask[inside.slices_in(target)] = False
    return mask
