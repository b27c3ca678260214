"""What Platewright keeps in a script: one hidden text knob on each node it placed, readable without the plug-in.

The text is flat JSON. Nothing in a script calls Python, so a script opens the same with and without the plug-in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import nuke

__all__ = ["KNOB", "SCHEMA", "keep", "kept", "nodes_with", "ours"]

KNOB = "platewright"
SCHEMA = "org.platewright.nuke/1"
_TAB = "platewright_tab"
_LONGEST = 200_000


def keep(node: Any, values: Mapping[str, str | int | bool]) -> None:
    """Write the node's hidden state, in place of what it held."""
    knob = node.knob(KNOB)
    if knob is None:
        tab = nuke.Tab_Knob(_TAB, "Platewright")
        tab.setFlag(nuke.INVISIBLE)
        node.addKnob(tab)
        knob = nuke.String_Knob(KNOB, "Platewright")
        knob.setFlag(nuke.INVISIBLE)
        node.addKnob(knob)
    # A bracket would begin a command wherever a host evaluates text; inside JSON strings it can be spelt out.
    text = json.dumps({"schema": SCHEMA, **values}, sort_keys=True).replace("[", "\\u005b").replace("]", "\\u005d")
    if knob.value() != text:
        knob.setValue(text)


def kept(node: Any) -> dict[str, str | int | bool]:
    """The node's state, or an empty one where there is none that we wrote. A script comes from outside: checked."""
    knob = node.knob(KNOB)
    text = knob.value() if knob is not None else ""
    if not isinstance(text, str) or not text or len(text) > _LONGEST:
        return {}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict) or values.get("schema") != SCHEMA:
        return {}
    return {name: value for name, value in values.items() if isinstance(value, (str, int, bool))}


def ours(node: Any) -> bool:
    """Whether we placed it."""
    return bool(kept(node).get("placement"))


def nodes_with(placement: str, group: Any) -> dict[str, Any]:
    """The nodes of one placement by their role, in the group they stand in."""
    found = {}
    for node in nuke.allNodes(group=group):
        values = kept(node)
        if placement and values.get("placement") == placement:
            found[str(values.get("role", ""))] = node
    return found
