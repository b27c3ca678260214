"""The reporter of a job: what the work says of itself goes to the desk, what the desk asks reaches the work."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable

from platewright.contract.errors import Cancelled, PlatewrightError, SynthesisError
from platewright.contract.jobs import JobState
from platewright.contract.progress import Step

from .book import change, tell_step
from .database import Database
from .leases import LeaseLost, WorkerName, beat, held_by
from .rows import ACTIVE, JobRow, find_row

__all__ = ["JobReporter", "Pace", "Stopped", "overdue"]

_EVERY_S = 0.25
"""Most often that a step is written down; a new stage always is."""


_GRACE_S = 30.0
"""How long work that is overdue may take to notice it."""


def overdue() -> SynthesisError:
    """The error of work that takes longer than it may."""
    return SynthesisError(
        "it took longer than it may",
        code="job_overdue",
        hint="Ask for fewer frames or a smaller context, or raise jobs.running_s; then retry the job.",
        retry=True,
    )


class Stopped(Exception):
    """The worker was told to go. Not an error: the job is given back as it is, and goes on elsewhere."""


class Pace:
    """How long a stage will still take, from how long it took so far."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._begun = 0.0
        self._first = 0

    def left(self, step: Step) -> float | None:
        """Seconds left of the step's stage; None while too little is done to tell."""
        now = self._clock()
        if step.stage != self._stage or step.done < self._first:
            self._stage, self._begun, self._first = step.stage, now, step.done
        done = step.done - self._first
        if done <= 0 or step.total <= 0:
            return None
        return round((now - self._begun) / done * max(0, step.total - step.done), 1)


class JobReporter:
    """Tells the desk how far a job is, keeps its lease, and stops the work when it is asked to or has lost it.

    A thread says every third of a lease that the worker lives. Where the database can't be reached for the length
    of a lease, the job belongs to another worker by then, so the work stops by its own clock.

    most_s: how long the work may take, 0 for as long as it takes; work that goes on regardless, because it hangs where
    nothing is asked, is reported to `hung` after a while of grace, once, from the thread.
    """

    def __init__(
        self,
        database: Database,
        worker: WorkerName,
        row: JobRow,
        lease_s: float,
        stopping: Callable[[], bool] = lambda: False,
        most_s: float = 0.0,
        hung: Callable[[], None] = lambda: None,
    ) -> None:
        self.row = row
        self._database = database
        self._worker = worker
        self._lease_s = lease_s
        self._stopping = stopping
        self._most_s = most_s or float("inf")
        self._hung = hung
        self._begun = time.monotonic()
        self._pace = Pace()
        self._kept = time.monotonic()
        self._told = 0.0
        self._stage = ""
        self._lost = False
        self._cancelling = bool(row.cancelling)
        self._over = threading.Event()
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._live,), name=f"lease {row.id}", daemon=True)

    def __enter__(self) -> JobReporter:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join(self._lease_s)

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody has asked the job to stop."""
        return self._cancelling

    def step(self, step: Step) -> None:
        """Tell how far the work is. Raises Cancelled, LeaseLost, Stopped."""
        self.check()
        now = time.monotonic()
        if step.stage == self._stage and now - self._told < _EVERY_S and step.done < step.total:
            return
        self._stage, self._told = step.stage, now
        left = self._pace.left(step)
        try:
            with self._database.write() as work:
                current = held_by(work, self.row)
                self._cancelling = bool(current.cancelling)
                tell_step(work, self.row.id, current.state, step, left)
        except LeaseLost:
            raise
        except PlatewrightError:
            return  # How far it is may be missed; whether it may go on is decided by the lease.
        self.check()

    def check(self) -> None:
        """Raises Cancelled, LeaseLost, Stopped or SynthesisError `job_overdue` where the work must not go on."""
        if self._lost or time.monotonic() - self._kept > self._lease_s:
            raise LeaseLost(f"job {self.row.id} goes on elsewhere", code="lease_lost", hint="Nothing is to be done.")
        if self._cancelling:
            raise Cancelled("stopped as asked")
        if self._stopping():
            raise Stopped
        if time.monotonic() - self._begun > self._most_s:
            raise overdue()

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until the work must stop. Raises Cancelled, LeaseLost, Stopped."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, 0.05))
        self.check()

    def advance(self, state: JobState) -> None:
        """Bring the job forward to a state; one that it has passed already changes nothing. Raises LeaseLost."""
        with self._database.write() as work:
            current = held_by(work, self.row)
            self._cancelling = bool(current.cancelling)  # before something is paid for, nobody waits for the thread
            if ACTIVE.index(JobState(current.state)) < ACTIVE.index(state):
                change(work, self.row.id, state)

    def _live(self) -> None:
        every = self._lease_s / 3
        looked = time.monotonic()
        while not self._over.wait(min(0.5, every)):
            try:
                if time.monotonic() - looked >= every:
                    begun = looked = time.monotonic()
                    with self._database.write() as work:
                        current = beat(work, self._worker, self.row, self._lease_s)
                    self._kept = begun
                else:
                    with self._database.read() as look:
                        current = find_row(look, self.row.id)
                if current.cancelling:
                    self._cancelling = True
                if time.monotonic() - self._begun > self._most_s + _GRACE_S:
                    self._hung()
                    self._lost = True
                    return
            except LeaseLost:
                self._lost = True
                return
            except PlatewrightError:
                continue
