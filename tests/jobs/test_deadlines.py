"""Phases that take too long: a send that hangs, a vendor that never ends, a result that never comes, work that hangs.

In each the job stops with a word about it, and what was sent is never sent again blindly.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from platewright.contract.errors import BackendError
from platewright.contract.jobs import Job, JobState
from platewright.contract.progress import Step
from platewright.contract.takes import Cost
from platewright.contract.vendors import Deadlines, Intent, RemoteStatus
from platewright.jobs.backend import Backend
from platewright.jobs.desk import LocalDesk
from platewright.jobs.making import Made, Task
from platewright.jobs.worker import work
from platewright.logs.lines import JsonLines
from tests.fakes.vendor import FakeVendor, RunningVendor, start_vendor
from tests.jobs.desks import desk_at, submission
from tests.jobs.paid import operation
from tests.jobs.small_shot import SmallShot, small_shot

QUICK = Deadlines(sending_s=1.0, queued_s=1.5, running_s=1.5, collecting_s=1.5)
ACCEPTED = Cost("1", "USD")


@dataclass(frozen=True)
class Hanging(FakeVendor):
    """The fake vendor on a line that hangs where it is told to. before: the vendor never heard of it."""

    where: str = ""
    over: threading.Event = threading.Event()
    before: bool = False

    def _hang(self, where: str) -> None:
        if where == self.where:
            self.over.wait(120)

    def send(self, intent: Intent, body: bytes) -> str:
        if self.before:
            self._hang("send")
        remote = super().send(intent, body)
        self._hang("send")
        return remote

    def poll(self, remote_id: str) -> RemoteStatus:
        self._hang("poll")
        return super().poll(remote_id)

    def fetch(self, remote_id: str, target: Path) -> None:
        self._hang("fetch")
        super().fetch(remote_id, target)


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Callable[..., RunningVendor]]:
    running: list[RunningVendor] = []

    def start(**options: float) -> RunningVendor:
        running.append(start_vendor(tmp_path / "book.jsonl", **options))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set at the end, so that what was left hanging ends."""
    event = threading.Event()
    yield event
    event.set()


def handed_in(tmp_path: Path, shot: SmallShot, vendor: FakeVendor, **changes: object) -> tuple[LocalDesk, Job]:
    backend = Backend(vendor.name, vendor=vendor, operate=operation(), deadlines=QUICK)
    desk = desk_at(tmp_path, backends={vendor.name: backend}, quiet_s=0.3, **changes)
    return desk, desk.submit(submission(shot, tmp_path / "out", backend=vendor.name, accept_cost=ACCEPTED))


def code(job: Job) -> str:
    return job.failure.code if job.failure else ""


@pytest.mark.parametrize("kind", ["none", "lookup", "replay"])
def test_a_send_that_hangs_is_settled_by_what_the_vendor_knows_and_charged_once(
    tmp_path: Path, shot: SmallShot, vendor: Callable[..., RunningVendor], over: threading.Event, kind: str
) -> None:
    there = vendor()
    desk, job = handed_in(tmp_path, shot, Hanging(there.port, kind, "send" if kind != "replay" else "", over))  # type: ignore[arg-type]
    work(desk, until_idle=True)  # comes back, though the line hangs until the test is over
    ended = desk.job(job.id)
    if kind == "none":
        assert (ended.state, code(ended), len(there.lines())) == (JobState.UNKNOWN, "send_unknown", 1)
    else:
        assert (ended.state, len(there.lines())) == (JobState.DONE, 2)


