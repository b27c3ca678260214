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
from .outlines import ASTRAY
from .relief import IN_FRONT, Raster

__all__ = ["Surfaces"]


Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Surfaces:
    """points: `(n, 3)` of the target's, `(x, y, nearness)`. nearer: see Raster. apart: difference of nearness from
    which on they lie on two surfaces. hides: that from which on one hides the other. cell: pixels between the points.
    """

    points: Array
    nearer: int
    apart: float
    hides: float
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
        inside = np.column_stack([columns + box.x0, rows + box.y0, nearness[rows, columns]])
        outside = np.column_stack([held.xs, held.ys, held.lift])
        # By a level, a frame moves one of them a pixel or less against the other: what is nearer by fewer than it takes
        # to leave the cell behind hides less than can be told, and may as well be told a little wrong.
        return cls(np.vstack([inside, outside]), nearer, IN_FRONT * spacing, (cell + ASTRAY) * spacing, cell)

    def over(
        self, xs: npt.NDArray[np.int32], ys: npt.NDArray[np.int32], near: Array, camera: Array, frame: Box
    ) -> Array:
        """`(m,)`: by how much of nearness something else stands in front of looks at the target's pixels `xs`, `ys` at
        a nearness `near (m,)`, as a `camera (3, 4)` sees them in its frame; 0 or less where nothing does."""
        out = np.full(len(xs), -np.inf)
        if self.nearer:
            front = np.full((frame.height // self.cell + 1, frame.width // self.cell + 1), -np.inf)
            corner = frame.x0, frame.y0, float(self.cell)
            _stand(self.points, camera, corner, float(self.nearer), ASTRAY / self.cell, front)
            _stood_over(xs, ys, near, camera, corner, float(self.nearer), front, out)
        return out

    def hide(self, over: Array, valid: Mask) -> Mask:
        """`(k, m)`: which of the valid looks something hides; over: `(k, m)`, what each frame's camera says.

        A pixel whose own nearness is a little astray lies behind all that is around it, in every frame. So it is held
        against the look that least stands in front of, and what passes close by still hides the others.
        """
        least = np.where(valid, over, np.inf).min(axis=0, initial=np.inf)
        return np.asarray(valid & (over > self.hides + np.maximum(least, 0)))


@numba.njit(cache=True, nogil=True, inline="always")
def _cell_of(x, y, k, camera, corner):  # type: ignore[no-untyped-def]
    """Where a camera has a point of the target, in cells from a corner; far outside where it has it nowhere."""
    w = camera[2, 0] * x + camera[2, 1] * y + camera[2, 2] + camera[2, 3] * k
    u = (camera[0, 0] * x + camera[0, 1] * y + camera[0, 2] + camera[0, 3] * k) / w
    v = (camera[1, 0] * x + camera[1, 1] * y + camera[1, 2] + camera[1, 3] * k) / w
    left, top, cell = corner
    if not (abs(u) < 1e6 and abs(v) < 1e6):
        return -1e6, -1e6
    return (u - left) / cell, (v - top) / cell


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _stand(points, camera, corner, nearer, reach, front):  # type: ignore[no-untyped-def]
    """The nearest of the points `(n, 3)` in each cell, or no farther from it than `reach`: `front (h, w)`."""
    height, width = front.shape
    for i in range(len(points)):
        u, v = _cell_of(points[i, 0], points[i, 1], points[i, 2], camera, corner)
        for y in range(max(math.floor(v - reach), 0), min(math.floor(v + reach) + 1, height)):
            for x in range(max(math.floor(u - reach), 0), min(math.floor(u + reach) + 1, width)):
                front[y, x] = max(front[y, x], nearer * points[i, 2])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _stood_over(xs, ys, near, camera, corner, nearer, front, out):  # type: ignore[no-untyped-def]
    """By how much what is in front in the cell of each look is nearer than it is."""
    height, width = front.shape
    for i in range(len(xs)):
        u, v = _cell_of(xs[i], ys[i], near[i], camera, corner)
        x, y = math.floor(u), math.floor(v)
        if 0 <= x < width and 0 <= y < height:
            out[i] = front[y, x] - nearer * near[i]
