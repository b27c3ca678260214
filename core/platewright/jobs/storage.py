"""Folders and disks: what the system says about them, in the project's own words.

One table turns the system's error numbers into StorageError with a code and a hint. Knows nothing of takes.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platewright.contract.errors import StorageError

__all__ = [
    "exists",
    "is_real_folder",
    "is_shared_disk",
    "lock_within",
    "replace_file",
    "storage_error",
    "storage_errors",
    "sync_folder",
    "write_new",
]

_WORDS: dict[int, tuple[str, str, str, bool]] = {
    errno.ENOSPC: ("disk_full", "the disk is full", "Free some space or write to another disk, then try again.", True),
    errno.EDQUOT: ("quota_full", "your quota on this disk is used up", "Free some space, then try again.", True),
    errno.EFBIG: ("file_too_large", "the file is larger than this disk allows", "Write to another disk.", False),
    errno.EACCES: ("not_permitted", "you have no permission", "Ask for access, or choose another folder.", False),
    errno.EPERM: ("not_permitted", "you have no permission", "Ask for access, or choose another folder.", False),
    errno.EROFS: ("disk_read_only", "the disk is read-only", "Choose a folder on a disk that can be written.", False),
    errno.ENOTDIR: ("not_a_folder", "a file stands where a folder should be", "Move it or choose another path.", False),
    errno.EISDIR: ("not_a_file", "a folder stands where a file should be", "Move it or choose another path.", False),
    errno.EEXIST: (
        "in_the_way",
        "something of that name is already there",
        "Move it away; nothing is replaced.",
        False,
    ),
    errno.ENOENT: ("not_found", "there is no such file or folder", "Check the path.", False),
    errno.ENAMETOOLONG: ("name_too_long", "the path is too long", "Use a shorter folder or element name.", False),
    errno.ELOOP: ("is_a_link", "a link stands where a real file or folder should be", "Use the real path.", False),
    errno.EIO: ("disk_failing", "the disk reports an error", "Check the disk or the network share.", True),
    errno.ESTALE: ("share_gone", "the network share was lost", "Connect it again, then try again.", True),
    errno.EMFILE: ("too_many_files", "too many files are open", "Raise the limit (ulimit -n), then try again.", True),
    errno.ENOLCK: ("no_locks", "this disk has no file locks", "Write to a disk that has them.", False),
    errno.EOPNOTSUPP: ("no_locks", "this disk lacks file locks", "Write to a disk that has them.", False),
}


def storage_error(error: OSError, path: Path, doing: str) -> StorageError:
    """The system's error as a StorageError: "can't <doing> <path>: <why>", with a code and a hint."""
    plain = (error.strerror or type(error).__name__).lower()
    code, why, hint, retry = _WORDS.get(
        error.errno or 0, ("storage_failed", plain, "Check the folder and the disk, then try again.", False)
    )
    return StorageError(f"can't {doing} {path}: {why}", code=code, hint=hint, retry=retry)


_NETWORK = frozenset(
    ("9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "gpfs", "lustre", "nfs", "nfs4", "smb3")
)


@contextmanager
def storage_errors(path: Path, doing: str) -> Iterator[None]:
    """Run the block; the system's errors in it are raised as StorageError about `path`."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, path, doing) from error


def exists(path: Path) -> bool:
    """True when anything is at the path, a dangling link included."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def is_real_folder(path: Path) -> bool:
    """True for a folder that is not a link to one."""
    return path.is_dir() and not path.is_symlink()


def is_shared_disk(path: Path, mounts: str | None = None) -> bool:
    """Whether a folder lies on a network's file system, as far as this system tells (`mounts`: /proc/self/mounts)."""
    try:
        text = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace") if mounts is None else mounts
        real = path.resolve()
    except OSError:
        return False
    best, kind = -1, ""
    for line in text.splitlines():
        words = line.split(" ")
        if len(words) < 3:
            continue
        where = Path(words[1].replace("\\040", " "))
        if len(where.parts) > best and (where == real or where in real.parents):
            best, kind = len(where.parts), words[2]
    return kind in _NETWORK


def lock_within(descriptor: int, seconds: float, path: Path) -> None:
    """Take an open file's lock, waiting so long at most: its holder may have been stopped and never go on.

    Raises StorageError `locked`, OSError.
    """
    until, pause = time.monotonic() + seconds, 0.001
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise StorageError(
                    f"another process has been holding {path} for too long",
                    code="locked",
                    hint="Look for a Platewright process that is stopped or hangs, and end it; then try again.",
                    retry=True,
                ) from None
        time.sleep(pause)
        pause = min(2 * pause, 0.03)


def sync_folder(path: Path) -> None:
    """Bring a folder's names to the disk, so that they survive a power cut. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that must not exist yet, and bring it to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it over what was there, so that nobody ever reads half of it.

    Raises StorageError.
    """
    with storage_errors(path, "write"):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.parent / f".{path.name}.{secrets.token_hex(6)}"
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
