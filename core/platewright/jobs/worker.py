"""The worker: takes the job whose turn it is, makes it, writes down what came of it, and takes the next.

    work(open_desk(settings), capabilities={"gpu"}, stopping=stop.is_set)

One worker makes one job at a time; any number of them may run, in threads, processes and machines, on one database
and one shared file system. Whatever happens to a worker, its job goes on with another one (see leases).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from platewright.contract.errors import (
    Cancelled,
    InternalError,
    PlatewrightError,
    RefusedError,
    SendRefused,
    SendUnknown,
    StorageError,
    SynthesisError,
)
from platewright.contract.jobs import JobState
from platewright.logs.lines import about_job

from .book import failure_of
from .closing import close, spent_of
from .database import Transaction
from .desk import LocalDesk
from .desk_settings import DeskSettings
from .entries import JobWord
from .leases import LeaseLost, WorkerName, enlist, held_by, hold_up, leave, release, take_turn
from .making import Made, Perform, Task, clear, make_take, tidy
from .posting import carry_out, floor_of
from .progress import JobReporter, Stopped, overdue
from .releasing import Releasing
from .rows import JobRow, submission_of
from .sending import PaidSends

__all__ = ["Worker", "work", "work_at_once"]

_log = logging.getLogger("platewright.jobs")
_log.addHandler(logging.NullHandler())  # Whoever wants to read it adds their own; nothing is printed by itself.
_LOOK_AROUND_S = 5.0
"""How often a worker says that it is there, looks for dead ones on its machine, and carries out what was left."""
_NOTHING_S = 0.1
_AWAY_S = 1.0
_AWAY = ("database_unreachable", "database_busy")


def work(
    desk: LocalDesk,
    *,
    capabilities: Iterable[str] = (),
    stopping: Callable[[], bool] = lambda: False,
    until_idle: bool = False,
    perform: Perform = make_take,
    reached: Callable[[str], None] = lambda point: None,
    hung: Callable[[], None] = lambda: None,
) -> int:
    """Make jobs until `stopping` says so, or with `until_idle` until there is none that this worker can do.

    perform: makes one job. reached: told each named point that a crash may fall on (for tests of just that). hung:
    called, from another thread, when a job was ended because its work hangs: nothing but the process's end ends that.
    Returns how many jobs it brought to an end. A database that can't be reached, or a full disk, is waited for.
    """
    worker = Worker(desk, frozenset(capabilities), perform, reached, stopping, hung)
    ended, looked = 0, -_LOOK_AROUND_S
    try:
        while not stopping():
            try:
                if time.monotonic() - looked >= _LOOK_AROUND_S:
                    worker.look_around()
                    looked = time.monotonic()
                row = worker.take()
            except StorageError as error:
                if not error.retry or until_idle:
                    raise
                _log.warning("the jobs can't be reached now", extra={"code": error.code})
                time.sleep(_AWAY_S)
                continue
            if row is not None:
                ended += worker.make(row)
            elif until_idle:
                break
            else:
                desk.database.wait(_LOOK_AROUND_S)
    finally:
        with suppress(PlatewrightError):
            worker.leave()
    return ended


def work_at_once(
    desk: LocalDesk, count: int, *, capabilities: Iterable[str], stopping: Callable[[], bool], until_idle: bool
) -> int:
    """Like `work`, with `count` workers in threads of this process: for jobs that mostly wait for a vendor.

    The first error that ends one of them is raised when all have ended.
    """
    known = frozenset(capabilities)
    with ThreadPoolExecutor(count, thread_name_prefix="worker") as pool:
        several = [
            pool.submit(work, desk, capabilities=known, stopping=stopping, until_idle=until_idle) for _ in range(count)
        ]
    return sum(one.result() for one in several)


class Worker:
    """One worker on a desk."""

    def __init__(
        self,
        desk: LocalDesk,
        capabilities: frozenset[str] = frozenset(),
        perform: Perform = make_take,
        reached: Callable[[str], None] = lambda point: None,
        stopping: Callable[[], bool] = lambda: False,
        hung: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = WorkerName.here(capabilities)
        self._desk = desk
        self._settings = desk.settings
        self._database = desk.database
        self._perform = perform
        self._reached = reached
        self._stopping = stopping
        self._hung = hung
        self._nothing_until = 0.0
        self._releasing = Releasing(self._database, self._settings)

    def look_around(self) -> None:
        """Say that this worker is there, free what dead ones of this machine hold, carry out what was left.

        Jobs whose approval was filed meanwhile go on.
        """
        with self._database.write() as work:
            enlist(work, self.name)
        self._releasing.look()
        carry_out(self._database)

    def leave(self) -> None:
        """Say that this worker goes."""
        with self._database.write() as work:
            leave(work, self.name)

    def take(self) -> JobRow | None:
        """Take the next job. Raises StorageError."""
        if time.monotonic() < self._nothing_until:
            return None
        with self._database.read() as look:
            if not look.run(
                "SELECT 1 FROM jobs WHERE state IN ('queued', 'sending', 'running', 'collecting', 'finishing')"
                " AND lease_until < ? AND (paused = 0 OR state <> 'queued') LIMIT 1",
                look.now(),
            ):
                return None
        with self._database.write() as work:
            row = take_turn(work, self.name, self._settings.limits)
        if row is None:
            # What waits is for others to do, or for its backend's turn: looking is a lock that they need too.
            self._nothing_until = time.monotonic() + _NOTHING_S
        else:
            self._reached("job taken")
        return row

    def make(self, row: JobRow) -> bool:
        """Make one job and write down what came of it; whether it came to an end here."""
        with about_job(row.id):
            return self._make(row)

    def _make(self, row: JobRow) -> bool:
        _log.info("a job begins", extra={"job": row.id, "attempt": row.attempt, "backend": row.backend})
        try:
            if row.deaths > self._settings.most_deaths:
                raise _died(row.deaths)
            submission = submission_of(row.submission)
            settings = self._settings.of(submission)
        except PlatewrightError as error:
            return self._failed(row, error)
        with self._reporter(row, settings) as report:
            sends = PaidSends(settings, self._database, row, report, self._reached)
            try:
                task = Task(row, submission, settings, self._database, report, sends, self._reached)
                if report.is_cancelled:
                    raise Cancelled("stopped as asked")
                made = self._perform(task)
                _log.info("a job is made", extra={"job": row.id, "take": made.record})
                clear(row)  # The take is there and known by its hash: what was kept for it is not needed again.
                return self._end(row, lambda work, floor: _done(work, row, made, floor))
            except (LeaseLost, Stopped):
                self._give_back(row)
                return False
            except Cancelled:
                with suppress(Exception):  # the job stops, whatever the vendor or its adapter says to it
                    sends.stop()
                _log.info("a job was cancelled", extra={"job": row.id})
                return self._end(row, lambda work, floor: close(work, row, JobState.CANCELLED, floor, text="cancelled"))
            except Exception as error:
                return self._failed(row, _as_ours(error))

    def _reporter(self, row: JobRow, settings: DeskSettings) -> JobReporter:
        """The job's reporter; work of this worker's own that hangs is ended by it, a vendor's by `sending`."""

        def hangs() -> None:
            _log.error("a job hangs", extra={"job": row.id, "backend": row.backend})
            self._end(row, lambda work, floor: _failed(work, row, overdue(), floor))
            self._hung()

        own = row.backend not in self._settings.limits.sending
        most_s = settings.deadlines(row.backend).running_s if own else 0.0
        return JobReporter(self._database, self.name, row, self._settings.lease_s, self._stopping, most_s, hangs)

    def _failed(self, row: JobRow, problem: PlatewrightError) -> bool:
        if isinstance(problem, InternalError):
            _log.exception("a job failed by a mistake of ours", extra={"job": row.id})
        else:
            _log.warning("a job failed", extra={"job": row.id, "code": problem.code})
        if problem.code in _AWAY:
            return False  # The lease runs out, and the job goes on from what is on the disk.
        if isinstance(problem, StorageError) and problem.retry and self._held_up(row, problem):
            return False
        return self._end(row, lambda work, floor: _failed(work, row, problem, floor))

    def _held_up(self, row: JobRow, problem: StorageError) -> bool:
        """Put a job down for a while: a full disk must not end, one after the other, all that wait for it."""
        try:
            with self._database.write() as work:
                return hold_up(work, row, problem.message, self._settings.most_deaths)
        except StorageError:
            return False

    def _end(self, row: JobRow, ending: Callable[[Transaction, int], None]) -> bool:
        """Write the end down, for as long as the job is ours: a database that is away may come back."""
        tidy(row)
        self._reached("before the end")
        floor = floor_of(row.root)
        until = time.monotonic() + self._settings.lease_s
        while True:
            try:
                with self._database.write() as work:
                    held_by(work, row)
                    ending(work, floor)
                break
            except LeaseLost:
                return False
            except StorageError as error:
                if not error.retry or time.monotonic() > until:
                    return False
                time.sleep(_AWAY_S)
        self._reached("end written")
        carry_out(self._database, row.root)
        return True

    def _give_back(self, row: JobRow) -> None:
        with suppress(PlatewrightError), self._database.write() as work:
            release(work, row)


