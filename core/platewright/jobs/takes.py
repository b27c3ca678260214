"""The take store: versions handed out once, takes that appear whole or not at all, and clean-up after a crash.

    <root>/<element>/<element>_v003.1001.exr …        patch
    <root>/<element>/<element>_v003.take.json         record: the take exists if and only if this file does
    <root>/<element>/<element>_v003.take.json.c2pa    manifest
    <root>/<element>/.versions/v003                   claim, later tombstone (see claims)
    <root>/<element>/.staging-v003-…/                 while it is being made (see staging)

Knows nothing of operations, signing or pixels.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from platewright.contract.errors import InternalError, ManifestError, StorageError, TakeConflict
from platewright.contract.mapper import MOST_BYTES, from_bytes
from platewright.contract.request import ELEMENT_NAME
from platewright.contract.takes import TAKE_SCHEMA, TakeRecord

from . import staging as stage
from .claims import CLAIMS, Claim, claimed_versions, element_lock, remove_if_empty
from .places import TakePlace, checked_element, parse_name, takes_in
from .storage import is_real_folder, storage_errors, sync_folder, write_new

__all__ = ["Reservation", "TakeStore", "load", "load_bytes"]


class Reservation:
    """One version of an element, held by this process while its take is being made; a context manager.

    Leaving it without `publish` removes everything and frees the number. It is the operations' PatchWriter.
    """

    def __init__(self, place: TakePlace, claim: Claim, staging: Path, made: Iterable[Path]) -> None:
        self.place = place
        self._claim = claim
        self._staging = staging
        self._made = tuple(made)
        self._frames: dict[int, str] = {}
        self._stamp: Mapping[str, str] = {}
        self._kept: dict[int, Path] = {}
        self._under: dict[int, Path] = {}

    @property
    def version(self) -> int:
        """The version's number."""
        return self.place.version

    @property
    def staging(self) -> Path:
        """The folder that it grows in, unseen."""
        return self._staging

    @property
    def stamp(self) -> Mapping[str, str]:
        """Header attributes that every patch carries: the unsigned hint that finds the manifest."""
        return self._stamp

    def set_stamp(self, stamp: Mapping[str, str]) -> None:
        """Say what every patch's header carries; to be called before the first frame is written."""
        self._stamp = dict(stamp)

    def path(self, number: int) -> Path:
        """The file of a frame, under its final name, in a folder that nobody else sees yet."""
        name = self.place.frame(number).name
        self._frames[number] = name
        return self._staging / name

    @property
    def kept(self) -> Mapping[int, Path]:
        """The frames that were taken over, by number: their files in this take."""
        return dict(self._kept)

    @property
    def under(self) -> Mapping[int, Path]:
        """The base's patches that frames of this take are made into, by number."""
        return dict(self._under)

    def make_into(self, number: int, file: Path) -> None:
        """Have a frame made into another take's patch of it."""
        self._under[number] = file

    def take_over(self, number: int, file: Path) -> Path:
        """Take a frame's file over from another take, byte for byte; without a copy where the disk can. The new file.

        Raises StorageError.
        """
        target = self.path(number)
        with storage_errors(file, "take over"):
            stage.same_file(file, target)
        self._kept[number] = target
        return target

    def rescue(self, folder: Path) -> tuple[Path, ...]:
        """Put the frames that are finished into a folder, where they outlive this reservation. Raises StorageError."""
        made = [name for number, name in self._frames.items() if number not in self._kept]
        whole = [name for name in made if (self._staging / name).is_file()]
        if not whole:
            return ()
        with storage_errors(folder, "write to"):
            folder.mkdir(parents=True, exist_ok=True)
            for name in whole:
                os.replace(self._staging / name, folder / name)
            sync_folder(folder)
        return tuple(folder / name for name in whole)

    def publish(self, record: bytes, manifest: bytes) -> TakePlace:
        """Make the take appear: frames and manifest first, the record last, all of it on the disk.

        Raises TakeConflict where a file of the take's name has appeared meanwhile, StorageError; then nothing of
        the take is left once the reservation is left.
        """
        frames = [self._frames[number] for number in sorted(self._frames)]
        missing = [name for name in frames if not (self._staging / name).is_file()]
        if missing:
            raise InternalError(f"frame {missing[0]} was promised but never written", code="frame_not_written")
        names = (*frames, self.place.manifest.name, self.place.record.name)
        try:
            with storage_errors(self.place.folder, "publish the take in"):
                write_new(self._staging / self.place.record.name, record)
                write_new(self._staging / self.place.manifest.name, manifest)
                stage.bring_to_disk(self._staging / name for name in frames)
                moved = not stage.links_work(self._staging, self.place.record.name)
                self._claim.note_names(names, moved=moved)
                self._move_all(names, moved=moved)
        except StorageError as error:
            if isinstance(error.__cause__, FileExistsError):
                raise TakeConflict(
                    f"{self.place.folder} already holds a file of {self.place.stem}",
                    hint="Somebody put files of that version there meanwhile. Run it again for the next version.",
                    retry=True,
                ) from error
            raise
        self._finish()
        return self.place

    def _move_all(self, names: Iterable[str], *, moved: bool) -> None:
        """Move every file in, the record (which is last) only when the others are surely on the disk."""
        *others, record = names
        for name in others:
            stage.move_in(self._staging, self.place.folder, name, moved=moved)
        sync_folder(self.place.folder)
        stage.move_in(self._staging, self.place.folder, record, moved=moved)
        sync_folder(self.place.folder)
        sync_folder(self.place.folder.parent)

    def __enter__(self) -> Reservation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._claim.descriptor < 0:
            return
        try:
            state = self._claim.state()
            if stage.has_landed(self.place.folder, self._staging, self.place.record.name, state):
                self._finish()
            else:
                self._give_back()
        except OSError as problem:
            # What can't be removed now is removed by whoever reserves next; the first error is the one to tell.
            self._claim.close()
            if error is not None:
                error.add_note(f"cleaning up failed too: {problem}")

    def _finish(self) -> None:
        """The record is in place, so the take exists whatever happens from here on."""
        try:
            self._claim.note_published()
            stage.remove_staging(self._staging)
        except OSError:
            pass  # The next reservation tidies up; the take itself is whole.
        self._claim.close()

    def _give_back(self) -> None:
        folder = self.place.folder
        with element_lock(folder):
            stage.remove_leftovers(folder, self._staging, self.place.record.name, self._claim.state())
            stage.remove_staging(self._staging)
            self._claim.free()
            remove_if_empty(folder)
        _remove_empty(self._made)


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders that hold nothing, inner ones first; those that do stay."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


