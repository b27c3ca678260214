"""What the generator decides by itself and an artist may turn; see contract.request.Regenerate for the meanings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .fusion import NEAR_MEDIAN

__all__ = ["Choices"]


@dataclass(frozen=True)
class Choices:
    """Strengths are 0 to 1; with these defaults nothing is turned. seen: what other frames show is brought in."""

    depth: Literal["auto", "on", "off"] = "auto"
    moving_texture: bool = True
    exposure_match: float = 1.0
    sharpness_match: float = 1.0
    outlier_tolerance: float = 0.5
    seam_healing: float = 1.0
    seen: bool = True

    @property
    def near(self) -> float:
        """Largest distance from the median at which a look counts in full: a quarter to four times the usual."""
        return NEAR_MEDIAN * float(16.0 ** (self.outlier_tolerance - 0.5))
