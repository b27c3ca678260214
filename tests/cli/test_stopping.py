"""Ctrl-C and kill -9 on a real process in the middle of its work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import platewright
from platewright.jobs.takes import TakeStore
from tests.cli.conftest import Command
from tests.jobs.small_shot import SmallShot

CHECKOUT = Path(platewright.__file__).parents[2]
CODE = """
import sys
from platewright.jobs import run
run.OPERATIONS = {"regenerate": "tests.cli.slow_grey"}
from platewright.cli import main
sys.exit(main(sys.argv[1:]))
"""


def launched(shot: SmallShot, tmp_path: Path, *words: str, hold_at: int = 1) -> subprocess.Popen[str]:
    """The command line at work, once the first frame is on its way to the disk. hold_at: the take that waits there."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{CHECKOUT / 'core'}{os.pathsep}{CHECKOUT}",
        "PLATEWRIGHT_HOME": str(tmp_path / "home"),
        "HOLD_AT": str(hold_at),
    }
    command = [sys.executable, "-c", CODE, "regenerate", "--plate", shot.plate, "--matte", shot.matte, *words]
    process = subprocess.Popen(
        [*command, "--element", "rig", "--out", str(tmp_path / "elements"), "--direct"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    wait_for(lambda: any((tmp_path / "elements").rglob("*.exr")))
    return process


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_polite_stop_ends_with_130_and_leaves_nothing(shot: SmallShot, tmp_path: Path, number: int) -> None:
    process = launched(shot, tmp_path)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "stopping and cleaning up" in err
    assert "error: " in err
    assert "Traceback" not in err
    assert not (tmp_path / "elements").exists()


def test_a_second_stop_is_at_once_and_still_leaves_nothing(shot: SmallShot, tmp_path: Path) -> None:
    process = launched(shot, tmp_path)
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    # A second Ctrl-C that comes when all is cleaned up ends the process as Ctrl-C does; shells show 130 for both.
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in err
    assert not (tmp_path / "elements").exists()


def test_stopped_with_json_the_document_says_so(shot: SmallShot, tmp_path: Path) -> None:
    process = launched(shot, tmp_path, "--json")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(out)["error"]["code"] == "cancelled"


def test_after_kill_9_the_next_run_cleans_up_and_takes_the_same_number(
    shot: SmallShot, tmp_path: Path, command: Command
) -> None:
    process = launched(shot, tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    element = tmp_path / "elements" / "rig"
    assert any(entry.name.startswith(".staging") for entry in element.iterdir())
    assert TakeStore(tmp_path / "elements").takes() == ()
    words = ("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--json")
    said = command(*words)
    assert said.code == 0
    assert said.json["takes"][0]["version"] == 1
    assert not any(entry.name.startswith(".staging") for entry in element.iterdir())
    assert command("verify", tmp_path / "elements").code == 0


def test_finished_takes_stay_when_a_later_one_of_the_run_is_stopped(shot: SmallShot, tmp_path: Path) -> None:
    process = launched(shot, tmp_path, "--takes", "2", hold_at=2)
    store = TakeStore(tmp_path / "elements")
    wait_for(lambda: len(store.takes()) == 1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert [place.stem for place in store.takes()] == ["rig_v001"]
    names = {entry.name for entry in (tmp_path / "elements" / "rig").iterdir()}
    assert not {name for name in names if "v002" in name or name.startswith(".staging")}
