"""One engine a user: the lock that only one can hold, and the endpoint file that tells hosts where it is.

The lock is the kernel's and goes with the process, however that ends; the file may stay behind after a crash and is
then wrong, which hosts find out by calling.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from platewright.contract.endpoint import LOCK_NAME, Endpoint, endpoint_file
from platewright.contract.errors import EngineError, StorageError
from platewright.contract.mapper import canonical
from platewright.jobs.storage import storage_errors

__all__ = ["Instance", "open_state_folder"]

_TRY_EVERY_S = 0.05


def open_state_folder(folder: Path) -> Path:
    """Make the state folder, readable by its owner alone. Raises StorageError where it is another user's."""
    with storage_errors(folder, "make the folder"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.stat()
    if found.st_uid != os.geteuid():
        raise StorageError(
            f"the folder {folder} belongs to another user",
            code="state_folder_foreign",
            hint="Set PLATEWRIGHT_STATE to a folder of your own.",
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        with storage_errors(folder, "protect the folder"):
            folder.chmod(0o700)
    return folder


class Instance:
    """The right to be the engine of a state folder; a context manager."""

    def __init__(self, folder: Path, patience_s: float = 0.5) -> None:
        """Take the lock, trying for `patience_s` seconds.

        Raises EngineError `engine_running` where another process holds it, StorageError.
        """
        self.folder = open_state_folder(folder)
        path = self.folder / LOCK_NAME
        with storage_errors(path, "lock"):
            self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if not self._take(time.monotonic() + patience_s):
            os.close(self._lock)
            raise EngineError(
                "an engine is running already",
                code="engine_running",
                hint="Use it as it is, or end it with `platewright engine stop`.",
            )
        with suppress(FileNotFoundError):
            endpoint_file(self.folder).unlink()  # a dead engine's

    def _take(self, until: float) -> bool:
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() >= until:
                    return False
                time.sleep(_TRY_EVERY_S)

    def announce(self, endpoint: Endpoint) -> None:
        """Write the endpoint file, whole or not at all, for the owner's eyes alone. Raises StorageError."""
        target = endpoint_file(self.folder)
        beside = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
        with storage_errors(target, "write"):
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                with open(descriptor, "wb") as file:
                    file.write(canonical(endpoint))
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(target)
            except OSError:
                beside.unlink(missing_ok=True)
                raise

    def withdraw(self) -> None:
        """Take the endpoint file away: who looks from now on finds no engine, and who loses this one lost nothing."""
        with suppress(OSError):
            endpoint_file(self.folder).unlink(missing_ok=True)

    def __enter__(self) -> Instance:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the endpoint file away, then let the lock go."""
        self.withdraw()
        os.close(self._lock)
