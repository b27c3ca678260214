"""From a Write upward: the takes that feed what is published, wherever they stand in the script.

Counted are all nodes that the Write hangs on, switched off or not and inside groups too: a gate that looks at too much
is a nuisance, one that looks at too little is none. A take counts by the state that placing left on its Read, and by
the name of the files it reads, because nodes are copied and state is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nuke

from platewright.contract.checks import ElementUse
from platewright.publish import feeding

from .paths import evaluated
from .state import kept
from .takes import record_named

__all__ = ["feeding_takes", "register", "walk"]

_MOST_NODES = 200_000


def register() -> None:
    """Let publishes in this Nuke walk its graph."""
    feeding.register("nuke", walk)


def walk(instance: Any) -> tuple[ElementUse, ...]:
    """The takes that feed an instance's node. Raises ValueError for an instance without one."""
    data = instance.data
    node = data.get("platewrightNode") or data.get("node") or (data.get("transientData") or {}).get("node")
    if isinstance(node, str):
        node = nuke.toNode(node)
    if node is None:
        raise ValueError(f"'{instance}' names no node of the script")
    return tuple(feeding_takes(node))


def feeding_takes(write: Any) -> Iterator[ElementUse]:
    """The takes above a node, each with the Read that brings it in, nearest first."""
    seen: set[str] = set()
    told: set[tuple[str, str]] = set()
    waiting = [write]
    while waiting:
        node = waiting.pop(0)
        name = str(node.fullName())
        if name in seen:
            continue
        seen.add(name)
        if len(seen) > _MOST_NODES:
            raise ValueError("the script is too large to be walked")
        waiting += [one for one in node.dependencies(nuke.INPUTS | nuke.HIDDEN_INPUTS) if one is not None]
        if node.Class() == "Group":
            waiting += list(nuke.allNodes(group=node))
        record = _record_of(node)
        if record and (record, name) not in told:
            told.add((record, name))
            yield ElementUse(record, name)


def _record_of(node: Any) -> str:
    """The record of the take that a node reads; empty for any other node. It need not be there: the check says so."""
    if node.Class() != "Read":
        return ""
    if not node["file"].value():
        return ""
    values, path = kept(node), evaluated(node["file"], int(node["first"].value()))
    return record_named(path, str(values.get("element", "")), int(values.get("version", 0) or 0))
