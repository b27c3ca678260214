"""Knob expressions: arithmetic, comparisons, functions of numbers, and other knobs by name, at a frame.

    {{parent.Grade1.mix * 2}}    {{frame < 1003 ? 0 : Switch1.which(frame - 1)}}

A word without a dot is a knob of the node itself. `parent` is the node above, for a node of the script the script;
`root` is the script, `this` the node. What is not known here (curves, noise, channels of animation) raises.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .facts import FakeNukeUnsupported

if TYPE_CHECKING:
    from .knobs import Knob
    from .nodes import Node

__all__ = ["known_at", "number_of", "value_of"]

_WORDS = re.compile(r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|(?P<name>[A-Za-z_][\w.]*)|"
                    r"(?P<sign>\*\*|[<>=!]=|&&|\|\||[-+*/%^<>?:(),!])|(?P<tcl>\[))")  # fmt: skip
_BINDING = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6,
            "%": 6, "**": 8, "^": 8}  # fmt: skip
_DO: dict[str, Callable[[float, float], float]] = {
    "||": lambda a, b: float(bool(a) or bool(b)), "&&": lambda a, b: float(bool(a) and bool(b)),
    "==": lambda a, b: float(a == b), "!=": lambda a, b: float(a != b), "<": lambda a, b: float(a < b),
    ">": lambda a, b: float(a > b), "<=": lambda a, b: float(a <= b), ">=": lambda a, b: float(a >= b),
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "%": math.fmod, "**": lambda a, b: a**b, "^": lambda a, b: a**b,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs, "acos": math.acos, "asin": math.asin, "atan": math.atan, "atan2": math.atan2, "ceil": math.ceil,
    "clamp": lambda x, low=0.0, high=1.0: min(max(x, low), high), "cos": math.cos, "degrees": math.degrees,
    "exp": math.exp, "floor": math.floor, "fmod": math.fmod, "hypot": math.hypot, "int": math.trunc,
    "lerp": lambda a, b, x: a + (b - a) * x, "log": math.log, "log10": math.log10, "max": max, "min": min, "pow": pow,
    "radians": math.radians, "rint": round, "sin": math.sin, "sqrt": math.sqrt, "step": lambda a, x: float(x >= a),
    "smoothstep": lambda a, b, x: (lambda t: t * t * (3 - 2 * t))(min(max((x - a) / (b - a), 0.0), 1.0)),
    "tan": math.tan, "trunc": math.trunc,
}  # fmt: skip
_PARTS = {"x": 0, "y": 1, "r": 0, "g": 1, "b": 2, "a": 3, "w": 0, "h": 1, "z": 2, "t": 3}
_DEEPEST = 40
_depth = [0]


def value_of(text: str, knob: Knob, frame: float) -> float:
    """An expression of a knob at a frame. A knob or node that is not there raises RuntimeError, as in Nuke."""
    if _depth[0] >= _DEEPEST:
        raise RuntimeError(f"{text}: an expression that leads back to itself")
    _depth[0] += 1
    try:
        return _Reading(text, knob, frame).whole()
    finally:
        _depth[0] -= 1


def known_at(path: str, node: Node) -> tuple[Knob, int | None]:
    """The knob that a dotted path means for a node, and which of its numbers; None for all of it."""
    words = path.split(".")
    part = None
    here, rest = _node_of(words, node)
    if len(rest) == 2 and rest[1] in _PARTS:
        part = _PARTS[rest.pop()]
    found = here.knob(rest[0]) if here is not None and len(rest) == 1 else None
    if found is None:
        raise RuntimeError(f'Nothing is named "{path}"')
    return found, part


def number_of(knob: Knob, frame: float, part: int | None = None) -> float:
    """A knob as a number at a frame: an entry of a list by its place, a switch as 0 or 1."""
    found: Any = knob._at(frame)
    if isinstance(found, list):
        found = found[part or 0]
    if isinstance(found, str):
        values = knob._facts.values
        if found not in values:
            raise FakeNukeUnsupported(f"the text {found!r} of {knob.name()} as a number")
        return float(values.index(found))
    return float(found)


def _node_of(words: list[str], node: Node) -> tuple[Any, list[str]]:
    """The node that a path begins with, and the words behind it."""
    here: Any = node
    rest = list(words)
    while len(rest) > 1:
        above = here.parent() or here._app.root()
        if rest[0] == "this":
            here = node
        elif rest[0] == "root":
            here = node._app.root()
        elif rest[0] == "parent":
            here = above
        elif here.knob(rest[0]) is not None and len(rest) == 2 and rest[1] in _PARTS:
            break
        else:
            within = here if here is not node and hasattr(here, "_nodes") else above
            found = within.node(rest[0])
            if found is None:
                return None, rest
            here = found
        rest.pop(0)
    return here, rest


class _Reading:
    """One text being read, from left to right, by the strength of its signs."""

    def __init__(self, text: str, knob: Knob, frame: float) -> None:
        self._text, self._knob, self._frame = text, knob, frame
        self._left = self._words(text)

    def _words(self, text: str) -> list[tuple[str, str]]:
        found, at = [], 0
        while text[at:].strip():
            match = _WORDS.match(text, at)
            if match is None or match.lastgroup is None:
                raise FakeNukeUnsupported(f"the expression {text!r}")
            if match.lastgroup == "tcl":
                from .tcl import closing, evaluated

                start = match.start("tcl")
                end = closing(text, start)
                found.append(("number", evaluated(text[start : end + 1], self._knob.node())))
                at = end + 1
                continue
            found.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        return found

    def whole(self) -> float:
        found = self._choice()
        if self._left:
            raise FakeNukeUnsupported(f"the expression {self._text!r}")
        return float(found)

    def _next(self, sign: str) -> bool:
        if self._left and self._left[0] == ("sign", sign):
            self._left.pop(0)
            return True
        return False

    def _choice(self) -> float:
        asked = self._joined(0)
        if not self._next("?"):
            return asked
        yes = self._choice()
        if not self._next(":"):
            raise FakeNukeUnsupported(f"the expression {self._text!r}")
        no = self._choice()
        return yes if asked else no

    def _joined(self, weakest: int) -> float:
        found = self._one()
        while self._left and self._left[0][0] == "sign" and _BINDING.get(self._left[0][1], 0) > weakest:
            sign = self._left.pop(0)[1]
            found = _DO[sign](found, self._joined(_BINDING[sign]))
        return found

    def _one(self) -> float:
        if not self._left:
            raise FakeNukeUnsupported(f"the expression {self._text!r}")
        kind, word = self._left.pop(0)
        if kind == "number":
            return float(word)
        if kind == "name":
            return self._named(word)
        if word == "(":
            found = self._choice()
            if not self._next(")"):
                raise FakeNukeUnsupported(f"the expression {self._text!r}")
            return found
        if word in "-+!":
            inner = self._joined(7)
            return -inner if word == "-" else inner if word == "+" else float(not inner)
        raise FakeNukeUnsupported(f"the expression {self._text!r}")

    def _named(self, name: str) -> float:
        given = self._given() if self._next("(") else None
        if given is not None and "." not in name and name in _FUNCTIONS:
            return float(_FUNCTIONS[name](*given))
        if name in ("frame", "t", "x") and given is None:
            return self._frame
        if name == "pi":
            return math.pi
        node = self._knob.node()
        if node is None or (given is not None and len(given) != 1):
            raise FakeNukeUnsupported(f"{name} in the expression {self._text!r}")
        if given is not None and "." not in name and node.knob(name) is None:
            raise FakeNukeUnsupported(f"the function {name} of expressions")
        knob, part = known_at(name, node)
        return number_of(knob, self._frame if given is None else given[0], part)

    def _given(self) -> list[float]:
        found = [self._choice()]
        while self._next(","):
            found.append(self._choice())
        if not self._next(")"):
            raise FakeNukeUnsupported(f"the expression {self._text!r}")
        return found
