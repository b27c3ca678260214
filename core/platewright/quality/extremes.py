"""Extremes: values in the region that the plate does not hold anywhere: brighter, negative, or not finite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["Extremes", "Extent", "extremes"]

Picture = npt.NDArray[np.float32]

SLACK = 1.1
"""Grain and resampling may lead this much above the brightest value of the plate that was seen."""
BELOW = 1e-5
"""Negative values nearer to 0 than this are rounding."""
_COLUMNS = 512
"""Values that are looked at side by side."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The lowest and highest value of the plate seen so far, over all channels; scene-linear."""

    lowest: float = float("inf")
    highest: float = float("-inf")

    def with_values(self, lowest: float, highest: float) -> Extent:
        """The extent that also holds these."""
        return Extent(min(self.lowest, lowest), max(self.highest, highest))


@dataclass(frozen=True, slots=True)
class Extremes:
    """brighter: pixels of the region above the plate's highest value; negative: below 0 and below the plate's
    lowest; broken: NaN or infinite. region: pixels whose matte is not 0."""

    brighter: int
    negative: int
    broken: int
    region: int

    @property
    def share(self) -> float:
        """Share of the region's pixels that hold any such value."""
        return (self.brighter + self.negative + self.broken) / self.region if self.region else 0.0


def extremes(
    comp: Picture, plate: Picture, alpha: npt.NDArray[np.float32], known: Extent | None = None
) -> tuple[Extremes, Extent]:
    """Count what was invented, and tell the plate's extent including this crop.

    comp, plate: `(H, W, 3) float32`, scene-linear; alpha: `(H, W) float32`. known: the extent of the plate in
    other frames; what they lent may well be brighter than this one.
    """
    lowest, highest = _range(np.ascontiguousarray(plate, np.float32))
    extent = (known or Extent()).with_values(float(lowest), float(highest))
    if extent.lowest > extent.highest:
        low, high = np.float32(-np.inf), np.float32(np.inf)
    else:
        low = np.float32(min(extent.lowest, 0.0) * SLACK - BELOW)
        high = np.float32(max(extent.highest, 0.0) * SLACK + BELOW)
    counts = _count(np.ascontiguousarray(comp, np.float32), np.ascontiguousarray(alpha, np.float32), low, high)
    return Extremes(*(int(count) for count in counts)), extent


@njit(cache=True, nogil=True)
def _range(plate: Picture) -> tuple[np.float32, np.float32]:
    """Lowest and highest finite value: of many columns of values first, which are vectors, and then of these."""
    values = plate.reshape(plate.size)
    low, high = np.full(_COLUMNS, np.inf, np.float32), np.full(_COLUMNS, -np.inf, np.float32)
    for start in range(0, len(values), _COLUMNS):
        part = values[start : start + _COLUMNS]
        for t in range(len(part)):
            v, least, most = part[t], low[t], high[t]
            finite = abs(v) < np.float32(np.inf)
            low[t] = v if finite & (v < least) else least
            high[t] = v if finite & (v > most) else most
    return low.min(), high.max()


@njit(cache=True, nogil=True)
def _count(comp: Picture, alpha: Picture, low: np.float32, high: np.float32) -> tuple[int, int, int, int]:
    """Pixels of the region above `high`, below `low`, not finite, and all of them; each pixel counts once."""
    brighter, negative, broken, region = 0, 0, 0, 0
    for y in range(comp.shape[0]):
        for x in range(comp.shape[1]):
            if not alpha[y, x] > 0:
                continue
            region += 1
            least = min(comp[y, x, 0], comp[y, x, 1], comp[y, x, 2])
            most = max(comp[y, x, 0], comp[y, x, 1], comp[y, x, 2])
            total = comp[y, x, 0] + comp[y, x, 1] + comp[y, x, 2]
            if not np.isfinite(total):
                broken += 1
            elif least < low:
                negative += 1
            elif most > high:
                brighter += 1
    return brighter, negative, broken, region