def test_a_send_that_hangs_and_that_nobody_knows_yet_is_not_sent_again_because_it_may_still_arrive(
    tmp_path: Path, shot: SmallShot, vendor: Callable[..., RunningVendor], over: threading.Event
) -> None:
    there = vendor()
    desk, job = handed_in(tmp_path, shot, Hanging(there.port, "lookup", "send", over, before=True))
    work(desk, until_idle=True)
    assert (desk.job(job.id).state, there.lines()) == (JobState.UNKNOWN, [])
    over.set()
    until = time.monotonic() + 60
    while not there.lines() and time.monotonic() < until:
        time.sleep(0.02)
    assert len(there.lines()) == 1, "it did arrive"
    assert desk.retry(job.id, "ada").state is JobState.QUEUED
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE
    assert len({line["slot"] for line in there.lines()}) == len(there.lines()) == 2, "and was found by the retry"


def test_a_vendor_that_never_ends_is_left_alone_after_its_deadline_and_asked_again_by_a_retry(
    tmp_path: Path, shot: SmallShot, vendor: Callable[..., RunningVendor]
) -> None:
    there = vendor(work=3)
    desk, job = handed_in(tmp_path, shot, FakeVendor(there.port, "lookup"))
    work(desk, until_idle=True)
    late = desk.job(job.id)
    assert (late.state, code(late), late.cost.amount) == (JobState.FAILED, "backend_overdue", "0.04")
    assert late.failure is not None and late.failure.retry and "not sent again" in late.failure.hint
    patient = desk_at(tmp_path, backends=desk.settings.backends, quiet_s=0.3, phases=Deadlines(0, 60, 60, 0))
    assert patient.retry(job.id).state is JobState.QUEUED
    work(patient, until_idle=True)
    assert patient.job(job.id).state is JobState.DONE, patient.job(job.id).failure
    assert sorted(line["slot"] for line in there.lines()) == ["frames 1001-1001", "frames 1002-1003"]


