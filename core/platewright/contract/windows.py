"""Boxes of pixels: the display window, the data window, and everything cut out of them.

Coordinates are OpenEXR's: whole pixels, x to the right and y downwards. A box is half open, so its width is
`x1 - x0`; OpenEXR's own windows name the last pixel instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .errors import RequestError

__all__ = ["Box", "EMPTY"]


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open rectangle of pixels, `x0 <= x < x1` and `y0 <= y < y1`; empty when it has no area."""

    x0: int
    y0: int
    x1: int
    y1: int

    @classmethod
    def of_size(cls, width: int, height: int, x: int = 0, y: int = 0) -> Box:
        """A box of `width` x `height` pixels with its top left corner at `(x, y)`."""
        return cls(x, y, x + width, y + height)

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all the given ones; EMPTY when there is none with an area."""
        found = EMPTY
        for box in boxes:
            found = found.union(box)
        return found

    @property
    def width(self) -> int:
        """Pixels across; 0 when empty."""
        return max(0, self.x1 - self.x0)

    @property
    def height(self) -> int:
        """Pixels down; 0 when empty."""
        return max(0, self.y1 - self.y0)

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    @property
    def is_empty(self) -> bool:
        """True when the box holds no pixel."""
        return self.x1 <= self.x0 or self.y1 <= self.y0

    def __and__(self, other: Box) -> Box:
        """The pixels in both; EMPTY when they share none."""
        box = Box(max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1))
        return EMPTY if box.is_empty else box

    def union(self, other: Box) -> Box:
        """The smallest box that holds both."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def grown(self, by: int, by_y: int | None = None) -> Box:
        """The box with `by` pixels more on the left and right, and `by_y` (or as many) above and below."""
        down = by if by_y is None else by_y
        return Box(self.x0 - by, self.y0 - down, self.x1 + by, self.y1 + down)

    def moved(self, x: int, y: int) -> Box:
        """The box moved by whole pixels."""
        return Box(self.x0 + x, self.y0 + y, self.x1 + x, self.y1 + y)

    def contains(self, other: Box) -> bool:
        """True when every pixel of `other` is also in this box; an empty box is in all of them."""
        return other.is_empty or (
            self.x0 <= other.x0 and self.y0 <= other.y0 and other.x1 <= self.x1 and other.y1 <= self.y1
        )

    def slices_in(self, outer: Box) -> tuple[slice, slice]:
        """`(rows, columns)` of this box in an array that covers `outer`, which must contain it."""
        if not outer.contains(self):
            raise RequestError(f"box {self} does not lie inside {outer}", code="box_outside")
        return (
            slice(self.y0 - outer.y0, self.y1 - outer.y0),
            slice(self.x0 - outer.x0, self.x1 - outer.x0),
        )


EMPTY = Box(0, 0, 0, 0)
