"""Which nearnesses are tried for what a hole hides: those of the points around it, and of the pixels if they go on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .parallax import Parallax

__all__ = ["gaps_of", "levels_beyond", "levels_of"]

Array = npt.NDArray[np.float64]

MOST_LEVELS = 64
MARGIN = 3
"""Levels to either side of a point's that are tried: what is hidden may be a little nearer or farther."""
STRAY = 0.01
"""Least share of the points, or pixels, that must have about the same nearness, for it to be believed."""
FURTHER = 2 * MARGIN
"""Levels that are tried beyond an end at which pixels pile up."""
ALONE = 1.5
"""Distance of two levels, as a multiple of the least one, from which on nothing is tried between them."""


def levels_of(parallax: Parallax, around: Box, judges: list[int]) -> Array:
    """`(D,)` nearness to try, ascending: what the points around the hole have, in steps of a pixel of motion.

    judges: numbers of the frames that will be looked at; a step is a pixel in that which sees most parallax. Between
    nearnesses that nothing around the hole has, nothing is looked for, unless they lie close together.
    """
    x, y = parallax.points.T
    inside = (x >= around.x0) & (x < around.x1) & (y >= around.y0) & (y < around.y1)
    middle = np.array([(around.x0 + around.x1) / 2, (around.y0 + around.y1) / 2, 1.0])
    step = 1.0 / max(parallax.speed(number, middle) for number in judges)
    there = np.sort(parallax.nearness[inside])
    while True:
        reach = np.arange(-int(MARGIN), int(MARGIN) + 1)
        # A nearness that hardly another point shares is a lost corner's.
        company = np.searchsorted(there, there + 2 * MARGIN * step) - np.searchsorted(there, there - 2 * MARGIN * step)
        believed = there[company >= max(3, STRAY * len(there))]
        found = np.unique((np.round(believed / step).astype(int)[:, None] + reach).ravel())
        if len(found) <= MOST_LEVELS:
            return np.asarray(found * step)
        step *= 1.1


def gaps_of(levels: Array) -> npt.NDArray[np.intp]:
    """Indices of the levels between which and the next one nothing is tried: the last of each run but one."""
    steps = np.diff(levels)
    return np.flatnonzero(steps > ALONE * steps.min())


def levels_beyond(levels: Array, nearness: Array) -> Array:
    """The levels with some more beyond each end of a run at which pixels pile up; the same array where there is none.

    nearness: `(n,)` of pixels around the hole, or in it, told by the levels. Points are few, and those of a thing that
    passes close by may all be a little astray: then its pixels lie at the last level that was tried, and belong beyond
    it.
    """
    spacing = float(np.diff(levels).min())
    halfway = (levels[1:] + levels[:-1]) / 2
    most = np.bincount(np.searchsorted(halfway, nearness), minlength=len(levels))
    few = max(3.0, STRAY * len(nearness))
    more = []
    for run in np.split(np.arange(len(levels)), gaps_of(levels) + 1):
        for end, inner, side in ((run[0], run[:2][-1], -1.0), (run[-1], run[-2:][0], 1.0)):
            if most[end] > few and (most[end] > most[inner] or len(run) == 1):
                more.append(levels[end] + side * spacing * np.arange(1, FURTHER + 1))
    if not more:
        return levels
    whole = np.round(np.concatenate([levels, *more]) / spacing).astype(np.int64)
    return np.asarray(np.unique(whole) * spacing)
