"""Making takes in the engine: the same request, but its job outlives this terminal and stands in everybody's queue."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from platewright import __version__
from platewright.client.messages import Connection, Happened, State
from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.client.starting import COMMAND_VARIABLE
from platewright.contract.errors import (
    Cancelled,
    CheckCouldNotRun,
    EngineError,
    InputError,
    InternalError,
    JobError,
    PlatewrightError,
    ProvenanceError,
    RefusedError,
    StorageError,
    SynthesisError,
    VerificationFailed,
)
from platewright.contract.jobs import Failure, Job, JobEvent, JobState
from platewright.contract.request import Request
from platewright.contract.takes import TakeRecord

from .console import Console
from .handing_in import submission_of
from .own_name import own_command

__all__ = ["EngineHost"]

T = TypeVar("T")
Tell = Callable[[TakeRecord, Path, bool], None]
_TICK_S = 0.01
_ASK_EVERY_S = 2.0
_GONE_S = 30.0
_AWAY = (State.LOST, State.ABSENT, State.HUNG, State.OTHER_VERSION)
_DIRECT = "With --direct this command makes the take by itself, without the engine."
_KINDS: dict[int, type[PlatewrightError]] = {
    kind.exit_code: kind
    for kind in (
        InputError, StorageError, SynthesisError, ProvenanceError, VerificationFailed, CheckCouldNotRun, JobError,
        RefusedError, EngineError, InternalError,
    )
}  # fmt: skip


class EngineHost:
    """The command line as a host of the engine: it drains a session, shows the progress, and hands Ctrl-C on.

    identity: a short hash of who signs here, which the engine's must equal.
    """

    def __init__(self, options: argparse.Namespace, console: Console, identity: str) -> None:
        self._options = options
        self._console = console
        self._identity = identity
        self._session = Session("command line", command=() if os.environ.get(COMMAND_VARIABLE) else own_command())
        self._events: list[JobEvent] = []
        self._trouble: tuple[float, Failure] | None = None

    def make(self, request: Request, takes: int, tell: Tell) -> None:
        """Make the takes, one after the other; each is told when it is there. Raises PlatewrightError."""
        with (
            closing(self._session.open()),
            self._console.stopping_with(
                "asking the engine to stop the job; press Ctrl-C again to leave it to the engine"
            ),
        ):
            self._check_engine()
            for number in range(1, takes + 1):
                if self._console.is_stopping:
                    raise Cancelled("stopped before anything more was handed in")
                label = f"take {number} of {takes}" if takes > 1 else ""
                asked = submission_of(replace(request, take=number), self._options)
                if asked.key and takes > 1:
                    asked = replace(asked, key=f"{asked.key}/{number}")
                job = self._value(self._session.submit(asked))
                with _left_to_the_engine(job):
                    job = _ended_well(self._watched(job, label))
                tell(*_take_of(job), job.answered)

    def _check_engine(self) -> None:
        """The engine must be there, be this very version, and sign as this terminal does. Raises EngineError."""
        try:
            health = self._value(self._session.health())
        except EngineError as error:
            hint = f"{error.hint} {_DIRECT}".strip()
            raise EngineError(error.message, code=error.code, hint=hint, retry=error.retry) from error
        if health.version != __version__:
            raise EngineError(
                f"the engine that runs is version {health.version[:40]}, and this command {__version__}",
                code="engine_version",
                hint=f"Run `platewright engine stop`; the next command starts its own. {_DIRECT}",
            )
        if health.identity != self._identity:
            raise EngineError(
                "the engine signs with other settings than this terminal's",
                code="engine_identity",
                hint=f"Run `platewright engine stop`; the next command starts it with these settings. {_DIRECT}",
            )

    def _watched(self, job: Job, label: str) -> Job:
        """The job when it has ended, or waits for a person; on the way its progress is shown."""
        asked_to_stop, looked = False, time.monotonic()
        self._say_place(job)
        with self._console.showing(label) as show:
            while job.state.is_open and job.state not in (JobState.WAITING, JobState.UNKNOWN):
                if self._console.is_stopping and not asked_to_stop:
                    asked_to_stop = True
                    self._session.cancel(job.id, job.submission.who)
                ended = False
                for event in self._heard(job.id):
                    if event.step is not None and not asked_to_stop:
                        show(event.step, event.seconds_left)
                    elif event.kind == "note" and event.text:
                        self._console.remark(event.text)
                    ended |= not event.state.is_open or event.state in (JobState.WAITING, JobState.UNKNOWN)
                if ended or (self._session.connection in _AWAY and time.monotonic() - looked > _ASK_EVERY_S):
                    looked = time.monotonic()
                    job = self._asked(job)
                time.sleep(_TICK_S)
        return job

    def _asked(self, job: Job) -> Job:
        """The job as it stands; as it was where the engine is away, which this question starts again."""
        try:
            found = self._value(self._session.job(job.id))
        except EngineError as error:
            now = time.monotonic()
            since = self._trouble[0] if self._trouble is not None else now
            self._trouble = (since, Failure(error.code, error.message, error.hint))
            if now - since < _GONE_S:
                return job
            raise EngineError(
                f"{error.message}; the job {job.id} is kept",
                code=error.code,
                hint=f"{error.hint} The next engine goes on with it: see `platewright jobs show {job.id}`.".strip(),
                retry=True,
            ) from error
        self._trouble = None
        return found

    def _say_place(self, job: Job) -> None:
        if job.position > 1:
            others = job.position - 1
            self._console.remark(f"{others} {'job is' if others == 1 else 'jobs are'} before it in the queue")

    def _heard(self, job: str) -> list[JobEvent]:
        self._drain()
        found, self._events = [event for event in self._events if event.job == job], []
        return found

    def _drain(self) -> None:
        for message in self._session.drain():
            if isinstance(message, Happened):
                self._events.append(message.event)
            elif isinstance(message, Connection) and message.state is State.STARTING:
                self._console.remark("starting the engine")

    def _value(self, reply: Reply[T]) -> T:
        while not reply.done:
            self._drain()
            time.sleep(_TICK_S)
        if reply.failure is not None or reply.value is None:
            raise _error_of(reply.failure or Failure("engine_failed", "the engine gave no answer"), EngineError)
        return reply.value


@contextmanager
def _left_to_the_engine(job: Job) -> Iterator[None]:
    """A second Ctrl-C leaves, and says what becomes of the job."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Cancelled(
            f"left at once; the engine was asked to stop the job {job.id}",
            hint=f"`platewright jobs show {job.id}` tells how it ended.",
        ) from error


def _take_of(job: Job) -> tuple[TakeRecord, Path]:
    from platewright.jobs.places import takes_at
    from platewright.jobs.takes import load

    place = takes_at(Path(job.take))[0]
    return load(place), place.folder.parent


def _ended_well(job: Job) -> Job:
    """The job, if it is done. Raises the error that it ended with; JobError where it waits for a person."""
    if job.state is JobState.DONE:
        return job
    if job.state is JobState.CANCELLED:
        raise Cancelled(f"the job {job.id} was stopped as asked; nothing of the take was left behind")
    if job.failure is not None:
        raise _error_of(job.failure, RefusedError if job.state is JobState.REFUSED else JobError)
    waits = "; ".join(job.waits_for) or "a person has to decide"
    raise JobError(
        f"the job {job.id} waits: {waits}", code="job_waits", hint=f"Look at it with `platewright jobs show {job.id}`."
    )


def _error_of(failure: Failure, otherwise: type[PlatewrightError]) -> PlatewrightError:
    """A failure as the error that it was, so that its exit code is the one of the foreground."""
    kind = _KINDS.get(failure.exit_code, otherwise)
    return kind(failure.message, code=failure.code, hint=failure.hint, frame=failure.frame, retry=failure.retry)
