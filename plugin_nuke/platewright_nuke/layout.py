"""Where the nodes of a placement go in the node graph: to the right of the pipe, clear of what stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import nuke

__all__ = ["Spot", "free_spot"]

WIDTH, HEIGHT = 460, 330
_RIGHT_OF_PIPE = 150
_NODE_WIDTH = 80


@dataclass(frozen=True)
class Spot:
    """The upper left corner of a placement in the graph, and where each of its nodes stands."""

    x: int
    y: int

    def at(self, column: int, row: int) -> tuple[int, int]:
        """A node's place: columns of 130 and rows of 50, below the backdrop's heading."""
        return self.x + 40 + 130 * column, self.y + 80 + 50 * row

    def dot(self, column: int, row: int) -> tuple[int, int]:
        """The same for a dot, which is small and hangs from the middle."""
        x, y = self.at(column, row)
        return x + 34, y + 4


def free_spot(source: Any, group: Any) -> Spot:
    """The nearest spot to the right of a node where no other node stands."""
    x, y = int(source.xpos()) + _RIGHT_OF_PIPE, int(source.ypos()) - 20
    others = [_extent(node) for node in nuke.allNodes(group=group) if node is not source]
    for _ in range(len(others) + 1):
        blocking = [right for left, top, right, bottom in others
                    if left < x + WIDTH and right > x and top < y + HEIGHT and bottom > y]  # fmt: skip
        if not blocking:
            break
        x = max(blocking) + 40
    return Spot(x, y)


def _extent(node: Any) -> tuple[int, int, int, int]:
    x, y = int(node.xpos()), int(node.ypos())
    if node.Class() == "BackdropNode":
        return x, y, x + int(node["bdwidth"].value()), y + int(node["bdheight"].value())
    return x, y, x + _NODE_WIDTH, y + 20
