"""A worker that was stopped while its take was about to appear wakes up when the job is long another's: one take."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from platewright.contract.jobs import JobState
from platewright.jobs.entries import JobEntry, TakeEntry
from platewright.jobs.ledger import Ledger
from platewright.jobs.takes import TakeStore, load
from platewright.jobs.worker import work
from tests.jobs.desks import desk_at, submission
from tests.jobs.small_shot import SmallShot, small_shot

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


def asleep(root: Path, folder: Path, where: str, disk: str) -> subprocess.Popen[str]:
    """A worker that has taken the job, and has stopped itself there."""
    words = [sys.executable, str(root / "tests/jobs/sleeper.py"), str(folder), where, disk]
    environment = os.environ | {"PYTHONPATH": f"{root}/core:{root}:{os.environ.get('PYTHONPATH', '')}"}
    sleeper = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    _, status = os.waitpid(sleeper.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "it ended before it came that far"
    return sleeper


@pytest.mark.parametrize("disk", ["links", "moves"])
@pytest.mark.parametrize("where", ["take planned", "file 1", "file 2", "file 4", "file 5", "take published"])
def test_a_worker_that_wakes_up_late_makes_no_second_take(
    root: Path, tmp_path: Path, shot: SmallShot, where: str, disk: str
) -> None:
    desk, out = desk_at(tmp_path), tmp_path / "out"
    job = desk.submit(submission(shot, out))
    sleeper = asleep(root, tmp_path, where, disk)
    with desk.database.write() as change:  # half a minute later
        change.run("UPDATE jobs SET lease_until = 0 WHERE id = ?", job.id)
    assert work(desk, until_idle=True) == 1
    done = desk.job(job.id)
    assert done.state is JobState.DONE
    before = listed(out)
    os.kill(sleeper.pid, signal.SIGCONT)
    said, _ = sleeper.communicate(timeout=60)
    assert said == "0\n", "it ended nothing, and went on with its life"
    (place,) = TakeStore(out).takes()
    assert (str(place.record), desk.job(job.id)) == (done.take, done)
    for frame in load(place).frames:
        assert hashlib.sha256(place.frame(frame.number).read_bytes()).hexdigest() == frame.file.sha256
    assert {name for name in listed(out) if ".versions" not in name} == {
        name for name in before if ".versions" not in name
    }
    assert not [name for name in listed(out) if "staging" in name]
    assert len([name for name in listed(out) if name.startswith("rig/rig_v")]) == 5, "three frames and two files"
    bodies = [line.body for line in Ledger(out).entries()]
    assert Counter(body.what for body in bodies if isinstance(body, JobEntry)) == {"asked": 1, "done": 1}
    assert sum(isinstance(body, TakeEntry) for body in bodies) == 1
    assert Ledger(out).check() == ()
    again = desk.submit(submission(shot, out, anew=True))
    work(desk, until_idle=True)
    assert desk.job(again.id).state is JobState.DONE, "and the element goes on as ever"


def test_a_lock_whose_holder_was_stopped_is_not_waited_for_without_an_end(
    root: Path, tmp_path: Path, shot: SmallShot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platewright.jobs.claims._LOCK_WITHIN_S", 0.3)
    desk, out = desk_at(tmp_path), tmp_path / "out"
    holding = (
        "import fcntl, os, sys, time; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True);"
        "time.sleep(60)"
    )
    lock = out / "rig/.versions/lock"
    lock.parent.mkdir(parents=True)
    holder = subprocess.Popen([sys.executable, "-c", holding, str(lock)], stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline()
    os.kill(holder.pid, signal.SIGSTOP)
    job = desk.submit(submission(shot, out))
    work(desk, until_idle=True)
    held_up = desk.events(job=job.id)[-1]
    assert "has been holding" in held_up.text and "tried again in 5 s" in held_up.text
    holder.kill()
    holder.communicate()
    with desk.database.write() as change:  # five seconds later
        change.run("UPDATE jobs SET lease_until = 0 WHERE id = ?", job.id)
    work(desk, until_idle=True)
    assert desk.job(job.id).state is JobState.DONE


def listed(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
