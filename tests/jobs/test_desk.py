"""The desk: handed in, made, told, steered; and what stays when everybody has gone."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from platewright.contract.errors import Cancelled, JobConflict, JobNotFound, PlateError, RequestError, SynthesisError
from platewright.contract.jobs import JobState
from platewright.contract.progress import Step
from platewright.jobs.entries import JobEntry
from platewright.jobs.ledger import Ledger
from platewright.jobs.making import Made, Task
from platewright.jobs.takes import TakeStore
from platewright.jobs.worker import work
from tests.jobs.desks import desk_at, nothing, submission
from tests.jobs.small_shot import SmallShot, small_shot


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


def words(root: Path) -> list[str]:
    return [line.body.what for line in Ledger(root).entries() if isinstance(line.body, JobEntry)]


def test_a_job_becomes_a_take_and_every_step_of_it_is_an_event(tmp_path: Path, shot: SmallShot) -> None:
    desk, root = desk_at(tmp_path), tmp_path / "out"
    job = desk.submit(submission(shot, root, who="ada", why="rig removal"))
    assert (job.state, job.position) == (JobState.QUEUED, 1)
    assert work(desk, until_idle=True) == 1
    done = desk.job(job.id)
    assert done.state is JobState.DONE
    assert Path(done.take) == TakeStore(root).place("rig", 1).record
    events = desk.events(job=job.id)
    assert [event.state.value for event in events if event.kind == "state"] == [
        "prepared", "queued", "running", "finishing", "done",
    ]  # fmt: skip
    assert [event.number for event in events] == sorted(event.number for event in events)
    assert words(root) == ["asked", "done"]
    assert Ledger(root).check() == ()
    assert not (root / ".jobs").exists()


def test_another_desk_on_the_same_database_knows_everything(tmp_path: Path, shot: SmallShot) -> None:
    job = desk_at(tmp_path).submit(submission(shot, tmp_path / "out"))
    again = desk_at(tmp_path)
    assert again.job(job.id) == job
    work(again, perform=nothing(), until_idle=True)
    assert desk_at(tmp_path).job(job.id).state is JobState.DONE


def test_the_same_key_is_the_same_job_and_no_other_submission(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    first = desk.submit(submission(shot, tmp_path / "out", key="panel-7"))
    assert desk.submit(submission(shot, tmp_path / "out", key="panel-7")).id == first.id
    assert len(desk.jobs()) == 1
    with pytest.raises(JobConflict) as caught:
        desk.submit(submission(shot, tmp_path / "out", "sky", key="panel-7"))
    assert caught.value.code == "key_reused"


def test_shots_take_turns_and_the_urgent_job_goes_first_within_its_shot(tmp_path: Path, shot: SmallShot) -> None:
    desk, names = desk_at(tmp_path), {}
    asked = [("a1", "show/a", 0), ("a2", "show/a", 0), ("a3", "show/a", 5), ("b1", "show/b", 0), ("c1", "show/c", -3)]
    for element, at, priority in asked:
        names[desk.submit(submission(shot, tmp_path / "out", element, at=at, priority=priority)).id] = element
    listed = sorted(desk.jobs(), key=lambda job: job.position)
    made: list[str] = []
    work(desk, perform=nothing(made), until_idle=True)
    assert [names[job] for job in made] == ["a3", "b1", "c1", "a1", "a2"]
    assert [job.id for job in listed] == made, "the position told the order"


def test_a_paused_job_stays_until_it_is_let_go_and_a_priority_can_change(tmp_path: Path, shot: SmallShot) -> None:
    desk, made = desk_at(tmp_path), list[str]()
    first, second, third = (desk.submit(submission(shot, tmp_path / "out", name)).id for name in ("a", "b", "c"))
    assert desk.pause(first, True, "ada").paused
    desk.reorder(third, 10)
    work(desk, perform=nothing(made), until_idle=True)
    assert made == [third, second]
    desk.pause(first, False)
    work(desk, perform=nothing(made), until_idle=True)
    assert made == [third, second, first]
    with pytest.raises(JobConflict):
        desk.pause(first, True)


def test_a_job_that_was_held_back_and_cancelled_is_not_held_back_when_it_is_tried_again(
    tmp_path: Path, shot: SmallShot
) -> None:
    desk = desk_at(tmp_path)
    job = desk.submit(submission(shot, tmp_path / "out"))
    desk.pause(job.id, True)
    desk.cancel(job.id)
    assert not desk.retry(job.id).paused
    assert work(desk, perform=nothing(), until_idle=True) == 1


def test_cancelling_a_queued_job_ends_it_and_a_running_one_stops_at_its_next_step(
    tmp_path: Path, shot: SmallShot
) -> None:
    desk, root = desk_at(tmp_path), tmp_path / "out"
    queued = desk.submit(submission(shot, root, "a"))
    assert desk.cancel(queued.id, "ada").state is JobState.CANCELLED
    running = desk.submit(submission(shot, root, "b"))
    begun = threading.Event()

    def endless(task: Task) -> Made:
        for done in range(10_000):
            begun.set()
            task.report.step(Step("filling", done, 10_000))
            time.sleep(0.01)
        raise AssertionError("nobody stopped it")

    worker = threading.Thread(target=work, args=(desk,), kwargs={"perform": endless, "until_idle": True})
    worker.start()
    assert begun.wait(120)
    desk.cancel(running.id)
    worker.join(120)
    assert desk.job(running.id).state is JobState.CANCELLED
    assert words(root) == ["asked", "cancelled", "asked", "cancelled"]


def test_the_finished_frames_of_a_cancelled_job_stay_usable(tmp_path: Path, shot: SmallShot) -> None:
    desk, root = desk_at(tmp_path), tmp_path / "out"
    job = desk.submit(submission(shot, root))

    def stop_after_two(task: Task) -> Made:
        from platewright.jobs.making import make_take

        step = task.report.step

        def counted(one: Step) -> None:
            step(one)
            if one.done == 2:
                raise Cancelled("stopped as asked")

        task.report.step = counted  # type: ignore[method-assign]
        return make_take(task)

    work(desk, perform=stop_after_two, until_idle=True)
    assert desk.job(job.id).state is JobState.CANCELLED
    kept = sorted((root / ".jobs" / job.id / "frames").iterdir())
    assert [path.name for path in kept] == ["rig_v001.1001.exr", "rig_v001.1002.exr"]
    assert TakeStore(root).takes() == ()


def test_a_failure_is_told_with_its_hint_and_a_retry_is_another_attempt(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    job = desk.submit(submission(shot, tmp_path / "out"))

    def fail(task: Task) -> Made:
        raise SynthesisError("too dark", code="too_dark", hint="Give it light.", frame=1002)

    work(desk, perform=fail, until_idle=True)
    failed = desk.job(job.id)
    assert failed.state is JobState.FAILED
    assert failed.failure is not None
    assert (failed.failure.code, failed.failure.hint, failed.failure.frame) == ("too_dark", "Give it light.", 1002)
    assert desk.retry(job.id, "ada").attempt == 2
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE
    assert words(tmp_path / "out") == ["asked", "failed", "retried", "done"]
    with pytest.raises(JobConflict):
        desk.retry(job.id)


def test_the_same_request_on_the_same_files_is_answered_for_nothing_unless_asked_anew(
    tmp_path: Path, shot: SmallShot
) -> None:
    desk, root = desk_at(tmp_path), tmp_path / "out"
    first = desk.submit(submission(shot, root))
    twin = desk.submit(submission(shot, root))
    work(desk, until_idle=True)
    assert desk.job(twin.id).take == desk.job(first.id).take, "even where both were in the queue"
    quote = desk.quote(submission(shot, root))
    assert (quote.answered_by, quote.frames_to_run, quote.frames_reused) == ("rig_v001", 0, 3)
    again = desk.submit(submission(shot, root))
    assert again.state is JobState.DONE
    anew = desk.submit(submission(shot, root, anew=True))
    assert anew.state is JobState.QUEUED
    work(desk, until_idle=True)
    assert [place.version for place in TakeStore(root).takes()] == [1, 2]
    assert desk.quote(submission(shot, root, anew=True)).frames_to_run == 3
    (tmp_path / "shot" / "matte.1002.exr").write_bytes((tmp_path / "shot" / "matte.1001.exr").read_bytes()[:-1] + b"x")
    changed = desk.quote(submission(shot, root))
    assert (changed.answered_by, changed.frames_to_run, changed.frames_reused) == ("", 3, 0)
    assert changed.notes == (), "another generator is not shown what it would have to go on from"


def test_events_resume_behind_a_number_and_wait_for_the_next_one(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    job = desk.submit(submission(shot, tmp_path / "out"))
    seen = desk.events()
    assert [event.number for event in desk.events(after=seen[0].number)] == [event.number for event in seen[1:]]
    begun = time.monotonic()
    assert desk.events(after=seen[-1].number, wait_s=0.2) == ()
    assert time.monotonic() - begun >= 0.2
    timer = threading.Timer(0.2, lambda: desk_at(tmp_path).cancel(job.id))
    timer.start()
    (event,) = desk.events(after=seen[-1].number, wait_s=10_000)  # longer than the test may take
    assert event.state is JobState.CANCELLED
    timer.join()


def test_jobs_are_listed_newest_first_page_by_page(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    ids = [desk.submit(submission(shot, tmp_path / "out", f"e{number}")).id for number in range(5)]
    desk.cancel(ids[3])
    assert [job.id for job in desk.jobs(limit=2)] == [ids[4], ids[3]]
    assert [job.id for job in desk.jobs(before=ids[3])] == [ids[2], ids[1], ids[0]]
    assert [job.id for job in desk.jobs(open_only=True)] == [ids[4], ids[2], ids[1], ids[0]]
    assert desk.jobs(root=str(tmp_path)) == ()


def test_what_cannot_be_a_job_is_refused_before_anything_is_written(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    with pytest.raises(JobNotFound):
        desk.job("nothing")
    with pytest.raises(RequestError) as caught:
        desk.submit(submission(shot, Path("relative")))
    assert caught.value.code == "root_invalid"
    with pytest.raises(RequestError) as caught:
        desk.submit(submission(shot, tmp_path, backend="elsewhere"))
    assert caught.value.code == "backend_unknown"
    (tmp_path / "shot" / "plate.1002.exr").unlink()
    with pytest.raises(PlateError):
        desk.submit(submission(shot, tmp_path))
    assert desk.jobs() == ()


def test_steps_carry_the_time_left_and_are_forgotten_when_the_job_ends(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path)
    job = desk.submit(submission(shot, tmp_path / "out"))
    seen = []

    def slow(task: Task) -> Made:
        for done in range(4):
            task.report.step(Step("filling", done, 4, 1001 + done))
            time.sleep(0.3)
        seen.extend(event for event in desk.events(job=job.id) if event.kind == "step")
        return Made("/nowhere", 0)

    work(desk, perform=slow, until_idle=True)
    assert [event.step.done for event in seen if event.step] == [0, 1, 2, 3]
    assert seen[0].seconds_left is None
    assert (seen[2].seconds_left or 0) >= 0.5, "half of it is done, and took 0.6 s at least"
    assert not [event for event in desk.events(job=job.id) if event.kind == "step"]
    assert desk.job(job.id).step == Step("filling", 3, 4, 1004)
