# SPDX-License-Identifier: GPL-3.0-or-later
"""The few words of an EXR's header that decide whether Blender shows it where it belongs.

Blender puts a cropped data window in a wrong place (measured on every version), so a plate with one is refused and said
so. Read by hand because Blender hands out no header. The file comes from outside: everything is bounded. Knows no
Blender.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from platewright.contract.errors import PlateError
from platewright.contract.windows import Box

__all__ = ["Windows", "is_complete", "windows_of"]

_LINES = {3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}
"""Scan lines to a block, by the number of the compression; one where it is not here."""
_MAGIC = 20000630
_MOST_BYTES = 1 << 20
_USUAL_BYTES = 1 << 14
"""What nearly every header fits into; a panel looks into many."""
_MOST_ATTRIBUTES = 1000


@dataclass(frozen=True)
class Windows:
    """The two windows, half open. colour_space: the file's own word for it, or empty."""

    data: Box
    display: Box
    colour_space: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the pixels fill the picture exactly."""
        return self.data == self.display


def windows_of(path: str) -> Windows | None:
    """The windows of an EXR's first part; None for a file of another kind.

    Raises PlateError `frame_missing`, `frame_unreadable`.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_USUAL_BYTES)
            if _is_cut_off(data):
                data += file.read(_MOST_BYTES - _USUAL_BYTES)
    except OSError as error:
        raise PlateError(
            f"the plate {path} can't be read: {error.strerror or error}",
            code="frame_missing",
            hint="Check that the disk with the plate is mounted, or relink the file in Blender.",
        ) from error
    if len(data) < 8 or struct.unpack_from("<i", data)[0] != _MAGIC:
        return None
    try:
        found = _attributes(data)
        return Windows(_box(found["dataWindow"]), _box(found["displayWindow"]), _text(found.get("colorInteropID", b"")))
    except (KeyError, ValueError, struct.error) as error:
        raise PlateError(
            f"{path} is not a whole EXR file", code="frame_unreadable", hint="Copy or render that frame again."
        ) from error


def is_complete(path: str) -> bool:
    """Whether an EXR of scan lines has all of its blocks: Blender says nothing when a full disk cuts one off."""
    try:
        with open(path, "rb") as file:
            found, table = _header(file.read(_MOST_BYTES))
            size = file.seek(0, os.SEEK_END)
            blocks = -(-_box(found["dataWindow"]).height // _LINES.get(found["compression"][0], 1))
            file.seek(table)
            for (offset,) in struct.iter_unpack("<Q", file.read(8 * blocks)):
                file.seek(offset + 4)
                if not offset or offset + 8 + struct.unpack("<i", file.read(4))[0] > size:
                    return False
        return size > table + 8 * blocks
    except (OSError, KeyError, ValueError, IndexError, struct.error):
        return False


def _is_cut_off(data: bytes) -> bool:
    """Whether an EXR's header may go on behind what was read."""
    if len(data) < _USUAL_BYTES or struct.unpack_from("<i", data)[0] != _MAGIC:
        return False
    try:
        _header(data)
    except (ValueError, struct.error):
        return True
    return False


def _attributes(data: bytes) -> dict[str, bytes]:
    return _header(data)[0]


def _header(data: bytes) -> tuple[dict[str, bytes], int]:
    """The attributes, and where the header ends."""
    at = 8
    found: dict[str, bytes] = {}
    for _ in range(_MOST_ATTRIBUTES):
        end = data.index(b"\0", at, at + 256)
        name = data[at:end].decode("ascii", "replace")
        if not name:
            return found, end + 1
        kind_end = data.index(b"\0", end + 1, end + 257)
        (size,) = struct.unpack_from("<i", data, kind_end + 1)
        start = kind_end + 5
        if not 0 <= size <= len(data) - start:
            raise ValueError("an attribute reaches beyond the header")
        found[name] = data[start : start + size]
        at = start + size
    raise ValueError("too many attributes")


def _box(value: bytes) -> Box:
    x0, y0, x1, y1 = struct.unpack("<4i", value)
    if x1 < x0 or y1 < y0:
        raise ValueError("an empty window")
    return Box(x0, y0, x1 + 1, y1 + 1)


def _text(value: bytes) -> str:
    text = value.decode("ascii", "replace")
    return text if text.isprintable() and len(text) < 100 else ""
