"""Making native nodes: every knob that matters is set, because studios change defaults; nothing is left half made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import nuke

__all__ = ["ALLOWED", "ALWAYS_ON", "Made", "make_node"]

ALLOWED = frozenset({
    "BackdropNode", "Copy", "Crop", "Dot", "Grade", "Keymix", "Merge2", "ModifyMetaData", "Premult", "Read",
})  # fmt: skip
"""What may stand in an artist's script because of us: classes that every Nuke has, and that every farm renders."""

ALWAYS_ON = {"disable": False, "useLifetime": False}
"""Of every class that has them: a studio's default may not switch a node of ours off."""

Value = object


def make_node(kind: str, knobs: Mapping[str, Value], inputs: Sequence[Any] = ()) -> Any:
    """A node of a class in the current group, connected, with its knobs set in the order given.

    A knob that this version of Nuke has not is left out: it can't differ then. Nothing is selected or opened.
    """
    node = getattr(nuke.nodes, kind)()
    try:
        for name, value in knobs.items():
            knob = node.knob(name)
            if knob is not None:
                knob.setValue(value)
        for number, one in enumerate(inputs):
            if one is not None and not node.setInput(number, one):
                raise RuntimeError(f"{kind}: input {number} can't be connected to {one.name()}")
    except BaseException:
        nuke.delete(node)
        raise
    return node


class Made:
    """The nodes of one placement; all are taken away again where one of them fails."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []

    def add(
        self, kind: str, knobs: Mapping[str, Value], inputs: Sequence[Any] = (), at: tuple[int, int] = (0, 0)
    ) -> Any:
        """Make a node at a place of the graph. Classes outside ALLOWED are a mistake of ours."""
        if kind not in ALLOWED:
            raise AssertionError(f"{kind} is not among the classes that may be placed")
        node = make_node(kind, knobs, inputs)
        node.setXYpos(*at)
        node.setSelected(False)
        self.nodes.append(node)
        return node

    def take_away(self) -> None:
        """Delete what was made, newest first."""
        while self.nodes:
            nuke.delete(self.nodes.pop())
