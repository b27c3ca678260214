"""Files that are looked at are held from their check on: opened step by step from a root, following no link.

A path that was checked and is opened later may lead elsewhere by then: somebody who can write to a show's folder
could swap a file for a link to anything its reader can read. So the file is opened for the check, each folder on the
way by its own descriptor, and what reads it is given a name, in a folder of our own, that leads to that very
descriptor.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from platewright.contract.errors import StorageError
from platewright.jobs.storage import storage_error

from .roots import plain_parts, refused, under

__all__ = ["Held", "tidy_up"]

_DESCRIPTORS = Path("/proc/self/fd")
_PREFIX = "platewright-held-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Held:
    """A context manager: what it gives can be read until it ends. Where there is no /proc, paths are what they were."""

    def __init__(self) -> None:
        self._open: list[int] = []
        self._names: Path | None = None

    def __enter__(self) -> Held:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in self._open:
            with suppress(OSError):
                os.close(descriptor)
        if self._names is not None:
            shutil.rmtree(self._names, ignore_errors=True)

    def file(self, root: Path, relative: str) -> Path:
        """A plain file by its path below a real root. Raises RequestError `path_refused`, StorageError."""
        *folders, name = plain_parts(relative)
        above = self._folder(root, folders)
        descriptor = self._step(above, name, _FILE, root / relative)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise refused(f"'{relative[:120]}' is no plain file")
        if not _DESCRIPTORS.is_dir():
            return root / relative
        return self._named(name, descriptor)

    def folder(self, root: Path, relative: str) -> Path:
        """A folder by its path below a real root. Raises as `file`."""
        descriptor = self._folder(root, plain_parts(relative))
        return _DESCRIPTORS / str(descriptor) if _DESCRIPTORS.is_dir() else root / relative

    def among(self, roots: Iterable[Path], text: str, what: str) -> Path:
        """A file by its full path, which really lies below one of the real roots; it may be a link to such a file.

        Raises as `file`.
        """
        roots = list(roots)
        real = Path(under(roots, text, what))
        with suppress(OSError):
            real = Path(under(roots, str(real.resolve(strict=True)), what))
        root = next(root for root in roots if root in real.parents)
        return self.file(root, str(real.relative_to(root)))

    def _named(self, name: str, descriptor: int) -> Path:
        """A path that ends in the file's own name, which readers look at, and opens what is held."""
        try:
            if self._names is None:
                self._names = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
            path = self._names / str(descriptor) / name
            path.parent.mkdir()
            path.symlink_to(_DESCRIPTORS / str(descriptor))
        except OSError as error:
            raise storage_error(error, Path(tempfile.gettempdir()), "write to") from error
        return path

    def _folder(self, root: Path, parts: Iterable[str]) -> int:
        try:
            descriptor = os.open(root, _FOLDER & ~os.O_NOFOLLOW)
        except OSError as error:
            raise storage_error(error, root, "open") from error
        self._open.append(descriptor)
        path = root
        for part in parts:
            path /= part
            descriptor = self._step(descriptor, part, _FOLDER, path)
        return descriptor

    def _step(self, above: int, name: str, flags: int, path: Path) -> int:
        """Open a name in a folder that is open. Raises RequestError for a link, StorageError."""
        try:
            descriptor = os.open(name, flags, dir_fd=above)
        except OSError as error:
            raise self._problem(error, above, name, path) from error
        self._open.append(descriptor)
        return descriptor

    @staticmethod
    def _problem(error: OSError, above: int, name: str, path: Path) -> Exception:
        link = error.errno == errno.ELOOP
        if error.errno == errno.ENOTDIR:
            with suppress(OSError):
                link = stat.S_ISLNK(os.lstat(name, dir_fd=above).st_mode)
        if link:
            return refused(f"'{name[:120]}' in {path.parent} is a link")
        problem: StorageError = storage_error(error, path, "open")
        return problem


def tidy_up() -> None:
    """Remove the names that processes left behind which a broken file took down."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        number = folder.name[len(_PREFIX) :].partition("-")[0]
        with suppress(OSError):
            if number.isdigit() and folder.stat().st_uid == os.geteuid() and not _lives(int(number)):
                shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
