"""Where one chunk of a clip goes over into the next: brought to one level, blended, and measured.

Over the frames that both made, the new chunk's level is brought to that of the one before; the correction fades until
the chunk's end, so that it does not add up over a shot. The yardstick of a join is the motion within the chunk: a step
that stands out against the others is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.quality.flicker import flicker
from platewright.quality.joins import RATIO, STEPS
from platewright.synthesis.draft import Float, Mask
from platewright.synthesis.ring_fit import FARTHEST

__all__ = ["ChunkJoin", "blended_in", "measured"]

FEWEST = 64


@dataclass(frozen=True, slots=True)
class ChunkJoin:
    """A join as it is measured. number: the first frame of the new chunk alone. step: the largest change of the region
    around the join, usual: that within the chunk, both in 8-bit steps along the motion. off: how far the two chunks
    were apart in the frames that both made, root mean square in 8-bit steps, before they were blended."""

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
    pictures: Sequence[Float], masks: Sequence[Float], motions: Sequence[npt.NDArray[np.float64] | None], shared: int
) -> tuple[float, float]:
    """`(step, usual)` of a chunk whose first `shared` frames are a join; 0 and 0 where nothing can be compared.

    pictures: `(H, W, 3)` scene-linear. masks: `(H, W)`, over 0 where they were made. motions: `(3, 3)` from each
    frame's pixels to those of the frame before, None for the first and where it is not known.
    """
    steps: list[float | None] = [None]
    for place in range(1, len(pictures)):
        matrix = motions[place]
        height, width = masks[place].shape
        box = Box.of_size(width, height)
        if matrix is None:
            steps.append(None)
            continue
        change = flicker(
            pictures[place - 1], masks[place - 1], box, pictures[place], masks[place], box, matrix
        )  # fmt: skip
        steps.append(change.inside)
    there = [step for step in steps[1 : shared + 1] if step is not None]
    elsewhere = [step for step in steps[shared + 1 :] if step is not None]
    if not there or not elsewhere:
        return 0.0, 0.0
    return max(there), median(elsewhere)
