"""Small values that Nuke's calls give back: formats, boxes, frame ranges."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Box", "Format", "FrameRange"]


@dataclass(frozen=True)
class Format:
    """A picture's size and pixel aspect, with Nuke's own ways to ask for them."""

    _width: int
    _height: int
    _aspect: float = 1.0
    _name: str = ""

    def width(self) -> int:
        return self._width

    def height(self) -> int:
        return self._height

    def pixelAspect(self) -> float:
        return self._aspect

    def name(self) -> str:
        return self._name

    def script(self) -> str:
        """As it stands in a script: size, the box inside it, pixel aspect, name."""
        w, h = self._width, self._height
        return f'"{w} {h} 0 0 {w} {h} {self._aspect:g} {self._name}"'

    @classmethod
    def parse(cls, text: str) -> Format:
        """Read `script`'s text, without its quotes."""
        words = text.split()
        if len(words) < 2 or not all(word.lstrip("-").isdigit() for word in words[:2]):
            raise TypeError(f"not a format: {text!r}")
        aspect = float(words[6]) if len(words) > 6 else 1.0
        return cls(int(words[0]), int(words[1]), aspect, " ".join(words[7:]))


@dataclass(frozen=True)
class Box:
    """A bounding box in Nuke's coordinates: origin at the lower left, `r` and `t` exclusive."""

    _x: int
    _y: int
    _r: int
    _t: int

    def x(self) -> int:
        return self._x

    def y(self) -> int:
        return self._y

    def w(self) -> int:
        return self._r - self._x

    def h(self) -> int:
        return self._t - self._y

    @property
    def edges(self) -> tuple[int, int, int, int]:
        return self._x, self._y, self._r, self._t

    def grown(self, by: int) -> Box:
        return Box(self._x - by, self._y - by, self._r + by, self._t + by)

    def moved(self, x: int, y: int) -> Box:
        return Box(self._x + x, self._y + y, self._r + x, self._t + y)

    def union(self, other: Box) -> Box:
        return Box(
            min(self._x, other._x), min(self._y, other._y), max(self._r, other._r), max(self._t, other._t)
        )  # fmt: skip

    def __and__(self, other: Box) -> Box:
        x, y = max(self._x, other._x), max(self._y, other._y)
        return Box(x, y, max(x, min(self._r, other._r)), max(y, min(self._t, other._t)))


@dataclass(frozen=True)
class FrameRange:
    """A node's frames."""

    _first: int
    _last: int

    def first(self) -> int:
        return self._first

    def last(self) -> int:
        return self._last
