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

__all__ = ["likeness"]

Array = npt.NDArray[np.float64]

OPEN = 0.5
"""Share of the time between frames that a shutter is open: half, as film cameras have it and most others follow."""
PIXEL = 0.5
"""Variance in square pixels of the softness that a plate has of its own: as much more or less is just seen."""


def likeness(chain: Chain, target: int, sources: Iterable[int], place: Array) -> dict[int, float]:
    """Of each source: from 1, blurred alike at `place (2,)` of the target, down to 0.

    The smear is a line as long as the way while the shutter is open; the two are compared by their covariances.
    """
    mine, alike = _smear(chain, target, place), {}
    for source in sources:
        matrix = chain.between(target, source)
        if matrix is None:
            alike[source] = 1.0
            continue
        apart = mine - _smear(chain, source, _through(matrix, place))
        alike[source] = 1 / (1 + math.sqrt(float((apart * apart).sum())) / PIXEL)
    return alike


def _smear(chain: Chain, number: int, place: Array) -> Array:
    """`(2, 2)` covariance of a frame's motion blur at a place of it, in square pixels; 0 where nothing is known."""
    ways = []
    for other in (number - 1, number + 1):
        matrix = chain.between(number, other)
        if matrix is not None:
            ways.append((_through(matrix, place) - place) * (other - number))
    if not ways:
        return np.zeros((2, 2))
    x, y = OPEN * np.mean(ways, axis=0)
    return np.array([[x * x, x * y], [x * y, y * y]]) / 12


def _through(matrix: Array, place: Array) -> Array:
    there = matrix[:, :2] @ place + matrix[:, 2]
    return np.asarray(there[:2] / there[2])
