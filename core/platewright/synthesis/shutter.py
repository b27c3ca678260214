"""How alike two frames are blurred by the camera's own motion: a hand-held shot has sharp frames and smeared ones.

A pixel brought in from a frame that is blurred otherwise than the target stands out, sharp or smeared, and a mean of
both is right nowhere. How fast the tracked background passes tells how long the smear is, without looking at pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from .motion import Chain

__all__ = ["alike", "likeness"]

Array = npt.NDArray[np.float64]

OPEN = 0.5
"""Share of the time between frames that a shutter is open: half, as film cameras have it and most others follow."""
PIXEL = 0.5
"""Variance in square pixels of the softness that a plate has of its own: as much more or less is just seen."""


def alike(apart: float) -> float:
    """From 1, where two are blurred alike, down to 0. apart: by how much the covariances differ, square pixels."""
    return 1 / (1 + apart / PIXEL)


def likeness(chain: Chain, target: int, sources: Iterable[int], place: tuple[float, float]) -> dict[int, float]:
    """Of each source: from 1, blurred alike at `place`, x and y in the target, down to 0.

    The smear is a line as long as the way while the shutter is open; the two are compared by their covariances.
    """
    mine, found = _smear(chain, target, place), {}
    for source in sources:
        matrix = chain.between(target, source)
        if matrix is None:
            found[source] = 1.0
            continue
        theirs = _smear(chain, source, _through(matrix, place))
        xx, xy, yy = (a - b for a, b in zip(mine, theirs, strict=True))
        found[source] = alike(math.sqrt(xx * xx + 2 * xy * xy + yy * yy))
    return found


def _smear(chain: Chain, number: int, place: tuple[float, float]) -> tuple[float, float, float]:
    """Covariance, as xx, xy and yy, of a frame's motion blur at a place, in square pixels; 0 where nothing is known."""
    ways = []
    for other in (number - 1, number + 1):
        matrix = chain.between(number, other)
        if matrix is not None:
            x, y = _through(matrix, place)
            ways.append(((x - place[0]) * (other - number), (y - place[1]) * (other - number)))
    if not ways:
        return 0.0, 0.0, 0.0
    x, y = (OPEN * sum(way) / len(ways) for way in zip(*ways, strict=True))
    return x * x / 12, x * y / 12, y * y / 12


def _through(matrix: Array, place: tuple[float, float]) -> tuple[float, float]:
    # Plain numbers: arrays of two and three take ten times as long, and this is asked of every frame of the window.
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    x, y = place
    w = g * x + h * y + i
    return (a * x + b * y + c) / w, (d * x + e * y + f) / w
