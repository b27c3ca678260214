"""From a node upward: the files it shows, where nothing on the way changes a pixel or a frame."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from platewright.contract.frames import FrameRange

from .colour import declared_by_file, is_unconverted
from .paths import absolute

__all__ = ["FilesInPlace", "files_in_place", "passed_through"]

_PASSING = ("Dot", "NoOp", "PostageStamp", "ModifyMetaData")
_MOST_STEPS = 10_000
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class FilesInPlace:
    """The files behind a node: pattern with a frame token, absolute; colour space to declare, empty if they do."""

    pattern: str
    colour_space: str


def passed_through(node: Any) -> Any:
    """The first node upward that changes a picture, or None at a loose end."""
    for _ in range(_MOST_STEPS):
        if node is None or not _passes(node):
            return node
        node = node.input(0)
    return None


def _passes(node: Any) -> bool:
    kind = node.Class()
    if kind in _PASSING:
        return True
    if kind == "Read":
        return False
    disable = node.knob("disable")
    if disable is not None and disable.value() and not _moves(disable):
        return True
    # A Roto that only draws alpha leaves the picture as it is; a RotoPaint may have painted on it.
    return bool(
        kind == "Roto"
        and node.input(0) is not None
        and node["output"].value() in ("alpha", "rgba.alpha", "mask")
        and node["premultiply"].value() in ("none", "0")
    )


def _moves(knob: Any) -> bool:
    """Whether a knob may have another value at another frame: keys, or an expression."""
    return bool(knob.isAnimated() or knob.hasExpression())


def files_in_place(node: Any, frames: FrameRange, view: str) -> FilesInPlace | None:
    """The files that a node shows at these frames, or None: then it has to be rendered."""
    read = passed_through(node)
    if read is None or read.Class() != "Read" or not _plain(read):
        return None
    if frames.first < read["first"].value() or frames.last > read["last"].value():
        return None
    pattern = _pattern(read, frames, view)
    return FilesInPlace(pattern, declared_by_file(read)) if pattern else None


def _pattern(read: Any, frames: FrameRange, view: str) -> str:
    """The files of a Read as an absolute path with a frame token in the last part only, or nothing."""
    text = str(read["file"].value())
    if "[" in text or "\\" in text:
        # Evaluating fills the view in, and it is the viewer's then.
        path = "" if "%V" in text or "%v" in text else _as_evaluated(read["file"], frames)
    else:
        path = absolute(_of_view(text, view))
    folder, _, name = path.rpartition("/")
    named = name.lower().endswith((".exr", ".sxr")) and not any(sign in folder for sign in "%#")
    return path if named else ""


def _as_evaluated(knob: Any, frames: FrameRange) -> str:
    """The files as the host itself reads the knob at every frame, commands in it carried out; empty where they are not
    one sequence whose numbers are the frames."""
    try:
        paths = {number: absolute(str(knob.evaluate(number))) for number in frames}
    except RuntimeError:  # a command that fails, which the render will tell of
        return ""
    head, slash, name = paths[frames.first].rpartition("/")
    if any(sign in name for sign in "%#"):
        return ""
    for found in reversed(list(_DIGITS.finditer(name))):
        digits = len(found[0])
        before, after = f"{head}{slash}{name[: found.start()]}", name[found.end() :]
        if all(path == f"{before}{number:0{digits}d}{after}" for number, path in paths.items()):
            return f"{before}%0{digits}d{after}"
    return ""


def _of_view(text: str, view: str) -> str:
    return text.replace("%V", view).replace("%v", view[:1])


def _plain(read: Any) -> bool:
    """Whether a Read shows frame n of its files at frame n, with the files' own numbers."""
    disable = read.knob("disable")
    if disable is not None and (disable.value() or _moves(disable)):
        return False
    if read["frame_mode"].value() != "expression" or read["frame"].value() not in ("", "frame"):
        return False
    return is_unconverted(read)
