# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of the scene and numbers in file names: how Blender counts them, and the engine's way to write a pattern.

Blender names a sequence by one of its files and shows, at a frame of the scene, the file whose number is
`frame - frame_start + 1 + frame_offset`. Knows no Blender.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from platewright.contract.errors import PlateError, RequestError
from platewright.contract.frames import FrameRange

__all__ = ["Numbering", "file_of", "pattern_of", "present"]

_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<digits>\d+)(?P<rest>\.[^./\\]+)", re.DOTALL)


@dataclass(frozen=True)
class Numbering:
    """From frames of the scene to numbers of files: `file = frame + shift`."""

    shift: int = 0

    @classmethod
    def of_node(cls, frame_start: int, frame_offset: int) -> Numbering:
        """As an Image node or a background image counts."""
        return cls(1 + frame_offset - frame_start)

    def files(self, first: int, last: int) -> FrameRange:
        """The files that the scene's frames show."""
        return FrameRange(tuple(range(first + self.shift, last + self.shift + 1)))

    def scene(self, number: int) -> int:
        """The frame of the scene at which a file is shown."""
        return number - self.shift


def pattern_of(path: str) -> tuple[str, int]:
    """`(pattern, number)` of one file of a sequence: `…/plate.1001.exr` is `…/plate.####.exr` and 1001.

    Raises RequestError `path_unusable`, PlateError `not_a_sequence`.
    """
    folder, name = os.path.split(path)
    if not os.path.isabs(path) or any(sign in path for sign in "\0#%\n\r"):
        raise RequestError(
            f"'{path[:200]}' is not a path that the engine can read",
            code="path_unusable",
            hint="Save the .blend file, and keep # and % out of the names of folders.",
        )
    found = _last_number(name)
    if found is None:
        raise PlateError(
            f"{name[:200]} has no frame number in its name",
            code="not_a_sequence",
            hint="Load the plate as an image sequence, with names like plate.1001.exr.",
        )
    stem, digits, rest = found
    return os.path.join(folder, f"{stem}{'#' * len(digits)}{rest}"), int(digits)


def file_of(pattern: str, number: int) -> str:
    """The path of one frame of a pattern with `####`."""
    folder, name = os.path.split(pattern)
    found = re.search(r"#+", name)
    if found is None:
        return pattern
    return os.path.join(folder, f"{name[: found.start()]}{number:0{len(found[0])}d}{name[found.end() :]}")


def present(pattern: str) -> tuple[int, ...]:
    """The numbers of the files of a pattern that are there, in order; none where the folder can't be read."""
    folder, name = os.path.split(pattern)
    token = re.search(r"#+", name)
    if token is None:
        return ()
    head, tail, least = name[: token.start()], name[token.end() :], len(token[0])
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return ()
    numbers = []
    for one in names:
        digits = one[len(head) : len(one) - len(tail)]
        fits = one.startswith(head) and one.endswith(tail) and digits.isascii() and digits.isdigit()
        if fits and (len(digits) == least or (len(digits) > least and digits[0] != "0")):
            numbers.append(int(digits))
    return tuple(sorted(numbers))


def _last_number(name: str) -> tuple[str, str, str] | None:
    """The number that Blender counts by: the last digits before the extension."""
    stem, extension = os.path.splitext(name)
    found = re.search(r"(\d+)(\D*)$", stem)
    if not found or len(found[1]) > 9:
        return None
    return stem[: found.start()], found[1], found[2] + extension
