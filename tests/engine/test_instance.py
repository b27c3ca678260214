"""One engine a user: the lock, the endpoint file, and an end that leaves nothing behind."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.endpoint import Endpoint, endpoint_file, state_folder
from platewright.contract.errors import EngineError
from platewright.contract.jobs import JobState
from platewright.contract.mapper import from_bytes
from platewright.engine.instance import Instance
from platewright.settings.schema import EnginePart, Settings
from tests.engine.conftest import serving
from tests.fakes.memory_desk import MemoryDesk


def test_a_second_engine_is_told_that_one_is_running(tmp_path: Path) -> None:
    with Instance(tmp_path / "s"), pytest.raises(EngineError) as caught:
        Instance(tmp_path / "s", patience_s=0.1)
    assert caught.value.code == "engine_running"
    with Instance(tmp_path / "s", patience_s=0):
        pass


def test_the_endpoint_file_is_the_owner_s_alone_and_goes_with_the_engine(tmp_path: Path) -> None:
    endpoint = Endpoint(1, "t", 2, 1, "v", "now")
    folder = tmp_path / "s"
    with Instance(folder) as instance:
        instance.announce(endpoint)
        file = endpoint_file(folder)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert from_bytes(Endpoint, file.read_bytes()) == endpoint
        assert sorted(path.name for path in folder.iterdir()) == ["engine.json", "engine.lock"]
    assert not file.exists()


def test_a_dead_engine_s_endpoint_is_taken_away_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    endpoint_file(folder).write_text("{}")
    with Instance(folder):
        assert not endpoint_file(folder).exists()


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "engine.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Exception, match="link"):
        Instance(folder)
    assert not (tmp_path / "elsewhere").exists()


def test_the_state_folder_follows_its_variables(tmp_path: Path) -> None:
    assert state_folder({"PLATEWRIGHT_STATE": str(tmp_path)}) == tmp_path
    assert state_folder({"PLATEWRIGHT_HOME": str(tmp_path)}) == tmp_path / "state"
    assert state_folder({"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / "platewright"
    assert state_folder({"XDG_STATE_HOME": "relative"}) == Path.home() / ".local/state/platewright"


def test_an_idle_engine_ends_by_itself_but_not_while_a_job_is_open(
    tmp_path: Path, submission: Callable[..., Any]
) -> None:
    desk = MemoryDesk()
    job = desk.submit(submission())
    with serving(tmp_path / "s", desk, Settings(engine=EnginePart(idle_s=0.4, workers=0))) as served:
        time.sleep(1.2)
        assert not served.engine.should_exit, "a job is open"
        desk.work(job.id, JobState.DONE)
        until = time.monotonic() + 60
        while not served.engine.should_exit and time.monotonic() < until:
            time.sleep(0.05)
        assert served.engine.should_exit


def test_stopping_is_refused_while_jobs_are_open_unless_now(tmp_path: Path, submission: Callable[..., Any]) -> None:
    desk = MemoryDesk()
    with serving(tmp_path / "s", desk) as served:
        desk.submit(submission())
        said = served.call("POST", "/v1/stop", {})
        assert (said.status, said.code) == (409, "engine_working")
        assert "1 job is not finished" in said.json["error"]["message"]
        assert served.call("POST", "/v1/stop", {"now": True}).status == 200
        until = time.monotonic() + 60
        while served.engine.started and not served.engine.should_exit and time.monotonic() < until:
            time.sleep(0.05)
        assert served.engine.should_exit


def test_nothing_of_the_engine_is_left_running(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    files = len(os.listdir("/proc/self/fd"))
    with serving(tmp_path / "s", MemoryDesk()) as served:
        assert served.call("GET", "/v1/views").status == 200
        assert served.call("GET", "/v1/health").json["pid"] == os.getpid()

    def left() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if "AnyIO" not in thread.name} - before

    until = time.monotonic() + 60
    while left() and time.monotonic() < until:
        time.sleep(0.05)
    assert not left()
    assert len(os.listdir("/proc/self/fd")) <= files + 1
