"""The shot on the desktop: the sequence that is open, what is drawn on it, undo, and keeping it for the next start.

No Qt: the window shows it and the host hands it in. Drawings are values, so that undo is keeping the one before.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from platewright.contract.drawing import Drawing, Key, Shape, points_at
from platewright.contract.endpoint import state_folder
from platewright.contract.errors import PlatewrightError
from platewright.contract.mapper import from_bytes, to_json
from platewright.contract.wire import SequenceLook

__all__ = ["DesktopShot", "file_of_frame"]

Point = tuple[float, float]
Tool = Literal["look", "polygon", "brush", "erase"]
_MOST_UNDO = 100


@dataclass(frozen=True)
class _Kept:
    """What is kept for the next start, as JSON."""

    plate: SequenceLook
    drawing: Drawing
    frame: int
    matte: str = ""


def file_of_frame(pattern: str, frame: int) -> str:
    """The file of a frame: every `#` run is the number with as many digits. A still is its own file."""
    head, _, name = pattern.rpartition("/")
    stripped = name.replace("#", "")
    if stripped == name:
        return pattern
    width = len(name) - len(stripped)
    return f"{head}/{name.replace('#' * width, str(frame).zfill(width))}"


class DesktopShot:
    """plate: what is open, None for nothing. matte: a sequence of files used instead of a drawing, empty for none."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file if file is not None else state_folder() / "desktop.json"
        self.plate: SequenceLook | None = None
        self.drawing = Drawing()
        self.matte = ""
        self.frame = 1
        self.tool: Tool = "look"
        self.brush = 40.0
        self.chosen: int | None = None
        self._undo: list[Drawing] = []
        self._redo: list[Drawing] = []
        self._load()

    def open(self, plate: SequenceLook) -> None:
        """Another sequence; what was drawn on the one before goes, unless it is the same one."""
        if self.plate is None or plate.pattern != self.plate.pattern:
            self.drawing, self.matte, self._undo, self._redo, self.chosen = Drawing(), "", [], [], None
            self.frame = plate.frames.first
        self.plate = plate
        self.keep()

    def go_to(self, frame: int) -> None:
        """Show the frame, or the nearest there is."""
        if self.plate is not None:
            self.frame = min(self.plate.frames, key=lambda number: abs(number - frame))

    def use_matte(self, pattern: str) -> None:
        """Use a sequence of files in place of what is drawn; an empty text uses the drawing again."""
        self.matte = pattern
        self.keep()

    # Drawing.

    def begin(self, point: Point) -> None:
        """A new shape: a polygon that grows by points, or a stroke."""
        kind: Literal["polygon", "stroke"] = "polygon" if self.tool == "polygon" else "stroke"
        width = self.brush if kind == "stroke" else 0.0
        shape = Shape(kind, (Key(self.frame, (point,)),), width, self.tool == "erase")
        self._set(replace(self.drawing, shapes=(*self.drawing.shapes, shape)))
        self.chosen = len(self.drawing.shapes) - 1

    def add(self, point: Point) -> None:
        """One more point of the chosen shape; of a stroke it is no undo step of its own."""
        shape = self._shape()
        if shape is not None:
            points = (*points_at(shape, self.frame), point)
            self._put(points, keep_undo=shape.kind == "polygon")

    def move(self, index: int, point: Point, first: bool) -> None:
        """Move a point of the chosen polygon at this frame, which sets a key. first: a drag begins, an undo step."""
        shape = self._shape()
        if shape is not None:
            points = list(points_at(shape, self.frame))
            if 0 <= index < len(points):
                points[index] = point
                self._put(tuple(points), keep_undo=first)

    def shift(self, by: Point, first: bool) -> None:
        """Move the chosen polygon as a whole at this frame."""
        shape = self._shape()
        if shape is not None and shape.kind == "polygon":
            self._put(tuple((x + by[0], y + by[1]) for x, y in points_at(shape, self.frame)), keep_undo=first)

    def remove(self) -> None:
        """Take the chosen shape away, or the last one."""
        shapes = list(self.drawing.shapes)
        if shapes:
            shapes.pop(self.chosen if self.chosen is not None and self.chosen < len(shapes) else -1)
            self._set(replace(self.drawing, shapes=tuple(shapes)))
            self.chosen = None

    def feather(self, pixels: float) -> None:
        """Soften the whole drawing."""
        self._set(replace(self.drawing, feather=max(0.0, min(1000.0, pixels))))

    def undo(self) -> None:
        """The drawing as it was before."""
        if self._undo:
            self._redo.append(self.drawing)
            self.drawing, self.chosen = self._undo.pop(), None

    def redo(self) -> None:
        """The drawing as it was before the undo."""
        if self._redo:
            self._undo.append(self.drawing)
            self.drawing = self._redo.pop()

    def keys(self) -> tuple[int, ...]:
        """The frames that have a key of any polygon."""
        return tuple(sorted({key.frame for shape in self.drawing.shapes for key in shape.keys}))

    def is_drawn(self) -> bool:
        """Whether anything can be made of what is drawn."""
        return any(
            len(key.points) >= (3 if shape.kind == "polygon" else 1)
            for shape in self.drawing.shapes
            for key in shape.keys
            if not shape.erase
        )

    # Keeping.

    def keep(self) -> None:
        """For the next start. A disk that is full or closed is no reason to disturb anybody."""
        if self.plate is None:
            return
        text = json.dumps(to_json(_Kept(self.plate, self.drawing, self.frame, self.matte)))
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}.new")
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside.write_text(text, encoding="utf-8")
            os.replace(beside, self._file)

    def _load(self) -> None:
        try:
            kept = from_bytes(_Kept, self._file.read_bytes(), "desktop")
        except (OSError, PlatewrightError):
            return
        self.plate, self.drawing, self.matte = kept.plate, kept.drawing, kept.matte
        self.go_to(kept.frame)

    def _shape(self) -> Shape | None:
        shapes = self.drawing.shapes
        return shapes[self.chosen] if self.chosen is not None and self.chosen < len(shapes) else None

    def _put(self, points: tuple[Point, ...], keep_undo: bool) -> None:
        """Set the chosen shape's points at this frame."""
        shape = self._shape()
        assert shape is not None and self.chosen is not None
        others = tuple(key for key in shape.keys if key.frame != self.frame)
        keys = tuple(sorted((*others, Key(self.frame, points)), key=lambda key: key.frame))
        shapes = list(self.drawing.shapes)
        shapes[self.chosen] = replace(shape, keys=keys)
        self._set(replace(self.drawing, shapes=tuple(shapes)), keep_undo)

    def _set(self, drawing: Drawing, keep_undo: bool = True) -> None:
        if keep_undo:
            self._undo = [*self._undo[-_MOST_UNDO:], self.drawing]
            self._redo = []
        self.drawing = drawing
