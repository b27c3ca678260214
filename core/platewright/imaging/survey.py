"""A picture surveyed: what its file says, and the few numbers that tell whether its pixels can be what it says.

For checks before publish, which judge whole sequences: one frame is in memory at a time, and only numbers come out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .opening import OpenPicture
from .parts import Part, pick_rgb
from .reading import read_frame

__all__ = ["Numbers", "Survey", "survey"]

_LUMA = np.array((0.2126, 0.7152, 0.0722), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Numbers:
    """nan, infinite: values among R, G, B and A. negative, at_one: shares of the pixels with any channel below 0, or
    all of R, G, B at exactly 1. mean: luminance of what is finite. Where there is an alpha, only pixels in it count.
    """

    nan: int
    infinite: int
    negative: float
    at_one: float
    mean: float


@dataclass(frozen=True)
class Survey:
    """part: the part that holds the picture, with every channel of the file in `channels`. format: the file's."""

    part: Part
    channels: tuple[str, ...]
    kinds: tuple[str, ...]
    format: str
    numbers: Numbers | None


def survey(path: Path, number: int, pixels: bool = True, what: str = "picture") -> Survey:
    """Survey one frame. pixels: read them; without, only the header is. Raises as `read_frame` does."""
    with OpenPicture(path, what, number) as picture:
        part, _ = picture.choose(lambda parts: pick_rgb(parts, ""))
        channels = tuple(name for one in picture.parts for name in one.channels)
        kinds = tuple(kind for one in picture.parts for kind in one.kinds)
        kind = picture.format
    return Survey(part, channels, kinds, kind, _numbers(path, number, what) if pixels else None)


def _numbers(path: Path, number: int, what: str) -> Numbers:
    frame = read_frame(path, number, what=what)
    rgb = frame.rgb()
    alpha = np.asarray(frame.channel("A"), dtype=np.float32) if "A" in frame.channels else None
    nan = int(np.count_nonzero(np.isnan(rgb)))
    infinite = int(np.count_nonzero(np.isinf(rgb)))
    if alpha is not None:
        nan += int(np.count_nonzero(np.isnan(alpha)))
        infinite += int(np.count_nonzero(np.isinf(alpha)))
        inside = alpha > 0
        rgb = rgb[inside] if inside.any() else rgb.reshape(-1, 3)
    rgb = rgb.reshape(-1, 3)
    if nan or infinite:
        rgb = rgb[np.isfinite(rgb).all(axis=1)]
    if not rgb.size:
        return Numbers(nan, infinite, 0.0, 0.0, 0.0)
    negative = float(np.count_nonzero(rgb.min(axis=1) < 0)) / len(rgb)
    at_one = float(np.count_nonzero((rgb == 1).all(axis=1))) / len(rgb)
    return Numbers(nan, infinite, negative, at_one, float(rgb.mean(axis=0, dtype=np.float64) @ _LUMA))
