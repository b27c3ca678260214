"""Waves that run over a picture: ripples on water, heat over a road, what sways in the wind.

Such a picture stands still but for a displacement of a few pixels, which differs from place to place and from frame
to frame, and hides nothing. Around the hole the frames show it; behind the hole it is told by what waves do: they go
on. So the few waves that explain what is seen around are found, and say where each frame shows what another's matte
hides; if they prove themselves on places that were seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .few_waves import Told, WaveField
from .motion import Chain
from .still_picture import CELL, StillPicture, full_size
from .views import View

__all__ = ["MARGIN", "Leading", "Waves", "coarseness", "waves_of"]

_cv2: Any = cv2
Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]

Leading = Callable[[int], tuple[Array, Array]]
"""Where a frame, by its number, shows pixels `(n,)` of a target: plate coordinates x and y, NaN where no wave leads."""

MARGIN = 48
"""Pixels, of those that waves are told in, around a region that tell them."""
FINE = 960
"""Width of a plate in pixels, for as many times as much of which waves are told in larger ones: in a quarter of the
time, and waves that count are larger as well. Then they are told once more in pixels half as large."""
ROUNDS = 6
"""How often the waves are told anew by what the still picture tells, at first."""
MORE, LATER = 4, 3
"""How often at most the still picture is told anew by them, and how often they are by that."""
SETTLED = 0.75
"""Share of the mean square left before that is left still, from which on they are told."""
FEWEST = 7
"""Frames under which no wave is told from another."""
LARGEST = 8
"""Times as large as a region at most that the picture under it may be: where the camera goes that far, nothing is seen
often enough."""
MOST_CELLS = 4_000_000
"""Cells in all frames, 2000 x 2000 pixels in 24 of them, over which the memory would not be worth it: 80 bytes each."""
HELD_OUT = 5
"""Cells around the hole that are kept from the waves, for them to prove themselves on."""
PROVED = 0.5
"""Share of what those cells tell that the waves must explain without them."""
CLEARER = 0.6
"""Share of the mean square left by the still picture alone that may be left after the first turn, to go on at all."""


@dataclass(frozen=True)
class Waves:
    """box: of the plate, on which they are told. cell: pixels a side of its cells. fields: by frame, `(h, w, 2)
    float32`, for each cell how far right and down of a pixel the still picture shows what is seen at it. to: by frame,
    `(3, 3)` from its plate pixels to those that the still picture is in."""

    box: Box
    cell: int
    fields: Mapping[int, Float]
    to: Mapping[int, Array]

    def leading(self, target: int, xs: npt.NDArray[np.int32], ys: npt.NDArray[np.int32]) -> Leading:
        """From pixels of a frame, `(n,)` plate coordinates, to where the others show them."""
        shape = self.box.height, self.box.width
        field = full_size(self.fields[target], self.cell, shape)
        us, vs = np.empty((2, len(xs)))
        _unmoved(xs, ys, field, self.box.x0, self.box.y0, self.to[target], us, vs)

        def lead(source: int) -> tuple[Array, Array]:
            there = np.empty((2, len(xs)))
            field = full_size(self.fields[source], self.cell, shape)
            _moved(us, vs, field, self.box.x0, self.box.y0, np.linalg.inv(self.to[source]), there[0], there[1])
            return there[0], there[1]

        return lead


def waves_of(views: Mapping[int, View], chain: Chain, target: int, box: Box) -> Waves | None:
    """The waves over a box of the plate, which should hold the region in all frames with a MARGIN around it; None where
    what is seen around the region does not go by waves, or not enough is seen to tell."""
    numbers = [
        n for n, view in sorted(views.items()) if view.box.contains(box) and chain.between(n, target) is not None
    ]
    if len(numbers) < FEWEST:
        return None
    reference = numbers[len(numbers) // 2]
    to = [matrix for n in numbers if (matrix := chain.between(n, reference)) is not None]
    by, seen = coarseness(views[target]), [views[n] for n in numbers]
    waves = _told_in(by, seen, to, box)
    if by == 1:
        return waves
    return _told_in(by // 2, seen, to, box) if waves is None else _refined(by // 2, seen, waves)


def coarseness(view: View) -> int:
    """Pixels of the plate a side of those that waves are told in at first, a power of 2."""
    return 1 << max(0, round(math.log2(view.box.width / FINE)))


def _told_in(by: int, views: list[View], to: list[Array], box: Box) -> Waves | None:
    """Waves as told in pixels of so many of the plate's a side; None where they don't prove themselves."""
    box = Box(box.x0, box.y0, box.x1 - box.width % by, box.y1 - box.height % by)
    if min(box.width, box.height) < HELD_OUT * CELL * by:
        return None
    still = StillPicture(views, to, box, by)
    frames, rows, columns = still.cells
    if still.canvas_area * by * by > LARGEST * box.area or frames * rows * columns > MOST_CELLS:
        return None
    field = WaveField(still.cells)
    told, first = still.told(np.zeros((*still.cells, 2), np.float32))
    fields, before = field.follow(told, ROUNDS), np.inf
    for _ in range(MORE):
        left, square = still.told(fields)
        if square > CLEARER * first:
            return None
        told = left.counted_from(fields)
        fields = field.follow(told, LATER)
        if square > SETTLED * before:
            break
        before = square
    return _waves(by, views, still, fields, box) if _proved(told) >= PROVED else None


def _refined(by: int, views: list[View], waves: Waves) -> Waves:
    """Waves told once more, in pixels of fewer of the plate's."""
    still = StillPicture(views, list(waves.to.values()), waves.box, by)
    frames, rows, columns = still.cells
    if frames * rows * columns > MOST_CELLS:
        return waves
    larger = waves.cell // (by * CELL)
    fields = np.stack([full_size(each, larger, (rows, columns)) for each in waves.fields.values()]) / np.float32(by)
    field, told = WaveField(still.cells), still.told(fields)[0].counted_from(fields)
    field.begin(fields)
    return _waves(by, views, still, field.follow(told, LATER), waves.box)


