"""`platewright engine`, `config` and `diagnose`, from the command line."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platewright.client.stopping import is_held, stop_engine
from platewright.engine.diagnosis import Anonymous
from platewright.logs.files import log_folder
from tests.cli.conftest import Command
from tests.fakes.quick_worker import LIVES_NAME

QUICK = (sys.executable, str(Path(__file__).parents[1] / "fakes/quick_engine.py"))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    yield folder
    stop_engine(folder / "state", now=True)


def said(home: Path, *words: str, code: int = 0) -> dict[str, object]:
    done = subprocess.run(
        [*QUICK, "engine", *words, "--json"], env={**os.environ, "PLATEWRIGHT_HOME": str(home)}, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_the_engine_is_started_asked_about_and_ended(home: Path) -> None:
    assert said(home) == {"running": False, "state_folder": str(home / "state")}
    started = said(home, "start")
    again = said(home, "start")
    assert again == started, "the one that runs is used"
    now = said(home, "status")
    assert now["running"] is True
    assert now["port"] == started["port"]
    assert said(home, "stop") == {"stopped": True}
    assert said(home, "stop") == {"stopped": False}
    assert not is_held(home / "state")
    assert not (home / "state/engine.json").exists()


def test_one_in_the_foreground_says_where_it_is_and_ends_at_ctrl_c(home: Path) -> None:
    process = subprocess.Popen(
        [*QUICK, "engine", "run"], env={**os.environ, "PLATEWRIGHT_HOME": str(home)}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert re.search(r"serves on port \d+", process.stderr.readline())
    second = subprocess.run(
        [*QUICK, "engine", "run"], env={**os.environ, "PLATEWRIGHT_HOME": str(home)}, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert second.returncode == 10
    assert "engine_running" in second.stderr
    process.send_signal(2)
    process.communicate(timeout=90)
    assert not is_held(home / "state")


def test_no_process_is_left_when_an_engine_is_killed(home: Path) -> None:
    said(home, "start")
    health = said(home)["health"]
    assert isinstance(health, dict)

    def a_worker_lives() -> bool:
        with (home / "state" / LIVES_NAME).open("a") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    until = time.monotonic() + 90
    while not a_worker_lives() and time.monotonic() < until:
        time.sleep(0.05)
    assert a_worker_lives(), "the engine has begun its worker"
    os.kill(int(str(health["pid"])), 9)
    until = time.monotonic() + 60
    while a_worker_lives() and time.monotonic() < until:
        time.sleep(0.05)
    assert not a_worker_lives()


def test_config_shows_explains_and_sets(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = command("config", "--json").json["settings"]
    assert shown["engine.workers"] == {"layer": "default", "where": "", "value": 1}
    assert command("config", "set", "engine.workers", "2").code == 0
    explained = command("config", "explain", "engine.workers", "--json").json
    assert [source["layer"] for source in explained["sources"]] == ["default", "user"]
    assert explained["sources"][-1]["where"] == str(tmp_path / "home/settings.toml")
    monkeypatch.setenv("PLATEWRIGHT_ENGINE_WORKERS", "3")
    assert "the environment wins" in command("config", "set", "engine.workers", "4").out
    assert "<- holds" in command("config", "explain", "engine.workers").out
    assert "as it was when that started" in command("config", "explain", "engine.workers").out
    budget = command("config", "explain", "budgets.show")
    assert "most that each show may spend" in budget.out and "each job as its own show" in budget.out
    assert command("config", "set", "budgets.show", "12.50 EUR").code == 0
    assert command("config", "set", "budgets.show", "plenty").code == 2
    assert command("config", "set", "engine.worker", "4").code == 2
    assert command("config", "explain", "nothing").code == 2
    assert command("config", "set", "engine.workers").code == 2


def test_a_diagnosis_says_what_is_in_it_and_names_nobody(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import getpass
    import socket

    monkeypatch.setenv("PLATEWRIGHT_TRUST", "/shows/apollo/secret_project/roots.pem")
    monkeypatch.setenv("PLATEWRIGHT_SECRET_COMFY", "hidden-value-1")
    logs = log_folder(tmp_path / "home/state")
    logs.mkdir(parents=True)
    (logs / "engine.jsonl").write_text(
        f'{{"says": "took /shows/apollo/sh010/plate.1001.exr for {getpass.getuser()} at {socket.gethostname()}, '
        'token=abcdefghij", "job": "20260101-job"}\n'
    )
    done = command("diagnose", "--out", "d.zip", "--json")
    assert done.code == 0, done.err
    names = [part["name"] for part in done.json["parts"]]
    with zipfile.ZipFile(tmp_path / "d.zip") as archive:
        assert archive.namelist() == names
        everything = "".join(archive.read(name).decode() for name in names)
        listed = archive.read("CONTENTS.txt").decode()
    assert all(name in listed for name in names if name != "CONTENTS.txt")
    for name in ("apollo", "secret_project", "sh010", "plate.1001", "abcdefghij", "hidden-value-1", str(tmp_path)):
        assert name not in everything, name
    if len(socket.gethostname()) > 2:
        assert socket.gethostname() not in everything
    assert ".exr" in everything, "what kind of file it was stays"
    assert "20260101-job" in everything, "the job can be followed"
    assert "fastapi" in everything


def test_the_same_folder_gets_the_same_mark_and_another_zip_another() -> None:
    first, second = Anonymous(), Anonymous()
    text = first.text("/shows/apollo/a.exr and /shows/apollo/b.exr")
    one, other = (part.rpartition("/")[0] for part in text.split(" and "))
    assert one == other
    assert second.text("/shows/apollo/a.exr") not in text
    assert first.text("/usr/lib/python3/x.py") == "/usr/lib/python3/x.py"
