"""Who may work on what, for how long, and what becomes of the jobs of those who are gone."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from platewright.contract.errors import StorageError
from platewright.contract.jobs import JobState
from platewright.contract.progress import Step
from platewright.jobs.backend import Backend
from platewright.jobs.book import update
from platewright.jobs.database import Database
from platewright.jobs.desk import open_desk
from platewright.jobs.leases import LeaseLost, WorkerName, enlist, held_by, take_turn
from platewright.jobs.making import Made, Task
from platewright.jobs.order import Waiting, fair_order
from platewright.jobs.process import born, is_alive
from platewright.jobs.progress import JobReporter, Pace
from platewright.jobs.worker import work
from tests.jobs.desks import desk_at, nothing, submission
from tests.jobs.small_shot import SmallShot, small_shot


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


def test_a_worker_takes_only_jobs_that_it_can_do_and_whose_backend_it_has(tmp_path: Path, shot: SmallShot) -> None:
    backends = {"model": Backend("model", needs=frozenset({"gpu", "network"}))}
    desk = desk_at(tmp_path, backends=backends)
    job = desk.submit(submission(shot, tmp_path / "out", backend="model"))
    for capabilities in ((), ("gpu",)):
        assert work(desk, perform=nothing(), until_idle=True, capabilities=capabilities) == 0
    without = open_desk(replace(desk.settings, backends={}))
    assert work(without, perform=nothing(), until_idle=True, capabilities=("gpu", "network")) == 0
    assert desk.job(job.id).state is JobState.QUEUED
    assert work(desk, perform=nothing(), until_idle=True, capabilities=("gpu", "network", "nuke")) == 1


def test_a_backend_has_no_more_jobs_at_once_than_it_allows(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path, backends={"one": Backend("one", at_once=1)})
    for element in ("a", "b"):
        desk.submit(submission(shot, tmp_path / "out", element, backend="one"))
    other = desk.submit(submission(shot, tmp_path / "out", "c"))
    names = [WorkerName.here() for _ in range(3)]
    taken = []
    for name in names:
        with desk.database.write() as change:
            taken.append(take_turn(change, name, desk.settings.limits))
    assert [row.backend if row else None for row in taken] == ["one", "grey", None]
    assert taken[1] is not None and taken[1].id == other.id


def _hold(folder: str, taken: object) -> None:
    desk = desk_at(Path(folder))
    name = WorkerName.here()
    with desk.database.write() as change:
        enlist(change, name)
        assert take_turn(change, name, desk.settings.limits) is not None
    taken.set()  # type: ignore[attr-defined]
    time.sleep(600)


def test_the_job_of_a_dead_process_goes_on_at_once_and_not_after_its_lease(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path, lease_s=600.0)
    job = desk.submit(submission(shot, tmp_path / "out"))
    context = multiprocessing.get_context("spawn")
    taken = context.Event()
    child = context.Process(target=_hold, args=(str(tmp_path), taken))
    child.start()
    assert taken.wait(120)
    assert work(desk, perform=nothing(), until_idle=True) == 0, "it lives and has its lease"
    child.kill()
    child.join()
    assert work(desk, perform=nothing(), until_idle=True) == 1
    told = [event.text for event in desk.events(job=job.id) if event.kind == "note"]
    assert [text for text in told if "worker" in text] == ["its worker died; it goes on with another one"]


def test_who_has_lost_a_lease_writes_nothing(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path, lease_s=0.2)
    job = desk.submit(submission(shot, tmp_path / "out"))

    def sleeps(task: Task) -> Made:
        with desk.database.write() as change:
            update(change, job.id, lease="somebody else's", lease_until=time.time() + 60)
        with pytest.raises(LeaseLost):
            task.report.step(Step("filling", 1, 2))
        with pytest.raises(LeaseLost), desk.database.write() as change:
            held_by(change, task.row)
        return Made("/mine", 1)

    assert work(desk, perform=sleeps, until_idle=True) == 0
    assert desk.job(job.id).state is JobState.RUNNING
    assert desk.job(job.id).take == ""


def test_a_worker_that_cannot_reach_the_database_stops_by_its_own_clock(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    desk.submit(submission(shot, tmp_path / "out"))
    name = WorkerName.here()
    with desk.database.write() as change:
        row = take_turn(change, name, desk.settings.limits)
    assert row is not None

    class Away(Database):
        def write(self):  # type: ignore[no-untyped-def]
            raise StorageError("away", code="database_unreachable", retry=True)

        read = write

    report = JobReporter(Away(desk.database.where), name, row, 0.3)
    with report:
        report.step(Step("filling", 0, 9))
        time.sleep(0.4)
        with pytest.raises(LeaseLost):
            report.step(Step("filling", 1, 9))


def test_a_job_over_which_workers_keep_dying_fails_and_holds_nothing(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path, most_deaths=2)
    job = desk.submit(submission(shot, tmp_path / "out"))

    def never(task: Task) -> Made:
        raise AssertionError("it would die over it too")

    for _ in range(3):
        with desk.database.write() as change:
            assert take_turn(change, WorkerName.here(), desk.settings.limits) is not None
            update(change, job.id, lease_until=0.0)
    assert work(desk, perform=never, until_idle=True) == 1
    failed = desk.job(job.id)
    assert failed.state is JobState.FAILED
    assert failed.failure is not None and failed.failure.code == "worker_died"
    assert desk.retry(job.id).state is JobState.QUEUED


def test_a_worker_that_is_told_to_go_gives_its_job_back_as_it_is(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    job = desk.submit(submission(shot, tmp_path / "out"))
    stop = threading.Event()

    def told_to_go(task: Task) -> Made:
        stop.set()
        task.report.step(Step("filling", 0, 3))
        raise AssertionError("it went on")

    assert work(desk, perform=told_to_go, stopping=stop.is_set) == 0
    assert (desk.job(job.id).state, desk.job(job.id).worker) == (JobState.RUNNING, "")
    assert work(desk, perform=nothing(), until_idle=True) == 1


def test_a_full_disk_holds_a_job_up_for_a_while_and_ends_it_only_when_that_is_no_use(
    tmp_path: Path, shot: SmallShot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platewright.jobs.leases._HELD_UP_S", 3600.0)
    desk = desk_at(tmp_path, most_deaths=2)
    job, other = (desk.submit(submission(shot, tmp_path / "out", name)) for name in ("a", "b"))

    def full(task: Task) -> Made:
        if task.row.id == job.id:
            raise StorageError("the disk is full", code="disk_full", retry=True)
        return Made("/nowhere", 0)

    assert work(desk, perform=full, until_idle=True) == 1
    assert (desk.job(job.id).state, desk.job(other.id).state) == (JobState.RUNNING, JobState.DONE)
    assert desk.events(job=job.id)[-1].text == "the disk is full; it is tried again in 3600 s"
    for _ in range(2):
        with desk.database.write() as change:  # that long later
            change.run("UPDATE jobs SET lease_until = 0 WHERE id = ?", job.id)
        work(desk, perform=full, until_idle=True)
    failure = desk.job(job.id).failure
    assert desk.job(job.id).state is JobState.FAILED
    assert failure is not None and (failure.code, failure.retry) == ("disk_full", True)


def test_a_job_that_is_held_up_can_be_cancelled_at_once(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    job = desk.submit(submission(shot, tmp_path / "out"))

    def full(task: Task) -> Made:
        raise StorageError("the disk is full", code="disk_full", retry=True)

    work(desk, perform=full, until_idle=True)
    desk.cancel(job.id, "ada")
    work(desk, perform=full, until_idle=True)
    assert desk.job(job.id).state is JobState.CANCELLED


def test_the_order_is_fair_whatever_was_handed_in_first() -> None:
    jobs = [Waiting(f"a{n}", "a", 0, n) for n in range(4)] + [Waiting("b0", "b", -9, 10), Waiting("c0", "c", 9, 11)]
    assert [job.id for job in fair_order(jobs, {})] == ["a0", "b0", "c0", "a1", "a2", "a3"]
    assert [job.id for job in fair_order(jobs, {"a": 3, "b": 1})] == ["c0", "b0", "a0", "a1", "a2", "a3"]


def test_the_time_left_is_that_of_the_stage_at_hand() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    assert pace.left(Step("reading", 0, 10)) is None
    now[0] = 2.0
    assert pace.left(Step("reading", 4, 10)) == 3.0
    assert pace.left(Step("filling", 3, 10)) is None
    now[0] = 4.0
    assert pace.left(Step("filling", 5, 10)) == 5.0
    assert pace.left(Step("filling", 0, 0)) is None


def test_a_process_is_known_by_its_birth_and_not_by_its_number() -> None:
    assert is_alive(os.getpid(), born())
    assert not is_alive(os.getpid(), born() + "0")
    assert born(2**22 - 7) == ""
    boot, numbers = born().rpartition(":")[0].split(" ")
    assert is_alive(os.getpid(), f"{boot} pid:[1]:7"), "another container's: nobody here can tell"
    assert not is_alive(os.getpid(), f"another-boot {numbers}:7")


def test_a_job_that_ends_after_its_worker_died_leaves_nothing_of_what_that_one_had_begun(
    root: Path, tmp_path: Path, shot: SmallShot
) -> None:
    desk, out = desk_at(tmp_path), tmp_path / "out"
    job = desk.submit(submission(shot, out))
    words = [sys.executable, str(root / "tests/jobs/sleeper.py"), str(tmp_path), "file 2", "links"]
    environment = os.environ | {"PYTHONPATH": f"{root}/core:{root}:{os.environ.get('PYTHONPATH', '')}"}
    worker = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    os.waitpid(worker.pid, os.WUNTRACED)
    assert list(out.glob("rig/.staging*")) and list(out.glob("rig/*.exr"))
    worker.kill()
    worker.communicate()
    desk.cancel(job.id, "ada")
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.CANCELLED
    assert not (out / "rig").exists()
