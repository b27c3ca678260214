"""Nodes and groups: what a script is made of. Every change is told to the application first, for undo."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .facts import ClassFacts, FakeNukeUnsupported
from .knobs import Knob, KnobState, knob_for, on_main_thread
from .values import Box, Format, FrameRange

if TYPE_CHECKING:
    from .application import FakeNuke

__all__ = ["Group", "NAMED_AS", "Node", "Root"]

NAMED_AS = {"Merge2": "Merge", "CheckerBoard2": "CheckerBoard"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Node:
    """A node of some class."""

    def __init__(self, app: FakeNuke, facts: ClassFacts, parent: Group | None) -> None:
        self._app = app
        self._facts = facts
        self._parent = parent
        self._inputs: list[Node | None] = []
        self._knobs = {name: knob_for(one, self) for name, one in facts.knobs.items()}
        self._user: dict[str, Knob] = {}

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_"):
            on_main_thread()
        return super().__getattribute__(name)

    # Knobs.

    def __getitem__(self, name: str) -> Knob:
        knob = self.knob(name)
        if knob is None:
            raise NameError(f"knob {name} does not exist")
        return knob

    def knob(self, p: str) -> Knob | None:
        self._alive()
        if not isinstance(p, str):
            raise FakeNukeUnsupported("knobs by number")
        return self._knobs.get(p) or self._user.get(p)

    def knobs(self) -> dict[str, Knob]:
        self._alive()
        return {**self._knobs, **self._user}

    def addKnob(self, k: Knob) -> None:
        self._alive()
        if k.name() in self.knobs():
            raise ValueError(f"a knob {k.name()} is there already")
        self._app.touch()
        if not self._user and k.Class() != "Tab_Knob":
            tab = self._app.knob_class("Tab_Knob")("User")
            tab._node = self
            self._user["User"] = tab
        k._node = self
        self._user[k.name()] = k

    def removeKnob(self, k: Knob) -> None:
        if self._user.get(k.name()) is not k:
            raise ValueError("knob not found on the node")
        self._app.touch()
        del self._user[k.name()]

    def _knob_changed(self, knob: Knob) -> None:
        """What a knob's change brings with it: format-specific knobs come with a file type."""
        if knob._facts.name == "file_type" or (knob._facts.name == "file" and self._facts.name == "Read"):
            self._set_exr_knobs()

    def _set_exr_knobs(self) -> None:
        kind = self._knobs["file_type"]._state.text
        file = self._knobs["file"]._state.text.lower()
        if "[" in file and not file.endswith("exr"):
            with suppress(RuntimeError, FakeNukeUnsupported):  # Nuke would tell when the picture is asked for
                file = str(self._knobs["file"]._tcl()).lower()
        exr = kind == "exr" or (self._facts.name == "Read" and kind == " " and file.endswith((".exr", ".sxr")))
        for name, facts in self._facts.exr_knobs.items():
            if exr and name not in self._knobs:
                self._knobs[name] = knob_for(facts, self)
                self._app.apply_defaults(self, [name])
            elif not exr:
                self._knobs.pop(name, None)

    # What it is.

    def Class(self) -> str:
        return self._facts.name

    def name(self) -> str:
        return str(self._knobs["name"]._state.text)

    def fullName(self) -> str:
        above = self._parent
        return self.name() if above is None or isinstance(above, Root) else f"{above.fullName()}.{self.name()}"

    def parent(self) -> Group | None:
        return self._parent

    def setName(self, name: str, uncollide: bool = True, updateExpressions: bool = False) -> None:
        self._alive()
        if not _NAME.fullmatch(name):
            raise ValueError(f"illegal name {name!r}")
        assert self._parent is not None
        taken = {node.name() for node in self._parent._nodes if node is not self}
        while uncollide and name in taken:
            stem, number = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]
            name = f"{stem}{int(number or 0) + 1}"
        self._knobs["name"].setValue(name)

    def xpos(self) -> int:
        return int(self._knobs["xpos"].value())

    def ypos(self) -> int:
        return int(self._knobs["ypos"].value())

    def setXYpos(self, x: int, y: int) -> None:
        self._knobs["xpos"].setValue(int(x))
        self._knobs["ypos"].setValue(int(y))

    def setXpos(self, x: int) -> None:
        self._knobs["xpos"].setValue(int(x))

    def setYpos(self, y: int) -> None:
        self._knobs["ypos"].setValue(int(y))

    def screenWidth(self) -> int:
        return 80 if self._app.GUI else 0

    def screenHeight(self) -> int:
        return 18 if self._app.GUI else 0

    def setSelected(self, selected: bool) -> None:
        self._knobs["selected"].setValue(bool(selected))

    def isSelected(self) -> bool:
        return bool(self._knobs["selected"].value())

    # How it is connected.

    def inputs(self) -> int:
        self._alive()
        return len(self._inputs)

    def input(self, i: int) -> Node | None:
        self._alive()
        return self._inputs[i] if 0 <= i < len(self._inputs) else None

    def maxInputs(self) -> int:
        return self._most_inputs()

    def maximumInputs(self) -> int:
        return self._most_inputs()

    def canSetInput(self, i: int, node: Node | None) -> bool:
        if node is None:
            return True
        return 0 <= i < self._most_inputs() and node._parent is self._parent and self not in node._upstream()

    def setInput(self, i: int, node: Node | None) -> bool:
        self._alive()
        if node is not None and not isinstance(node, Node):
            raise TypeError("expecting a Node or None")
        if not self.canSetInput(i, node):
            return False
        self._app.touch()
        inputs = [*self._inputs, *[None] * (i + 1 - len(self._inputs))]
        inputs[i] = node
        while inputs and inputs[-1] is None:
            inputs.pop()
        self._inputs = inputs
        return True

    def dependencies(self, what: int | None = None) -> list[Node]:
        return [node for node in self._inputs if node is not None]

    def dependent(self, what: int | None = None, forceEvaluate: bool = True) -> list[Node]:
        siblings = self._parent._nodes if self._parent else []
        return [node for node in siblings if self in node._inputs]

    def _most_inputs(self) -> int:
        return self._facts.inputs[1]

    def _upstream(self) -> set[Node]:
        found: set[Node] = set()
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += [one for one in node._inputs if one is not None]
        return found

    # What it gives.

    def _image(self) -> Any:
        return self._app.image(self)

    def format(self) -> Format:
        found = self._image().format
        assert isinstance(found, Format)
        return found

    def width(self) -> int:
        return self.format().width()

    def height(self) -> int:
        return self.format().height()

    def pixelAspect(self) -> float:
        return self.format().pixelAspect()

    def bbox(self) -> Box:
        found = self._image().bbox
        assert isinstance(found, Box)
        return found

    def channels(self) -> list[str]:
        return list(self._image().channels)

    def metadata(self, key: str | None = None, time: float | None = None, view: str | None = None) -> Any:
        found = self._app.image(self, None if time is None else int(time), view).metadata
        return dict(found) if key is None else found.get(key)

    def sample(self, c: str, x: float, y: float) -> float:
        """The pixel that a point lies in."""
        at = Box(math.floor(x), math.floor(y), math.floor(x) + 1, math.floor(y) + 1)
        return float(self._image().plane(c, at)[0, 0])

    def frameRange(self) -> FrameRange:
        return FrameRange(*self._frames())

    def firstFrame(self) -> int:
        return self._frames()[0]

    def lastFrame(self) -> int:
        return self._frames()[1]

    def _frames(self) -> tuple[int, int]:
        if self._facts.name in ("Read", "Constant"):
            return int(self._knobs["first"].value()), int(self._knobs["last"].value())
        if self._inputs and self._inputs[0] is not None:
            first, last = self._inputs[0]._frames()
            if self._facts.name == "TimeOffset":
                shift = int(self._knobs["time_offset"].value())
                return first + shift, last + shift
            return first, last
        root = self._app.root()
        return int(root["first_frame"].value()), int(root["last_frame"].value())

    def hasError(self) -> bool:
        try:
            self._image()
        except RuntimeError:
            return True
        return False

    def showControlPanel(self, forceFloat: bool = False) -> None:
        self._alive()

    # For undo.

    def _alive(self) -> None:
        if self._parent is not None and self not in self._parent._nodes:
            raise ValueError("A PythonObject is not attached to a node")

    def _state(self) -> tuple[Any, ...]:
        knobs = {name: knob._state for name, knob in self._knobs.items()}
        user = [(knob, knob._label, knob._state) for knob in self._user.values()]
        return knobs, user, tuple(self._inputs)

    def _restore(self, state: tuple[Any, ...]) -> None:
        knobs: dict[str, KnobState]
        knobs, user, inputs = state
        for name in [name for name in self._knobs if name not in knobs]:
            del self._knobs[name]
        for name, one in knobs.items():
            if name not in self._knobs:
                self._knobs[name] = knob_for(self._facts.exr_knobs[name], self)
            self._knobs[name]._state = one
        self._user = {}
        for knob, label, one in user:
            knob._label, knob._state = label, one
            self._user[knob._facts.name] = knob
        self._inputs = list(inputs)


