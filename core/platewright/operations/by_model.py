"""`regenerate` and `extend` by a model that is not ours: crops, curves and motion around its sends.

A model for stills makes few frames, which the built-in motion carries (see inventing); one for clips makes overlapping
chunks (see clips). What other frames saw goes first where the request says so.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from platewright.backends.protocol import Generator
from platewright.contract.capabilities import Capabilities
from platewright.contract.errors import RequestError
from platewright.contract.jobs import PlateShape
from platewright.contract.prices import Work, seconds_of
from platewright.contract.progress import Reporter
from platewright.contract.request import Extend, Regenerate, Request
from platewright.contract.vendors import Sends
from platewright.contract.windows import Box
from platewright.imaging.crops import MOST_TILES, Crop, crops_around, crops_for

from . import extend, regenerate
from .asking import Asking
from .chunks import chunks_of
from .clip_run import run_clip
from .conditioning import conditioning_findings, open_conditioning
from .inventing import ModelInventor
from .model_light import ModelLight, survey
from .outcome import Outcome, PatchWriter
from .shot import Shot, open_shot

__all__ = ["run", "work_of"]

FRAMES_A_PICTURE = 24
"""One picture more for every so many frames: a camera that goes on shows new ground."""
MOST_TRAVEL = 6
"""Pictures more at most for a matte that travels over the picture: each shows the model another piece of ground."""
FREE_FRAMES = 3
"""Frames for each picture that a model of one's own may make: it costs time alone."""
LOOKED_AT = 24
"""Mattes that are opened for a quote."""


def run(
    request: Request, out: PatchWriter, report: Reporter, generator: Generator, sends: Sends
) -> Outcome:  # fmt: skip
    """Make the patches with a model. Raises as `regenerate.run` and `extend.run` do, and BackendError."""
    limits = generator.capabilities()
    operation = _operation(request)
    if not limits.lengths.still:
        return run_clip(request, out, report, generator, sends, len(work_of(request, limits)))
    shot = open_shot(request)
    begun = perf_counter()
    seen = survey(shot, limits, report)
    light = ModelLight(shot, limits.sent.transfer, limits.returned.transfer, seen.curve)
    shown = open_conditioning(shot, light, limits)
    asking = Asking(request, generator, sends, light, report, _most(request, limits), shown)
    looked = perf_counter() - begun
    inventor = ModelInventor(
        asking, light, limits, pixel_aspect=shot.pixel_aspect, context=operation.context,
        healing=operation.seam_healing,
    )  # fmt: skip
    made = regenerate.run if isinstance(operation, Regenerate) else extend.run
    outcome = made(request, out, report, inventor)
    return replace(
        outcome,
        model_card=limits.card,
        curve=seen.curve,
        findings=(*outcome.findings, *inventor.findings(), *conditioning_findings(request, limits)),
        measures={
            **outcome.measures,
            "sends": float(asking.sent),
            "ring_error": max(inventor.errors.values(), default=None),
        },
        timings={**outcome.timings, "looking": looked},
    )


def work_of(request: Request, limits: Capabilities, unseen: PlateShape | None = None) -> tuple[Work, ...]:
    """The sends that a request takes at most; without a matte, wherever that may be.

    For stills a picture, one more for every 24 frames and for each time that the matte travels by its own size, in as
    many crops as the largest needs; for clips its chunks, each in one crop, or those of an extension. Cuts in the plate
    may add chunks.
    Opens some mattes; nothing where `unseen` says what the plate will be like. Raises PlateError, MatteError,
    ColourError, BackendError.
    """
    operation, frames = _operation(request), request.plate.frames
    display, pixel_aspect, regions = _looked_at(request, operation, unseen)
    still, context = limits.lengths.still, operation.context

    def crops_of(region: Box) -> tuple[Crop, ...]:
        if not still and isinstance(operation, Extend):
            return crops_around(display, region, limits.sizes, pixel_aspect=pixel_aspect, context=context)
        most = MOST_TILES if still else 1
        return crops_for(region, limits.sizes, display, pixel_aspect=pixel_aspect, context=context, most=most)

    if not still:
        crops = crops_of(regions[0][0])
        numbers = frames.numbers
        made = request.base.redo(frames).numbers if request.base is not None else numbers
        lengths = [chunk.length for chunk in chunks_of(numbers, limits.lengths, made)]
        return tuple(
            Work(length, crop.width * crop.height, seconds_of(length, 24)) for length in lengths for crop in crops
        )
    found: list[tuple[Work, ...]] = []
    for region, travel in regions:
        pictures = min(1 + -(-len(frames) // FRAMES_A_PICTURE) + travel, len(frames))
        one = tuple(Work(1, crop.width * crop.height, seconds_of(1, 24)) for crop in crops_of(region))
        found.append(one * pictures)
    return max(found, key=lambda works: (len(works), sum(work.pixels or 0 for work in works)))


def _most(request: Request, limits: Capabilities) -> int:
    """The sends that there may be: as counted where they are paid for, else more."""
    counted = len(work_of(request, limits))
    return counted if limits.prices else max(counted, MOST_TILES * (1 + len(request.plate.frames) // FREE_FRAMES))


def _looked_at(
    request: Request, operation: Regenerate | Extend, unseen: PlateShape | None
) -> tuple[Box, float, list[tuple[Box, int]]]:
    """The plate's display window, its pixels' aspect, and the largest region that is made with how often it travels by
    its own size; where nobody knows the matte, one for each such number, the largest first."""
    matted: Shot | None = None
    if unseen is not None:
        display, aspect = Box.of_size(unseen.width, unseen.height), unseen.pixel_aspect
    else:
        shot = open_shot(request)
        display, aspect, matted = shot.display_window, shot.pixel_aspect, shot if request.matte is not None else None
    if isinstance(operation, Extend):
        return display, aspect, [(extend.extended_window(display, operation), 0)]
    if matted is None:
        inside = display if request.region is None else display & request.region
        whole = inside if not inside.is_empty else display
        return display, aspect, [(_part(whole, 1 + travel), travel) for travel in range(MOST_TRAVEL + 1)]
    regions = _matted(matted)
    region = max(regions, key=lambda box: box.area)
    return display, aspect, [(region, min(MOST_TRAVEL, -(-Box.around(regions).area // region.area) - 1))]


def _part(box: Box, of: int) -> Box:
    """A box of its shape and that part of its area."""
    width, height = (max(1, round(side / of**0.5)) for side in (box.width, box.height))
    return Box.of_size(width, height, box.x0, box.y0)


def _matted(shot: Shot) -> list[Box]:
    """Around the mattes that are looked at."""
    numbers = shot.frames.numbers
    step = max(1, len(numbers) // LOOKED_AT)
    boxes = [box for number in numbers[::step] if not (box := shot.matte_box(number)).is_empty]
    return boxes or [Box.of_size(1, 1, shot.display_window.x0, shot.display_window.y0)]


def _operation(request: Request) -> Regenerate | Extend:
    if not isinstance(request.operation, (Regenerate, Extend)):
        raise RequestError(
            f"a model can't do {request.operation.kind.replace('_', ' ')} here",
            code="operation_unsupported",
            hint="Use the built-in generator for it.",
        )
    return request.operation
