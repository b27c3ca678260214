"""Pictures of how somebody, a place or a look is, as a model can take them: in its numbers, at its size."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from platewright.backends.protocol import ModelPicture
from platewright.contract.capabilities import Capabilities
from platewright.contract.conditioning import check_taken, conditioning_of, left_out
from platewright.contract.findings import Finding, Severity
from platewright.contract.request import Reference, Request
from platewright.imaging.reading import read_frame
from platewright.imaging.sequence import find_sequence

from .model_light import ModelLight
from .shot import Shot, linear_picture

__all__ = ["conditioning_findings", "open_conditioning"]

_cv2: Any = cv2
LARGEST = 1024
"""Pixels of a picture's longer side at most, where a model says nothing of its size."""


def open_conditioning(shot: Shot, light: ModelLight, limits: Capabilities) -> tuple[ModelPicture, ...]:
    """As many of a request's pictures as the model takes, in order. Raises PlateError, ColourError, RequestError."""
    check_taken(limits.title, limits.references, shot.request.references)
    wanted = conditioning_of(shot.request.references)[: limits.references]
    return tuple(_picture(shot, light, limits.sizes.best or LARGEST, reference) for reference in wanted)


def conditioning_findings(request: Request, limits: Capabilities) -> tuple[Finding, ...]:
    """What of a request's pictures the model was not shown."""
    told = left_out(limits.title, limits.references, request.references)
    remedy = "Put the pictures that matter most first, or choose a backend that takes more."
    return (Finding("references_left_out", Severity.NOTE, told, remedy=remedy),) if told else ()


def _picture(shot: Shot, light: ModelLight, side: int, reference: Reference) -> ModelPicture:
    path = find_sequence(reference.pattern, None, what=reference.role).path(shot.frames.first)
    frame = read_frame(path, shot.frames.first, what=reference.role, rgb_only=True)
    encoding = shot.colour.resolve(reference.colour_space, frame.header, path)
    linear = np.asarray(linear_picture(frame, shot.colour, encoding, shot.linear), np.float32)
    codes = light.codes(np.nan_to_num(linear, nan=0.0, posinf=65504.0, neginf=0.0))
    height, width = codes.shape[:2]
    shrink = min(1.0, side / max(height, width))
    if shrink < 1:
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        codes = _cv2.resize(codes, size, interpolation=_cv2.INTER_AREA)
    return ModelPicture(np.ascontiguousarray(codes, np.float32))
