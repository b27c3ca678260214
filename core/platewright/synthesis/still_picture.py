"""A picture that stands still but for small displacements: what frames show of it, and what each cell tells of its own.

The picture is the mean of the frames with the displacements taken out; a cell's displacement is told by least squares
on the picture's slopes (Lucas & Kanade 1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .few_waves import Told
from .slices import at_once
from .views import View

__all__ = ["CELL", "StillPicture", "full_size"]

_cv2: Any = cv2
Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]

CELL = 5
"""Pixels a side of a cell, for which one displacement is told."""
CLIPPED = 0.08
"""Tone-space difference from which on it is no displacement."""
WHITE = 4.0
"""How much more variance grain has before a picture is softened: what counts over a cell."""
AT_A_TIME = 2
"""Frames that are added side by side: as many pictures are held besides the sum."""
SPARE, FARTHEST = 8, 1e6
"""Pixels around the canvas, and from the plate's origin at most."""


class StillPicture:
    """What frames show of a box of the plate, and the picture they show, on a canvas; both reduced by a factor.

    Whatever is displaced is so in the pixels of its own frame: the canvas shows at `to(x + displacement(x))` what the
    frame shows at x. All but `to` is counted in reduced pixels, from the box's corner.
    """

    def __init__(self, views: Sequence[View], to: Sequence[Array], box: Box, factor: int) -> None:
        """views: whose data windows contain the box. to: `(3, 3)` for each, from its plate pixels to the canvas's."""
        self._shape = box.height // factor, box.width // factor
        middle = (factor - 1) / 2
        self._on_plate = np.array([[factor, 0, box.x0 + middle], [0, factor, box.y0 + middle], [0, 0, 1.0]])
        self._reduced = np.asarray(np.linalg.inv(self._on_plate))
        self._to = [self._reduced @ matrix @ self._on_plate for matrix in to]
        self._lumas = [self._fewer(view.luma(box)[box.slices_in(view.box)], factor) for view in views]
        around = np.ones((3, 3), np.uint8)
        usable = [self._fewer(view.usable(box).view(np.uint8) * np.uint8(255), factor) == 255 for view in views]
        self._usable = [_cv2.erode(each.view(np.uint8), around, borderValue=1) for each in usable]
        high, wide = self._shape
        corners = np.array([[x, y, 1.0] for x in (0, wide) for y in (0, high)])
        ends = np.concatenate([corners @ matrix.T for matrix in self._to])
        ends = np.clip(ends[:, :2] / ends[:, 2:], -FARTHEST, FARTHEST)
        low, high = np.floor(ends.min(0)) - SPARE, np.ceil(ends.max(0)) + SPARE
        self._corner = low.astype(np.float32)
        self._size = int(high[0] - low[0]), int(high[1] - low[1])

    def _fewer(self, picture: npt.NDArray[Any], factor: int) -> npt.NDArray[Any]:
        """A picture of the box with the mean of as many pixels for each."""
        if factor == 1:
            return picture
        high, wide = self._shape
        whole = np.ascontiguousarray(picture[: high * factor, : wide * factor])
        return np.asarray(_cv2.resize(whole, (wide, high), interpolation=_cv2.INTER_AREA))

    @property
    def to(self) -> list[Array]:
        """`(3, 3)` for each frame, from its plate pixels to the canvas's, as refined by `told`."""
        return [self._on_plate @ matrix @ self._reduced for matrix in self._to]

    @property
    def canvas_area(self) -> int:
        """Pixels of the canvas."""
        return self._size[0] * self._size[1]

    @property
    def cells(self) -> tuple[int, int, int]:
        """Frames, rows and columns of cells."""
        high, wide = self._shape
        return len(self._to), -(-high // CELL), -(-wide // CELL)

    def told(self, fields: Float) -> tuple[Told, float]:
        """What cells tell that is left beside displacements `fields (T, h, w, 2)`, once what is the camera's was taken
        from it; and the mean square, in tone space, of what the picture leaves unexplained."""
        picture, weight = self._picture(fields)
        enough = (weight > 1).astype(np.float32)
        tell = partial(self._told_by, picture, enough, fields)
        found = at_once(*(partial(tell, t) for t in range(len(self._to))))
        how, where, squares = (list(each) for each in zip(*found, strict=True))
        square = float(np.median(squares))
        return self._refined(Told(np.stack(how), np.stack(where), WHITE * square)), square

    def _picture(self, fields: Float) -> tuple[Float, Float]:
        """The mean of the frames with displacements taken out, and how many show each pixel of it."""
        total, weight = np.zeros((2, self._size[1], self._size[0]), np.float32)
        ys, xs = np.mgrid[0 : self._size[1], 0 : self._size[0]].astype(np.float32)
        xs, ys = xs + self._corner[0], ys + self._corner[1]
        for first in range(0, len(self._to), AT_A_TIME):
            some = range(first, min(first + AT_A_TIME, len(self._to)))
            for shown, there in at_once(*(partial(self._unmoved, t, fields[t], xs, ys) for t in some)):
                total += shown
                weight += there
        total /= np.maximum(weight, np.float32(1))
        return total, weight

    def _unmoved(self, t: int, cells: Float, xs: Float, ys: Float) -> tuple[Float, npt.NDArray[np.bool_]]:
        """What a frame shows of the canvas's pixels, and where."""
        u, v = _projected(np.asarray(np.linalg.inv(self._to[t])), xs, ys)
        field = full_size(cells, CELL, self._shape)
        x, y = u, v
        for _ in range(3):
            by = _cv2.remap(field, x, y, _cv2.INTER_LINEAR, borderMode=_cv2.BORDER_REPLICATE)
            x, y = u - by[..., 0], v - by[..., 1]
        shown = _cv2.remap(self._lumas[t], x, y, _cv2.INTER_CUBIC, borderMode=_cv2.BORDER_REPLICATE)
        there = _cv2.remap(self._usable[t].astype(np.float32), x, y, _cv2.INTER_LINEAR) > 0.99
        shown[~there] = 0
        return shown, there

    def _told_by(self, picture: Float, enough: Float, fields: Float, t: int) -> tuple[Float, Float, float]:
        """What the cells of a frame tell, and its mean square."""
        ys, xs = np.mgrid[0 : self._shape[0], 0 : self._shape[1]].astype(np.float32)
        field = full_size(fields[t], CELL, self._shape)
        u, v = _projected(self._to[t], xs + field[..., 0], ys + field[..., 1])
        u, v = u - self._corner[0], v - self._corner[1]
        seen = _cv2.remap(picture, u, v, _cv2.INTER_CUBIC)
        there = (self._usable[t] > 0) & (_cv2.remap(enough, u, v, _cv2.INTER_LINEAR) > 0.99)
        left = (self._lumas[t] - seen) * there
        left -= np.float32(left.sum() / max(int(there.sum()), 1))  # exposure is no displacement
        left = np.clip(left, -CLIPPED, CLIPPED) * there
        gx = _cv2.Sobel(seen, _cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8) * there
        gy = _cv2.Sobel(seen, _cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8) * there
        rows = _in_cells(np.dstack([gx * gx, gx * gy, gy * gy, gx * left, gy * left]))
        return rows[..., :3], rows[..., 3:], float(np.square(left).sum() / max(int(there.sum()), 1))

    def _refined(self, told: Told) -> Told:
        """What cells tell without what is the camera's: the homography of each frame, which its matrix takes up."""
        high, wide = told.how.shape[1:3]
        ys, xs = np.mgrid[0:high, 0:wide].reshape(2, -1) * CELL + (CELL - 1) / 2
        scale = 1 / (float(xs.std()) + 1)
        even = np.array([[scale, 0, -scale * xs.mean()], [0, scale, -scale * ys.mean()], [0, 0, 1]])
        x, y, one, none = scale * (xs - xs.mean()), scale * (ys - ys.mean()), np.ones_like(xs), np.zeros_like(xs)
        across = np.stack([one, x, y, none, none, none, x * x, x * y])
        down = np.stack([none, none, none, one, x, y, x * y, y * y])
        moves = np.empty_like(told.where)
        for t, (how, where) in enumerate(zip(told.how, told.where, strict=True)):
            (xx, xy, yy), (right_x, right_y) = how.reshape(-1, 3).T.astype(float), where.reshape(-1, 2).T.astype(float)
            left = (across * xx + down * xy) @ across.T + (across * xy + down * yy) @ down.T
            held = (1e-6 * np.trace(left) / len(left) + 1e-12) * np.eye(len(left))
            found = np.linalg.solve(left + held, across @ right_x + down @ right_y)
            moves[t] = np.stack([found @ across, found @ down], -1).reshape(high, wide, 2)
            a = scale * found
            by = np.array([[1 + a[1], a[2], a[0]], [a[4], 1 + a[5], a[3]], [-a[6], -a[7], 1]])
            self._to[t] = self._to[t] @ np.linalg.inv(even) @ by @ even
        return Told(told.how, told.where - told.after(moves), told.noise)


def _projected(matrix: Array, xs: Float, ys: Float) -> tuple[Float, Float]:
    """Places through a homography."""
    u, v, w = (float(a) * xs + float(b) * ys + float(c) for a, b, c in matrix)
    return np.asarray(u / w, np.float32), np.asarray(v / w, np.float32)


def full_size(cells: Float, side: int, shape: tuple[int, int]) -> Float:
    """A field of cells `(h, w, 2)`, of some pixels a side, for each pixel of a picture of a shape, `(H, W, 2)`."""
    size = cells.shape[1] * side, cells.shape[0] * side
    large = _cv2.resize(cells, size, interpolation=_cv2.INTER_CUBIC)
    return np.ascontiguousarray(large[: shape[0], : shape[1]])


def _in_cells(values: Float) -> Float:
    """Sums of `(H, W, C)` over cells, `(h, w, C)`."""
    height, width, channels = values.shape
    full = np.pad(values, [(0, -height % CELL), (0, -width % CELL), (0, 0)])
    high, wide = full.shape[0] // CELL, full.shape[1] // CELL
    return np.asarray(full.reshape(high, CELL, wide, CELL, channels).sum((1, 3)))
