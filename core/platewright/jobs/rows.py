"""Rows of the jobs' tables as typed values, and as the words that hosts see."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from platewright.contract.errors import JobNotFound
from platewright.contract.jobs import Failure, Job, JobEvent, JobState, Submission
from platewright.contract.mapper import canonical, from_bytes
from platewright.contract.money import add
from platewright.contract.progress import Step
from platewright.contract.takes import Cost

from .database import Transaction

__all__ = [
    "ACTIVE",
    "JobRow",
    "as_text",
    "event_of",
    "find_row",
    "job_of",
    "new_id",
    "rows_where",
    "submission_of",
    "utc_now",
]

ACTIVE = (JobState.SENDING, JobState.RUNNING, JobState.COLLECTING, JobState.FINISHING)
"""The states in which a job is on its way: somebody works on it, or did when it died."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A row of `jobs`, column by column; texts of values are canonical JSON."""

    seq: int
    id: str
    key: str | None
    state: str
    submission: str
    root: str
    element: str
    show: str
    shot: str
    who: str
    backend: str
    needs: str
    priority: int
    paused: int
    attempt: int
    deaths: int
    created: str
    changed: str
    step: str | None
    seconds_left: float | None
    failure: str | None
    take: str
    quoted: str
    currency: str
    waits_for: str
    held: str
    spent: str
    uncertain: str
    cancelling: int
    lease: str | None
    worker: str
    lease_until: float
    planned: str | None

    @property
    def is_active(self) -> bool:
        """Whether it is on its way."""
        return JobState(self.state) in ACTIVE

    @property
    def is_open(self) -> bool:
        """Whether something can still happen to it."""
        return JobState(self.state).is_open

    @property
    def fair_group(self) -> str:
        """What takes turns with others: the shot, else the show, else the folder."""
        return f"{self.show}/{self.shot}" if self.shot or self.show else self.root


COLUMNS = ", ".join(field.name for field in fields(JobRow))


def rows_where(work: Transaction, condition: str, *values: Any) -> list[JobRow]:
    """The rows that meet a condition (the code's own text, with `?` for values)."""
    return [JobRow(*row) for row in work.run(f"SELECT {COLUMNS} FROM jobs WHERE {condition}", *values)]


def find_row(work: Transaction, job: str) -> JobRow:
    """The row of a job. Raises JobNotFound."""
    found = rows_where(work, "id = ?", job) if 0 < len(job) <= 80 else []
    if not found:
        raise JobNotFound(
            f"there is no job '{job[:80]}'",
            hint="`platewright jobs list` shows those that are there.",
        )
    return found[0]


@lru_cache(maxsize=4096)
def submission_of(text: str) -> Submission:
    """What was handed in, as it lies in the database. Raises ManifestError."""
    return from_bytes(Submission, text.encode(), "submission")


def job_of(row: JobRow, position: int = 0) -> Job:
    """The row as hosts see it."""
    spent = add(Cost(row.spent, row.currency), Cost(row.uncertain, row.currency))
    return Job(
        id=row.id,
        state=JobState(row.state),
        submission=submission_of(row.submission),
        created=row.created,
        changed=row.changed,
        attempt=row.attempt,
        step=_step(row.step),
        seconds_left=row.seconds_left,
        failure=_failure(row.failure),
        take=row.take,
        cost=spent,
        position=position,
        quoted=Cost(row.quoted, row.currency),
        waits_for=tuple(json.loads(row.waits_for)),
        paused=bool(row.paused),
        worker=row.worker,
        answered=row.state == JobState.DONE.value and row.planned is None,
    )


EVENT_COLUMNS = "number, job, at, kind, state, step, seconds_left, text, failure"


def event_of(row: tuple[Any, ...]) -> JobEvent:
    """A row of `events` as hosts see it."""
    number, job, at, kind, state, step, seconds_left, text, failure = row
    return JobEvent(number, job, at, kind, JobState(state), _step(step), seconds_left, text, _failure(failure))


def as_text(value: object) -> str | None:
    """A value as canonical JSON text for a column; None stays None."""
    return None if value is None else canonical(value).decode()


def _step(text: str | None) -> Step | None:
    return Step(**json.loads(text)) if text else None


def _failure(text: str | None) -> Failure | None:
    return Failure(**json.loads(text)) if text else None


def utc_now() -> str:
    """Now, as `2026-01-31T12:00:00.000Z`."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def new_id() -> str:
    """A name for a new job: when, and which of that second; plain enough to read out loud."""
    return f"{datetime.now(timezone.utc):%Y%m%d-%H%M%S}-{secrets.token_hex(5)}"
