"""Colour drift: the region slowly leaving the plate's light over the range, which no single frame shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["colour_drift"]


def colour_drift(light: Sequence[tuple[float, float, float] | None]) -> tuple[float, int] | None:
    """How far the region's light strays from the plate's over a range, in stops, and in which frame it is farthest.

    light: per frame, per channel, by how many stops the region grew lighter than the plate did since the frame
    before (`FlickerMeasure.light`), None where that is not known. The steps are added up and steadied, so what comes
    back does not count, and a change of the plate's own exposure never does. The second number is an index into
    `light`.
    None when no frame is known.
    """
    if all(step is None for step in light):
        return None
    steps = np.array([(0.0, 0.0, 0.0) if step is None else step for step in light])
    strayed = _steadied(np.cumsum(steps, 0))
    far = np.abs(strayed - np.median(strayed, 0)).max(1)
    return float((strayed.max(0) - strayed.min(0)).max()), int(far.argmax())


def _steadied(curve: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weighted mean of each value and its neighbours, `(n, 3)`, so that flicker is not taken for drift."""
    if len(curve) < 3:
        return curve
    padded = np.concatenate([curve[1:2], curve, curve[-2:-1]])
    return np.asarray((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4)
