"""Mattes of frames that are kept: an earlier take's own files, beside the newly rendered ones and under their names.

A frame that is taken over was made with the matte it had; another one beside it would say what is not so. The files are
given a second name where the disk can (a hard link), else they are copied.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable

from platewright.contract.request import Matte

__all__ = ["lend", "lendable"]

_TOKEN = re.compile(r"%(?P<digits>0?\d*)d|(?P<signs>#+)")


def lendable(earlier: Matte | None, channel: str, frames: Iterable[int]) -> bool:
    """Whether an earlier matte can stand beside files with this one channel: EXR files like them, and all there."""
    if earlier is None or earlier.channel not in ("", channel) or not earlier.pattern.lower().endswith(".exr"):
        return False
    return all(os.path.isfile(_file(earlier.pattern, number)) for number in frames)


def lend(earlier: Matte, frames: Iterable[int], pattern: str) -> None:
    """Give an earlier matte's files the names that a pattern has for these frames. Raises OSError."""
    for number in frames:
        source, target = _file(earlier.pattern, number), _file(pattern, number)
        try:
            os.link(source, target)
        except OSError:  # another disk, or one that knows no links
            shutil.copyfile(source, target)


def _file(pattern: str, number: int) -> str:
    """The file of a frame; a still is the same for all."""

    def fill(found: re.Match[str]) -> str:
        digits = found["digits"] if found["digits"] is not None else f"0{len(found['signs'])}"
        return f"%{digits}d" % number

    folder, slash, name = pattern.replace(os.sep, "/").rpartition("/")
    return folder + slash + _TOKEN.sub(fill, name)
