"""`regenerate` through the engine: the same take as in the foreground, its progress, its errors, and Ctrl-C."""

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

from platewright.client.finding import find_endpoint
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
        [*command, "--element", "rig", "--out", str(home.parent / "elements"), "--json", *words],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(process: subprocess.Popen[str], code: int = 0) -> Any:
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, out + err
    return json.loads(out)


def test_takes_come_from_the_engine_as_they_come_from_the_foreground(home: Path, shot: SmallShot) -> None:
    made = said(begun(home, shot, "--takes", "2", "--threads", "1"))["takes"]
    assert [(take["version"], take["answered"]) for take in made] == [(1, False), (2, False)]
    places = takes_at(home.parent / "elements/rig")
    assert [load(place).request.take for place in places] == [1, 2]
    again = said(begun(home, shot))["takes"]
    assert [(take["version"], take["answered"]) for take in again] == [(1, True)], "the take that is there answers"
    assert [take["version"] for take in said(begun(home, shot, "--anew"))["takes"]] == [3]
    here = said(begun(home, shot, "--direct"))["takes"]
    assert [(take["version"], take["answered"]) for take in here] == [(3, True)], (
        "the foreground asks for the same, and the latest answers"
    )
    direct = said(begun(home, shot, "--direct", "--anew"))["takes"]
    assert [take["version"] for take in direct] == [4]
    assert set(direct[0]) == set(again[0])
    names = (load(place) for place in takes_at(home.parent / "elements/rig"))
    assert len({record.request_hash for record in names if record.request.take == 1}) == 1


def test_what_is_wrong_is_told_in_the_same_words_with_the_same_exit_code(home: Path, shot: SmallShot) -> None:
    (shot.folder / "matte.1002.exr").write_bytes(b"no picture")
    through = said(begun(home, shot), code=2)["error"]
    assert through == said(begun(home, shot, "--direct"), code=2)["error"]
    assert through["hint"]


def test_ctrl_c_cancels_the_job_and_leaves_nothing(home: Path, shot: SmallShot) -> None:
    process = begun(home, shot, "--seed", "97")  # the fake waits behind the first frame of this seed
    wait_for_a_frame(home)
    process.send_signal(signal.SIGINT)
    error = said(process, code=130)["error"]
    assert error["code"] == "cancelled"
    assert "the job" in error["message"]
    assert not takes_left(home)


def test_a_second_ctrl_c_leaves_at_once_and_says_where_the_job_is(home: Path, shot: SmallShot) -> None:
    said(begun(home, shot))
    process = begun(home, shot, "--seed", "97")
    wait_for_a_frame(home)
    engine = find_endpoint(home / "state")
    assert engine is not None
    os.kill(engine.pid, signal.SIGSTOP)  # nobody hears the first one
    try:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while "again" not in (line := process.stderr.readline()):  # it has heard the first one; two at once are one
            assert line, "it ended without a word"
        process.send_signal(signal.SIGINT)
        error = said(process, code=130)["error"]
    finally:
        os.kill(engine.pid, signal.SIGCONT)
    assert "left at once" in error["message"]
    assert "platewright jobs show" in error["hint"]


def test_each_command_has_its_own_colour_configuration_through_one_engine(home: Path, shot: SmallShot) -> None:
    studio = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
    said(begun(home, shot))
    said(begun(home, shot, OCIO=studio))
    first, second = (load(place).request.colour for place in takes_at(home.parent / "elements/rig"))
    assert first is not None
    assert second is not None
    assert first.source != second.source == studio


def test_without_an_engine_a_sentence_says_why_and_what_to_do(home: Path, shot: SmallShot) -> None:
    home.mkdir()
    (home / "state").write_text("in the way")
    error = said(begun(home, shot), code=10)["error"]
    assert error["message"]
    assert "--direct" in error["hint"]
    assert said(begun(home, shot, "--direct"))["takes"][0]["version"] == 1


def test_an_engine_that_signs_otherwise_is_not_used(home: Path, shot: SmallShot) -> None:
    said(begun(home, shot))
    error = said(begun(home, shot, PLATEWRIGHT_TSA_URL="http://stamp.example"), code=10)["error"]
    assert error["code"] == "engine_identity"
    assert "--direct" in error["hint"]


def test_an_engine_killed_under_its_job_is_started_again_and_the_take_comes(home: Path, shot: SmallShot) -> None:
    said(begun(home, shot))
    process = begun(home, shot, "--seed", "99", "--frames", "1001")
    wait_for_a_frame(home)
    engine = find_endpoint(home / "state")
    assert engine is not None
    os.kill(engine.pid, signal.SIGKILL)
    assert said(process)["takes"][0]["version"] == 2


def wait_for_a_frame(home: Path) -> None:
    """Until a frame of a take that is being made is on the disk."""
    until = time.monotonic() + 60
    while not list((home.parent / "elements").rglob(".staging*/*.exr")):
        assert time.monotonic() < until, "no frame came"
        time.sleep(0.05)


def takes_left(home: Path) -> list[Path]:
    return list((home.parent / "elements").rglob("*.take.json"))
