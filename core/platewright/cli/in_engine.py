"""Making takes in the engine: the same request, but its job outlives this terminal and stands in everybody's queue."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from platewright.client.messages import Happened
from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.errors import Cancelled, EngineError, JobError, PlatewrightError, RefusedError
from platewright.contract.jobs import Failure, Job, JobEvent, JobState
from platewright.contract.request import Request
from platewright.contract.takes import TakeRecord

from .console import Console
from .handing_in import submission_of

__all__ = ["EngineHost"]

T = TypeVar("T")
_TICK_S = 0.01


class EngineHost:
    """The command line as a host of the engine: it drains a session, shows the progress, and hands Ctrl-C on."""

    def __init__(self, options: argparse.Namespace, console: Console) -> None:
        self._options = options
        self._console = console
        self._session = Session("command line")
        self._events: list[JobEvent] = []

    def make(self, request: Request, takes: int, tell: Callable[[TakeRecord, Path], None]) -> None:
        """Make the takes, one after the other; each is told when it is there. Raises PlatewrightError."""
        with closing(self._session.open()):
            self._check_colour()
            for number in range(1, takes + 1):
                label = f"take {number} of {takes}" if takes > 1 else ""
                job = self._made(replace(request, take=number), label)
                tell(*_take_of(job))

    def _check_colour(self) -> None:
        """The engine must see colour as this terminal does. Raises EngineError `engine_colour`."""
        theirs, ours = self._value(self._session.health()).ocio, os.environ.get("OCIO", "").strip()
        if theirs != ours:
            raise EngineError(
                f"the engine works with the OCIO configuration '{theirs or 'built in'}' and this terminal with "
                f"'{ours or 'built in'}'",
                code="engine_colour",
                hint="Leave --engine out, or run `platewright engine stop` and start it from this terminal.",
            )

    def _made(self, request: Request, label: str) -> Job:
        asked = submission_of(request, self._options)
        job = self._value(self._session.submit(asked))
        asked_to_stop = False
        with self._console.working(label) as report:
            while job.state.is_open:
                if self._console.is_stopping and not asked_to_stop:
                    asked_to_stop = True
                    self._session.cancel(job.id, asked.who)
                for event in self._heard(job.id):
                    if event.step is not None and not asked_to_stop:
                        try:
                            report.step(event.step)
                        except Cancelled:
                            continue  # seen above, at the next turn: the engine is asked, and told of its end
                    if not event.state.is_open or event.state is JobState.WAITING:
                        job = self._value(self._session.job(job.id))
                if job.state in (JobState.WAITING, JobState.UNKNOWN):
                    break
                time.sleep(_TICK_S)
        return _ended_well(job)

    def _heard(self, job: str) -> list[JobEvent]:
        self._drain()
        found, self._events = [event for event in self._events if event.job == job], []
        return found

    def _drain(self) -> None:
        self._events += [message.event for message in self._session.drain() if isinstance(message, Happened)]

    def _value(self, reply: Reply[T]) -> T:
        while not reply.done:
            self._drain()
            time.sleep(_TICK_S)
        if reply.failure is not None or reply.value is None:
            raise _error_of(reply.failure or Failure("engine_failed", "the engine gave no answer"), EngineError)
        return reply.value


def _take_of(job: Job) -> tuple[TakeRecord, Path]:
    from platewright.jobs.places import takes_at
    from platewright.jobs.takes import load

    place = takes_at(Path(job.take))[0]
    return load(place), place.folder.parent


def _ended_well(job: Job) -> Job:
    """The job, if it is done. Raises Cancelled, RefusedError, JobError."""
    if job.state is JobState.DONE:
        return job
    if job.state is JobState.CANCELLED:
        raise Cancelled("stopped as asked; nothing was left behind")
    kind = RefusedError if job.state is JobState.REFUSED else JobError
    if job.failure is not None:
        raise _error_of(job.failure, kind)
    waits = "; ".join(job.waits_for) or "a person has to decide"
    raise JobError(
        f"the job {job.id} waits: {waits}", code="job_waits", hint=f"Look at it with `platewright jobs show {job.id}`."
    )


def _error_of(failure: Failure, kind: type[PlatewrightError]) -> PlatewrightError:
    return kind(failure.message, code=failure.code, hint=failure.hint, frame=failure.frame, retry=failure.retry)
