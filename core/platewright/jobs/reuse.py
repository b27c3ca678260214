"""Finding a take that was made before from the very same request and the very same files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from platewright.contract.errors import InputError, ManifestError, StorageError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Request
from platewright.contract.takes import FileHash, FrameRecord, TakeRecord
from platewright.imaging.sequence import find_sequence
from platewright.imaging.stream import hash_file

from .places import TakePlace
from .run import GENERATOR, request_hash, settled
from .takes import TakeStore, load

__all__ = ["changed_since", "made_before"]


def made_before(request: Request, root: Path) -> tuple[TakePlace, TakeRecord] | None:
    """The latest finished take of an equal request, by this version, whose input and output files are unchanged."""
    wanted = request_hash(settled(request))
    for place in reversed(TakeStore(root).takes(request.element)):
        try:
            record = load(place)
            if record.request_hash == wanted and record.generator == GENERATOR and _unchanged(place, record):
                return place, record
        except (InputError, ManifestError, StorageError):
            continue
    return None


def changed_since(request: Request, root: Path) -> tuple[TakePlace, FrameRange] | None:
    """The latest take of an equal request whose plate or matte has other files now, and on which frames.

    None where there is no such take, or nothing of it has changed. Reads every plate and matte of the range.
    """
    wanted = request_hash(settled(request))
    for place in reversed(TakeStore(root).takes(request.element)):
        try:
            record = load(place)
            if record.request_hash != wanted:
                continue
            changed = [
                frame.number
                for frame, files in _inputs(record)
                if any(hash_file(path).sha256 != then.sha256 for path, then in files)
            ]
        except (InputError, ManifestError, StorageError):
            continue
        return (place, FrameRange.of(changed)) if changed else None
    return None


def _inputs(record: TakeRecord) -> Iterator[tuple[FrameRecord, list[tuple[Path, FileHash]]]]:
    """Each frame of a take with its plate's and matte's file and what it was. Raises InputError, StorageError."""
    request = record.request
    plates = find_sequence(request.plate.pattern, request.plate.frames, "plate")
    mattes = find_sequence(request.matte.pattern, request.plate.frames, "matte") if request.matte else None
    for frame in record.frames:
        files = [(plates.path(frame.number), frame.plate)]
        if mattes is not None and frame.matte is not None:
            files.append((mattes.path(frame.number), frame.matte))
        yield frame, files


def _unchanged(place: TakePlace, record: TakeRecord) -> bool:
    """Whether plate, matte, references and patch are the recorded files. Raises InputError, StorageError."""
    for frame, files in _inputs(record):
        files.append((place.frame(frame.number), frame.file))
        if any(hash_file(path).sha256 != then.sha256 for path, then in files):
            return False
    for reference, then in zip(record.request.references, record.references, strict=False):
        now = find_sequence(reference.pattern, None, "reference").files.values()
        known = {file.sha256 for file in then}
        if not known <= {hash_file(path).sha256 for path in dict.fromkeys(now)}:
            return False
    return True
