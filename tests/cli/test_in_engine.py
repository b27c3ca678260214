"""`regenerate --engine`: the same take from the engine, with progress, and Ctrl-C that reaches the job."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from platewright.client.stopping import stop_engine
from platewright.jobs.places import takes_at
from platewright.jobs.takes import load
from tests.jobs.small_shot import SmallShot

FAKES = Path(__file__).parents[1] / "fakes"
pytestmark = pytest.mark.timeout(150)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    yield folder
    stop_engine(folder / "state", now=True)


def begun(home: Path, shot: SmallShot, *words: str, **variables: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        str(FAKES / "grey_engine.py"),
        "regenerate",
        "--plate",
        shot.plate,
        "--matte",
        shot.matte,
    ]
    program = home.parent / "platewright"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKES / "grey_engine.py"} "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PLATEWRIGHT_HOME": str(home), "PLATEWRIGHT_ENGINE": str(program), **variables}
    return subprocess.Popen(
        [*command, "--element", "rig", "--out", str(home.parent / "elements"), "--engine", "--json", *words],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(process: subprocess.Popen[str], code: int = 0) -> Any:
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, out + err
    return json.loads(out)


def test_takes_come_from_the_engine_as_they_come_from_the_foreground(home: Path, shot: SmallShot) -> None:
    made = said(begun(home, shot, "--takes", "2"))["takes"]
    assert [take["version"] for take in made] == [1, 2]
    places = takes_at(home.parent / "elements/rig")
    assert [load(place).request.take for place in places] == [1, 2]
    again = said(begun(home, shot))["takes"]
    assert [take["version"] for take in again] == [1], "the take that is there answers the same request"
    assert [take["version"] for take in said(begun(home, shot, "--anew"))["takes"]] == [3]


def test_what_is_wrong_is_told_in_the_same_words(home: Path, shot: SmallShot) -> None:
    (shot.folder / "matte.1002.exr").write_bytes(b"no picture")
    error = said(begun(home, shot), code=8)["error"]
    assert error["message"]
    assert error["hint"]


def test_ctrl_c_cancels_the_job_and_leaves_nothing(home: Path, shot: SmallShot) -> None:
    process = begun(home, shot, "--seed", "99")  # the fake takes its time for this seed
    until = time.monotonic() + 60
    while not list((home.parent / "elements").rglob("*.exr")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    error = said(process, code=130)["error"]
    assert error["code"] == "cancelled"
    assert not takes_left(home)


def takes_left(home: Path) -> list[Path]:
    return list((home.parent / "elements").rglob("*.take.json"))


def test_another_colour_configuration_than_the_terminal_s_is_refused(home: Path, shot: SmallShot) -> None:
    said(begun(home, shot))
    error = said(begun(home, shot, OCIO="ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4"), code=10)["error"]
    assert error["code"] == "engine_colour"
