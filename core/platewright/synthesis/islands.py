"""Islands and lakes: what a sweep puts in front of a surface though nobody saw it there, or behind one that has no gap.

On a plain surface frames agree by chance at a nearness far from its own, the more surely the more of them look there;
of what truly lies there, few may have seen anything. So what stands in front was seen by some frame, or is told by the
target's own pixels around the hole; and where it may go on, it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["made_whole"]

_cv2: Any = cv2
Float = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]
Ints = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

SEEN = 0.5
"""Least share of what stands in front that somebody must have seen; and of a lake, that may be in front as well."""


def made_whole(best: Ints, total: Float, place: Places, runs: Ints, nearer: int, seen: Mask, may: Mask) -> Ints:
    """`(n,)`: the best level of each cell; of an island that nobody saw the best behind it, and of a lake in a surface
    the best in that.

    best: `(n,)` levels. total: `(n, D)` what levels cost. place: `(h, w)`, each cell's row of it, -1 where there is
    none. runs: `(D,)`, which stretch of levels each is one of, from 0 on. nearer: 1 where higher levels are nearer, -1
    where lower ones are. seen: `(n,)`, cells whose best level somebody saw. may: `(R, n)`, cells that may lie in each
    of the stretches.
    """
    best = best.copy()
    there = place >= 0
    inner = _cv2.erode(there.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
    for run in range(runs[-1], runs[0], -1) if nearer > 0 else range(runs[0], runs[-1]):
        own, behind = runs == run, runs < run if nearer > 0 else runs > run
        front = np.zeros(place.shape, bool)
        front[there] = own[best[place[there]]]
        # The hole's rim and the ring are a pixel apart.
        for cells, _ in _parts(_cv2.dilate(front.astype(np.uint8), np.ones((3, 3), np.uint8)), front, place):
            if seen[cells].mean() < SEEN:
                best[cells] = _best_of(total, cells, behind)
        front[there] = own[best[place[there]]]
        rest = there & ~front
        for cells, at in _parts(rest.astype(np.uint8), rest, place):
            if inner[at].all() and may[run, cells].mean() > SEEN:
                best[cells] = _best_of(total, cells, own)
    return best


def _parts(picture: npt.NDArray[np.uint8], of: Mask, place: Places) -> Iterator[tuple[Places, tuple[Ints, Ints]]]:
    """The cells of each connected part of a picture that are also `of` it, and their rows and columns."""
    _, label = _cv2.connectedComponents(picture, connectivity=4)
    rows, columns = np.nonzero(of)
    order = np.argsort(label[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    ends = np.flatnonzero(np.diff(label[rows, columns])) + 1
    for part in zip(np.split(rows, ends), np.split(columns, ends), strict=True):
        if len(part[0]):
            yield place[part], part


def _best_of(total: Float, cells: Places, levels: Mask) -> Ints:
    """`(m,)`: the cheapest of some levels for each of the cells."""
    return np.asarray(np.flatnonzero(levels)[total[np.ix_(cells, levels)].argmin(axis=1)], np.intp)
