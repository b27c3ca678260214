"""A connection that another thread ends while it is in use: closed, and never opened again."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from platewright.client.calling import Call, Line
from platewright.contract.endpoint import Endpoint
from platewright.contract.errors import EngineError


@pytest.fixture
def port() -> Iterator[int]:
    """Somebody listens there, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("moment", ["connect", "putrequest"])
def test_a_line_that_is_ended_while_it_connects_or_asks_leaves_no_socket_open(
    port: int, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    line = Line(Endpoint(port=port, token="t", pid=1, version="0", protocol=1, started=""), "host")
    made: list[Any] = []
    plain = getattr(http.client.HTTPConnection, moment)

    def meanwhile(connection: http.client.HTTPConnection, *given: Any, **more: Any) -> Any:
        if moment == "putrequest":
            line.end()
        found = plain(connection, *given, **more)
        made.append(connection.sock)
        line.end()
        return found

    monkeypatch.setattr(http.client.HTTPConnection, moment, meanwhile)
    with pytest.raises(EngineError) as caught:
        line.ask(Call("GET", "/v1/health", within_s=60))
    assert caught.value.code == "engine_lost"
    assert [sock.fileno() for sock in made if sock is not None] == [-1] * len([one for one in made if one is not None])
    with pytest.raises(EngineError):
        line.ask(Call("GET", "/v1/health", within_s=60))
