"""What the artist has selected, as a plate, a matte and the frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import nuke

from platewright.contract.errors import MatteError, RequestError
from platewright.contract.frames import FrameRange

__all__ = ["ALPHA", "Chosen", "RangeOf", "chosen", "frames_of"]

ALPHA = "rgba.alpha"
RangeOf = Literal["input", "root"]
_DRAWN = ("Roto", "RotoPaint", "Bezier")


@dataclass(frozen=True)
class Chosen:
    """The nodes to work on. matte: None where none is wanted (an extension, a sky that is to be found)."""

    plate: Any
    matte: Any = None
    channel: str = ALPHA

    @property
    def group(self) -> Any:
        """The group whose graph the plate stands in; new nodes go there."""
        return self.plate.parent() or nuke.root()


def chosen(needs_matte: bool = True, channel: str = ALPHA) -> Chosen:
    """Read the selection of the current group: a node and its own alpha, a Roto over a plate, or two nodes.

    Raises RequestError `nothing_selected`, `selection_unclear`; MatteError `matte_missing`.
    """
    nodes = [node for node in nuke.selectedNodes() if node.Class() not in ("BackdropNode", "StickyNote", "Viewer")]
    if not nodes:
        raise RequestError(
            "select the plate, or the plate and its matte",
            code="nothing_selected",
            hint="Select the node whose picture is to be changed; add the Roto if it stands apart.",
        )
    if len(nodes) > 2:
        raise RequestError(
            "more than two nodes are selected",
            code="selection_unclear",
            hint="Select the node whose picture is to be changed; add the Roto if it stands apart.",
        )
    plate, matte = _apart(nodes, channel) if len(nodes) == 2 else _one(nodes[0], channel)
    if matte is None and needs_matte:
        raise MatteError(
            f"{plate.name()} has no {_word(channel)}, and no matte is selected",
            code="matte_missing",
            hint="Draw a Roto on it, or select the node with the matte too.",
        )
    return Chosen(plate, matte, channel)


def _word(channel: str) -> str:
    return "alpha" if channel == ALPHA else f"channel {channel[:80]}"


def _one(node: Any, channel: str) -> tuple[Any, Any]:
    if node.Class() in _DRAWN and node.input(0) is not None:
        return node.input(0), node
    if node.Class() in _DRAWN:
        raise RequestError(
            f"{node.name()} has no plate", code="selection_unclear", hint="Connect it to the plate, or select both."
        )
    return node, node if channel in node.channels() else None


def _apart(nodes: list[Any], channel: str) -> tuple[Any, Any]:
    """Which of two is the matte: the one that is drawn, the one without colour, or the only one with alpha."""
    for matte, plate in (nodes, reversed(nodes)):
        if matte.Class() in _DRAWN and plate.Class() not in _DRAWN:
            return plate, matte
    for matte, plate in (nodes, reversed(nodes)):
        if not _has_colour(matte) and _has_colour(plate):
            return plate, matte
    with_alpha = [node for node in nodes if channel in node.channels()]
    if len(with_alpha) == 1:
        matte = with_alpha[0]
        return next(node for node in nodes if node is not matte), matte
    raise RequestError(
        f"both {nodes[0].name()} and {nodes[1].name()} could be the matte",
        code="selection_unclear",
        hint="Select the plate and a Roto, or copy the matte into the plate's alpha and select that alone.",
    )


def _has_colour(node: Any) -> bool:
    return any(name.startswith("rgba.") and name != ALPHA for name in node.channels())


def frames_of(node: Any, said: str = "", of: RangeOf = "input", handles: int = 0) -> FrameRange:
    """The frames to make: as typed, else those of the input or of the script, with handles at both ends.

    Raises RequestError `range_invalid`, `handles_invalid`.
    """
    if said.strip():
        return FrameRange.parse(said).with_handles(handles)
    if of == "root":
        root = nuke.root()
        first, last = int(root.firstFrame()), int(root.lastFrame())
    else:
        found = node.frameRange()
        first, last = int(found.first()), int(found.last())
    return FrameRange.parse(f"{first}-{max(first, last)}").with_handles(handles)