class TakeStore:
    """All takes under one root folder, by element."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, element: str, version: int) -> TakePlace:
        """Where a take of that version lies, or would lie."""
        return TakePlace(self.root / checked_element(element), element, version)

    def elements(self) -> tuple[str, ...]:
        """The names of the elements under the root."""
        if not self.root.is_dir():
            return ()
        with storage_errors(self.root, "list"):
            return tuple(sorted(entry.name for entry in self.root.iterdir() if self._is_element(entry)))

    def takes(self, element: str = "") -> tuple[TakePlace, ...]:
        """The finished takes of an element, or of all, by element and version."""
        names = (checked_element(element),) if element else self.elements()
        found: list[TakePlace] = []
        for folder in (self.root / name for name in names):
            if is_real_folder(folder):
                try:
                    found += [place for place in takes_in(folder) if place.element == folder.name]
                except StorageError as error:
                    if error.code != "not_found":  # Another process gave its last version back, and the folder went.
                        raise
        return tuple(found)

    def reserve(self, element: str, used: Iterable[int] = ()) -> Reservation:
        """Hold the next version of an element: one more than the highest ever used.

        used: versions known from elsewhere (the ledger), which count as used too. Raises RequestError for a name
        that can't be an element's, StorageError where the folder can't be made, locked or written.
        """
        folder = self.root / checked_element(element)
        made = self._make_root()
        try:
            with storage_errors(folder, "write to"), element_lock(folder):
                return self._claimed(folder, element, used, made)
        except BaseException:
            _remove_empty((folder / CLAIMS, folder, *made))
            raise

    def _claimed(self, folder: Path, element: str, used: Iterable[int], made: Iterable[Path]) -> Reservation:
        """Claim the next version and make its staging folder; to be called under the element's lock."""
        self._recover(folder, element)
        version = 1 + max((0, *used, *claimed_versions(folder), *self._named_versions(folder, element)))
        try:
            claim = Claim.take(folder, version)
            try:
                staging = stage.make_staging(folder, version)
            except BaseException:
                claim.free()
                raise
        except BaseException:
            remove_if_empty(folder)
            raise
        return Reservation(TakePlace(folder, element, version), claim, staging, made)

    def recover(self, element: str = "") -> tuple[str, ...]:
        """Clean up after crashed processes in an element, or in every one; what was done, as sentences.

        Raises StorageError.
        """
        done: list[str] = []
        names = self.elements() if not element else (element,) if is_real_folder(self.root / element) else ()
        for name in names:
            folder = self.root / name
            with storage_errors(folder, "clean up"):
                if claimed_versions(folder) or stage.stagings(folder):
                    with element_lock(folder):
                        done.extend(self._recover(folder, name))
                        remove_if_empty(folder)
        return tuple(done)

    def _recover(self, folder: Path, element: str) -> list[str]:
        """Settle every claim that no process holds; to be called under the element's lock."""
        done: list[str] = []
        for version in claimed_versions(folder):
            done.extend(self._settle(folder, TakePlace(folder, element, version)))
        claimed = set(claimed_versions(folder))
        for staging in stage.stagings(folder):
            number = staging.name.split("-")[1][1:]
            if not number.isdigit() or int(number) not in claimed:
                stage.remove_staging(staging)
                done.append(f"removed {staging.name}, which nobody holds")
        return done

    def _settle(self, folder: Path, place: TakePlace) -> list[str]:
        left = stage.stagings(folder, place.version)
        claim = Claim.abandoned(folder, place.version)
        if claim is None:
            return []
        try:
            state = claim.state()
            staging = left[0] if left else None
            landed = stage.has_landed(folder, staging, place.record.name, state)
            if landed and not state.published:
                claim.note_published()
            if not landed:
                stage.remove_leftovers(folder, staging, place.record.name, state)
            for folder_left in left:
                stage.remove_staging(folder_left)
            if not landed:
                claim.free()
                return [f"freed {place.stem}, whose making had been cut off"]
            return [f"tidied {place.stem}"] if left else []
        finally:
            claim.close()

    def _make_root(self) -> list[Path]:
        """Make the root and its missing parents; the folders that were made, innermost first."""
        missing = []
        path = self.root
        while not path.exists() and path != path.parent:
            missing.append(path)
            path = path.parent
        with storage_errors(self.root, "write to"):
            if self.root.exists() and not self.root.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(self.root))
            self.root.mkdir(parents=True, exist_ok=True)
        return missing

    @staticmethod
    def _is_element(entry: Path) -> bool:
        return bool(ELEMENT_NAME.fullmatch(entry.name)) and is_real_folder(entry)

    @staticmethod
    def _named_versions(folder: Path, element: str) -> list[int]:
        """Versions that any file in the folder bears, whoever put it there."""
        names = (parse_name(entry.name) for entry in folder.iterdir())
        return [name[1] for name in names if name and name[0] == element]


