"""Ending an engine that does not answer: by force, without harm to the one that a host has started meanwhile."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from platewright.client.stopping import is_held, stop_engine
from platewright.contract.endpoint import LOCK_NAME, Endpoint, endpoint_file
from platewright.contract.errors import EngineError
from platewright.contract.mapper import canonical


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose lock is held."""
    descriptor = os.open(tmp_path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield tmp_path
    os.close(descriptor)


@pytest.fixture
def silent(held: Path) -> Iterator[tuple[Endpoint, subprocess.Popen[bytes]]]:
    """A process that says it is the engine there, and answers nobody."""
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        with subprocess.Popen(["sleep", "600"]) as process:
            endpoint = Endpoint(nobody.getsockname()[1], "t", process.pid, 1, "0", "2026-01-31T12:00:00.000Z")
            announce(held, endpoint)
            yield endpoint, process
            process.kill()


def announce(folder: Path, endpoint: Endpoint) -> None:
    beside = folder / "new"
    beside.write_bytes(canonical(endpoint))
    beside.chmod(0o600)
    beside.replace(endpoint_file(folder))


def test_who_waits_for_an_engine_to_end_does_not_wait_for_the_next_one(
    held: Path, silent: tuple[Endpoint, subprocess.Popen[bytes]]
) -> None:
    endpoint, process = silent

    def next_one() -> None:
        process.wait()
        announce(held, replace(endpoint, pid=os.getpid(), token="another"))

    host = threading.Thread(target=next_one)
    host.start()
    assert stop_engine(held, now=True, wait_s=60)
    host.join()
    assert is_held(held), "the next one lives"


def test_a_lock_that_force_does_not_free_is_told(
    held: Path, silent: tuple[Endpoint, subprocess.Popen[bytes]]
) -> None:  # fmt: skip
    with pytest.raises(EngineError, match="does not end") as caught:
        stop_engine(held, now=True, wait_s=0.1)
    assert caught.value.code == "engine_hung"
    assert silent[1].wait() == -9
