"""A served engine over the desk in memory, in this process, and a caller that says exactly what a test tells it to."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.endpoint import Endpoint
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Submission
from platewright.contract.mapper import to_json
from platewright.contract.request import Plate, Regenerate, Request
from platewright.engine.instance import Instance
from platewright.engine.running import Engine, Plan, _listen
from platewright.settings.schema import EnginePart, Settings
from tests.fakes.memory_desk import MemoryDesk


@dataclass
class Said:
    """An answer: status, headers, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@dataclass
class Served:
    """A running engine, its desk, and a way to call it."""

    engine: Engine
    desk: MemoryDesk
    state: Path
    endpoint: Endpoint = field(init=False)

    def __post_init__(self) -> None:
        self.endpoint = self.engine.endpoint

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        data: bytes | None = None,
        token: str | None = None,
        **headers: str,
    ) -> Said:
        """One call with the right token and the usual headers, unless the test says others (an empty one: none)."""
        said = {"authorization": f"Bearer {self.endpoint.token if token is None else token}"}
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            said["content-type"] = "application/json"
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.endpoint.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host="host" in said, skip_accept_encoding=True)
            for name, value in said.items():
                if value:
                    connection.putheader(name, value)
            if data is not None and "content-length" not in said:
                connection.putheader("content-length", str(len(data)))
            connection.endheaders(data)
            answer = connection.getresponse()
            return Said(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


@contextmanager
def serving(state: Path, desk: MemoryDesk, settings: Settings | None = None) -> Iterator[Served]:
    """An engine in a thread of this process."""
    ready = threading.Event()
    plan = Plan(state, settings or Settings(engine=EnginePart(workers=0)), lambda: None, ready=lambda _: ready.set())  # type: ignore[arg-type,return-value]
    with Instance(state) as instance:
        listening = _listen()
        engine = Engine(plan, instance, desk, listening)
        thread = threading.Thread(target=engine.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            assert ready.wait(120)
            yield Served(engine, desk, state)
        finally:
            engine.end()
            thread.join(120)
            engine.close()
            listening.close()
            assert not thread.is_alive()


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def served(tmp_path: Path, desk: MemoryDesk) -> Iterator[Served]:
    with serving(tmp_path / "state", desk) as found:
        yield found


@pytest.fixture
def submission(tmp_path: Path) -> Callable[..., Submission]:
    """A submission that fits, with what the test wants otherwise."""

    def make(key: str = "", root: Path | None = None, **changes: Any) -> Submission:
        request = Request(Regenerate(), "rig", Plate("/show/plate.####.exr", FrameRange.parse("1001-1003")))
        return Submission(request, str(root or tmp_path), key, **changes)

    return make


@pytest.fixture
def body(submission: Callable[..., Submission]) -> Callable[..., Any]:
    """The same as plain JSON."""
    return lambda *given, **changes: to_json(submission(*given, **changes))
