"""For which view of a script a take was made: by the names of what was rendered for it, else by the plate's files."""

from __future__ import annotations

import re
from typing import Any

import nuke

from .takes import Take
from .upstream import files_in_place

__all__ = ["file_name", "made_for"]

_NAME = re.compile(r"(?:plate|matte)\.(?P<view>\w+)\.%04d\.exr")


def file_name(what: str, view: str) -> str:
    """The name of rendered files with a frame token: `matte.%04d.exr`, in scripts with views `matte.right.%04d.exr`."""
    return f"{what}.{view}.%04d.exr" if len(nuke.views()) > 1 else f"{what}.%04d.exr"


def made_for(take: Take, plate: Any) -> str:
    """The view that a take was made for, on this plate; empty where the script has one view, or nothing tells."""
    views, request = list(nuke.views()), take.record.request
    if len(views) < 2:
        return ""
    for given in (request.matte, request.plate):
        named = _NAME.fullmatch(given.pattern.rpartition("/")[2]) if given is not None else None
        if named and named["view"] in views:
            return named["view"]
    for view in views:
        found = files_in_place(plate, request.plate.frames, view)
        if found is not None and found.pattern == request.plate.pattern:
            return str(view)
    return ""
