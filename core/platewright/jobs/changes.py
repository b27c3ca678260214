"""What has changed since a take was made: on which frames its plate, matte, references or own files differ now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from platewright.contract.errors import InputError, StorageError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Reference, Request
from platewright.contract.takes import FileHash, TakeRecord
from platewright.imaging.sequence import find_sequence
from platewright.imaging.stream import hash_file

from .places import TakePlace

__all__ = ["changed_frames", "changed_inputs"]


@dataclass
class _Given:
    """The artist's pictures by content: those of a frame, and those that serve the whole shot."""

    frames: dict[int, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    whole: set[str] = field(default_factory=set)


def changed_frames(request: Request, place: TakePlace, record: TakeRecord) -> tuple[int, ...]:
    """The frames of a request that a take no longer speaks for, in order: other inputs, new frames, damaged files.

    Reads every plate and matte of the range. Raises InputError, StorageError.
    """
    changed = set(changed_inputs(request, record, request.plate.frames))
    known = {entry.number: entry.file for entry in record.frames}
    now = _given_now(request.references, request.plate.frames)
    then = _given_then(record)
    if now.whole != then.whole:
        return request.plate.frames.numbers
    for number in request.plate.frames:
        if number in known and (now.frames[number] != then.frames[number] or not _whole(place, number, known[number])):
            changed.add(number)
    return tuple(sorted(changed))


def changed_inputs(request: Request, record: TakeRecord, numbers: Iterable[int]) -> tuple[int, ...]:
    """Which of some frames have another plate or matte now than a take was made from, or are not in it.

    Raises InputError, StorageError.
    """
    frames = request.plate.frames
    plates = find_sequence(request.plate.pattern, frames, "plate")
    mattes = find_sequence(request.matte.pattern, frames, "matte") if request.matte else None
    known = {entry.number: entry for entry in record.frames}
    found = []
    for number in numbers:
        entry = known.get(number)
        same = entry is not None and hash_file(plates.path(number)).sha256 == entry.plate.sha256
        if same and entry is not None and mattes is not None:
            same = entry.matte is not None and hash_file(mattes.path(number)).sha256 == entry.matte.sha256
        if not same:
            found.append(number)
    return tuple(found)


def _whole(place: TakePlace, number: int, then: FileHash) -> bool:
    """Whether a take's own frame is still the file that was recorded."""
    path: Path = place.frame(number)
    try:
        return not path.is_symlink() and hash_file(path).sha256 == then.sha256
    except StorageError:
        return False


def _given_now(references: Iterable[Reference], frames: FrameRange) -> _Given:
    found = _Given()
    for reference in references:
        sequence = find_sequence(reference.pattern, None, "reference")
        if reference.frame is not None:
            found.frames[reference.frame].add((reference.role, hash_file(sequence.path(reference.frame)).sha256))
        elif sequence.is_still:
            found.whole.add(hash_file(sequence.path(frames.first)).sha256)
        else:
            for number in frames:
                if number in sequence.files:
                    found.frames[number].add((reference.role, hash_file(sequence.path(number)).sha256))
    return found


def _given_then(record: TakeRecord) -> _Given:
    """As the record has it; a sequence that can't be told by frame any more counts for the whole shot."""
    found = _Given()
    for reference, files in zip(record.request.references, record.references, strict=False):
        hashes = [file.sha256 for file in files]
        if reference.frame is not None:
            found.frames[reference.frame].update((reference.role, sha256) for sha256 in hashes)
            continue
        numbers = _numbers(reference, record.request.plate.frames)
        if len(numbers) == len(hashes):
            for number, sha256 in zip(numbers, hashes, strict=True):
                found.frames[number].add((reference.role, sha256))
        else:
            found.whole.update(hashes)
    return found


def _numbers(reference: Reference, frames: FrameRange) -> list[int]:
    """The frames that a sequence has a picture for; none for a still, or where it has gone."""
    try:
        sequence = find_sequence(reference.pattern, None, "reference")
    except InputError:
        return []
    return [] if sequence.is_still else [number for number in frames if number in sequence.files]
