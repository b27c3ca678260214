"""Where a take lies on disk: its names, and finding the takes behind a path that a user gave.

Only names are looked at here; what a record says is read by `takes.load`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from platewright.contract.errors import RequestError, StorageError
from platewright.contract.request import ELEMENT_NAME
from platewright.contract.takes import file_names

from .storage import is_real_folder, storage_errors

__all__ = ["TakePlace", "checked_element", "parse_name", "takes_at", "takes_in"]

_NAME = re.compile(r"(?P<element>[A-Za-z][A-Za-z0-9_-]{0,63})_v(?P<version>\d{3,9})(?P<rest>\..+)")


@dataclass(frozen=True, slots=True)
class TakePlace:
    """A take's place: `<folder>/<element>_v003.*`, where `folder` is `<root>/<element>`."""

    folder: Path
    element: str
    version: int

    @property
    def stem(self) -> str:
        """`sky_v003`, the name all its files begin with."""
        return f"{self.element}_v{self.version:03d}"

    @property
    def record(self) -> Path:
        """The record; the take exists if and only if this file does."""
        return self.folder / file_names(self.element, self.version)[1]

    @property
    def manifest(self) -> Path:
        """The signed manifest beside the record."""
        return self.folder / file_names(self.element, self.version)[2]

    @property
    def pattern(self) -> str:
        """The patch as hosts write it: `…/sky_v003.####.exr`."""
        return str(self.folder / f"{self.stem}.####.exr")

    def frame(self, number: int) -> Path:
        """The patch of one frame."""
        return self.folder / (file_names(self.element, self.version)[0] % number)


def checked_element(element: str) -> str:
    """The element's name, if it can be one. Raises RequestError for anything that is no plain name."""
    if not ELEMENT_NAME.fullmatch(element):
        raise RequestError(
            f"'{element[:80]}' can't be an element's name",
            code="element_name_invalid",
            hint="Use letters, digits, _ and -, beginning with a letter, as in rig_removal_left.",
        )
    return element


def parse_name(name: str) -> tuple[str, int, str] | None:
    """`(element, version, rest)` of a file name such as `sky_v003.1001.exr`, or None for any other."""
    match = _NAME.fullmatch(name)
    return (match["element"], int(match["version"]), match["rest"]) if match else None


def takes_in(folder: Path) -> Iterator[TakePlace]:
    """The takes whose records lie in one folder, by element and version. Raises StorageError."""
    with storage_errors(folder, "list"):
        names = sorted(entry.name for entry in folder.iterdir())
    found = (parse_name(name) for name in names)
    places = [TakePlace(folder, name[0], name[1]) for name in found if name and name[2] == ".take.json"]
    yield from sorted(places, key=lambda place: (place.element, place.version))


def takes_at(path: Path) -> tuple[TakePlace, ...]:
    """The takes behind a path: a record, a manifest or a frame names one, a folder all in it and one level below.

    Raises StorageError with the code `take_not_found` when there is none.
    """
    if path.is_dir():
        below = sorted(entry for entry in path.iterdir() if is_real_folder(entry) and not entry.name.startswith("."))
        places = tuple(place for folder in (path, *below) for place in takes_in(folder))
        if places:
            return places
    else:
        named = parse_name(path.name)
        if named:
            place = TakePlace(path.parent, named[0], named[1])
            if place.record.is_file():
                return (place,)
    raise StorageError(
        f"there is no take at {path}",
        code="take_not_found",
        hint="Give a take's .take.json, one of its frames, or a folder that holds takes.",
    )
