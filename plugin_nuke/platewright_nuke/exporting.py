"""The plate and the matte as EXR files for the engine: in place where they are files, else rendered and cleaned up.

A rendered picture is raw (the working space's own numbers), full channels, 32 bit, full resolution, one view.
"""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nuke

from platewright.contract.errors import Cancelled, PlateError, RequestError, StorageError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Matte, Plate

from .colour import working_space
from .graph import make_node
from .kept_mattes import lend, lendable
from .made_for import file_name
from .selection import ALPHA, Chosen
from .undoing import undisturbed
from .upstream import files_in_place
from .views import one_of

__all__ = ["Exported", "export", "export_matte", "export_matte_beside"]

Tell = Callable[[str, int, int], bool]


@dataclass(frozen=True)
class Exported:
    """What a request needs of the comp. rendered: files that were made for it, and may go when its take is there."""

    plate: Plate
    matte: Matte | None
    view: str
    rendered: tuple[str, ...]


def export(
    picked: Chosen,
    frames: FrameRange,
    folder: Path,
    view: str = "",
    tell: Tell = lambda what, done, total: True,
    only: FrameRange | None = None,
) -> Exported:
    """Bring plate and matte to the disk, below `folder` where they have to be rendered.

    only: frames whose matte counts; in all others it is empty, so that they stay as they are.
    tell: called with what is rendered, frames done and frames in all; False stops. The script is left as it was: same
    nodes, selection, proxy mode, undo list and modified flag, also when a frame fails.
    Raises PlateError `render_failed`, Cancelled, StorageError, RequestError `view_unknown`.
    """
    seen = one_of(view)
    rendered: list[str] = []
    found = files_in_place(picked.plate, frames, seen)
    if found is not None:
        plate = Plate(found.pattern, frames, found.colour_space)
    else:
        pattern = _render(_Wanted(picked.plate, "all", "plate", frames, seen), folder, tell)
        plate = Plate(pattern, frames, working_space())
        rendered.append(pattern)
    matte = None
    if picked.matte is not None:
        matte = export_matte(picked, frames, folder, seen, tell, only)
        rendered.append(matte.pattern)
    return Exported(plate, matte, seen, tuple(rendered))


def export_matte(
    picked: Chosen, frames: FrameRange, folder: Path, view: str, tell: Tell, only: FrameRange | None = None
) -> Matte:
    """The matte alone, rendered below `folder`. Raises and behaves as `export`."""
    wanted = _Wanted(picked.matte, picked.channel, "matte", frames, one_of(view), only)
    return Matte(_render(wanted, folder, tell), channel=_in_file(picked.channel))


def export_matte_beside(
    picked: Chosen, frames: FrameRange, folder: Path, view: str, tell: Tell, earlier: Matte | None, kept: FrameRange
) -> Matte:
    """The matte of some frames; those that are kept have an earlier take's own. Raises and behaves as `export`.

    Where that one can't stand beside (it is no EXR file, another channel, or gone) all are rendered.
    """
    channel = _in_file(picked.channel)
    if earlier is None or not lendable(earlier, channel, kept):
        return export_matte(picked, FrameRange.of((*frames, *kept)), folder, view, tell)
    found = export_matte(picked, frames, folder, view, tell)
    try:
        lend(earlier, kept, found.pattern)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StorageError(
            f"the mattes of the kept frames can't be brought to {folder}: {error.strerror or error}",
            code="folder_unwritable",
            hint="Choose a folder for elements that you may write to, and look whether the disk is full.",
        ) from error
    return Matte(found.pattern, channel=earlier.channel)


def _in_file(channel: str) -> str:
    """A channel's name as Nuke writes it: plain A for the alpha, else layer and channel."""
    return "A" if channel == ALPHA else channel


@dataclass(frozen=True)
class _Wanted:
    """What is rendered of a node. only: as in `export`."""

    node: Any
    channels: str
    what: str
    frames: FrameRange
    view: str
    only: FrameRange | None = None


def _render(wanted: _Wanted, folder: Path, tell: Tell) -> str:
    """Render a node's channels by Writes that live for the moment only; returns the files' pattern."""
    pattern = posixpath.join(_made(folder).as_posix(), file_name(wanted.what, wanted.view))
    made: list[Any] = []
    try:
        _render_frames(wanted, pattern, made, tell)
    except BaseException:  # what was only half exported is of no use to anybody
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return pattern


def _render_frames(wanted: _Wanted, pattern: str, made: list[Any], tell: Tell) -> None:
    with undisturbed(), wanted.node.parent() or nuke.root():
        try:
            write = empty = _write(made, wanted, pattern, wanted.node)
            if wanted.only is not None:
                empty = _write(made, wanted, pattern, _emptied(made, wanted))
            for done, number in enumerate(wanted.frames):
                if not tell(wanted.what, done, len(wanted.frames)):
                    raise Cancelled("the export was stopped")
                counts = wanted.only is None or number in wanted.only
                _execute(write if counts else empty, number, wanted.view, wanted.what)
        finally:
            for node in reversed(made):
                nuke.delete(node)


def _made(folder: Path) -> Path:
    """The folder, made where it is not there yet."""
    if any(sign in folder.as_posix() for sign in '#%[]"{}$'):
        raise RequestError(
            f"Nuke can't write below '{folder}'",
            code="path_unusable",
            hint="Choose a folder without #, %, $, quotes, brackets and braces in its path.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the folder {folder} can't be made: {error.strerror or error}",
            code="folder_unwritable",
            hint="Choose a folder for elements that you may write to.",
        ) from error
    return folder


def _write(made: list[Any], wanted: _Wanted, pattern: str, node: Any) -> Any:
    write = make_node("Write", {
        "file_type": "exr", "file": pattern, "channels": wanted.channels, "raw": True, "premultiplied": False,
        "datatype": "32 bit float", "compression": "Zip (1 scanline)", "metadata": "all metadata",
        "autocrop": False, "write_ACES_compliant_EXR": False, "interleave": "channels, layers and views",
        "create_directories": True, "views": wanted.view, "use_limit": False, "frame_mode": "expression", "frame": "",
        "on_error": "error", "gain": 1, "gamma": 1, "saturation": 1, "invert": False, "reading": False, "proxy": "",
        "disable": False, "useLifetime": False,
        "beforeRender": "", "afterRender": "", "beforeFrameRender": "", "afterFrameRender": "",
    }, inputs=(node,))  # fmt: skip
    made.append(write)
    return write


def _emptied(made: list[Any], wanted: _Wanted) -> Any:
    """The matte multiplied with 0: the same channel and windows, and nothing in it."""
    grade = make_node("Grade", {
        "channels": wanted.channels, "blackpoint": 0, "whitepoint": 1, "black": 0, "white": 1, "multiply": 0, "add": 0,
        "gamma": 1, "reverse": False, "black_clamp": True, "white_clamp": True, "maskChannelInput": "none",
        "unpremult": "none", "mix": 1, "mix_luminance": 0, "disable": False, "useLifetime": False,
    }, inputs=(wanted.node,))  # fmt: skip
    made.append(grade)
    return grade


def _execute(write: Any, number: int, view: str, what: str) -> None:
    try:
        nuke.execute(write, number, number, 1, [view])
    except RuntimeError as error:
        text = " ".join(str(error).split())[:300]
        if "cancel" in text.lower():
            raise Cancelled("the export was stopped") from error
        raise PlateError(
            f"Nuke could not render the {what} at frame {number}: {text or 'no reason given'}",
            code="render_failed",
            hint="Look at the node in the viewer at that frame; what fails there fails here.",
            frame=number,
        ) from error
