"""What has changed since a take was made: on which frames its plate, matte, references or own files differ now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from platewright.contract.errors import InputError, StorageError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Reference, Request
from platewright.contract.takes import FileHash, TakeRecord
from platewright.imaging.sequence import find_sequence
from platewright.imaging.stream import hash_file

from .places import TakePlace

__all__ = ["Content"]


@dataclass
class _Given:
    """The artist's pictures by content: those of a frame, and those that serve the whole shot."""

    frames: dict[int, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    whole: set[str] = field(default_factory=set)


class Content:
    """What is in files now. Each is read once, however many takes it is compared with."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def of(self, path: Path) -> str:
        """SHA-256 of a file, hex. Raises StorageError."""
        if path not in self._known:
            self._known[path] = hash_file(path).sha256
        return self._known[path]

    def changed_frames(self, request: Request, place: TakePlace, record: TakeRecord) -> tuple[int, ...]:
        """The frames of a request that a take does not speak for, in order: other inputs, new frames, damaged files.

        Raises InputError, StorageError.
        """
        frames = request.plate.frames
        if self._given_now(request.references, frames).whole != _given_then(record).whole:
            return frames.numbers
        return tuple(self._changes(request, place, record))

    def is_unchanged(self, request: Request, place: TakePlace, record: TakeRecord) -> bool:
        """Whether a take speaks for every frame; reads no further than it must. Raises as above."""
        frames = request.plate.frames
        if self._given_now(request.references, frames).whole != _given_then(record).whole:
            return False
        return next(self._changes(request, place, record), None) is None

    def changed_inputs(self, request: Request, record: TakeRecord, numbers: Iterable[int]) -> Iterator[int]:
        """Which of some frames have another plate or matte now than a take was made from, or are not in it.

        Raises InputError, StorageError.
        """
        differs = self._differing(request, record)
        return (number for number in numbers if differs(number))

    def _differing(self, request: Request, record: TakeRecord) -> Callable[[int], bool]:
        """What tells of a frame whether its plate or matte is another now, or the take has no such frame."""
        frames = request.plate.frames
        plates = find_sequence(request.plate.pattern, frames, "plate")
        mattes = find_sequence(request.matte.pattern, frames, "matte") if request.matte else None
        known = {entry.number: entry for entry in record.frames}

        def differs(number: int) -> bool:
            entry = known.get(number)
            if entry is None or self.of(plates.path(number)) != entry.plate.sha256:
                return True
            return mattes is not None and (entry.matte is None or self.of(mattes.path(number)) != entry.matte.sha256)

        return differs

    def _changes(self, request: Request, place: TakePlace, record: TakeRecord) -> Iterator[int]:
        frames = request.plate.frames
        now, then = self._given_now(request.references, frames), _given_then(record)
        known = {entry.number: entry.file for entry in record.frames}
        differs = self._differing(request, record)
        for number in frames:
            other_inputs = differs(number) or now.frames[number] != then.frames[number]
            if other_inputs or not self._whole(place.frame(number), known[number]):
                yield number

    def _whole(self, path: Path, then: FileHash) -> bool:
        """Whether a take's own frame is still the file that was recorded."""
        try:
            return not path.is_symlink() and self.of(path) == then.sha256
        except StorageError:
            return False

    def _given_now(self, references: Iterable[Reference], frames: FrameRange) -> _Given:
        found = _Given()
        for reference in references:
            sequence = find_sequence(reference.pattern, None, "reference")
            if reference.frame is not None:
                found.frames[reference.frame].add((reference.role, self.of(sequence.path(reference.frame))))
            elif sequence.is_still:
                found.whole.add(self.of(sequence.path(frames.first)))
            else:
                for number in frames:
                    if number in sequence.files:
                        found.frames[number].add((reference.role, self.of(sequence.path(number))))
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
