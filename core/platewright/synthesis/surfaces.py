"""What stands in front, as one frame knows it, hides what is behind in the other frames too.

A look at something far may meet what passes in front of it in that frame: where most looks do, they agree, and on the
wrong thing. Where the target sees what is near, around its hole and in it, the cameras say where each frame has that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .alignment import Surround
from .relief import IN_FRONT, Raster

__all__ = ["Surfaces"]


Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Surfaces:
    """points: `(n, 4)` of the target's, `(x, y, 1, nearness)`. nearer: see Raster. apart: difference of nearness from
    which on one hides the other. cell: pixels between the points."""

    points: Array
    nearer: int
    apart: float
    cell: int

    @classmethod
    def of(
        cls, around: Raster, held: Surround, box: Box, there: Mask, nearness: Array, nearer: int, spacing: float
    ) -> Surfaces:  # fmt: skip
        """From the relief around the hole and `nearness (H, W)` over its box, where it is `there (H, W)`."""
        cell = max(4, math.ceil(around.step) + 1)
        thin = np.zeros_like(there)
        thin[::2, ::2] = True
        rows, columns = np.nonzero(there & thin)
        inside = np.column_stack([columns + box.x0, rows + box.y0, np.ones(len(rows)), nearness[rows, columns]])
        outside = np.column_stack([held.xs, held.ys, np.ones(len(held.xs)), held.lift])
        return cls(np.vstack([inside, outside]), nearer, IN_FRONT * spacing, cell)

    def over(self, looks: Array, camera: Array) -> Array:
        """`(m,)`: by how much of nearness something else stands in front of each of the `looks (m, 4)`, points of the
        target, as a `camera (3, 4)` sees them; 0 or less where nothing does."""
        if self.nearer == 0:
            return np.zeros(len(looks))
        at, to = self._cells(self.points, camera), self._cells(looks, camera)
        low = to.min(axis=0)
        front = np.full(tuple(to.max(axis=0) - low + 1), -np.inf)
        out = np.empty(len(looks))
        _stand(at, self.points, to, looks, low, float(self.nearer), front, out)
        return out

    def hide(self, over: Array, valid: Mask) -> Mask:
        """`(k, m)`: which of the valid looks something hides; over: `(k, m)`, what each frame's camera says.

        A pixel whose own nearness is a little astray lies behind all that is around it, in every frame. So it is held
        against the look that least stands in front of, and what passes close by still hides the others.
        """
        least = np.where(valid, over, np.inf).min(axis=0, initial=np.inf)
        return np.asarray(valid & (over > self.apart + np.maximum(least, 0)))

    def _cells(self, points: Array, camera: Array) -> npt.NDArray[np.int64]:
        cells = np.empty((len(points), 2), np.int64)
        _seen(np.ascontiguousarray(points), np.ascontiguousarray(camera), float(self.cell), cells)
        return cells


@numba.njit(cache=True, nogil=True)
def _seen(points, camera, cell, cells):  # type: ignore[no-untyped-def]
    """The cell in which a camera has each of the `points (n, 4)`."""
    for i in range(len(points)):
        x, y, one, k = points[i, 0], points[i, 1], points[i, 2], points[i, 3]
        w = camera[2, 0] * x + camera[2, 1] * y + camera[2, 2] * one + camera[2, 3] * k
        for a in range(2):
            at = (camera[a, 0] * x + camera[a, 1] * y + camera[a, 2] * one + camera[a, 3] * k) / w
            cells[i, a] = math.floor(min(max(at, -1e5), 1e5) / cell)


@numba.njit(cache=True, nogil=True)
def _stand(at, points, to, looks, low, nearer, front, out):  # type: ignore[no-untyped-def]
    """By how much the nearest of the points in each look's cell is nearer than the look."""
    for i in range(len(at)):
        a, b = at[i, 0] - low[0], at[i, 1] - low[1]
        if 0 <= a < front.shape[0] and 0 <= b < front.shape[1]:
            front[a, b] = max(front[a, b], nearer * points[i, 3])
    for i in range(len(to)):
        out[i] = front[to[i, 0] - low[0], to[i, 1] - low[1]] - nearer * looks[i, 3]
