"""Grain match: how strong the grain is in the region, against plate of the same brightness beside it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from platewright.imaging.grain.blocks import block_statistics, surface
from platewright.imaging.grain.law import law_at, lower_edge, search_law

from .looks import STEPS

__all__ = ["GrainMatch", "grain_match"]

Picture = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

SIDE = 8
"""Pixels: small blocks find quiet places in textured pictures, and fit into small regions."""
MOST = 320
"""Blocks looked at inside, and as many outside."""
SCATTER = 0.25
"""Relative standard deviation of the variance of blocks that hold grain and nothing else: 0.19 where its pixels are
independent, more where it is coarser."""
MANY, QUIET = 24, 0.25
"""Fewer blocks than so many don't show where the lower edge of them lies; then this quantile stands for grain."""
FEWEST = 6
STRETCH = 1.5
"""Times the plate's lowest and highest level: so far its law of grain is believed."""
_TINY = 1e-9
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
    that the soft edge of the matte crosses don't count. Variances are of what a smooth surface leaves of a block; the
    plate's make a law against level, by which those inside are measured. Texture only ever adds: so the lower edge of
    the blocks counts on both sides, and where a region has no quiet place the ratio is what it has at most.
    """
    inside = _blocks(comp, alpha >= 1.0)
    outside = _blocks(comp, alpha <= 0.0)
    if len(inside[0]) < FEWEST or len(outside[0]) < FEWEST:
        return _NOTHING
    ratios: list[float | None] = []
    strength: list[float] = []
    for c in range(3):
        held = outside[0][:, c], outside[1][:, c]
        law = search_law(*held, SCATTER)
        low, high = float(held[0].min()) / STRETCH, float(held[0].max()) * STRETCH
        alike = (inside[0][:, c] >= low) & (inside[0][:, c] <= high)
        if alike.sum() < FEWEST:
            ratios.append(None)
            continue
        level, variance = inside[0][alike, c], inside[1][alike, c]
        around = _quiet(held[1] / law_at(law, held[0]))
        ratios.append(_quiet(variance / law_at(law, level)) / max(around, _TINY))
        slope = 64 / ((1 + 64 * level) * np.log(257.0))
        strength.append(float((np.sqrt(law_at(law, level) * around) * slope).mean()) * STEPS)
    return GrainMatch((ratios[0], ratios[1], ratios[2]), float(np.mean(strength)) if strength else None)


def _quiet(ratios: Floats) -> float:
    """The ratio to the law of blocks `(n,)` that hold nothing but grain."""
    return float(lower_edge(ratios, SCATTER) if len(ratios) >= MANY else np.quantile(ratios, QUIET))


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
