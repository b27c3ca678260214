"""Undo as the artist sees it: one step for what we place, none for what we only need for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import nuke

__all__ = ["one_step", "undisturbed"]


@contextmanager
def one_step(name: str) -> Iterator[None]:
    """Everything in here is one step of the undo list; `begin` takes no name before Nuke 17.1."""
    undo = nuke.Undo()  # its calls are the class's in some versions, an instance's in others
    undo.begin()
    try:
        undo.name(name)
        yield
    finally:
        undo.end()


@contextmanager
def undisturbed() -> Iterator[None]:
    """For nodes that live a moment: undo records nothing, and what the user had set is set again, come what may.

    Kept: selection, current frame, the project's proxy mode, and whether the script counts as modified.
    """
    root = nuke.root()
    modified = bool(root.modified())
    proxy = bool(root["proxy"].value())
    selected = set(nuke.allNodes(recurseGroups=True, group=root))
    selected = {node for node in selected if node.isSelected()}
    frame = nuke.frame()
    undo = nuke.Undo()
    undo.disable()
    try:
        if proxy:
            root["proxy"].setValue(False)
        yield
    finally:
        try:
            if bool(root["proxy"].value()) != proxy:
                root["proxy"].setValue(proxy)
            for node in nuke.allNodes(recurseGroups=True, group=root):
                if node.isSelected() != (node in selected):
                    node.setSelected(node in selected)
            if nuke.frame() != frame:
                nuke.frame(frame)
        finally:
            undo.enable()
            root.setModified(modified)
