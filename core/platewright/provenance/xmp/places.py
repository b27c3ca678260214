"""What the formats have in common: a packet's place in a file, and copying the rest of the file as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from platewright.contract.errors import ManifestError

__all__ = ["Piece", "copied", "malformed"]

_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """A packet and the bytes of the file, from `start` to before `end`, that it and its frame take up."""

    start: int
    end: int
    packet: bytes


def copied(file: BinaryIO, out: BinaryIO, start: int, end: int | None) -> None:
    """Copy from `start` to before `end`, or to the file's end. Raises ManifestError where the file ends before."""
    file.seek(start)
    left = end - start if end is not None else None
    while left is None or left:
        data = file.read(_BLOCK if left is None else min(_BLOCK, left))
        if not data:
            if left:
                raise malformed("it is cut off")
            return
        out.write(data)
        left = None if left is None else left - len(data)


def malformed(why: str, code: str = "file_malformed") -> ManifestError:
    """The error for a file that is not what it should be."""
    return ManifestError(
        f"the file can't be signed or read: {why}",
        code=code,
        hint="Write or copy it again; nothing was changed.",
    )
