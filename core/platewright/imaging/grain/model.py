"""What grain is: a law of variance against level, a kernel for its spectrum, and how the channels go together.

Knows neither how a model is measured nor how grain is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

__all__ = ["EXTRAPOLATE", "NO_GRAIN", "GrainModel", "triple"]

EXTRAPOLATE = 4.0
"""The curved part of the law holds up to this many times the highest level measured, and is constant above."""

_INF = float("inf")
_MOST = 65504.0
"""The largest half float: no level counts as more."""


def _point() -> npt.NDArray[np.float32]:
    return np.ones((3, 1, 1), np.float32)


def _apart() -> npt.NDArray[np.float32]:
    return np.eye(3, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class GrainModel:
    """Grain of a plate, in the plate's scene-linear light; channels in the order R, G, B.

    curvature, slope, floor: per channel, `variance(L) = curvature * L^2 + slope * L + floor`, all of them >= 0.
    kernel: `(3, k, k) float32`, k odd; white noise of variance 1 convolved with it has the grain's autocorrelation
        and variance 1.
    correlation: `(3, 3) float32`, of the channels' grain at the same pixel.
    highest: per channel the highest level that was measured.
    lowest_value: no grain goes below it: 0 where the plate holds no negative value, else minus infinity.
    ceiling: per channel the level at which the plate is clipped, or infinity.
    patches: how many quiet patches the model rests on.
    reliable: False where the plate around the region had too few quiet patches; the figures are then an upper
        guess.
    """

    curvature: tuple[float, float, float] = (0.0, 0.0, 0.0)
    slope: tuple[float, float, float] = (0.0, 0.0, 0.0)
    floor: tuple[float, float, float] = (0.0, 0.0, 0.0)
    kernel: npt.NDArray[np.float32] = field(default_factory=_point)
    correlation: npt.NDArray[np.float32] = field(default_factory=_apart)
    highest: tuple[float, float, float] = (_INF, _INF, _INF)
    lowest_value: float = -_INF
    ceiling: tuple[float, float, float] = (_INF, _INF, _INF)
    patches: int = 0
    reliable: bool = False

    @property
    def is_none(self) -> bool:
        """True when the model adds nothing at any level."""
        return not any(self.curvature + self.slope + self.floor)

    def scaled(self, by: npt.ArrayLike) -> GrainModel:
        """The same grain of other variance: `by (3,)` times as much."""
        curvature, slope, floor = np.array([self.curvature, self.slope, self.floor]) * np.asarray(by)
        return replace(self, curvature=triple(curvature), slope=triple(slope), floor=triple(floor))

    def variance(self, level: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Variance of the grain, `(..., 3) float32` in squared scene-linear units, at levels `(..., 3)`.

        Negative and NaN levels count as 0; the curved part is held above EXTRAPOLATE times the highest level
        measured, while shot noise is known to go on as it began.
        """
        at = np.clip(np.nan_to_num(np.asarray(level, np.float32), nan=0.0, posinf=_MOST), 0.0, _MOST)
        held = np.minimum(at, np.asarray(self.highest, np.float32) * np.float32(EXTRAPOLATE))
        curvature, slope, floor = np.array([self.curvature, self.slope, self.floor], np.float32)
        return np.asarray(curvature * held * held + slope * at + floor, np.float32)

    def autocorrelation(self, radius: int) -> npt.NDArray[np.float64]:
        """`(3, 2 radius + 1, 2 radius + 1)`: of each channel's grain at lags up to `radius`, 1 in the middle."""
        size = self.kernel.shape[1]
        spread = 1 << (2 * max(size, radius) + size).bit_length()
        power = np.abs(np.fft.rfft2(self.kernel.astype(np.float64), (spread, spread))) ** 2
        whole = np.fft.irfft2(power, (spread, spread))
        lags = np.arange(-radius, radius + 1)
        found = whole[:, lags[:, None], lags[None, :]]
        return np.asarray(found / np.maximum(whole[:, :1, :1], 1e-30), np.float64)


def triple(values: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Three numbers of an array, one a channel."""
    return float(values[0]), float(values[1]), float(values[2])


NO_GRAIN = GrainModel()
"""The model that adds nothing: what is known before anything was measured, hence not reliable."""
