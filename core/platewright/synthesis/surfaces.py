"""What stands in front, as one frame knows it, hides what is behind in the other frames too.

A look at something far may meet what passes in front of it in that frame: where most looks do, they agree, and on the
wrong thing. Where the target sees what is near, around its hole and in it, the cameras say where each frame has that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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
        size = to.max(axis=0) - low + 1
        inside = ((at >= low) & (at < low + size)).all(axis=1)
        front = np.full(tuple(size), -np.inf)
        np.maximum.at(front, tuple((at[inside] - low).T), self.nearer * self.points[inside, 3])
        return np.asarray(front[tuple((to - low).T)] - self.nearer * looks[:, 3])

    def hide(self, over: Array, valid: Mask) -> Mask:
        """`(k, m)`: which of the valid looks something hides; over: `(k, m)`, what each frame's camera says.

        A pixel whose own nearness is a little astray lies behind all that is around it, in every frame. So it is held
        against the look that least stands in front of, and what passes close by still hides the others.
        """
        least = np.where(valid, over, np.inf).min(axis=0, initial=np.inf)
        return np.asarray(valid & (over > self.apart + np.maximum(least, 0)))

    def _cells(self, points: Array, camera: Array) -> npt.NDArray[np.int64]:
        there = points @ camera.T
        return np.floor(np.clip(there[:, :2] / there[:, 2:3], -1e5, 1e5) / self.cell).astype(np.int64)
