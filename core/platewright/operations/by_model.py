"""`regenerate`, `extend` and `replace_sky` by a model that is not ours: crops, curves and motion around its sends.

A model for stills makes few frames, which the built-in motion carries (see inventing); one for clips makes overlapping
chunks (see clips). What other frames saw goes first where the request says so.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from platewright.backends.protocol import Generator
from platewright.contract.capabilities import Capabilities
from platewright.contract.findings import Finding
from platewright.contract.progress import Reporter
from platewright.contract.request import Regenerate, ReplaceSky, Request
from platewright.contract.vendors import Sends
from platewright.imaging.crops import MOST_TILES

from . import extend, regenerate, replace_sky
from .asking import Asking
from .clip_run import run_clip
from .conditioning import conditioning_findings, open_conditioning
from .counting import context_of, work_of
from .inventing import ModelInventor
from .model_light import ModelLight, survey
from .outcome import Outcome, PatchWriter
from .painted_sky import PaintedSky, check_unpainted
from .shot import open_shot

__all__ = ["run", "work_of"]

FREE_FRAMES = 3
"""Frames for each picture that a model of one's own may make: it costs time alone."""


def run(
    request: Request, out: PatchWriter, report: Reporter, generator: Generator, sends: Sends
) -> Outcome:  # fmt: skip
    """Make the patches with a model. Raises as `regenerate.run` and `extend.run` do, and BackendError."""
    limits, operation = generator.capabilities(), request.operation
    if not limits.lengths.still:
        counted = len(work_of(request, limits)) if limits.prices else None
        return run_clip(request, out, report, generator, sends, counted)
    check_unpainted(request)
    shot = open_shot(request)
    begun = perf_counter()
    seen = survey(shot, limits, report)
    light = ModelLight(shot, limits.sent.transfer, limits.returned.transfer, seen.curve)
    shown = open_conditioning(shot, light, limits)
    asking = Asking(request, generator, sends, light, report, _most(request, limits), shown)
    looked = perf_counter() - begun
    inventor = ModelInventor(
        asking, light, limits, pixel_aspect=shot.pixel_aspect, context=context_of(operation),
        healing=0.0 if isinstance(operation, ReplaceSky) else operation.seam_healing,  # a sky is not its rim's shade
    )  # fmt: skip
    found: tuple[Finding, ...] = ()
    if isinstance(operation, ReplaceSky):
        sky = PaintedSky(inventor)
        outcome = replace_sky.run(request, out, report, lambda _: sky)
        found = sky.findings()
    else:
        made = regenerate.run if isinstance(operation, Regenerate) else extend.run
        outcome = made(request, out, report, inventor)
    return replace(
        outcome,
        model_card=limits.card,
        curve=seen.curve,
        findings=(*outcome.findings, *found, *inventor.findings(), *conditioning_findings(request, limits)),
        measures={
            **outcome.measures,
            "sends": float(asking.sent),
            "ring_error": max(inventor.errors.values(), default=None),
        },
        timings={**outcome.timings, "looking": looked},
    )


def _most(request: Request, limits: Capabilities) -> int:
    """The sends that there may be: as counted where they are paid for, else more."""
    counted = len(work_of(request, limits))
    return counted if limits.prices else max(counted, MOST_TILES * (1 + len(request.plate.frames) // FREE_FRAMES))