@pytest.mark.parametrize("where", ["poll", "fetch"])
def test_a_line_that_hangs_while_asking_or_fetching_fails_and_the_result_is_fetched_by_a_retry(
    tmp_path: Path,
    shot: SmallShot,
    vendor: Callable[..., RunningVendor],
    over: threading.Event,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platewright.jobs.vendor_calls._ASKING_S", 0.2)
    there = vendor()
    desk, job = handed_in(tmp_path, shot, Hanging(there.port, "lookup", where, over))
    work(desk, until_idle=True)
    assert (desk.job(job.id).state, code(desk.job(job.id))) == (JobState.FAILED, "backend_silent")
    over.set()
    desk.retry(job.id)
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE
    assert len(there.lines()) == 2
    assert not list((tmp_path / "out/.jobs").rglob("*.part"))


def test_a_cancel_is_heard_while_a_line_hangs(
    tmp_path: Path,
    shot: SmallShot,
    vendor: Callable[..., RunningVendor],
    over: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platewright.jobs.vendor_calls._ASKING_S", 0.2)
    there = vendor()
    desk, job = handed_in(
        tmp_path, shot, Hanging(there.port, "lookup", "poll", over), phases=Deadlines(0, 600, 600, 600)
    )
    monkeypatch.setattr("platewright.jobs.collecting.CANCEL_WITHIN_S", 0.5)
    worker = threading.Thread(target=work, args=(desk,), kwargs={"until_idle": True})
    worker.start()
    until = time.monotonic() + 60
    while desk.job(job.id).state is not JobState.RUNNING and time.monotonic() < until:
        time.sleep(0.02)
    desk.cancel(job.id, "ada")
    worker.join(60)
    assert not worker.is_alive()
    assert desk.job(job.id).state is JobState.CANCELLED
    assert desk.job(job.id).cost.amount == "0.04", "it may have been charged, and says so"


def test_work_of_our_own_that_takes_too_long_fails_at_its_next_step(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path, backends={"slow": Backend("slow", deadlines=replace(QUICK, running_s=0.2))})
    job = desk.submit(submission(shot, tmp_path / "out", backend="slow"))

    def slowly(task: Task) -> Made:
        for done in range(200):
            task.report.step(Step("filling", done, 200))
            time.sleep(0.02)
        raise AssertionError("it was let")

    work(desk, until_idle=True, perform=slowly)
    assert (desk.job(job.id).state, code(desk.job(job.id))) == (JobState.FAILED, "job_overdue")


def test_work_of_our_own_that_hangs_is_ended_and_its_process_told(
    tmp_path: Path, shot: SmallShot, over: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platewright.jobs.progress._GRACE_S", 0.2)
    desk = desk_at(tmp_path, backends={"stuck": Backend("stuck", deadlines=replace(QUICK, running_s=0.2))})
    job = desk.submit(submission(shot, tmp_path / "out", backend="stuck"))
    hung = threading.Event()

    def hangs(task: Task) -> Made:
        assert hung.wait(60), "nobody noticed"
        return Made("/too/late", 1)

    work(desk, until_idle=True, perform=hangs, hung=hung.set)
    ended = desk.job(job.id)
    assert (ended.state, code(ended), ended.take) == (JobState.FAILED, "job_overdue", "")


def test_a_worker_that_is_told_to_go_between_two_refusals_leaves_nothing_that_nobody_knows(
    tmp_path: Path, shot: SmallShot, vendor: Callable[..., RunningVendor]
) -> None:
    there = vendor()
    stop = threading.Event()

    @dataclass(frozen=True)
    class Busy(FakeVendor):
        def send(self, intent: Intent, body: bytes) -> str:
            stop.set()
            raise BackendError("too many requests", retry=True)

    desk, job = handed_in(tmp_path, shot, Busy(there.port, "none"))
    work(desk, stopping=stop.is_set)
    assert desk.job(job.id).state.is_open
    backends = {"fake-none": Backend("fake-none", vendor=FakeVendor(there.port, "none"), operate=operation())}
    calm = desk_at(tmp_path, backends=backends)
    work(calm, until_idle=True)
    assert (calm.job(job.id).state, len(there.lines())) == (JobState.DONE, 2), "the vendor had said: nothing taken"


def test_a_cancel_between_the_decision_and_the_send_costs_nothing(
    tmp_path: Path, shot: SmallShot, vendor: Callable[..., RunningVendor]
) -> None:
    there = vendor()
    desk, job = handed_in(tmp_path, shot, FakeVendor(there.port, "none"))

    def reached(point: str) -> None:
        if point == "intent committed":
            desk.cancel(job.id, "ada")

    work(desk, until_idle=True, reached=reached)
    assert (desk.job(job.id).state, desk.job(job.id).cost.amount, there.lines()) == (JobState.CANCELLED, "0", [])


def test_the_desk_s_own_deadlines_come_before_the_backend_s(tmp_path: Path) -> None:
    backends = {"one": Backend("one", deadlines=Deadlines(1, 2, 3, 4))}
    desk = desk_at(tmp_path, backends=backends, phases=Deadlines(0, 20, 0, 40))
    assert desk.settings.deadlines("one") == Deadlines(1, 20, 3, 40)
    assert desk.settings.deadlines("builtin").running_s == 0, "a long shot takes as long as it takes"


def test_what_an_adapter_logs_while_it_is_called_is_about_the_job(
    tmp_path: Path, shot: SmallShot, vendor: Callable[..., RunningVendor]
) -> None:
    there, lines = vendor(), list[dict[str, object]]()

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(JsonLines("worker-1").format(record)))

    @dataclass(frozen=True)
    class Talking(FakeVendor):
        def poll(self, remote_id: str) -> RemoteStatus:
            logging.getLogger("tests.adapter").warning("polling")
            return super().poll(remote_id)

    kept = Kept()
    logging.getLogger("tests.adapter").addHandler(kept)
    try:
        desk, job = handed_in(tmp_path, shot, Talking(there.port, "lookup"))
        work(desk, until_idle=True)
    finally:
        logging.getLogger("tests.adapter").removeHandler(kept)
    assert lines and {line.get("job") for line in lines} == {job.id}
