"""Frames in order, read ahead by two threads, never more than a few in memory; and the hash of a file."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Generic, TypeVar

from platewright.contract.errors import StorageError
from platewright.contract.takes import FileHash

from .sequence import Sequence
from .threads import SideBySide

__all__ = ["FrameStream", "hash_file"]

T = TypeVar("T")
_CHUNK = 1 << 20
"""Bytes hashed at a time. What the standard library takes, a quarter of it, has each frame ask for the interpreter's
lock some sixty times, which other threads want just as often."""


def hash_file(path: Path) -> FileHash:
    """Name, size in bytes and SHA-256 of a file. Raises StorageError `file_unreadable`."""
    try:
        with path.open("rb", buffering=0) as file:
            size = max(1, os.fstat(file.fileno()).st_size)
            chunk, digest = memoryview(bytearray(min(_CHUNK, size))), hashlib.sha256()
            while count := file.readinto(chunk):
                digest.update(chunk[:count])
            return FileHash(path.name, file.tell(), digest.hexdigest())
    except OSError as error:
        raise StorageError(
            f"{path} can't be read: {error.strerror or error}",
            code="file_unreadable",
            hint="Check that the file is there and that you may read it.",
        ) from error


class FrameStream(Generic[T], Iterator[T]):
    """What `read(path, number)` gives for each frame, in order, read ahead by two threads.

    At most `ahead` results wait at a time. at_first: of the shot's first frames, so many may be read before the
    first is taken; who needs them all at once anyway then waits less. An error of `read` comes up when its frame's turn
    comes. Use it in a `with` block, or call `close`, so that a cancelled run leaves no thread at work.
    """

    def __init__(
        self, sequence: Sequence, frames: Iterable[int], read: Callable[[Path, int], T], ahead: int = 2,
        at_first: int = 0,
    ) -> None:  # fmt: skip
        self._sequence = sequence
        self._numbers = iter(frames)
        self._read = read
        self._sharing = SideBySide()
        self._pool = ThreadPoolExecutor(SideBySide.FILES, thread_name_prefix="frames")
        self._waiting: deque[Future[T]] = deque()
        self._ahead, self._at_first, self._taken = max(1, ahead), at_first, 0
        self._fill()

    def _fill(self) -> None:
        while len(self._waiting) < max(self._ahead, self._at_first - self._taken):
            number = next(self._numbers, None)
            if number is None:
                return
            self._waiting.append(self._pool.submit(self._read_one, number))

    def _read_one(self, number: int) -> T:
        return self._read(self._sequence.path(number), number)

    def __iter__(self) -> FrameStream[T]:
        return self

    def __next__(self) -> T:
        if not self._waiting:
            self.close()
            raise StopIteration
        try:
            result = self._waiting.popleft().result()
        except BaseException:
            self.close()
            raise
        self._taken += 1
        self._fill()
        return result

    def close(self) -> None:
        """Stop reading ahead; waits for the frame that is being read. A closed stream is at its end."""
        self._numbers = iter(())
        for future in self._waiting:
            future.cancel()
        self._waiting.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._sharing.close()

    def __enter__(self) -> FrameStream[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