class Group(Node):
    """A node with a graph inside; `with group:` makes new nodes go there."""

    def __init__(self, app: FakeNuke, facts: ClassFacts, parent: Group | None) -> None:
        super().__init__(app, facts, parent)
        self._nodes: list[Node] = []

    def nodes(self) -> list[Node]:
        return list(self._nodes)

    def node(self, name: str) -> Node | None:
        return next((one for one in self._nodes if one.name() == name), None)

    def begin(self) -> Group:
        self._app.contexts.append(self)
        return self

    def end(self) -> None:
        if self._app.contexts[-1] is not self:
            raise RuntimeError("Group.end without its begin")
        self._app.contexts.pop()

    def __enter__(self) -> Group:
        return self.begin()

    def __exit__(self, *exc: object) -> None:
        self.end()

    def output(self) -> Node | None:
        return next((one for one in self._nodes if one.Class() == "Output"), None)

    def _most_inputs(self) -> int:
        return len([one for one in self._nodes if one._facts.name == "Input"])

    def _all(self) -> Iterator[Node]:
        for node in self._nodes:
            yield node
            if isinstance(node, Group):
                yield from node._all()

    def _state(self) -> tuple[Any, ...]:
        return (super()._state(), [(node, node._state()) for node in self._nodes])

    def _restore(self, state: tuple[Any, ...]) -> None:
        own, nodes = state
        super()._restore(own)
        self._nodes = [node for node, _ in nodes]
        for node, one in nodes:
            node._restore(one)


class Root(Group):
    """The script itself."""

    def modified(self) -> bool:
        return self._app.is_modified

    def setModified(self, b: bool) -> None:
        self._app.is_modified = bool(b)

    def proxy(self) -> bool:
        return bool(self._knobs["proxy"].value())

    def setProxy(self, b: bool) -> None:
        self._knobs["proxy"].setValue(bool(b))

    def firstFrame(self) -> int:
        return int(self._knobs["first_frame"].value())

    def lastFrame(self) -> int:
        return int(self._knobs["last_frame"].value())

    def format(self) -> Format:
        found = self._knobs["format"].value()
        assert isinstance(found, Format)
        return found

    def name(self) -> str:
        return "root"

    def fullName(self) -> str:
        return "root"
