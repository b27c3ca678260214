"""Real engine processes for the client: with the real desk and quick workers, in a state folder of the test's own."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from platewright.client.finding import find_endpoint
from platewright.client.messages import Answered, Connection, Happened, Message, State
from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.client.stopping import is_held
from platewright.contract.jobs import JobEvent, Submission
from tests.jobs.small_shot import SmallShot, small_shot

T = TypeVar("T")
FAKES = Path(__file__).parents[1] / "fakes"
QUICK = (sys.executable, str(FAKES / "quick_engine.py"))


class Host:
    """A host that drains a session from its own loop and remembers what it heard."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.heard: list[Message] = []

    def until(self, happened: Callable[[], Any], within_s: float = 90.0) -> None:
        end = time.monotonic() + within_s
        while not happened():
            assert time.monotonic() < end, (self.session.connection, self.heard[-5:])
            self.heard += self.session.drain()
            time.sleep(0.005)

    def value(self, reply: Reply[T], within_s: float = 90.0) -> T:
        self.until(lambda: reply.done, within_s)
        assert reply.failure is None, reply.failure
        assert reply.value is not None
        return reply.value

    @property
    def events(self) -> list[JobEvent]:
        return [message.event for message in self.heard if isinstance(message, Happened)]

    @property
    def states(self) -> list[State]:
        return [message.state for message in self.heard if isinstance(message, Connection)]

    @property
    def answered(self) -> int:
        return sum(isinstance(message, Answered) for message in self.heard)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder; whatever engine runs in it at the end is ended."""
    folder = tmp_path / "home/state"
    yield folder
    endpoint = find_endpoint(folder)
    if endpoint is not None and is_held(folder):
        for number in (signal.SIGCONT, signal.SIGKILL):
            os.kill(endpoint.pid, number)


@pytest.fixture
def host(state: Path) -> Iterator[Callable[..., Host]]:
    """`host()` is a host with a session of its own; each is closed at the end."""
    made: list[Session] = []

    def make(**said: Any) -> Host:
        environment = {**os.environ, "PLATEWRIGHT_HOME": str(state.parent)}
        session = Session("test", **{"state": state, "command": QUICK, "environment": environment, **said})
        made.append(session)
        return Host(session.open())

    yield make
    for session in made:
        session.close()


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def submission(shot: SmallShot, tmp_path: Path) -> Callable[..., Submission]:
    """`submission(seconds)`: a job that takes so long."""

    def make(seconds: float | str = "", **changes: Any) -> Submission:
        request = shot.request(prompt=str(seconds))
        return Submission(request, str(tmp_path / "elements"), **{"anew": True, "who": "ada", **changes})

    return make
