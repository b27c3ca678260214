"""Scripts with several views: which one a take is for, and how the others keep the plate."""

from __future__ import annotations

from typing import Any

import nuke

from platewright.contract.errors import RequestError

__all__ = ["in_one_view", "one_of", "only_view"]


def one_of(view: str) -> str:
    """The view to work in: the one named, or the script's first. Raises RequestError `view_unknown`."""
    there = list(nuke.views())
    found = view or there[0]
    if found not in there:
        raise RequestError(
            f"the script has no view '{found[:80]}'", code="view_unknown", hint=f"Its views are {', '.join(there)}."
        )
    return found


def only_view(view: str) -> str:
    """The view that a take is for where a script has several; empty where it has one. Raises as `one_of`."""
    found = one_of(view)
    return found if len(nuke.views()) > 1 else ""


def in_one_view(knob: Any, view: str) -> None:
    """Let a Keymix's mix be 1 in a view and 0 in all others, where it copies the plate: Nuke's own split knob."""
    knob.setValue(0)
    knob.splitView(view)
    knob.setValue(1, view=view)
