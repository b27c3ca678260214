"""Takes as they lie on the disk: found by their record, read with nothing but the contract."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from platewright.client.records import read_record
from platewright.contract.errors import ManifestError
from platewright.contract.takes import TakeRecord, file_names

__all__ = ["Take", "is_there", "load", "record_named", "version_named", "versions"]

_PATCH = re.compile(r"(?P<element>[A-Za-z][A-Za-z0-9_-]{0,63})_v(?P<version>\d{3,6})\.(?:%0?\d*d|#+)\.exr")
_FRAME = re.compile(r"(?P<element>[A-Za-z][A-Za-z0-9_-]{0,63})_v(?P<version>\d{3,6})\.-?\d+\.exr")
_RECORD = re.compile(r"(?P<element>[A-Za-z][A-Za-z0-9_-]{0,63})_v(?P<version>\d{3,6})\.take\.json")


@dataclass(frozen=True)
class Take:
    """A finished take: its folder and its record."""

    folder: Path
    record: TakeRecord

    @property
    def pattern(self) -> str:
        """The patch's file name with its frame token, `rig_v003.%d.exr`."""
        return file_names(self.record.element, self.record.version)[0]

    @property
    def label(self) -> str:
        """Its name, `rig_v003`."""
        return f"{self.record.element}_v{self.record.version:03d}"

    @property
    def manifest(self) -> str:
        """The manifest's file name."""
        return file_names(self.record.element, self.record.version)[2]

    @property
    def frames(self) -> tuple[int, ...]:
        """Its frame numbers in their order."""
        return tuple(sorted(frame.number for frame in self.record.frames))

    @property
    def has_gaps(self) -> bool:
        """Whether frames between its first and last are missing on purpose (a range with a step)."""
        numbers = self.frames
        return numbers[-1] - numbers[0] + 1 != len(numbers)


def load(record: Path) -> Take:
    """A take by its record's file. Raises StorageError `take_missing`, ManifestError for what is not a record."""
    named = _RECORD.fullmatch(record.name)
    if not named:
        raise ManifestError(f"{record.name} is not the name of a take's record", code="record_name")
    return Take(record.parent, read_record(record, named["element"], int(named["version"])))


def is_there(folder: Path, element: str, version: int) -> bool:
    """Whether a finished take's record is there: one question to the disk, nothing is read."""
    try:
        return (folder / file_names(element, version)[1]).is_file()
    except OSError:
        return False


def version_named(element: str, pattern: str) -> int:
    """The version that a patch's file name says, `rig_v003.%d.exr`; 0 for a name that is not this element's."""
    found = _PATCH.fullmatch(pattern)
    return int(found["version"]) if found and found["element"] == element else 0


def record_named(path: str, element: str = "", version: int = 0) -> str:
    """The record that goes with a patch's files, by their name, or by an element and version that are known better.

    path: full, with a frame token or a frame's number. Empty for files that are no take's.
    """
    folder, _, name = path.rpartition("/")
    found = _PATCH.fullmatch(name) or _FRAME.fullmatch(name)
    if found:
        element, version = found["element"], int(found["version"])
    return f"{folder}/{file_names(element, version)[1]}" if element and version else ""


def versions(folder: Path, element: str) -> tuple[int, ...]:
    """The finished versions of an element in its folder, in their order; none where the folder can't be read."""
    try:
        names = os.listdir(folder)
    except OSError:
        return ()
    records = (_RECORD.fullmatch(name) for name in names if name.endswith(".take.json"))
    return tuple(sorted(int(one["version"]) for one in records if one and one["element"] == element))
