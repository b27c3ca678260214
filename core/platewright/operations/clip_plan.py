"""Which crops of which chunks a model for clips is asked for: counted by the quote, followed by the run.

A chunk is made from crops that cover the mattes of all its frames, so that what moves in it moves as in the plate: one
where the model sees that large enough, else several that overlap. Those in which nothing is left to make are not asked
for. Both sides look at the same mattes by the same rules, so what is sent is what was counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from platewright.contract.capabilities import Capabilities
from platewright.contract.errors import BudgetExceeded, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.prices import Work, seconds_of
from platewright.contract.request import Extend, Regenerate, Request
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.crops import MOST_TILES, Crop, crops_around, crops_for
from platewright.synthesis.draft import Float, Mask

from .chunks import Chunk
from .clip_pieces import left_to

__all__ = ["Crops", "Mattes", "Planned", "clip_operation", "crops_by", "fitting", "planned", "works_of"]

CELL = 16
"""Pixels of a side of the squares in which it is kept where a matte lies: 30 kB a frame at 4K."""

Crops = Callable[[Box, int], Sequence[Crop]]
"""The crops for a region, so many at most."""


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a matte lies. box: around it. cells: `(H, W) bool` over `grid`, in squares; None for all of the box."""

    box: Box = EMPTY
    grid: Box = EMPTY
    cells: Mask | None = None

    def over(self, window: Box) -> Mask:
        """`(h, w) bool` over a window: False where there is surely no matte."""
        found = np.zeros((window.height, window.width), bool)
        inside = window & self.box
        if inside.is_empty:
            return found
        if self.cells is None:
            found[inside.slices_in(window)] = True
            return found
        rows = np.arange(inside.y0, inside.y1) // CELL - self.grid.y0
        columns = np.arange(inside.x0, inside.x1) // CELL - self.grid.x0
        found[inside.slices_in(window)] = self.cells[np.ix_(rows, columns)]
        return found


class Mattes:
    """Where the mattes of a shot lie, by frame. everywhere: what every frame has to be made, whatever its matte."""

    def __init__(self, everywhere: Box = EMPTY) -> None:
        self._everywhere = everywhere
        self._places: dict[int, _Place] = {}

    def add(self, number: int, box: Box, matte: Float) -> None:
        """A frame's matte, `(H, W)` over a box; an empty box says nothing."""
        if box.is_empty:
            return
        grid = Box(box.x0 // CELL, box.y0 // CELL, -(-box.x1 // CELL), -(-box.y1 // CELL))
        cells = np.zeros((grid.height, grid.width), bool)
        rows, columns = np.nonzero(matte > 0)
        cells[(rows + box.y0) // CELL - grid.y0, (columns + box.x0) // CELL - grid.x0] = True
        self._places[number] = _Place(box, grid, cells)

    def of(self, numbers: Iterable[int]) -> _Place:
        """The mattes of these frames together."""
        if not self._everywhere.is_empty:
            return _Place(self._everywhere)
        there = [self._places[number] for number in numbers if number in self._places]
        grid = Box.around([place.grid for place in there])
        cells = np.zeros((grid.height, grid.width), bool)
        for place in there:
            cells[place.grid.slices_in(grid)] |= place.cells
        return _Place(Box.around([place.box for place in there]), grid, cells)


@dataclass(frozen=True, slots=True)
class Planned:
    """A chunk with the crops that it is made from; none where its frames have no matte."""

    chunk: Chunk
    crops: tuple[Crop, ...]


def clip_operation(request: Request) -> Regenerate | Extend:
    """The operation, if models for clips can do it. Raises RequestError."""
    operation = request.operation
    if not isinstance(operation, (Regenerate, Extend)):
        raise RequestError(
            f"a model for clips can't do {operation.kind.replace('_', ' ')} here",
            code="operation_unsupported",
            hint="Use a model for stills, or the built-in generator.",
        )
    return operation


def crops_by(
    operation: Regenerate | Extend, limits: Capabilities, display: Box, pixel_aspect: float, inner: Box | None = None
) -> Crops:
    """How a region is cut up. display: of the plate. inner: what all frames of an extension show, its display window
    where that is not known. Raises, when called, as imaging.crops does."""
    context, sizes = operation.context, limits.sizes

    def around_matte(region: Box, most: int) -> Sequence[Crop]:
        return crops_for(region, sizes, display, pixel_aspect=pixel_aspect, context=context, most=most)

    def around_plate(region: Box, most: int) -> Sequence[Crop]:
        there = display if inner is None else inner
        return crops_around(there, region, sizes, pixel_aspect=pixel_aspect, context=context, most=most)

    return around_plate if isinstance(operation, Extend) else around_matte


def planned(chunks: Sequence[Chunk], mattes: Mattes, crops: Crops, most: int = MOST_TILES) -> tuple[Planned, ...]:
    """The chunks in order, each with its crops, in the order in which they are made. most: crops of each."""
    found = []
    for chunk in chunks:
        place = mattes.of(chunk.numbers)
        cut = () if place.box.is_empty else tuple(crops(place.box, most))
        found.append(Planned(chunk, _needed(cut, place) if len(cut) > 1 else cut))
    return tuple(found)


def fitting(
    chunks: Sequence[Chunk], mattes: Mattes, crops: Crops, counted: int | None
) -> tuple[Planned, ...]:  # fmt: skip
    """The plan, in fewer and so coarser crops where it would take more sends than were counted. counted: None for any.

    Raises BudgetExceeded `cuts_above_quote` where a cut has made more chunks of the range than may be sent.
    """
    plan = planned(chunks, mattes, crops)
    most = MOST_TILES
    while counted is not None and sum(len(one.crops) for one in plan) > counted:
        if most == 1:
            needed = sum(len(one.crops) for one in plan)
            starts = FrameRange.of(one.chunk.numbers[0] for one in plan if one.crops)
            raise BudgetExceeded(
                f"the cuts in the plate need {needed} sends, from {starts}, and {counted} were counted for the quote",
                code="cuts_above_quote",
                hint="Hand in the frames on either side of a cut as requests of their own.",
            )
        most -= 1
        plan = planned(chunks, mattes, crops, most)
    return plan


def works_of(plan: Sequence[Planned]) -> tuple[Work, ...]:
    """What there is to pay for."""
    return tuple(
        Work(one.chunk.length, crop.width * crop.height, seconds_of(one.chunk.length, 24))
        for one in plan for crop in one.crops
    )  # fmt: skip


def _needed(crops: Sequence[Crop], place: _Place) -> tuple[Crop, ...]:
    """The crops in which something is left to make by those before them."""
    found: list[Crop] = []
    for crop in crops:
        if (place.over(crop.box) & left_to(crop, found)).any():
            found.append(crop)
    return tuple(found)
