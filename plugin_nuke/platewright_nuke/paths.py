"""Paths in a script: portable where they can be, and never read as a command or a frame token by the host."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nuke

from platewright.contract.errors import RequestError

__all__ = ["VARIABLES", "absolute", "evaluated", "file_text", "project_folder", "swapped_name"]

VARIABLES = "PLATEWRIGHT_PATH_VARIABLES"
"""Names of a studio's environment variables, split by commas, that paths may be written relative to."""

_SAFE_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def project_folder() -> str:
    """The project's directory as an absolute path with `/`, or an empty text where the script has none."""
    knob = nuke.root()["project_directory"]
    if not knob.value():
        return ""
    text = str(knob.evaluate() or "")
    return _slashes(text).rstrip("/") if os.path.isabs(text) else ""


def absolute(text: str) -> str:
    """A path that the host gave, made absolute as the host does it: under the project's directory."""
    path = _slashes(text)
    if os.path.isabs(path):
        return posixpath.normpath(path)
    return posixpath.normpath(posixpath.join(project_folder() or _slashes(os.getcwd()), path))


def evaluated(knob: Any, frame: int) -> str:
    """A file knob's path at a frame as the host reads it, commands carried out; as it stands where one fails."""
    try:
        return absolute(str(knob.evaluate(frame)))
    except RuntimeError:
        return absolute(str(knob.value()))


def file_text(folder: Path, name: str, environment: Mapping[str, str] | None = None) -> str:
    """The text for a Read's file knob: relative to the project's directory or a studio's variable where it lies there.

    name: the files' name with its frame token. Raises RequestError `path_unusable` for a folder the host would
    misread: a `#` or `%` in it is a frame token to every version of Nuke.
    """
    place = _slashes(str(folder))
    if not os.path.isabs(place):
        raise RequestError(f"'{place}' is not a full path", code="path_unusable", hint="Give the whole path.")
    if any(sign in place for sign in '#%"{}\n\r$'):
        raise RequestError(
            f"Nuke can't read files below '{place}': it takes #, %, $, quotes and braces for something else",
            code="path_unusable",
            hint="Put the elements into a folder without these signs.",
        )
    values = os.environ if environment is None else environment
    project = project_folder()
    if project and _below(place, project):
        return _escaped(posixpath.join(posixpath.relpath(place, project), name).removeprefix("./"))
    for variable in values.get(VARIABLES, "").split(","):
        base = _slashes(values.get(variable.strip(), "")).rstrip("/")
        if _SAFE_VARIABLE.fullmatch(variable.strip()) and os.path.isabs(base) and _below(place, base):
            rest = posixpath.join(posixpath.relpath(place, base), name).removeprefix("./")
            return f"[getenv {variable.strip()}]/{_escaped(rest)}"
    return _escaped(posixpath.join(place, name))


def swapped_name(text: str, name: str) -> str:
    """A file knob's text with another last part; whatever stands before it stays as the artist has it."""
    return text[: text.rfind("/") + 1] + name


def _escaped(path: str) -> str:
    return path.replace("[", "\\[").replace("]", "\\]")


def _below(place: str, base: str) -> bool:
    return place == base or place.startswith(base.rstrip("/") + "/")


def _slashes(path: str) -> str:
    return path.replace("\\", "/") if os.name == "nt" else path
