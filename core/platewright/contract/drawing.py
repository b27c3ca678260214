"""A matte drawn by hand where no host has a roto: shapes with keys over time, and the words to order its files.

The shapes are interpolated here, so that what is seen while drawing and what is written are one and the same.
Coordinates are the plate's pixels, x to the right, y down, the origin where its display window puts it; the middle of
the first pixel is at 0.5, 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import RequestError
from .frames import FrameRange

__all__ = ["MOST_POINTS", "MOST_SHAPES", "Drawing", "Key", "MatteOrder", "Shape", "checked_drawing", "points_at"]

MOST_SHAPES = 200
MOST_POINTS = 5000
_FURTHEST = 100_000.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Key:
    """A shape's points at a frame, in their order."""

    frame: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed polygon, or a stroke of a round brush, `width` pixels wide. erase: it takes away from those before it.

    keys: by frame. Between two with as many points it moves evenly; else the earlier one holds; likewise before the
    first and after the last. A stroke is there at its keys' frames alone.
    """

    kind: Literal["polygon", "stroke"]
    keys: tuple[Key, ...]
    width: float = 0.0
    erase: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes, drawn one over the other. feather: pixels over which the whole is softened, half to each side."""

    shapes: tuple[Shape, ...] = ()
    feather: float = 0.0


@dataclass(frozen=True, slots=True)
class MatteOrder:
    """A drawing as files: for these frames, of the plate's size. They appear below `<root>/.sources/<element>/`."""

    root: str
    element: str
    plate: str
    frames: FrameRange
    drawing: Drawing
    roots: tuple[str, ...] = ()


def points_at(shape: Shape, frame: int) -> tuple[Point, ...]:
    """Where a shape's points are at a frame; empty where it is not there."""
    keys = sorted(shape.keys, key=lambda key: key.frame)
    if shape.kind == "stroke":
        return next((key.points for key in keys if key.frame == frame), ())
    before = [key for key in keys if key.frame <= frame]
    after = [key for key in keys if key.frame >= frame]
    if not before or not after:
        nearest = before[-1:] or after[:1]
        return nearest[0].points if nearest else ()
    one, two = before[-1], after[0]
    if one.frame == two.frame or len(one.points) != len(two.points):
        return one.points
    share = (frame - one.frame) / (two.frame - one.frame)
    return tuple(
        (ax + (bx - ax) * share, ay + (by - ay) * share)
        for (ax, ay), (bx, by) in zip(one.points, two.points, strict=True)
    )


def checked_drawing(drawing: Drawing) -> Drawing:
    """The drawing, if it can be made. Raises RequestError `drawing_empty`, `drawing_too_large`, `drawing_invalid`."""
    if not any(key.points for shape in drawing.shapes for key in shape.keys):
        raise RequestError("nothing is drawn yet", code="drawing_empty", hint="Draw around what is to be changed.")
    points = sum(len(key.points) for shape in drawing.shapes for key in shape.keys)
    if len(drawing.shapes) > MOST_SHAPES or points > MOST_POINTS * 20:
        raise RequestError("the drawing has too many shapes", code="drawing_too_large", hint="Draw it simpler.")
    for shape in drawing.shapes:
        for key in shape.keys:
            if len(key.points) > MOST_POINTS or any(abs(n) > _FURTHEST for point in key.points for n in point):
                raise RequestError("a shape is too long or too far away", code="drawing_invalid", hint="Draw it anew.")
        if not 0 <= shape.width <= 10_000:
            raise RequestError("a brush can be 0 to 10000 pixels wide", code="drawing_invalid", hint="Draw it anew.")
    if not 0 <= drawing.feather <= 1000:
        raise RequestError("a matte can be softened by 0 to 1000 pixels", code="drawing_invalid", hint="Use less.")
    return drawing
