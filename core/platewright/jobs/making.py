"""Making a job's take: the foreground's `run`, with everything that must outlive this process on disk before it counts.

Before the take appears, its version and its record's hash are with the job. So a worker that takes the job over from
one that died in between finds the take that is there, and makes no second one.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import JobState, Submission
from platewright.contract.money import add, amount_of, cost
from platewright.contract.takes import Cost
from platewright.contract.vendors import Sends
from platewright.imaging.threads import at_most

from .backend import Rate
from .closing import spent_of
from .database import Database
from .desk_settings import DeskSettings
from .places import TakePlace
from .progress import JobReporter
from .publication import AlreadyPublished, plan, taken_over
from .reuse import made_before
from .rights_gate import require
from .rows import JobRow, find_row
from .run import Course, run
from .sends import enter_own_work
from .storage import exists
from .takes import TakeStore

__all__ = ["Made", "Perform", "Task", "clear", "job_folder", "make_take", "tidy"]


@dataclass(frozen=True)
class Task:
    """A job in a worker's hands. reached: told the name of each point that a crash may fall on."""

    row: JobRow
    submission: Submission
    settings: DeskSettings
    database: Database
    report: JobReporter
    sends: Sends
    reached: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a job. record: the take's file. answered: it was there before, from another job."""

    record: str
    version: int
    answered: bool = False


Perform = Callable[[Task], Made]


def job_folder(row: JobRow) -> Path:
    """Where a job keeps what it has paid for or finished and not yet published; on the disk that its takes are on."""
    return Path(row.root) / ".jobs" / row.id


def make_take(task: Task) -> Made:
    """Make the job's take, or find that it is there. Raises every error of the tree."""
    there = taken_over(task.row)
    if there is not None:
        return Made(str(there.record), there.version)
    require(task.settings, task.submission)
    request, root = task.submission.request, Path(task.row.root)
    if not task.submission.anew and not _has_sent(task):
        before = made_before(request, root)
        if before is not None:
            return Made(str(before[0].record), before[0].version, answered=True)
    backend = task.settings.backend(request.backend)
    operate = backend.operate(request, task.sends) if backend.operate is not None else None
    begun = time.monotonic()
    course = Course(
        finishing=lambda: _finishing(task, backend.rate, time.monotonic() - begun),
        publishing=lambda place, record, staging: _plan(task, place, record, staging),
        cost=lambda: _cost(task),
        rescue=job_folder(task.row) / "frames",
    )
    task.reached("before the work")
    try:
        with at_most(task.submission.threads):
            record = run(
                request, root, task.settings.identity, task.report, operate=operate, course=course, whole=backend.whole
            )
    except AlreadyPublished as found:
        return Made(str(found.place.record), found.place.version)
    task.reached("take published")
    place = TakeStore(root).place(record.element, record.version)
    return Made(str(place.record), place.version)


def clear(row: JobRow) -> None:
    """Remove what a finished job had kept beside its take; what can't be removed is `prune`'s."""
    folder = job_folder(row)
    if exists(folder) and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()


def tidy(row: JobRow) -> None:
    """Remove what a worker that died over a job had begun, where the job ends without anybody beginning again."""
    with suppress(PlatewrightError):
        TakeStore(Path(row.root)).recover(row.element)


def _plan(task: Task, place: TakePlace, record: str, staging: Path) -> None:
    task.report.check()
    plan(task.database, task.row, task.settings.lease_s, place, record, staging)
    task.reached("take planned")


def _finishing(task: Task, rate: Rate | None, seconds: float) -> None:
    """The pictures stand: what the worker's time has cost is known, before the record says it."""
    if rate is not None:
        spent = Decimal(round(seconds, 3)).quantize(Decimal("0.001")) * amount_of(rate.per_second)
        with task.database.write() as work:
            enter_own_work(work, task.row, cost(spent, rate.per_second.currency))
    task.report.advance(JobState.FINISHING)


def _has_sent(task: Task) -> bool:
    with task.database.read() as look:
        return bool(look.run("SELECT 1 FROM sends WHERE job = ? LIMIT 1", task.row.id))


def _cost(task: Task) -> Cost:
    with task.database.read() as look:
        spent, uncertain = spent_of(look, find_row(look, task.row.id))
    return add(spent, uncertain)
