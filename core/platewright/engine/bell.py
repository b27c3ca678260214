"""One look-out for all listeners: a thread that waits for the desk's next event and rings for everybody.

Without it each listener would hold a thread of its own. Listeners then read what is new from the desk themselves,
so nothing is kept here but the latest number.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress

from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import Desk

__all__ = ["Bell", "latest_number"]

_LOOK_S = 0.4
_LET_GO_WITHIN_S = 0.25
_AFTER_TROUBLE_S = 1.0
_log = logging.getLogger("platewright.engine")


def latest_number(desk: Desk) -> int:
    """The number of the desk's last event, found in a few dozen looks however many events there are."""
    low, step = 0, 1
    while desk.events(after=low + step - 1, limit=1):
        low, step = low + step, 2 * step
    high = low + step
    while low + 1 < high:  # there is an event numbered `low` or above, and none numbered `high` or above
        middle = (low + high) // 2
        if desk.events(after=middle - 1, limit=1):
            low = middle
        else:
            high = middle
    return low


class Bell:
    """Rings whenever an event was added. `start` is called on the server's loop."""

    def __init__(self, desk: Desk, latest: int = 0) -> None:
        self.latest = latest
        self.listeners = 0
        self._desk = desk
        self._stop = threading.Event()
        self._rung = asyncio.Event()
        self._thread: threading.Thread | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to look out."""
        self._thread = threading.Thread(target=self._look_out, args=(loop,), name="bell", daemon=True)
        self._thread.start()

    def let_go(self) -> None:
        """Say that the engine ends; who waits finds out within a moment."""
        self._stop.set()

    def stop(self) -> None:
        """Look out no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2 * _LOOK_S)

    @property
    def stopped(self) -> bool:
        """Whether the engine is on its way out."""
        return self._stop.is_set()

    async def wait(self, after: int, seconds: float) -> bool:
        """Wait until there is an event above `after`; False when the time is over or the engine ends."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self.latest <= after and not self.stopped:
            left = until - loop.time()
            if left <= 0:
                return False
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LET_GO_WITHIN_S)):
                    await self._rung.wait()
        return self.latest > after

    def _look_out(self, loop: asyncio.AbstractEventLoop) -> None:
        after = self.latest
        while not self._stop.is_set():
            try:
                events = self._desk.events(after=after, wait_s=_LOOK_S)
            except PlatewrightError as error:
                _log.warning("the desk's events can't be read", extra={"code": error.code})
                self._stop.wait(_AFTER_TROUBLE_S)
                continue
            if events:
                after = max(event.number for event in events)
                with suppress(RuntimeError):  # the loop was closed meanwhile
                    loop.call_soon_threadsafe(self._ring, after)

    def _ring(self, number: int) -> None:
        self.latest = max(self.latest, number)
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()
