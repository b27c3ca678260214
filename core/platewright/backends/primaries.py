"""Light that a model returns on primaries of its own, brought to those that every result is in."""

from __future__ import annotations

from functools import cache

import numpy as np

from platewright.imaging.colour import BUILTIN_CONFIG, Colour

from .protocol import Pixels

__all__ = ["to_rec709"]


def to_rec709(pixels: Pixels, space: str) -> Pixels:
    """`(…, 3)` scene-linear light of a space (`lin_ap0_scene`, by its interop id) on Rec.709 primaries, unbounded.

    The built-in configuration alone is asked: what a vendor's file means is not for a show's to say.
    """
    convert = _opened().converter(space, "lin_rec709_scene")
    light: Pixels = np.ascontiguousarray(convert(np.ascontiguousarray(pixels, np.float32)), np.float32)
    return light


@cache
def _opened() -> Colour:
    return Colour(BUILTIN_CONFIG)
