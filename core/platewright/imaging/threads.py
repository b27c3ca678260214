"""How many threads the imaging libraries use: one place, so that a farm's slot or a test can say it once."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import OpenImageIO

__all__ = ["SideBySide", "available_threads", "at_most", "use_threads"]

_oiio: Any = OpenImageIO
_WAITING = "OMP_WAIT_POLICY"


def available_threads() -> int:
    """Cores that this process may use, at least 1."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not on macOS and Windows
        return max(1, os.cpu_count() or 1)


def use_threads(count: int | None = None) -> int:
    """Let OpenImageIO, OpenEXR, OpenCV and numba use `count` threads (default: every core we may use).

    Returns the number that was set. It never changes a pixel, only the time.
    """
    wanted = available_threads() if count is None else max(1, count)
    _oiio.attribute("threads", wanted)
    _oiio.attribute("exr_threads", wanted)
    import cv2
    import numba

    settings: Any = numba.config
    cv2.setNumThreads(wanted)
    with _waiting_asleep():
        numba.set_num_threads(min(wanted, int(settings.NUMBA_NUM_THREADS)))
    return wanted


class SideBySide:
    """For as long as one is open, files are read two at a time, and each of them by half of OpenImageIO's threads.

    With all of them for each file, twice as many threads as cores take turns, which cost a shot on two cores a
    twentieth of its time.
    """

    FILES = 2
    _open, _alone, _each = 0, 0, 0
    _lock = threading.Lock()

    def __init__(self) -> None:
        self._closed = False
        with SideBySide._lock:
            SideBySide._open += 1
            if SideBySide._open == 1:
                SideBySide._alone = int(_oiio.get_int_attribute("threads")) or available_threads()
                SideBySide._each = max(1, SideBySide._alone // self.FILES)
                _oiio.attribute("threads", SideBySide._each)

    def close(self) -> None:
        """Give a file all threads again, where this was the last one open."""
        with SideBySide._lock:
            if self._closed:
                return
            self._closed = True
            SideBySide._open -= 1
            if not SideBySide._open and _oiio.get_int_attribute("threads") == SideBySide._each:
                _oiio.attribute("threads", SideBySide._alone)  # unless somebody has said otherwise meanwhile


@contextmanager
def _waiting_asleep() -> Iterator[None]:
    """Let OpenMP's threads, if they start in the block, sleep while they have nothing to do.

    By default they spin, which took a tenth of the processor from the threads that read and write beside them. Only
    the start of the library reads the setting, so the environment is left as it was, for child processes.
    """
    if _WAITING in os.environ:
        yield
        return
    os.environ[_WAITING] = "passive"
    try:
        yield
    finally:
        del os.environ[_WAITING]


@contextmanager
def at_most(count: int) -> Iterator[None]:
    """For as long as the block runs, no more than `count` threads; 0 changes nothing. For all of this process."""
    import cv2

    before = max(1, cv2.getNumThreads())
    if not 0 < count < before:
        yield
        return
    use_threads(count)
    try:
        yield
    finally:
        use_threads(before)
