"""The book of jobs: every change of a job is one row changed and one event added, in one transaction.

Nothing here decides anything; it writes down what was decided, so that the state, the event and what follows from
them are on the disk together or not at all.
"""

from __future__ import annotations

import re

from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import Failure, JobEvent, JobState
from platewright.contract.progress import Step

from .database import Transaction, Value
from .rows import EVENT_COLUMNS, as_text, event_of, utc_now

__all__ = ["change", "events_after", "failure_of", "note", "tell_step", "update"]

_NAME = re.compile(r"[a-z_]+")


def update(work: Transaction, job: str, **columns: Value) -> None:
    """Set columns of a job, silently."""
    if not all(_NAME.fullmatch(name) for name in columns):
        raise ValueError("a column's name is the code's own")
    settings = ", ".join(f"{name} = ?" for name in columns)
    work.run(f"UPDATE jobs SET {settings} WHERE id = ?", *columns.values(), job)


def change(
    work: Transaction, job: str, state: JobState, text: str = "", failure: Failure | None = None, **columns: Value
) -> None:
    """Bring a job into a state, set further columns, and say so. A job that ends forgets its step events."""
    at = utc_now()
    said = as_text(failure)
    update(work, job, state=state.value, changed=at, failure=said, **columns)
    if not state.is_open:
        update(work, job, lease=None, worker="", lease_until=0.0, cancelling=0, seconds_left=None)
        work.run("DELETE FROM events WHERE job = ? AND kind = 'step'", job)
    _add_event(work, job, at, "state", state.value, text=text, failure=said)


def note(work: Transaction, job: str, state: str, text: str) -> None:
    """Add a remark to a job."""
    _add_event(work, job, utc_now(), "note", state, text=text)


def tell_step(work: Transaction, job: str, state: str, step: Step, seconds_left: float | None) -> None:
    """Say how far a job is."""
    said = as_text(step)
    update(work, job, step=said, seconds_left=seconds_left)
    _add_event(work, job, utc_now(), "step", state, step=said, seconds_left=seconds_left)


def events_after(work: Transaction, after: int, job: str, limit: int) -> tuple[JobEvent, ...]:
    """Events with a number above `after`, in their order; of one job, or of all where `job` is empty."""
    where, values = ("number > ? AND job = ?", (after, job)) if job else ("number > ?", (after,))
    rows = work.run(f"SELECT {EVENT_COLUMNS} FROM events WHERE {where} ORDER BY number LIMIT ?", *values, limit)
    return tuple(event_of(row) for row in rows)


def failure_of(error: PlatewrightError) -> Failure:
    """An error as plain values."""
    return Failure(error.code, error.message, error.hint, error.frame, error.retry, error.exit_code)


def _add_event(
    work: Transaction,
    job: str,
    at: str,
    kind: str,
    state: str,
    *,
    step: str | None = None,
    seconds_left: float | None = None,
    text: str = "",
    failure: str | None = None,
) -> None:
    work.run(
        "INSERT INTO events (job, at, kind, state, step, seconds_left, text, failure) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        job, at, kind, state, step, seconds_left, text, failure,
    )  # fmt: skip
