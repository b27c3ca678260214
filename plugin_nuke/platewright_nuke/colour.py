"""In which colour space Nuke's pixels are: told to the engine, never guessed there."""

from __future__ import annotations

import re
from typing import Any

import nuke

__all__ = ["declared_by_file", "is_unconverted", "working_space"]

_IN_BRACKETS = re.compile(r"[\w ]+\((?P<space>.+)\)")
_LINEAR = frozenset({"linear", "scene_linear"})


def working_space() -> str:
    """The working space: the interop id of Nuke's own colour management, else the OCIO configuration's name."""
    root = nuke.root()
    if root["colorManagement"].value() == "Nuke":
        return "lin_rec709_scene"
    text = str(root["workingSpaceLUT"].value())
    named = _IN_BRACKETS.fullmatch(text)  # `scene_linear (ACES - ACEScg)`
    return named["space"] if named else text


def is_unconverted(read: Any) -> bool:
    """Whether a Read of an EXR gives the file's numbers as they are."""
    if read["raw"].value():
        return True
    if read["premultiplied"].value():
        return False
    said = str(read["colorspace"].value())
    named = _IN_BRACKETS.fullmatch(said)
    root = nuke.root()
    if said.startswith("default"):
        said = named["space"] if named else str(root["floatLut"].value())
    return said in _LINEAR or said == working_space()


def declared_by_file(read: Any) -> str:
    """What to hand on as the colour space of a file in place: nothing where the file says it itself."""
    return "" if read.metadata("exr/colorInteropID") else working_space()
