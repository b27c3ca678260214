"""A take copied out of its place: its own files as they are, or the plate with the take over it as new frames.

Nothing that is there is replaced; each file appears whole or not at all.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from platewright.contract.errors import StorageError
from platewright.imaging.writing import write_frame

from .pictures import TakePictures
from .places import TakePlace
from .storage import storage_errors
from .takes import load

__all__ = ["export_comp", "export_patch"]


def export_patch(place: TakePlace, folder: Path) -> int:
    """Copy patch, record and manifest. Returns how many files. Raises StorageError, ManifestError."""
    record = load(place)
    sources = [place.frame(frame.number) for frame in record.frames]
    sources += [path for path in (place.manifest, place.record) if path.exists()]  # the record last: it says "whole"
    targets = [_free(folder / source.name) for source in sources]
    for source, target in zip(sources, targets, strict=True):
        _copy(source, target)
    return len(sources)


def export_comp(place: TakePlace, folder: Path, plate: str = "") -> int:
    """Write the take over its plate, a frame at a time. Returns how many. Raises StorageError, InputError."""
    pictures = TakePictures.of(place, plate)
    targets = {number: _free(folder / f"{place.stem}_comp.{number:04d}.exr") for number in pictures.frames}
    for number, target in targets.items():
        write_frame(target, pictures.read(number))
    return len(targets)


def _free(target: Path) -> Path:
    """The target, if nothing stands there. The folder is made."""
    with storage_errors(target.parent, "make the folder"):
        target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        raise StorageError(
            f"{target} is there already", code="in_the_way", hint="Choose an empty folder; nothing is replaced."
        )
    return target


def _copy(source: Path, target: Path) -> None:
    beside = target.with_name(f".{target.name}.part")
    try:
        with storage_errors(target, "write"):
            shutil.copyfile(source, beside)
            os.replace(beside, target)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
