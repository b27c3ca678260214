"""Killed at every step: whatever moment the machine stops at, a take is whole or not there at all.

A child process makes a take and is killed with SIGKILL before, or right after, its n-th change to the disk, for
every n there is. Then another process comes and reserves.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import platewright
from platewright.jobs.takes import TakeStore

CHILD = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path

    root, at, after, renames, failing = Path(sys.argv[1]), int(sys.argv[2]), *(word == "1" for word in sys.argv[3:6])
    calls = 0

    def counted(real):
        def call(*args, **kwargs):
            global calls
            calls += 1
            if calls == at and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            mine = calls
            try:
                return real(*args, **kwargs)
            finally:
                if mine == at:
                    os.kill(os.getpid(), signal.SIGKILL)
        return call

    from platewright.jobs import staging
    from platewright.jobs.takes import TakeStore

    if renames:
        staging.links_work = lambda folder, name: False
    for name in ("link", "unlink", "rename", "replace", "mkdir", "rmdir", "write", "fsync", "open", "close"):
        setattr(os, name, counted(getattr(os, name)))

    with TakeStore(root).reserve("sky") as reservation:
        for number in (1001, 1002):
            reservation.path(number).write_bytes(b"new %d" % number)
        if failing:
            raise SystemExit(3)
        reservation.publish(b"record", b"manifest")
    print(calls)
    """
)

FILES = {
    "sky_v001.1001.exr": b"new 1001",
    "sky_v001.1002.exr": b"new 1002",
    "sky_v001.take.json": b"record",
    "sky_v001.take.json.c2pa": b"manifest",
}


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(platewright.__file__).parents[1])}


def child(root: Path, at: int, *flags: bool) -> subprocess.CompletedProcess[str]:
    words = ["1" if flag else "0" for flag in flags]
    command = [sys.executable, "-S", "-c", CHILD, str(root), str(at), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=ENVIRONMENT)


def check_what_is_left(root: Path) -> bool:
    """The take is whole or nothing of it is there, and the next one is made; returns whether it was there."""
    folder = root / "sky"
    whole = (folder / "sky_v001.take.json").exists()
    store = TakeStore(root)
    with store.reserve("sky") as reservation:
        assert reservation.version == (2 if whole else 1)
        seen = {entry.name for entry in folder.iterdir() if not entry.name.startswith(".")}
        assert seen == (set(FILES) if whole else set())
        assert len([entry for entry in folder.iterdir() if entry.name.startswith(".staging")]) == 1
        reservation.path(1001).write_bytes(b"next")
        reservation.publish(b"next record", b"next manifest")
    if whole:
        assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert [place.version for place in store.takes("sky")] == ([1, 2] if whole else [1])
    return whole


@pytest.mark.parametrize("renames", [False, True], ids=["links", "renames"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_step_of_publishing_a_take_is_whole_or_absent(tmp_path: Path, after: bool, renames: bool) -> None:
    steps = int(child(tmp_path / "whole", 0, after, renames, False).stdout)
    assert steps > 20
    outcomes = []
    for step in range(1, steps + 1):
        root = tmp_path / f"killed-{step}"
        done = child(root, step, after, renames, False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        outcomes.append(check_what_is_left(root))
    assert outcomes == sorted(outcomes), "once the take is there it stays there"
    assert True in outcomes
    assert False in outcomes


def test_killed_at_any_step_of_giving_back_nothing_is_left(tmp_path: Path) -> None:
    step = 0
    while True:
        step += 1
        root = tmp_path / f"killed-{step}"
        done = child(root, step, False, False, True)
        if done.returncode == 3:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert not check_what_is_left(root)
    assert step > 15


def test_recover_frees_a_killed_version_without_a_new_reservation(tmp_path: Path) -> None:
    assert child(tmp_path, 20, False, False, False).returncode == -signal.SIGKILL
    assert TakeStore(tmp_path).recover() == ("freed sky_v001, whose making had been cut off",)
    assert TakeStore(tmp_path).recover() == ()
    assert not (tmp_path / "sky").exists(), "nothing was ever in it"


HOLD = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from platewright.jobs.takes import TakeStore

    with TakeStore(Path(sys.argv[1])).reserve("sky") as reservation:
        print(reservation.version, flush=True)
        sys.stdin.readline()
        reservation.path(1).write_bytes(b"x")
        reservation.publish(b"record", b"manifest")
    """
)


def holder(root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-S", "-c", HOLD, str(root)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)


def test_processes_reserving_at_once_get_different_numbers_and_all_finish(tmp_path: Path) -> None:
    children = [holder(tmp_path) for _ in range(5)]
    versions = []
    for process in children:
        assert process.stdout is not None
        versions.append(int(process.stdout.readline()))
    for process in children:
        process.communicate("go\n", timeout=60)
        assert process.returncode == 0
    assert sorted(versions) == [1, 2, 3, 4, 5]
    assert [place.version for place in TakeStore(tmp_path).takes("sky")] == [1, 2, 3, 4, 5]


def test_a_living_process_keeps_its_version_while_others_recover(tmp_path: Path) -> None:
    process = holder(tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    assert TakeStore(tmp_path).recover() == ()
    process.communicate("go\n", timeout=60)
    assert process.returncode == 0
    assert [place.version for place in TakeStore(tmp_path).takes("sky")] == [1]


CROWD = textwrap.dedent(
    """
    import random, sys
    from pathlib import Path
    from platewright.jobs.takes import TakeStore

    chance = random.Random(int(sys.argv[2]))
    for _ in range(15):
        with TakeStore(Path(sys.argv[1])).reserve("sky") as reservation:
            reservation.path(1).write_bytes(b"x")
            if chance.random() < 0.4:
                reservation.publish(b"record", b"manifest")
                print(reservation.version, flush=True)
    """
)


def test_a_crowd_that_makes_and_gives_up_takes_never_collides(tmp_path: Path) -> None:
    root = tmp_path / "elements"
    command = [sys.executable, "-S", "-c", CROWD, str(root)]
    crowd = [
        subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) for seed in range(5)
    ]
    versions: list[int] = []
    for process in crowd:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        versions += [int(line) for line in out.split()]
    assert len(versions) == len(set(versions))
    assert [place.version for place in TakeStore(root).takes("sky")] == sorted(versions)
    assert not [entry for entry in (root / "sky").iterdir() if entry.name.startswith(".staging")]
