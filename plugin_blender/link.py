# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's link to the engine: one session, and what is known of the jobs; drained by the pump alone.

The engine holds the truth about jobs. What stands here is what was heard of it, in this process; a .blend holds ids.
Knows no Blender.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from platewright.client.messages import Answered, Connection, Happened, State, Trouble
from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.decisions import TakeSummary
from platewright.contract.jobs import Failure, Job, JobEvent, JobState, Submission
from platewright.contract.progress import Step
from platewright.contract.reference_sets import SetList, SetLook
from platewright.contract.wire import Backend, Backends

__all__ = ["CONNECTION_WORDS", "JobView", "Link"]

CONNECTION_WORDS = {
    State.ASLEEP: "Ready",
    State.STARTING: "Starting the engine…",
    State.CONNECTED: "Connected",
    State.HUNG: "The engine does not answer",
    State.LOST: "The engine was lost; looking for it…",
    State.ABSENT: "The engine is missing",
    State.OTHER_VERSION: "The engine is of another version",
    State.CLOSED: "Closed",
}
_MOST_JOBS = 200
_MOST_EARLY = 1000


@dataclass(frozen=True)
class JobView:
    """A job as the panel shows it. take: its record's file once done. text: why it stopped, in words."""

    id: str
    element: str
    root: str
    state: JobState
    step: Step | None = None
    seconds_left: float | None = None
    text: str = ""
    hint: str = ""
    take: str = ""
    waits_for: tuple[str, ...] = ()
    began: str = ""
    backend: str = "builtin"

    @property
    def title(self) -> str:
        """Which it is: its element, and who makes it where that is not the built-in generator."""
        return self.element if self.backend == "builtin" else f"{self.element} by {self.backend}"

    @property
    def share(self) -> float:
        """How far it is, 0 to 1."""
        if self.state is JobState.DONE:
            return 1.0
        return self.step.done / self.step.total if self.step is not None and self.step.total else 0.0


class Link:
    """Session and jobs. finished: called, while draining, with each job that ended.

    backends: the generators, once the engine has told; declared: called with them then. sets: of reference pictures, by
    the folder for elements that was asked with.
    """

    def __init__(self, session: Session, finished: Callable[[JobView], object]) -> None:
        self.session = session
        self.jobs: dict[str, JobView] = {}
        self.takes: dict[tuple[str, str], tuple[TakeSummary, ...]] = {}
        self.backends: tuple[Backend, ...] = ()
        self.sets: dict[str, tuple[SetLook, ...]] = {}
        self.declared: Callable[[tuple[Backend, ...]], object] = lambda backends: None
        self.failure: Failure | None = None
        self.changed = False
        self._finished = finished
        self._asked: set[str] = set()
        self._early: dict[str, None] = {}

    @property
    def state(self) -> State:
        """How the host stands with the engine."""
        return self.session.connection

    def send(self, submission: Submission, then: Callable[[Reply[Job]], object]) -> Reply[Job]:
        """Hand a job in; returns at once."""

        def heard(reply: Reply[Job]) -> None:
            if reply.value is not None:
                self._take_in(reply.value)
                if reply.value.id in self._early:  # what the answer says is older than what was told meanwhile
                    self.session.job(reply.value.id).then(self._answered)
            elif reply.failure is not None:
                self.failure = reply.failure
            self.changed = True
            then(reply)

        return self.session.submit(submission).then(heard)

    def follow(self, job: str) -> None:
        """Ask the engine about a job that a .blend says it waits for, once."""
        if job not in self.jobs and job not in self._asked:
            self._asked.add(job)
            self.session.job(job).then(self._answered)

    def look_at(self, root: str, element: str) -> None:
        """Ask for an element's takes; they come into `takes`."""

        def heard(reply: Reply[object]) -> None:
            if reply.value is not None:
                self.takes[(root, element)] = tuple(getattr(reply.value, "takes", ()))
                self.changed = True

        self.session.takes(root, element).then(heard)  # type: ignore[arg-type]

    def sets_of(self, root: str, anew: bool = False) -> tuple[SetLook, ...]:
        """The reference sets of the show that a folder belongs to; they are asked for once, and come later."""
        known = root in self.sets and not anew
        if not known and root and self.state is State.CONNECTED:
            self.sets.setdefault(root, ())

            def heard(reply: Reply[SetList]) -> None:
                self.sets[root] = reply.value.sets if reply.value is not None else ()  # no show: it has none
                self.changed = True

            self.session.reference_sets(root).then(heard)
        return self.sets.get(root, ())

    def drain(self, most: int = 50) -> bool:
        """Take in what has come, at most so many messages; True where there is something new to show."""
        for message in self.session.drain(most):
            if isinstance(message, Happened):
                self._happened(message.event)
            elif isinstance(message, Connection):
                self.failure = message.failure
                if message.state is State.CONNECTED:
                    self._ask_again()
                    self.session.backends().then(self._told)
            elif isinstance(message, Trouble):
                self.failure = message.failure
            elif isinstance(message, Answered):
                self.failure = message.reply.failure or self.failure
            self.changed = True
        changed, self.changed = self.changed, False
        return changed

    def close(self) -> None:
        """End the session's threads; the engine and its jobs go on."""
        self.session.close()

    def _happened(self, event: JobEvent) -> None:
        known = self.jobs.get(event.job)
        if known is None:  # of another host, or of ours whose answer has not come yet
            self._early[event.job] = None
            while len(self._early) > _MOST_EARLY:
                del self._early[next(iter(self._early))]
            return
        if not event.state.is_open or event.state in (JobState.WAITING, JobState.UNKNOWN):
            self.session.job(event.job).then(self._answered)  # its take, or what it waits for
        if event.state.is_open:
            self.jobs[event.job] = replace(
                known, state=event.state, step=event.step or known.step, seconds_left=event.seconds_left,
                text=event.text, hint="",
            )  # fmt: skip

    def _ask_again(self) -> None:
        """What happened to open jobs while the engine was away."""
        for job in [one.id for one in self.jobs.values() if one.state.is_open]:
            self.session.job(job).then(self._answered)

    def _told(self, reply: Reply[Backends]) -> None:
        if reply.value is not None:
            self.backends = reply.value.backends
            self.declared(self.backends)
            self.changed = True

    def _answered(self, reply: Reply[Job]) -> None:
        if reply.value is not None:
            self._take_in(reply.value)
        self._asked.discard(reply.value.id if reply.value is not None else "")

    def _take_in(self, job: Job) -> None:
        before = self.jobs.get(job.id)
        request = job.submission.request
        view = JobView(
            job.id, request.element, job.submission.root, job.state, job.step, job.seconds_left,
            job.failure.message if job.failure else "", job.failure.hint if job.failure else "", job.take,
            job.waits_for, job.created, request.backend,
        )  # fmt: skip
        self.jobs[job.id] = view
        while len(self.jobs) > _MOST_JOBS:
            del self.jobs[next(iter(self.jobs))]
        self.changed = True
        if not view.state.is_open and (before is None or before.state.is_open or not before.take):
            self._finished(view)
