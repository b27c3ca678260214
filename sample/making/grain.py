"""Film grain for the finished plate: it grows with the signal, differs by channel and is a little wider than a pixel.

The standard deviation at scene-linear value x is sqrt(floor^2 + gain^2 * x) (a read noise and a shot noise), the
texture white noise through a small binomial kernel, and a share of it is common to the three channels, as the
silver under the dyes was.
"""

from __future__ import annotations

import numpy as np

from making.pictures import Floats

__all__ = ["FLOOR", "GAIN", "add_grain"]

FLOOR = (0.0008, 0.0007, 0.0013)
GAIN = (0.0145, 0.0125, 0.0200)
SHARED = 0.35


def _spread(noise: Floats) -> Floats:
    """Noise through (1 2 1) both ways, back at variance 1."""
    for axis in (0, 1):
        noise = (np.roll(noise, 1, axis) + 2.0 * noise + np.roll(noise, -1, axis)) / np.sqrt(6.0)
    return noise.astype(np.float32)


def add_grain(rgb: Floats, frame: int, seed: int = 2026) -> Floats:
    """(H, W, 3) scene-linear with grain that is always the same for this frame and seed."""
    rng = np.random.default_rng([seed, frame])
    common = _spread(rng.standard_normal(rgb.shape[:2], dtype=np.float32))
    out = rgb.copy()
    for channel in range(3):
        own = _spread(rng.standard_normal(rgb.shape[:2], dtype=np.float32))
        texture = np.sqrt(SHARED) * common + np.sqrt(1.0 - SHARED) * own
        signal = np.maximum(rgb[..., channel], 0.0)
        out[..., channel] += np.sqrt(FLOOR[channel] ** 2 + GAIN[channel] ** 2 * signal) * texture
    return out
