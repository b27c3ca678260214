"""What a request says of how the generator works, checked and in the generator's own words."""

from __future__ import annotations

import cv2

from platewright.contract.errors import RequestError
from platewright.contract.request import Extend, Regenerate, Request
from platewright.synthesis.choices import Choices
from platewright.synthesis.repair import Settings

__all__ = ["STRENGTHS", "check_settings", "seed_of", "seen_first", "settings_of"]

STRENGTHS = ("exposure_match", "sharpness_match", "outlier_tolerance", "seam_healing", "grain_strength")


def check_settings(operation: Regenerate | Extend) -> None:
    """Raises RequestError `setting_out_of_range`."""
    if operation.window < 2 or operation.context < 0:
        raise RequestError(
            "the window must hold at least 2 frames and the context can't be negative", code="setting_out_of_range"
        )
    for name in STRENGTHS:
        if not 0 <= getattr(operation, name) <= 1:
            raise RequestError(
                f"{name.replace('_', ' ')} is {getattr(operation, name):g}, and goes from 0 to 1",
                code="setting_out_of_range",
            )


def settings_of(request: Request, operation: Regenerate | Extend) -> Settings:
    """The generator's settings for a request; each of several takes has a seed of its own."""
    choices = Choices(
        depth=operation.depth,
        moving_texture=operation.moving_texture == "auto",
        exposure_match=operation.exposure_match,
        sharpness_match=operation.sharpness_match,
        outlier_tolerance=operation.outlier_tolerance,
        seam_healing=operation.seam_healing,
        seen=seen_first(request),
    )
    return Settings(operation.context, operation.window, seed_of(request), max(1, cv2.getNumThreads()), choices)


def seed_of(request: Request) -> int:
    """The seed of a take: each of several that are asked for together has one of its own."""
    return request.seed + 7919 * (request.take - 1)


def seen_first(request: Request) -> bool:
    """Whether what other frames show goes before what is invented."""
    operation = request.operation
    if request.backend == "builtin" or not isinstance(operation, Regenerate) or operation.seen == "first":
        return True
    return operation.seen == "auto" and not request.prompt.strip()
