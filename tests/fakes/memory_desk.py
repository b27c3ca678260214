"""A desk in memory, strict about everything the Protocol says, with faults to order: for the server and the client.

It moves no pixels. A job is worked on by `work`, a step at a time, or by itself where `seconds` says how long it takes.
`Faults` is read before every verb, so that a test can make the desk slow, full, or refuse.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from platewright.contract.decisions import TakeDecision, TakeSummary
from platewright.contract.errors import JobConflict, JobNotFound, PlatewrightError, RequestError
from platewright.contract.jobs import Failure, Job, JobEvent, JobState, Quote, Submission, Unseen
from platewright.contract.money import BudgetState, CostGroup, CostLine
from platewright.contract.progress import Step
from platewright.contract.takes import Cost

__all__ = ["Faults", "MemoryDesk"]


@dataclass
class Faults:
    """What goes wrong: seconds to wait before each verb, an error to raise instead of it; with `events` of that too."""

    slow_s: float = 0.0
    error: PlatewrightError | None = None
    events: bool = False
    seen: list[str] = field(default_factory=list)


class MemoryDesk:
    """Jobs in a dictionary; every verb of `contract.jobs.Desk`."""

    def __init__(self, seconds: float | None = None, steps: int = 4) -> None:
        self.faults = Faults()
        self._seconds = seconds
        self._steps = steps
        self._jobs: dict[str, Job] = {}
        self._keys: dict[str, str] = {}
        self._events: list[JobEvent] = []
        self._changed = threading.Condition()

    def quote(self, submission: Submission) -> Quote:
        self._verb("quote")
        return Quote(frames_to_run=len(submission.request.plate.frames.numbers))

    def estimate(self, unseen: Unseen) -> Quote:
        self._verb("estimate")
        return self.quote(unseen.submission)

    def submit(self, submission: Submission) -> Job:
        self._verb("submit")
        with self._changed:
            if submission.key and submission.key in self._keys:
                known = self._jobs[self._keys[submission.key]]
                if known.submission != submission:
                    raise JobConflict("another submission has this key", code="key_reused")
                return known
            now = _now()
            job = Job(f"job-{len(self._jobs) + 1:06d}", JobState.QUEUED, submission, now, now)
            self._jobs[job.id] = job
            if submission.key:
                self._keys[submission.key] = job.id
            self._tell(job)
        if self._seconds is not None:
            threading.Thread(target=self._by_itself, args=(job.id,), daemon=True).start()
        return job

    def job(self, job: str) -> Job:
        self._verb("job")
        with self._changed:
            return self._find(job)

    def jobs(self, open_only: bool = False, root: str = "", limit: int = 200, before: str = "") -> tuple[Job, ...]:
        self._verb("jobs")
        if limit < 1:
            raise RequestError("a limit must be positive")
        with self._changed:
            found = sorted(self._jobs.values(), key=lambda job: job.id, reverse=True)
            if before:
                self._find(before)
                found = [job for job in found if job.id < before]
            found = [job for job in found if not root or job.submission.root == root]
            return tuple(job for job in found if job.state.is_open or not open_only)[:limit]

    def events(self, after: int = 0, job: str = "", limit: int = 500, wait_s: float = 0.0) -> tuple[JobEvent, ...]:
        self._verb("events")
        until = time.monotonic() + wait_s
        with self._changed:
            if job:
                self._find(job)
            while True:
                found = tuple(event for event in self._events[after:] if not job or event.job == job)[:limit]
                left = until - time.monotonic()
                if found or left <= 0:
                    return found
                self._changed.wait(left)

    def cancel(self, job: str, who: str = "") -> Job:
        self._verb("cancel")
        return self._turn(job, JobState.CANCELLED)

    def retry(self, job: str, who: str = "") -> Job:
        self._verb("retry")
        with self._changed:
            found = self._find(job)
            if found.state.is_open:
                raise JobConflict("the job has not ended", code="job_open")
            again = replace(found, state=JobState.QUEUED, attempt=found.attempt + 1, failure=None, changed=_now())
            return self._put(again)

    def pause(self, job: str, paused: bool, who: str = "") -> Job:
        self._verb("pause")
        with self._changed:
            return self._put(replace(self._queued(job), paused=paused, changed=_now()))

    def reorder(self, job: str, priority: int, who: str = "") -> Job:
        self._verb("reorder")
        with self._changed:
            found = self._queued(job)
            return self._put(replace(found, submission=replace(found.submission, priority=priority), changed=_now()))

    def approve(self, job: str, who: str, note: str = "") -> Job:
        self._verb("approve")
        return self._decided(job, who, JobState.QUEUED)

    def refuse(self, job: str, who: str, note: str = "") -> Job:
        self._verb("refuse")
        return self._decided(job, who, JobState.REFUSED)

    def takes(self, root: str, element: str = "") -> tuple[TakeSummary, ...]:
        self._verb("takes")
        return ()

    def decide(self, root: str, element: str, version: int, decision: TakeDecision) -> TakeSummary:
        self._verb("decide")
        raise RequestError("there is no such take", code="take_not_found")

    def costs(self, by: CostGroup, root: str = "") -> tuple[CostLine, ...]:
        self._verb("costs")
        nothing = Cost()
        return (CostLine("", len(self._jobs), nothing, nothing, nothing),) if self._jobs else ()

    def budgets(self) -> tuple[BudgetState, ...]:
        self._verb("budgets")
        return ()

    # What a worker would do.

    def work(self, job: str, state: JobState, step: Step | None = None, failure: Failure | None = None) -> Job:
        """Bring a job to a state, as a worker does."""
        with self._changed:
            changed = replace(self._find(job), state=state, step=step, failure=failure, changed=_now())
            return self._put(changed, "step" if step is not None and self._find(job).state is state else "state")

    def _by_itself(self, job: str) -> None:
        for done in range(self._steps):
            if not self.job(job).state.is_open:
                return
            self.work(job, JobState.RUNNING, Step("filling", done, self._steps))
            time.sleep((self._seconds or 0.0) / self._steps)
        if self.job(job).state.is_open:
            self.work(job, JobState.DONE)

    def _verb(self, name: str) -> None:
        self.faults.seen.append(name)
        if self.faults.slow_s and name != "events":
            time.sleep(self.faults.slow_s)
        if self.faults.error is not None and (name != "events" or self.faults.events):
            raise self.faults.error

    def _find(self, job: str) -> Job:
        if job not in self._jobs:
            raise JobNotFound(f"there is no job {job[:60]}")
        return self._jobs[job]

    def _queued(self, job: str) -> Job:
        found = self._find(job)
        if found.state is not JobState.QUEUED:
            raise JobConflict("the job is not in the queue", code="job_not_queued")
        return found

    def _decided(self, job: str, who: str, state: JobState) -> Job:
        if not who:
            raise RequestError("a decision needs a name", code="name_missing")
        with self._changed:
            found = self._find(job)
            if found.state is not JobState.WAITING:
                raise JobConflict("the job waits for nobody", code="job_not_waiting")
            return self._put(replace(found, state=state, changed=_now()))

    def _turn(self, job: str, state: JobState) -> Job:
        with self._changed:
            found = self._find(job)
            return self._put(replace(found, state=state, changed=_now())) if found.state.is_open else found

    def _put(self, job: Job, kind: str = "state") -> Job:
        self._jobs[job.id] = job
        self._tell(job, kind)
        return job

    def _tell(self, job: Job, kind: str = "state") -> None:
        number = len(self._events) + 1
        self._events.append(
            JobEvent(number, job.id, _now(), kind, job.state, job.step, failure=job.failure)  # type: ignore[arg-type]
        )
        self._changed.notify_all()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
