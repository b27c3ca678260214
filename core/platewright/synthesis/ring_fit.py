"""Gain and offset that bring what a model made to the plate, told from the ring around the matte where both are there.

A model gives back even what it was told to keep in slightly other colours. A line is fitted for each channel over the
ring, in the model's own numbers, by least squares repeated without what does not agree (Holland & Welsch 1977), so
that a shadow or a thing that the model left out does not pull it along.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["FARTHEST", "SAME", "Fit", "fit", "ring"]

_cv2: Any = cv2
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

FEWEST = 200
"""Pixels of a ring below which nothing is fitted."""
MOST = 200_000
ROUNDS = 6
KNEE = 0.03
"""Difference in a model's numbers at which a pixel counts half."""
STEEPEST, FARTHEST = 1.6, 0.2
"""A gain or an offset beyond these says that the model shows something else, and is not believed."""


@dataclass(frozen=True, slots=True)
class Fit:
    """`gain * value + offset` for each channel. error: root mean square of what is left on the ring, in its numbers."""

    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    error: float = 0.0

    def applied(self, codes: Floats) -> Floats:
        """Numbers `(…, 3)` brought to the plate's, within 0 to 1."""
        out = codes * np.array(self.gain, np.float32) + np.array(self.offset, np.float32)
        return np.asarray(np.clip(out, 0.0, 1.0), np.float32)


SAME = Fit()


def ring(mask: Mask, known: Mask, width: int) -> Mask:
    """The pixels within `width` of a mask `(H, W)` that are not in it and are known."""
    kernel = _cv2.getStructuringElement(_cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    return np.asarray((_cv2.dilate(mask.astype(np.uint8), kernel) > 0) & ~mask & known)


def fit(made: Floats, plate: Floats, on: Mask) -> Fit:
    """The line from `made` to `plate`, both `(…, 3)` of a model's numbers, over the pixels `on (…)`.

    Nothing is changed where there are too few of them, or where no line brings the two closer.
    """
    ours, theirs = made[on], plate[on]
    if len(ours) < FEWEST:
        return SAME
    step = max(1, len(ours) // MOST)
    mine, there = np.asarray(ours[::step], np.float64), np.asarray(theirs[::step], np.float64)
    gains, offsets, left = [], [], np.zeros(len(mine))
    for channel in range(3):
        gain, offset = _line(mine[:, channel], there[:, channel])
        gains.append(gain)
        offsets.append(offset)
        left += (gain * mine[:, channel] + offset - there[:, channel]) ** 2 / 3
    r, g, b = gains
    x, y, z = offsets
    return Fit((r, g, b), (x, y, z), float(np.sqrt(left.mean())))


def _line(ours: npt.NDArray[np.float64], theirs: npt.NDArray[np.float64]) -> tuple[float, float]:
    weight = np.ones(len(ours))
    gain, offset = 1.0, float(np.median(theirs - ours))
    for _ in range(ROUNDS):
        off = gain * ours + offset - theirs
        weight = 1 / (1 + (off / KNEE) ** 2) ** 2
        total = weight.sum()
        if total < FEWEST / 10:
            return 1.0, 0.0
        mine, there = (weight * ours).sum() / total, (weight * theirs).sum() / total
        spread = (weight * (ours - mine) ** 2).sum()
        # A flat ring tells an offset and no gain.
        gain = float((weight * (ours - mine) * (theirs - there)).sum() / spread) if spread / total > 1e-4 else 1.0
        gain = min(max(gain, 1 / STEEPEST), STEEPEST)
        offset = float(there - gain * mine)
    before, after = np.abs(ours - theirs), np.abs(gain * ours + offset - theirs)
    if abs(offset) > FARTHEST or (weight * after).sum() >= (weight * before).sum():
        return 1.0, 0.0
    return gain, offset