def load_bytes(place: TakePlace) -> bytes:
    """The record as it lies on the disk. Raises StorageError, ManifestError for one that is absurdly large."""
    with storage_errors(place.record, "read"), open(place.record, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ManifestError(f"{place.record.name} is too large to be a record", code="record_too_large")
    return data


def load(place: TakePlace) -> TakeRecord:
    """Read a take's record, strictly. Raises StorageError, ManifestError for one that is not exactly a record."""
    record = from_bytes(TakeRecord, load_bytes(place), place.record.name)
    if record.schema != TAKE_SCHEMA:
        raise ManifestError(
            f"{place.record.name} has the schema '{record.schema[:80]}'",
            code="schema_unknown",
            hint=f"This version reads {TAKE_SCHEMA}.",
        )
    if (record.element, record.version) != (place.element, place.version):
        raise ManifestError(
            f"{place.record.name} says it is {record.element[:80]} v{record.version:03d}",
            code="record_misnamed",
            hint="A take's files must keep the names they were made with.",
        )
    for frame in record.frames:
        if frame.file.name != os.path.basename(frame.file.name) or frame.file.name != place.frame(frame.number).name:
            raise ManifestError(
                f"{place.record.name} lists a file name that can't be its own: '{frame.file.name[:80]}'",
                code="record_name_hostile",
                frame=frame.number,
            )
    return record
