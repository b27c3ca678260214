"""The curve through which a model saw scene-linear light: a few numbers, kept with the take that it made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ModelCurve"]


@dataclass(frozen=True, slots=True)
class ModelCurve:
    """An invertible curve from scene-linear light to a model's numbers; one for a whole shot.

    transfer: `srgb`: sRGB up to `knee`, from there a logarithm up to `peak`, on Rec.709 primaries. `acescct`: on AP1,
    up to 222.86. `linear`: Rec.709 primaries, as it is.
    peak: the light that becomes 1, in scene-linear units. knee: the light where the logarithm begins; as `peak`, there
    is none. reach: how far outside Rec.709 colours are brought inside, and back: the largest distance of a channel from
    the brightest one over that; 1 for none.
    """

    transfer: Literal["srgb", "acescct", "linear"] = "srgb"
    peak: float = 1.0
    knee: float = 1.0
    reach: float = 1.0
