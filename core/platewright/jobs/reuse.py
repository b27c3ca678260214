"""Finding a take that was made before from the very same request and the very same files."""

from __future__ import annotations

from pathlib import Path

from platewright.contract.errors import InputError, ManifestError, StorageError
from platewright.contract.request import Request
from platewright.contract.takes import TakeRecord
from platewright.imaging.sequence import find_sequence
from platewright.imaging.stream import hash_file

from .places import TakePlace
from .run import GENERATOR, request_hash
from .takes import TakeStore, load

__all__ = ["made_before"]


def made_before(request: Request, root: Path) -> tuple[TakePlace, TakeRecord] | None:
    """The latest finished take of an equal request, by this version, whose input and output files are unchanged."""
    wanted = request_hash(request)
    for place in reversed(TakeStore(root).takes(request.element)):
        try:
            record = load(place)
            if record.request_hash == wanted and record.generator == GENERATOR and _unchanged(place, record):
                return place, record
        except (InputError, ManifestError, StorageError):
            continue
    return None


def _unchanged(place: TakePlace, record: TakeRecord) -> bool:
    """Whether plate, matte, references and patch are the recorded files. Raises InputError, StorageError."""
    request = record.request
    plates = find_sequence(request.plate.pattern, request.plate.frames, "plate")
    mattes = find_sequence(request.matte.pattern, request.plate.frames, "matte") if request.matte else None
    for frame in record.frames:
        files = [(place.frame(frame.number), frame.file), (plates.path(frame.number), frame.plate)]
        if mattes is not None and frame.matte is not None:
            files.append((mattes.path(frame.number), frame.matte))
        if any(hash_file(path).sha256 != then.sha256 for path, then in files):
            return False
    for reference, then in zip(request.references, record.references, strict=False):
        now = find_sequence(reference.pattern, None, "reference").files.values()
        known = {file.sha256 for file in then}
        if not known <= {hash_file(path).sha256 for path in dict.fromkeys(now)}:
            return False
    return True
