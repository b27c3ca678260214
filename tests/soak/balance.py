"""The balance after a soak: every job where it belongs, every charge made once, and nothing left lying about."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from platewright.contract.jobs import Job, JobState, Submission
from platewright.jobs.desk import LocalDesk
from platewright.jobs.entries import JobEntry
from platewright.jobs.kept_evidence import EVIDENCE
from platewright.jobs.ledger import Ledger
from platewright.jobs.takes import TakeStore, load

__all__ = ["problems"]


def problems(
    desk: LocalDesk,
    asked: Iterable[Submission],
    cancelled: set[str],
    charged: list[dict[str, Any]],
    root: Path,
    state: Path,
) -> Iterator[str]:
    """What is wrong, as sentences. charged: the vendor's own book."""
    jobs = {job.submission.key: job for job in desk.jobs(limit=5000)}
    asked = list(asked)
    if len(jobs) != len(desk.jobs(limit=5000)) or set(jobs) != {one.key for one in asked}:
        yield f"{len(asked)} were handed in, and there are {len(desk.jobs(limit=5000))}"
    times = Counter((line["job"], line["slot"]) for line in charged)
    yield from (f"{job} was charged {count} times for {slot}" for (job, slot), count in times.items() if count > 1)
    paid: dict[str, Decimal] = {}
    for line in charged:
        paid[line["job"]] = paid.get(line["job"], Decimal(0)) + Decimal(line["charged"])
    for job in jobs.values():
        yield from _job(job, paid.get(job.id, Decimal(0)), job.submission.key in cancelled, root)
    yield from _money(desk, jobs)
    yield from _ledger(root, jobs)
    yield from (f"left behind: {path}" for path in _orphans(root, state, {job.id: job for job in jobs.values()}))


def _job(job: Job, paid: Decimal, was_cancelled: bool, root: Path) -> Iterator[str]:
    request, cost = job.submission.request, Decimal(job.cost.amount)
    takes = TakeStore(root).takes(request.element)
    name = f"{job.id} on {request.backend} '{request.prompt}'"
    wanted = _wanted(job, was_cancelled)
    if job.state not in wanted:
        yield f"{name} ended as {job.state.value}: {job.failure}"
    if (cost < paid) if job.state in (JobState.UNKNOWN, JobState.CANCELLED) else (cost != paid):
        yield f"{name} says it cost {cost}, and the vendor took {paid}"
    makes = job.state is JobState.DONE and request.backend not in ("idle", "crash")
    if len(takes) != int(makes):
        yield f"{name} is {job.state.value} and has {len(takes)} takes"
    for place in takes:
        if str(place.record) != job.take:
            yield f"{name} has a take that is not its own"
        for frame in load(place).frames:
            if hashlib.sha256(place.frame(frame.number).read_bytes()).hexdigest() != frame.file.sha256:
                yield f"{place.stem} is not what its record says"


def _wanted(job: Job, was_cancelled: bool) -> set[JobState]:
    """Where a job may have ended."""
    request = job.submission.request
    ended = {"broken": JobState.FAILED, "forbidden": JobState.REFUSED, "always": JobState.FAILED}
    wanted = {ended.get(request.prompt, JobState.DONE)}
    if request.backend == "fake-none":
        wanted.add(JobState.UNKNOWN)  # only a person can tell, and none has looked
    if was_cancelled:
        wanted.add(JobState.CANCELLED)
    return wanted


def _money(desk: LocalDesk, jobs: Mapping[str, Job]) -> Iterator[str]:
    yield from (
        f"{line.reserved.amount} is still set aside" for line in desk.costs("show") if line.reserved.amount != "0"
    )
    spent = sum(Decimal(job.cost.amount) for job in jobs.values())
    with desk.database.read() as look:
        for scope, name, held, has_spent in look.run("SELECT scope, name, held, spent FROM accounts"):
            if held != "0":
                yield f"the account of {scope} {name} still holds {held}"
            if scope in ("show", "user") and Decimal(has_spent) != spent:
                yield f"the account of {scope} {name} says {has_spent}, and the jobs {spent}"
        if look.run("SELECT 1 FROM outbox"):
            yield "a line never reached the ledger"


def _ledger(root: Path, jobs: Mapping[str, Job]) -> Iterator[str]:
    yield from (f"ledger: {finding.message}" for finding in Ledger(root).check())
    told: Counter[tuple[str, str]] = Counter()
    for line in Ledger(root).entries():
        if isinstance(line.body, JobEntry):
            told[(line.body.job, line.body.what)] += 1
    for job in jobs.values():
        if told[(job.id, "asked")] != 1:
            yield f"{job.id} was asked for {told[(job.id, 'asked')]} times, says the ledger"
        if told[(job.id, "done")] != int(job.state is JobState.DONE):
            yield f"{job.id} is {job.state.value}, and done {told[(job.id, 'done')]} times, says the ledger"


def _orphans(root: Path, state: Path, jobs: Mapping[str, Job]) -> Iterator[Path]:
    """Files that belong to nothing: staging folders, half files, claims without a take, folders of finished jobs."""
    for path in sorted(root.rglob("*")):
        if path.name.startswith(".staging") or path.name.endswith(".part"):
            yield path
        if path.parent.name == ".versions" and path.name != "lock":
            element, version = path.parent.parent.name, int(path.name[1:])
            if not TakeStore(root).place(element, version).record.is_file():
                yield path
        own = path.name in (".jobs", EVIDENCE)
        if path.parent == root and path.is_dir() and not own and not TakeStore(root).takes(path.name):
            yield path
    for folder in (root / ".jobs").glob("*"):
        if folder.name not in jobs or jobs[folder.name].state is JobState.DONE:
            yield folder
    known = {"engine.lock", "engine.json", "logs", "pictures", "command.json"}
    yield from (path for path in sorted(state.iterdir()) if path.name not in known)