def _waves(by: int, views: list[View], still: StillPicture, fields: Float, box: Box) -> Waves:
    numbers = [view.number for view in views]
    displaced = dict(zip(numbers, fields * np.float32(by), strict=True))
    return Waves(box, by * CELL, displaced, dict(zip(numbers, still.to, strict=True)))


def _proved(told: Told) -> float:
    """Share of what cells around the hole tell that waves explain which were told without them."""
    silent = told.well <= 0
    around = np.ones((2 * HELD_OUT + 1, 2 * HELD_OUT + 1), np.uint8)
    kept = np.stack([_cv2.dilate(frame.view(np.uint8), around) for frame in silent]) == 0
    fields = WaveField(told.cells).follow(told.of(kept), ROUNDS)
    return told.explained(fields, ~kept & ~silent)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _unmoved(xs, ys, field, left, top, matrix, us, vs):  # type: ignore[no-untyped-def]
    """Where the still picture shows pixels of a frame; NaN outside the field."""
    high, wide = field.shape[0], field.shape[1]
    for i in range(len(xs)):
        row, column = ys[i] - top, xs[i] - left
        if 0 <= row < high and 0 <= column < wide:
            us[i], vs[i] = _through(matrix, xs[i] + field[row, column, 0], ys[i] + field[row, column, 1])
        else:
            us[i], vs[i] = np.nan, np.nan


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _moved(us, vs, field, left, top, matrix, xs, ys):  # type: ignore[no-untyped-def]
    """Where a frame shows places of the still picture. matrix: from the still picture to the frame."""
    high, wide = field.shape[0], field.shape[1]
    for i in range(len(us)):
        u, v = _through(matrix, us[i], vs[i])
        u, v = u - left, v - top
        x, y = u, v
        if not (-0.5 <= x <= wide - 0.5 and -0.5 <= y <= high - 0.5):
            xs[i], ys[i] = np.nan, np.nan
            continue
        for _ in range(3):
            x, y = min(max(x, 0.0), wide - 1.001), min(max(y, 0.0), high - 1.001)
            column, row = int(x), int(y)
            fx, fy = x - column, y - row
            a, b, c, d = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
            x = u - (
                a * field[row, column, 0] + b * field[row, column + 1, 0]
                + c * field[row + 1, column, 0] + d * field[row + 1, column + 1, 0]
            )  # fmt: skip
            y = v - (
                a * field[row, column, 1] + b * field[row, column + 1, 1]
                + c * field[row + 1, column, 1] + d * field[row + 1, column + 1, 1]
            )  # fmt: skip
        xs[i], ys[i] = x + left, y + top


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _through(matrix, x, y):  # type: ignore[no-untyped-def]
    w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    return (
        (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / w,
        (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / w,
    )
