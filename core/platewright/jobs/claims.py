"""Claims: who holds which version of an element, so that a number is used once, for ever, by one process.

A claim is the file `<element>/.versions/v003`. It is created exclusively and kept locked while its take is being
made; the lock ends with the process, however it ends, so an unlocked claim without a take is one that crashed.
After the take is published the file stays as a tombstone: the number is never given out again, even when
somebody deletes the take. Taking, giving back and recovering claims happens under the element's own lock.

Locks are flock's: they belong to the open file, and the system drops them when the process dies.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from platewright.contract.errors import StorageError

from .storage import is_real_folder, lock_within, storage_error, storage_errors, sync_folder

__all__ = [
    "CLAIMS",
    "Claim",
    "ClaimState",
    "claim_path",
    "claimed_versions",
    "element_lock",
    "read_state",
    "remove_if_empty",
]

CLAIMS = ".versions"
_LOCK = "lock"
_CLAIM_NAME = re.compile(r"v(\d{3,9})")
_MOST_CLAIM_BYTES = 64 * 1024 * 1024
_TRIES = 50
_LOCK_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class ClaimState:
    """What a claim file says: the names being published, how they are moved, and whether that was finished."""

    names: tuple[str, ...] = ()
    moved: bool = False
    published: bool = False


@contextmanager
def element_lock(folder: Path) -> Iterator[None]:
    """Hold the element's lock, making its folder where it is missing. Raises StorageError, `locked` after a minute.

    The lock file goes when an element that holds nothing is removed, so after waiting for the lock it is looked
    up again: a lock on a file that is no longer there guards nothing.
    """
    path = folder / CLAIMS / _LOCK
    with storage_errors(folder, "write to"):
        descriptor = _lock(folder, path)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path, path: Path) -> int:
    for _ in range(_TRIES):
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            _make_folder(folder)
            _make_folder(path.parent)
            descriptor = _open_lock(path)
        except FileNotFoundError:
            continue  # Another process has just removed the empty folders; make them again.
        try:
            lock_within(descriptor, _LOCK_WITHIN_S, folder)
            if _same_file(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
    raise StorageError(f"can't lock {folder}: it keeps being removed", code="element_busy", retry=True)


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    except PermissionError:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)  # Another user of a shared folder has made it.


def _make_folder(path: Path) -> None:
    try:
        path.mkdir()
    except FileExistsError:
        if not is_real_folder(path):
            raise StorageError(
                f"{path} is not a folder of its own but a file or a link",
                code="not_a_folder",
                hint="Move it away, or choose another element name or output folder.",
            ) from None


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def claimed_versions(folder: Path) -> tuple[int, ...]:
    """The versions of all claims, live and old, in order."""
    if not (folder / CLAIMS).is_dir():
        return ()
    found = (_CLAIM_NAME.fullmatch(entry.name) for entry in (folder / CLAIMS).iterdir())
    return tuple(sorted(int(match[1]) for match in found if match))


def remove_if_empty(folder: Path) -> None:
    """Remove an element's folder that holds nothing but its lock; to be called under that lock."""
    claims = folder / CLAIMS
    if [entry.name for entry in folder.iterdir()] == [CLAIMS] and os.listdir(claims) == [_LOCK]:
        os.unlink(claims / _LOCK)
        os.rmdir(claims)
        os.rmdir(folder)


@dataclass
class Claim:
    """One claim file, open and locked by this process."""

    folder: Path
    version: int
    descriptor: int = field(repr=False)

    @classmethod
    def take(cls, folder: Path, version: int) -> Claim:
        """Make the claim of a version that nobody has used. Raises OSError, FileExistsError where somebody has."""
        path = claim_path(folder, version)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            sync_folder(path.parent)
        except BaseException:
            os.unlink(path)
            os.close(descriptor)
            raise
        return cls(folder, version, descriptor)

    @classmethod
    def abandoned(cls, folder: Path, version: int) -> Claim | None:
        """The claim, locked, if no process holds it any more; None while one does. Raises StorageError."""
        path = claim_path(folder, version)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        except (FileNotFoundError, PermissionError):
            return None  # Gone meanwhile, or another user's, who settles it when they come back.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            raise storage_error(error, path, "lock") from error
        return cls(folder, version, descriptor)

    def state(self) -> ClaimState:
        """What the file says; a line that was cut off by a crash counts as not written."""
        return _state_of(self.descriptor)

    def note_names(self, names: tuple[str, ...], *, moved: bool) -> None:
        """Write down which names are about to appear beside the record. Raises OSError."""
        self._append({"names": list(names), "moved": moved})

    def note_published(self) -> None:
        """Turn the claim into a tombstone. Raises OSError."""
        self._append({"published": True})

    def _append(self, said: dict[str, object]) -> None:
        data = b"\n" + json.dumps(said, sort_keys=True).encode() + b"\n"
        os.lseek(self.descriptor, 0, os.SEEK_END)
        if os.write(self.descriptor, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(self.descriptor)

    def free(self) -> None:
        """Give the number back: the file goes, then the lock."""
        os.unlink(claim_path(self.folder, self.version))
        self.close()

    def close(self) -> None:
        """Let go of the lock; the file stays."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def read_state(path: Path) -> ClaimState:
    """What a claim that somebody else may hold says. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        return _state_of(descriptor)
    finally:
        os.close(descriptor)


def _state_of(descriptor: int) -> ClaimState:
    data = os.pread(descriptor, _MOST_CLAIM_BYTES, 0)
    state = ClaimState()
    for line in data.split(b"\n")[:-1]:
        try:
            said = json.loads(line)
            names = tuple(str(name) for name in said.get("names", state.names))
            state = ClaimState(
                names, bool(said.get("moved", state.moved)), bool(said.get("published", state.published))
            )
        except (ValueError, AttributeError, TypeError):
            continue
    return state


def claim_path(folder: Path, version: int) -> Path:
    """The claim file of a version."""
    return folder / CLAIMS / f"v{version:03d}"
