"""Two finished frames that lend to one between them: each as much as it is near, so that neither side's own
invention jumps to the other's in the middle.

Method: a linear cross-fade in scene-linear light, weighted by the distance in frames, of pixels that were both carried
to the same place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .carried import Carried

__all__ = ["Lender", "Mixed", "mix"]


@dataclass(frozen=True)
class Lender:
    """What one frame lends. distance: frames away, at least 1. grain: share of the grain's variance that it holds."""

    carried: Carried
    number: int
    distance: int
    grain: float
    confidence: float


@dataclass(frozen=True)
class Mixed:
    """What they lend together: rgb `(H, W, 3) float32`; found, invented `(H, W) bool`; source `(H, W) int32`, the
    frame that lent most; grain, confidence `(H, W) float32`."""

    rgb: npt.NDArray[np.float32]
    found: npt.NDArray[np.bool_]
    invented: npt.NDArray[np.bool_]
    source: npt.NDArray[np.int32]
    grain: npt.NDArray[np.float32]
    confidence: npt.NDArray[np.float32]


def mix(lenders: Sequence[Lender]) -> Mixed:
    """Mix one or two of them; where only one lends, it alone counts. lenders: at least one, the nearest first."""
    shape = lenders[0].carried.found.shape
    weights = [np.where(one.carried.found, np.float32(1 / one.distance), np.float32(0)) for one in lenders]
    total = np.sum(weights, axis=0)
    found = total > 0
    mixed = Mixed(
        np.zeros((*shape, 3), np.float32), found, np.zeros(shape, bool), np.zeros(shape, np.int32),
        np.zeros(shape, np.float32), np.zeros(shape, np.float32),
    )  # fmt: skip
    safe = np.where(found, total, np.float32(1))
    for one, weight in zip(lenders, weights, strict=True):
        share = np.asarray(weight / safe, np.float32)
        mixed.rgb[...] += one.carried.rgb * share[..., None]
        mixed.invented[...] |= one.carried.invented & one.carried.found
        mixed.source[...] = np.where((mixed.source == 0) & one.carried.found, one.number, mixed.source)
        mixed.grain[...] += share * share * np.float32(one.grain)
        mixed.confidence[...] += share * np.float32(one.confidence)
    return mixed
