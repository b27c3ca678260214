"""Pictures made once and kept: a folder of files by the hash of everything that they depend on, bounded in size."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from platewright.contract.mapper import canonical

__all__ = ["KeptPictures"]

_PRUNE_EVERY = 64


class KeptPictures:
    """Encoded pictures under a folder; the longest unused go first when there are more than `most_bytes`.

    A full or unwritable disk only means that nothing is kept.
    """

    def __init__(self, folder: Path, most_bytes: int = 1 << 30) -> None:
        self._folder = folder
        self._most = most_bytes
        self._added = 0
        self._lock = threading.Lock()

    @staticmethod
    def key(*depends: object) -> str:
        """The name of a picture that depends on these plain values."""
        return hashlib.sha256(canonical(depends)).hexdigest()

    @staticmethod
    def state_of(path: Path) -> tuple[str, int, int, int]:
        """What of a file decides whether a picture of it is still right. Raises OSError."""
        found = path.stat()
        return str(path), found.st_size, found.st_mtime_ns, found.st_ino

    def get(self, key: str) -> bytes | None:
        """The picture, or None where it is not kept."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        with suppress(OSError):
            os.utime(path)
        return data or None

    def put(self, key: str, data: bytes) -> None:
        """Keep a picture, if the disk lets us."""
        path = self._path(key)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside.write_bytes(data)
            beside.replace(path)
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            return
        with self._lock:
            self._added += 1
            due = self._added % _PRUNE_EVERY == 0
        if due:
            self.prune()

    def prune(self) -> None:
        """Remove the longest unused until the rest is small enough."""
        files = sorted(self._files(), key=lambda item: item[1].st_mtime_ns)
        total = sum(found.st_size for _, found in files)
        for path, found in files:
            if total <= self._most:
                break
            with suppress(OSError):
                path.unlink()
                total -= found.st_size

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._folder.glob("*/*"):
            with suppress(OSError):
                yield path, path.stat()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key
