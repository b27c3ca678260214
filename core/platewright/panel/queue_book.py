"""The queue as the panel knows it: every job it has heard of, kept true by the engine's numbered events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from platewright.contract.jobs import Failure, Job, JobEvent, JobState
from platewright.contract.takes import Cost

from .standing import Tone
from .words import duration, phase, state_words, tr

__all__ = ["JobRow", "QueueBook"]

_MOST = 1000
_ENDED_SHOWN = 30
_TONES: dict[JobState, Tone] = {
    JobState.DONE: "good", JobState.FAILED: "bad", JobState.REFUSED: "bad", JobState.UNKNOWN: "warn",
    JobState.WAITING: "warn", JobState.CANCELLED: "quiet", JobState.QUEUED: "quiet", JobState.PREPARED: "quiet",
}  # fmt: skip


@dataclass(frozen=True)
class JobRow:
    """A job as a line of the queue. share: 0 to 1 of the phase, None where nothing can be said.

    can_cancel, can_retry, can_decide, can_pause: what may be asked for now.
    """

    id: str
    title: str
    state: str
    detail: str
    left: str
    share: float | None
    tone: Tone
    mine: bool
    is_open: bool
    can_cancel: bool
    can_retry: bool
    can_decide: bool
    can_pause: bool
    paused: bool
    failure: Failure | None
    cost: Cost
    root: str
    take: str


class QueueBook:
    """Jobs by their id. `mine` are those of the script that is open."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._heard: dict[str, int] = {}
        self.mine: set[str] = set()

    def __len__(self) -> int:
        return len(self._jobs)

    def learn(self, job: Job) -> None:
        """A job as it stands now."""
        self._jobs[job.id] = job
        if len(self._jobs) > _MOST:
            for old in sorted(self._jobs.values(), key=lambda one: (one.state.is_open, one.changed))[: _MOST // 10]:
                self._jobs.pop(old.id, None)
                self._heard.pop(old.id, None)

    def learn_all(self, jobs: Iterable[Job]) -> None:
        """A list of jobs."""
        for job in jobs:
            self.learn(job)

    def happened(self, event: JobEvent) -> bool:
        """Take an event in. Returns whether the job has to be asked for: it is new here, or it has ended."""
        known = self._jobs.get(event.job)
        if known is None:
            return True
        if event.number <= self._heard.get(event.job, 0):
            return False
        self._heard[event.job] = event.number
        left = event.seconds_left if event.kind == "step" else known.seconds_left
        step = event.step if event.step is not None else known.step
        moved = replace(
            known, state=event.state, step=step, seconds_left=left, failure=event.failure or known.failure
        )  # fmt: skip
        self._jobs[event.job] = moved
        return event.kind == "state" and (not event.state.is_open or event.state is JobState.WAITING)

    def get(self, job: str) -> Job | None:
        """A job that was heard of."""
        return self._jobs.get(job)

    def made(self, record: str) -> Job | None:
        """The job that a take came from, by its record."""
        return next((job for job in self._jobs.values() if job.take == record), None) if record else None

    def rows(self, only_mine: bool) -> tuple[JobRow, ...]:
        """Open jobs, the working ones first, then the latest that have ended."""
        wanted = [job for job in self._jobs.values() if not only_mine or job.id in self.mine]
        still = sorted((job for job in wanted if job.state.is_open), key=_order)
        ended = sorted((job for job in wanted if not job.state.is_open), key=lambda one: one.changed, reverse=True)
        return tuple(self._row(job) for job in [*still, *ended[:_ENDED_SHOWN]])

    def open_count(self, only_mine: bool) -> int:
        """How many are on their way."""
        return sum(job.state.is_open and (not only_mine or job.id in self.mine) for job in self._jobs.values())

    def _row(self, job: Job) -> JobRow:
        request = job.submission.request
        step = job.step if job.state.is_open else None
        share = step.done / step.total if step is not None and step.total > 0 else None
        queued = job.state is JobState.QUEUED
        return JobRow(
            id=job.id,
            title=request.element if request.backend == "builtin" else f"{request.element}  ·  {request.backend}",
            state=state_words(job),
            detail=_detail(job),
            left=tr("{time} left", time=duration(job.seconds_left)) if job.state.is_open and job.seconds_left else "",
            share=None if share is None else min(1.0, max(0.0, share)),
            tone="quiet" if job.paused else _TONES.get(job.state, "busy"),
            mine=job.id in self.mine,
            is_open=job.state.is_open,
            can_cancel=job.state.is_open,
            can_retry=job.state in (JobState.FAILED, JobState.CANCELLED, JobState.UNKNOWN),
            can_decide=job.state is JobState.WAITING,
            can_pause=queued,
            paused=job.paused,
            failure=job.failure,
            cost=job.cost,
            root=job.submission.root,
            take=job.take,
        )


def _order(job: Job) -> tuple[bool, bool, int, str]:
    resting = job.state in (JobState.QUEUED, JobState.PREPARED, JobState.WAITING)
    return (resting, job.state is not JobState.WAITING if resting else False, job.position, job.created)


def _detail(job: Job) -> str:
    """The second line: the phase while it works, what it waits for, why it stopped."""
    if job.state is JobState.WAITING:
        return "; ".join(job.waits_for)
    if job.failure is not None and not job.state.is_open:
        return job.failure.message
    if job.state is JobState.QUEUED:
        return tr("Number {n} in its queue", n=job.position) if job.position else ""
    if job.state is JobState.DONE:
        return job.take.replace("\\", "/").rpartition("/")[2].removesuffix(".take.json")
    return phase(job.step)