def _done(work: Transaction, row: JobRow, made: Made, floor: int) -> None:
    text = "an earlier take of the same request on the same files answers it" if made.answered else ""
    word: JobWord = "answered" if made.answered else "done"
    close(work, row, JobState.DONE, floor, text=text, take=made.record, version=made.version, word=word)


def _failed(work: Transaction, row: JobRow, problem: PlatewrightError, floor: int) -> None:
    state = JobState.FAILED
    spent, uncertain = spent_of(work, row)
    if isinstance(problem, SendUnknown):
        state = JobState.UNKNOWN
    elif isinstance(problem, (RefusedError, SendRefused)) and spent.amount == "0" and uncertain.amount == "0":
        state = JobState.REFUSED
    close(work, row, state, floor, failure=failure_of(problem))


def _died(times: int) -> SynthesisError:
    return SynthesisError(
        f"the process that worked on it died {times} times",
        code="worker_died",
        hint="Look at the machine's memory and logs; then retry the job, or ask for less at a time.",
        retry=True,
    )


def _as_ours(error: Exception) -> PlatewrightError:
    if isinstance(error, PlatewrightError):
        return error
    if isinstance(error, MemoryError):
        return SynthesisError(
            "there is not enough memory",
            code="out_of_memory",
            hint="Close other programs, or use a smaller context or window.",
            retry=True,
        )
    return InternalError(f"{type(error).__name__}: {error}"[:2000], hint="This is our mistake. Report the text.")
