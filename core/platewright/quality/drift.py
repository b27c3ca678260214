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
    back does not count, and a change of the plate's own exposure never does; nor does what the noise of the steps adds
    up to. The second number is an index into `light`.
    None when no frame is known.
    """
    if all(step is None for step in light):
        return None
    steps = np.array([(0.0, 0.0, 0.0) if step is None else step for step in light])
    strayed = _steadied(np.cumsum(steps, 0))
    far = np.abs(strayed - np.median(strayed, 0)).max(1)
    beyond = strayed.max(0) - strayed.min(0) - _wandering(steps)
    return float(max(0.0, beyond.max())), int(far.argmax())


def _wandering(steps: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far the sum of `steps (n, 3)` wanders by their noise alone, per channel: three sigmas of a random walk.

    The noise is told from how neighbouring steps differ, which a steady drift does not change.
    """
    if len(steps) < 3:
        return np.zeros(3)
    noise = np.median(np.abs(np.diff(steps, axis=0)), axis=0) * 1.4826 / np.sqrt(2)
    return np.asarray(3 * noise * np.sqrt(len(steps)))


def _steadied(curve: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weighted mean of each value and its neighbours, `(n, 3)`, so that flicker is not taken for drift."""
    if len(curve) < 3:
        return curve
    padded = np.concatenate([curve[1:2], curve, curve[-2:-1]])
    return np.asarray((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4)
