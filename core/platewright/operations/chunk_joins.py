"""Where one chunk of a clip goes over into the next: brought to one level, blended, and measured.

Over the frames that both made, the new chunk's level is brought to that of the one before; the correction fades until
the chunk's end, so that it does not add up over a shot. The yardstick of a join is how the region changes within the
chunk, and the plate beside it: a step that stands out against both is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.quality.flicker import FlickerMeasure, flicker
from platewright.quality.joins import RATIO, STEPS
from platewright.synthesis.draft import Float, Mask
from platewright.synthesis.ring_fit import FARTHEST

__all__ = ["ChunkJoin", "blended_in", "measured"]

_cv2: Any = cv2

FEWEST = 64
RIM = 2
"""Pixels of a mask's rim that are not measured: one of the model's may be plate in part there, or made as such."""


@dataclass(frozen=True, slots=True)
class ChunkJoin:
    """A join as it is measured. number: the first frame of the new chunk alone. step: the largest change of the region
    around the join, usual: that within the chunk or that of the plate beside it, whichever is more, in 8-bit steps
    along the motion. off: how far the two chunks were apart in the frames that both made, root mean square in 8-bit
    steps, before they were blended."""

    number: int
    step: float
    usual: float
    off: float

    @property
    def excess(self) -> float:
        """Over 1 it stands out, as quality.joins has it."""
        return min(self.step / max(RATIO * self.usual, 1e-6), (self.step - self.usual) / STEPS)


def blended_in(made: Float, before: Float, on: Mask) -> float:
    """Bring a chunk `(N, H, W, 3)` of a model's numbers to the one before, in place; how far apart they were.

    before: `(S, H, W, 3)`, the S frames that both made, as the earlier chunk made them, where `on (S, H, W)`.
    """
    shared, count = len(before), len(made)
    if not shared or on.sum() < FEWEST:
        return 0.0
    difference = before - made[:shared]
    level = np.clip(np.median(difference[on], axis=0), -FARTHEST, FARTHEST)
    off = float(np.sqrt((difference[on] ** 2).mean()) * 255)
    fading = np.ones(count, np.float32)
    fading[shared:] = np.linspace(1, 0, count - shared + 1, dtype=np.float32)[1:]
    made += fading[:, None, None, None] * level.astype(np.float32)
    np.clip(made, 0, 1, out=made)
    for place in range(shared):
        share = np.float32((place + 1) / (shared + 1))
        part = on[place]
        made[place][part] = before[place][part] * (1 - share) + made[place][part] * share
    return off


def measured(
    pictures: Sequence[Float], masks: Sequence[Float], own: Mask,
    motions: Sequence[npt.NDArray[np.float64] | None], shared: int,
) -> tuple[float, float]:  # fmt: skip
    """`(step, usual)` of a chunk whose first `shared` frames are a join; 0 and 0 where nothing can be compared.

    pictures: `(H, W, 3)` scene-linear. masks: `(H, W)`, over 0 where they were made. own: `(H, W)`, where of that no
    other crop is seen. motions: `(3, 3)` from each frame's pixels to those of the frame before, None for the first and
    where it is not known.
    What is usual is how the region changes
    within the chunk, or the plate beside it, whichever is more: a model's clip may stand stiller than its plate.
    """
    changes: list[FlickerMeasure | None] = [None]
    box = Box.of_size(own.shape[1], own.shape[0])
    for place in range(1, len(pictures)):
        matrix, before, mask = motions[place], masks[place - 1], masks[place]
        if matrix is None:
            changes.append(None)
            continue
        inside = _within(mask) & own
        now = np.where((inside | (mask <= 0))[..., None], pictures[place], np.float32(np.nan))
        changes.append(flicker(pictures[place - 1], before, box, now, inside.astype(np.float32), box, matrix))
    there = [one.inside for one in changes[1 : shared + 1] if one is not None and one.inside is not None]
    elsewhere = [one.inside for one in changes[shared + 1 :] if one is not None and one.inside is not None]
    if not there or not elsewhere:
        return 0.0, 0.0
    beside = [one.outside for one in changes if one is not None and one.outside is not None]
    return max(there), max(median(elsewhere), median(beside) if beside else 0.0)


def _within(mask: Float) -> Mask:
    """Where a mask is over 0, without its rim; all of one that is nothing else. A picture's border is no rim."""
    whole = (mask > 0).astype(np.uint8)
    inner = np.asarray(_cv2.erode(whole, np.ones((1 + 2 * RIM, 1 + 2 * RIM), np.uint8))) > 0
    return inner if inner.any() else whole > 0
