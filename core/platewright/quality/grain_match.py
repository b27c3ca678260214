"""Grain match: how strong the grain is in the region, against plate of the same brightness beside it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from platewright.imaging.grain.blocks import block_statistics, surface

from .looks import STEPS

__all__ = ["GrainMatch", "grain_match"]

Picture = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

SIDE = 8
"""Pixels: small blocks find quiet places in textured pictures, and fit into small regions."""
MOST = 320
"""Blocks looked at inside, and as many outside."""
QUIET = 0.25
"""The quantile of the blocks' variance that stands for grain: half the blocks may hold texture and more."""
FEWEST = 6
BINS_A_STOP = 1.5
FAINT = 0.25
"""Grain of less than this many 8-bit steps is not seen: then there is nothing to match."""


@dataclass(frozen=True, slots=True)
class GrainMatch:
    """ratios: per channel the variance inside over that outside; 1 is perfect, None where it can't be measured.

    plate: standard deviation of the plate's grain in 8-bit steps of tone space, over the channels and levels seen.
    """

    ratios: tuple[float | None, float | None, float | None]
    plate: float | None = None

    @property
    def visible(self) -> bool:
        """Whether the plate's grain is strong enough to be seen."""
        return self.plate is not None and self.plate > FAINT


_NOTHING = GrainMatch((None, None, None))


def grain_match(comp: Picture, alpha: npt.NDArray[np.float32]) -> GrainMatch:
    """The grain of a crop's region against the plate around it.

    comp: `(H, W, 3) float32`, scene-linear, the blended picture; alpha: `(H, W) float32`, the blend matte. Blocks
    that the soft edge of the matte crosses don't count. Variances are of what a smooth surface leaves of a block;
    they are compared between blocks of like brightness only, for grain depends on it.
    """
    inside = _blocks(comp, alpha >= 1.0)
    outside = _blocks(comp, alpha <= 0.0)
    if len(inside[0]) < FEWEST or len(outside[0]) < FEWEST:
        return _NOTHING
    ratios: list[float | None] = []
    strength: list[float] = []
    for c in range(3):
        pairs = _pairs(inside[0][:, c], inside[1][:, c], outside[0][:, c], outside[1][:, c])
        if not pairs:
            ratios.append(None)
            continue
        weight, within, around, seen = np.array(pairs).T
        weight /= weight.sum()
        ratios.append(float(np.exp((weight * np.log((within + 1e-14) / (around + 1e-14))).sum())))
        strength.append(float((weight * seen).sum()))
    return GrainMatch((ratios[0], ratios[1], ratios[2]), float(np.mean(strength)) if strength else None)


def _blocks(comp: Picture, usable: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Level and variance `(n, 3)` of the blocks that lie in `usable` wholly."""
    height, width = (size // SIDE * SIDE for size in usable.shape)
    if not height or not width:
        return np.zeros((0, 3)), np.zeros((0, 3))
    share = cv2.resize(
        usable[:height, :width].astype(np.float32), (width // SIDE, height // SIDE), interpolation=cv2.INTER_AREA
    )
    corners = np.argwhere(share > 0.999).astype(np.int64) * SIDE
    if len(corners) > MOST:
        corners = corners[np.linspace(0, len(corners) - 1, MOST).astype(np.int64)]
    geometry = surface(SIDE, 1)
    level, energy = np.zeros((len(corners), 3)), np.zeros((len(corners), 3))
    whole, lowest = np.zeros(len(corners), np.uint8), np.zeros(len(corners), np.float32)
    low, high = np.full(3, -np.inf, np.float32), np.full(3, np.inf, np.float32)
    block_statistics(comp, comp, usable, corners, geometry.basis, low, high, level, energy, whole, lowest)
    keep = whole > 0
    return np.maximum(level[keep], 0.0), energy[keep] / geometry.response[0, 0]


def _pairs(
    level_in: Floats, variance_in: Floats, level_out: Floats, variance_out: Floats
) -> list[tuple[float, float, float, float]]:
    """For each range of brightness that both sides have: weight, quiet variance inside and outside, and the
    plate's standard deviation there in 8-bit steps."""
    bins_in = np.floor(np.log2(level_in + 1 / 64) * BINS_A_STOP).astype(np.int64)
    bins_out = np.floor(np.log2(level_out + 1 / 64) * BINS_A_STOP).astype(np.int64)
    found = []
    for place in np.unique(bins_in):
        here, there = bins_in == place, bins_out == place
        count = min(int(here.sum()), int(there.sum()))
        if count < FEWEST:
            continue
        around = float(np.quantile(variance_out[there], QUIET))
        slope = 64 / ((1 + 64 * float(level_out[there].mean())) * np.log(257.0))
        found.append(
            (float(count), float(np.quantile(variance_in[here], QUIET)), around, np.sqrt(around) * slope * STEPS)
        )
    return found
