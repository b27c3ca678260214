"""Which frames of the window can show what a target's matte hides, told from the tracked motion alone.

A few hundred sample pixels stand for the hole, so the question costs the same for a wire and for a truck.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .views import View

__all__ = ["ENOUGH", "WORTH", "choose_sources", "moved", "samples_of", "visible"]

Matrix = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]

ENOUGH = 6
"""Looks at a pixel after which another one hardly helps: a median of six keeps out two ghosts."""
FEW = 3
"""Looks under which a pixel still needs one: in three, the median keeps out a ghost."""
WORTH = 0.005
"""Smallest share of the hole's pixels for which another frame is looked at, where they have only a FEW looks yet."""
MUCH = 0.25
"""And where they have enough of those, and only the grain of the fourth to sixth look is still to be averaged: to align
a frame and look it up costs nearly the same for a tenth of the hole as for all of it."""
STILL = 0.5
"""Motion in pixels, over the whole window, under which a camera counts as locked off."""


def samples_of(mask: npt.NDArray[np.bool_], box: Box, about: int = 500) -> Points:
    """`(n, 2) float64` plate coordinates of pixels spread evenly over a mask; all of them in a small one."""
    places = np.flatnonzero(mask)
    if len(places) == 0:
        return np.zeros((0, 2))
    step = max(1, len(places) // about)
    # An odd step walks through all columns of the mask instead of meeting the same ones in every row.
    step += step % 2 == 0
    rows, columns = np.divmod(places[::step], mask.shape[1])
    return np.stack([columns + box.x0, rows + box.y0], axis=1).astype(np.float64)


def moved(points: Points, matrix: Matrix) -> Points:
    """Points through a homography, `(n, 2)`."""
    there = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(there[:, :2] / there[:, 2:3])


def visible(points: Points, view: View) -> npt.NDArray[np.bool_]:
    """`(n,)`: which points, in the view's plate coordinates, lie on background that may be used."""
    return _looked(points, np.eye(3), view)[0]


def _looked(points: Points, matrix: Matrix, view: View) -> tuple[npt.NDArray[np.bool_], float]:
    """Of points through a homography: which are visible in the view they lead to, and how far the farthest moves."""
    shown = np.empty(len(points), np.bool_)
    box, hole = view.box, view.hole_box
    edges = (box.x0 + 1, box.y0 + 1, box.x1 - 2, box.y1 - 2)
    return shown, float(_look(points, matrix, edges, view.blocked, hole.x0, hole.y0, shown))


@numba.njit(cache=True)  # so short that to let go of the interpreter's lock, and to wait for it again, takes longer
def _look(points, matrix, edges, blocked, left, top, shown):  # type: ignore[no-untyped-def]
    farthest = 0.0
    x0, y0, x1, y1 = edges
    tall, wide = blocked.shape
    for i in range(len(points)):
        x, y = points[i, 0], points[i, 1]
        w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
        u = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / w
        v = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / w
        shown[i] = False
        if not (abs(u) < 1e6 and abs(v) < 1e6):
            farthest = math.inf
            continue
        farthest = max(farthest, abs(u - x), abs(v - y))
        column, row = int(math.floor(u + 0.5)), int(math.floor(v + 0.5))
        if x0 <= column < x1 and y0 <= row < y1:
            inside = 0 <= column - left < wide and 0 <= row - top < tall
            shown[i] = not inside or blocked[row - top, column - left] == 0
    return farthest


def choose_sources(
    points: Points, candidates: list[tuple[View, Matrix]], target: int, most: int, enough: int = ENOUGH,
    alike: Mapping[int, float] | None = None,
) -> list[tuple[View, Matrix]]:  # fmt: skip
    """The candidates worth looking at: few that show much, near ones before far ones.

    candidates: views with the predicted motion from the target. enough: looks wanted at each pixel; of more than ENOUGH
    none is spared. alike: how much a frame looks like the target for other reasons than nearness in time, 0 to 1 by
    frame number. A locked-off camera takes every frame: there pixels are copied, not resampled, and the mean of all is
    the cleanest plate there is.
    """
    ordered = sorted(candidates, key=lambda entry: (abs(entry[0].number - target), entry[0].number))
    if not len(points) or not ordered:
        return []
    looked = [_looked(points, matrix, view) for view, matrix in ordered]
    shown = np.array([row for row, _ in looked])
    if all(moves < STILL for _, moves in looked):
        return [entry for entry, row in zip(ordered, shown, strict=True) if row.any()][:most]
    # Light, focus and parallax change with time, so a far frame must show more than a near one to be preferred.
    worth = 1 - 0.5 * np.arange(len(ordered)) / len(ordered)
    if alike is not None:
        worth = worth * np.array([alike[view.number] for view, _ in ordered])
    looks = np.zeros(len(points), np.int64)
    left = np.ones(len(ordered), bool)
    chosen: list[int] = []
    much = MUCH if enough <= ENOUGH else WORTH
    while len(chosen) < most:
        needed = np.count_nonzero(shown & (looks < min(FEW, enough)), axis=1)
        shows = np.count_nonzero(shown & (looks < enough), axis=1)
        left &= (needed > WORTH * len(points)) | (shows > much * len(points))
        if not left.any():
            break
        best = int(np.argmax(np.where(left, shows * worth, -1.0)))  # of equals the first, which is the nearest
        left[best] = False
        chosen.append(best)
        looks += shown[best]
    return [ordered[k] for k in sorted(chosen)]
