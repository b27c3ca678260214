"""What a new sky does to the rest: its light on the foreground, the haze it stands in, the lens it is seen through.

Everything here is bounded on purpose. A sky says how much light there is, its colour and the side it comes from; it
does not say which surface faces it. So the foreground is multiplied, which keeps black black, by at most a stop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from platewright.imaging.tone import from_tone, to_tone

from .sky_cells import tone_of
from .slices import in_slices

__all__ = ["Relight", "edge_softness", "hazed", "relight", "softened"]

_cv2: Any = cv2
Floats = npt.NDArray[np.float32]

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_MOST_LIGHT = 1.0  # stops, up or down
_MOST_COLOUR = 0.5  # stops between a channel and the luminance
_MOST_SIDE = 0.4  # stops from one side of the first frame to the other
_HAZE_HEIGHT = math.radians(4.0)  # over which haze thins to a third: about the air above a distant skyline
_HAZE_MOST = 0.85


@dataclass(frozen=True)
class Relight:
    """stops: (3,) by which each channel changes; slope: stops per radian of azimuth to the right."""

    stops: tuple[float, float, float]
    slope: float

    @property
    def is_none(self) -> bool:
        """True where the foreground stays as it is."""
        return not any(self.stops) and not self.slope

    def gains(self, azimuth: Floats) -> Floats:
        """(w, 3) factors for columns that look in these directions, (w,) radians; bounded far to the sides."""
        side = np.clip(azimuth * np.float32(self.slope), -_MOST_SIDE / 2, _MOST_SIDE / 2)
        return np.asarray(np.exp2(side[:, None] + np.array(self.stops, np.float32)), np.float32)


def relight(old: Floats, new: Floats, weight: Floats, azimuth: Floats, strength: float) -> Relight:
    """How the foreground's light changes with the sky, both seen through the first frame.

    old, new: (h, w, 3) linear; weight: (h, w) where both are sky; azimuth: (w,) radians; strength: 0 to 1.
    """
    total = float(weight.sum())
    if strength <= 0 or total < 1:
        return Relight((0.0, 0.0, 0.0), 0.0)
    before, after = (_mean(sky, weight) for sky in (old, new))
    ratio = np.log2(np.maximum(after, 1e-4) / np.maximum(before, 1e-4))
    light = math.log2(max(float(after @ _LUMA), 1e-4) / max(float(before @ _LUMA), 1e-4))
    colour = np.clip(ratio - light, -_MOST_COLOUR, _MOST_COLOUR)
    stops = (float(np.clip(light, -_MOST_LIGHT, _MOST_LIGHT)) + colour) * strength
    span = max(float(azimuth[-1] - azimuth[0]), 1e-3)
    slope = (_side(new, weight, azimuth) - _side(old, weight, azimuth)) * 0.5
    slope = float(np.clip(slope * span, -_MOST_SIDE, _MOST_SIDE)) / span * strength
    return Relight((float(stops[0]), float(stops[1]), float(stops[2])), slope)


def hazed(sky: Floats, air: Floats, height: Floats, amount: float) -> Floats:
    """A new sky that fades into the plate's own air at the horizon.

    sky: (H, W, 3) linear; air: (3,) linear, the old sky's colour there; height: (H, W) radians above the horizon;
    amount: 0 to 1. Mixed in the tone space, in which haze looks even.
    """
    if amount <= 0:
        return sky
    share = np.exp(np.maximum(height, 0) * np.float32(-1 / _HAZE_HEIGHT)) * np.float32(amount * _HAZE_MOST)
    mixed = tone_of(sky)
    target = to_tone(air)
    in_slices(len(mixed), 64, lambda start, stop: _mix_rows(mixed, target, share, start, stop))
    return from_tone(mixed)


@numba.njit(cache=True, nogil=True)
def _mix_rows(tone, air, share, start, stop):  # type: ignore[no-untyped-def]
    for y in range(start, stop):
        for x in range(tone.shape[1]):
            for c in range(3):
                tone[y, x, c] += (air[c] - tone[y, x, c]) * share[y, x]


def edge_softness(alpha: Floats) -> float:
    """The sigma in pixels of the blur along a matte's outline: a Gaussian edge holds sigma / sqrt(pi) of a (1 - a).

    Thin things and hair make it larger than the lens is, so it is held at 3 pixels.
    """
    mixed = float((alpha * (1 - alpha)).sum())
    binary = (alpha > 0.5).astype(np.uint8)
    outline = float((binary[:, 1:] != binary[:, :-1]).sum() + (binary[1:] != binary[:-1]).sum()) * math.pi / 4
    return min(3.0, math.sqrt(math.pi) * mixed / outline) if outline > 50 else 0.0


def softened(sky: Floats, sigma: float) -> Floats:
    """A sky seen through the plate's lens; under 0.7 pixels a sky has nothing that could show it."""
    return sky if sigma < 0.7 else np.asarray(_cv2.GaussianBlur(sky, (0, 0), sigma), np.float32)


def _mean(sky: Floats, weight: Floats) -> Floats:
    """Mean colour (3,), a sun's share held to twenty times the usual, or one pixel would light the shot."""
    bound = 20 * float(np.median((sky @ _LUMA)[weight > 0.5])) if (weight > 0.5).any() else np.inf
    held = np.minimum(sky, bound)
    return np.asarray((held * weight[..., None]).sum(axis=(0, 1)) / weight.sum(), np.float32)


def _side(sky: Floats, weight: Floats, azimuth: Floats) -> float:
    """Stops of luminance per radian to the right, by least squares over the sky."""
    level = np.log2(np.maximum(sky @ _LUMA, 1e-4))
    across = np.broadcast_to(azimuth[None], level.shape)
    total = weight.sum()
    mean_x, mean_y = (across * weight).sum() / total, (level * weight).sum() / total
    spread = (weight * (across - mean_x) ** 2).sum()
    return float((weight * (across - mean_x) * (level - mean_y)).sum() / max(float(spread), 1e-6))
