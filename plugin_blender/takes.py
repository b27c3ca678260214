# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes and their full-frame copies as they lie on the disk, read with nothing but the contract. Knows no Blender."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from platewright.client.records import read_record
from platewright.contract.errors import ManifestError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Extend
from platewright.contract.takes import TakeRecord, file_names

__all__ = ["FOLDER", "Take", "copies_pattern", "load", "record_of", "version_of_copy", "versions_in"]

FOLDER = ".full_frames"
"""Where the engine keeps the full-frame copies, beside the elements."""

_RECORD = re.compile(r"(?P<element>[A-Za-z][A-Za-z0-9_-]{0,63})_v(?P<version>\d{3,9})\.take\.json")
_COPY = re.compile(r"(?P<stem>[A-Za-z][A-Za-z0-9_-]{0,70})_v(?P<version>\d{3,9})\.(?:\d+|#+)\.exr")


@dataclass(frozen=True)
class Take:
    """A finished take: the root of the elements, and its record."""

    root: str
    record: TakeRecord

    @property
    def label(self) -> str:
        """Its name, `rig_v003`."""
        return f"{self.record.element}_v{self.record.version:03d}"

    @property
    def frames(self) -> FrameRange:
        """Its frame numbers, as the plate's files are numbered."""
        return FrameRange.of(frame.number for frame in self.record.frames)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its full-frame copies."""
        display, operation = self.record.display_window, self.record.request.operation
        if isinstance(operation, Extend) and not operation.grow_display:
            pads = operation.pads
            return display.width + pads.left + pads.right, display.height + pads.top + pads.bottom
        return display.width, display.height

    @property
    def plate_size(self) -> tuple[int, int]:
        """Width and height of the plate it was made for."""
        operation, (width, height) = self.record.request.operation, self.size
        if isinstance(operation, Extend):
            pads = operation.pads
            return width - pads.left - pads.right, height - pads.top - pads.bottom
        return width, height


def load(path: str) -> Take:
    """Read a take by its record's file, strictly. Raises StorageError `take_missing`, ManifestError."""
    record = Path(path)
    named = _RECORD.fullmatch(record.name)
    if named is None:
        raise ManifestError(f"{record.name[:200]} is not the name of a take's record", code="record_name")
    return Take(str(record.parent.parent), read_record(record, named["element"], int(named["version"])))


def copies_pattern(root: str, element: str, version: int, layer: str = "picture") -> str:
    """Where the engine puts a take's full-frame copies."""
    stem = element if layer == "picture" else f"{element}_{layer}"
    return os.path.join(root, FOLDER, element, f"{stem}_v{version:03d}.####.exr")


def version_of_copy(path: str, element: str) -> int:
    """The version that a full-frame copy's name says; 0 for a file that is not this element's."""
    found = _COPY.fullmatch(path.replace("\\", "/").rpartition("/")[2])
    stems = (element, f"{element}_sky")
    return int(found["version"]) if found and found["stem"] in stems else 0


def record_of(path: str, element: str = "", version: int = 0) -> str:
    """The record of the take that a file belongs to: a patch, or a full-frame copy; empty for any other.

    path: full. element, version: what a strip knows itself, where the name says nothing. It need not be there.
    """
    folder, _, name = path.replace("\\", "/").rpartition("/")
    found = _COPY.fullmatch(name)
    if found:
        version = int(found["version"])
        element = folder.rpartition("/")[2] if _is_copy(folder) else found["stem"]
    if not element or not version:
        return ""
    if _is_copy(folder):
        root = folder.rpartition("/")[0].rpartition("/")[0]
        folder = f"{root}/{element}"
    return f"{folder}/{file_names(element, version)[1]}"


def _is_copy(folder: str) -> bool:
    return folder.rpartition("/")[0].rpartition("/")[2] == FOLDER


def versions_in(root: str, element: str) -> tuple[int, ...]:
    """The versions of an element whose records are there, in order; none where the folder can't be read."""
    try:
        names = os.listdir(os.path.join(root, element))
    except OSError:
        return ()
    found = [named for named in map(_RECORD.fullmatch, names) if named is not None and named["element"] == element]
    return tuple(sorted(int(named["version"]) for named in found))
