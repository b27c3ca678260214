"""What the panel asks before publish: which outputs are meant and what feeds them, and the way to a finding's node.

The question is put together by the same code and the same walk as in a publish by pyblish.
"""

from __future__ import annotations

from typing import Any

import nuke

from platewright.contract.checks import CheckAsk
from platewright.contract.errors import RequestError
from platewright.publish.feeding import ask_of

from .feeding import walk
from .paths import absolute
from .state import kept, ours
from .takes import record_named

__all__ = ["asked", "go_to"]


class _Output:
    """A Write as an instance of a publish."""

    def __init__(self, node: Any) -> None:
        path = absolute(str(node["file"].value() or ""))
        self.data = {"platewright": {"paths": [path], "frames": _frames(node)}, "node": node}
        self.name = node.name()

    def __str__(self) -> str:
        return str(self.name)


def asked() -> CheckAsk:
    """About the selected Writes; about the selected take, where one of ours is; else about all Writes that are on.

    Raises RequestError `nothing_selected`.
    """
    chosen = list(nuke.selectedNodes())
    writes = [node for node in chosen if node.Class() == "Write"]
    mine = [node for node in chosen if ours(node) and node.Class() == "Read"]
    if mine and not writes:
        records = tuple(dict.fromkeys(_record(node) for node in mine))
        return CheckAsk(records, tuple(dict.fromkeys(one.rpartition("/")[0] for one in records)))
    writes = writes or [one for one in nuke.allNodes("Write") if not one["disable"].value() and one["file"].value()]
    if not writes:
        raise RequestError(
            "the script has no output that could be published",
            code="nothing_selected",
            hint="Select a Write that names its files, or a take.",
        )
    return _together([ask_of(_Output(node), walk) for node in writes])


def go_to(node: str, frame: int | None) -> str:
    """Select a node and open it, and show a frame. Raises RequestError `node_gone`."""
    if node:
        found = nuke.toNode(node)
        if found is None:
            raise RequestError(f"{node} is no longer in the script", code="node_gone", hint="Check again.")
        for one in nuke.selectedNodes():
            one.setSelected(False)
        found.setSelected(True)
        if nuke.GUI:
            found.showControlPanel()
    if frame is not None:
        nuke.frame(frame)
    return f"{node} is selected." if node else ""


def _together(asks: list[CheckAsk]) -> CheckAsk:
    """One question about several outputs; a range that they don't share is left to each one's files."""
    frames = {one.frames for one in asks}

    def all_of(name: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(item for one in asks for item in getattr(one, name)))

    return CheckAsk(
        all_of("paths"), all_of("roots"), elements=all_of("elements"), frames=frames.pop() if len(frames) == 1 else ""
    )


def _frames(node: Any) -> str:
    source = node if node["use_limit"].value() else nuke.root()
    names = ("first", "last") if source is node else ("first_frame", "last_frame")
    return "-".join(str(int(source[name].value())) for name in names)


def _record(node: Any) -> str:
    values = kept(node)
    path = absolute(str(node["file"].value() or ""))
    return record_named(path, str(values.get("element", "")), int(values.get("version", 0) or 0))
