"""Calls to a vendor, each with an end: one that hangs is left behind, and what it means is decided by whoever called.

A foreign error of an adapter is a BackendError here, and of a `send` a SendUnknown: only the adapter's own word says
that nothing was accepted.
"""

from __future__ import annotations

import contextvars
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from platewright.contract.errors import BackendError, PlatewrightError, SendRefused, SendUnknown
from platewright.contract.vendors import Deadlines, Intent, RemoteStatus, Vendor

from .progress import JobReporter, Stopped
from .storage import storage_errors

__all__ = ["VendorCalls", "pause"]

T = TypeVar("T")
TRIES = 6
_ASKING_S = 60.0
_LONGEST_PAUSE_S = 60.0
_LONGEST_ASKED_S = 300.0
_LOOK_S = 0.05


class VendorCalls:
    """A vendor as one job's worker calls it.

    report: looked at while a call is waited for; None where the job is being stopped, and nothing stops it further.
    """

    def __init__(self, vendor: Vendor, deadlines: Deadlines, report: JobReporter | None) -> None:
        self.vendor = vendor
        self.deadlines = deadlines
        self._check = report.check if report is not None else lambda: None
        self._wait = report.wait if report is not None else time.sleep

    def send(self, intent: Intent, body: bytes) -> str:
        """See Vendor.send; not left for a cancel, so that an answer that comes is heard. Raises SendUnknown besides."""
        try:
            return _within(self.deadlines.sending_s, lambda: self.vendor.send(intent, body), lambda: None)
        except TimeoutError as error:
            raise SendUnknown(
                f"{self.vendor.name} did not answer within {self.deadlines.sending_s:g} seconds", code="send_overdue"
            ) from error
        except PlatewrightError:
            raise
        except Exception as error:
            raise SendUnknown(f"the adapter of {self.vendor.name} failed: {type(error).__name__}") from error

    def find(self, intent: Intent) -> str:
        """See Vendor.find. Raises what JobReporter.check raises besides, as all that follow."""
        return self._asked(lambda: self.vendor.find(intent), _ASKING_S)

    def poll(self, remote: str) -> RemoteStatus:
        """See Vendor.poll."""
        return self._asked(lambda: self.vendor.poll(remote), _ASKING_S)

    def fetch(self, remote: str, target: Path, seconds: float) -> None:
        """See Vendor.fetch; within so many seconds, 0 for no limit. Raises StorageError for a disk besides."""
        with storage_errors(target, "write"):
            self._asked(lambda: self.vendor.fetch(remote, target), seconds, writes=True)

    def cancel(self, remote: str) -> None:
        """See Vendor.cancel."""
        self._asked(lambda: self.vendor.cancel(remote), _ASKING_S)

    def patiently(self, ask: Callable[[], T], until: float | None = None) -> T:
        """Ask again where that costs nothing and can help: some times, or until a moment (monotonic seconds).

        Raises BackendError, SendRefused, and what JobReporter.check raises.
        """
        attempt = 0
        while True:
            try:
                return ask()
            except SendRefused:
                raise
            except BackendError as error:
                if not (error.retry or isinstance(error, SendUnknown)):
                    raise
                if (attempt >= TRIES - 1) if until is None else time.monotonic() >= until:
                    raise
                left = _LONGEST_PAUSE_S if until is None else max(0.0, until - time.monotonic())
                self._wait(min(pause(attempt, error.after_s), left))
            attempt += 1

    def _asked(self, ask: Callable[[], T], seconds: float, *, writes: bool = False) -> T:
        try:
            return _within(seconds, ask, self._check)
        except TimeoutError as error:
            raise BackendError(
                f"{self.vendor.name} does not answer",
                code="backend_silent",
                hint="Look whether the network and the vendor's own status page are well.",
                retry=True,
            ) from error
        except (PlatewrightError, Stopped):
            raise
        except Exception as error:
            if writes and isinstance(error, OSError):
                raise
            text = f"the adapter of {self.vendor.name} failed: {type(error).__name__}: {error}"
            raise BackendError(text[:500], code="backend_failed", hint="Please report this.") from error


def pause(attempt: int, asked_s: float = 0.0) -> float:
    """Seconds until it is asked again: full jitter, growing; no sooner than the vendor asks for, within reason."""
    return min(asked_s, _LONGEST_ASKED_S) + random.uniform(0.05, min(_LONGEST_PAUSE_S, 2.0**attempt))


def _within(seconds: float, work: Callable[[], T], check: Callable[[], None]) -> T:
    """`work()` in a thread of its own. Raises what it or `check` raises, TimeoutError after so many seconds (0: never).

    Work that is not over by then is left behind: nothing can end a thread, and nobody waits for it.
    """
    outcome: list[tuple[Any, BaseException | None]] = []
    over = threading.Event()

    def run() -> None:
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))
        over.set()

    context = contextvars.copy_context()  # what an adapter logs is about this job too
    threading.Thread(target=context.run, args=(run,), name="vendor call", daemon=True).start()
    until = time.monotonic() + seconds if seconds else float("inf")
    while not over.wait(max(0.0, min(_LOOK_S, until - time.monotonic()))):
        check()
        if time.monotonic() >= until:
            raise TimeoutError
    value, error = outcome[0]
    if error is not None:
        raise error
    result: T = value
    return result
