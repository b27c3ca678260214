"""A vendor's HTTP at its worst: answers that hang, drip or have no end, and what each means for money."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from platewright.backends.api import MOST_REPLY, Api
from platewright.contract.errors import BackendError, SendRefused, SendUnknown

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Awkward:
    """A server of one word: it reads a request's head, says what it was told to, and keeps the line open.

    drip: it then goes on with single bytes until it is closed.
    """

    def __init__(self, says: bytes = b"", drip: bool = False) -> None:
        self.says, self.drips = says, drip
        self.asked: list[bytes] = []
        self.over = threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while not self.over.is_set():
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            with line:
                try:
                    self.asked.append(line.recv(65536))
                    line.sendall(self.says)
                    while self.drips and not self.over.wait(0.02):
                        line.sendall(b" ")
                    self.over.wait()
                except OSError:
                    continue

    def close(self) -> None:
        self.over.set()
        self.listening.close()
        self.thread.join(60)


@pytest.fixture
def awkward(request: pytest.FixtureRequest) -> Iterator[Awkward]:
    server = Awkward(*getattr(request, "param", ()))
    yield server
    server.close()


@pytest.mark.parametrize(
    "awkward",
    [
        pytest.param((), id="no word"),
        pytest.param((b"HTTP/1.1 200 OK\r\n",), id="half a head"),
        pytest.param((HEAD + b"Content-Length: 40\r\n\r\n{",), id="half an answer"),
        pytest.param((HEAD + b"Content-Length: 99999\r\n\r\n{", True), id="an answer that drips"),
    ],
    indirect=True,
)
def test_an_answer_that_hangs_is_unknown_where_it_is_paid_for_and_asked_again_where_not(awkward: Awkward) -> None:
    api = Api("the vendor", awkward.base, reply_s=0.5)
    with pytest.raises(SendUnknown):
        api.pay("/jobs", {"prompt": "a wall"})
    assert len(awkward.asked) == 1, "a paid call is one request on the wire"


@pytest.mark.parametrize("awkward", [(HEAD + b"Content-Length: 40\r\n\r\n{",)], indirect=True)
def test_asking_that_hangs_may_be_asked_again(awkward: Awkward) -> None:
    with pytest.raises(BackendError) as caught:
        Api("the vendor", awkward.base, reply_s=0.5).get("/jobs/1")
    assert caught.value.retry and not isinstance(caught.value, (SendRefused, SendUnknown))


@pytest.mark.parametrize(
    "awkward", [(HEAD + b"Content-Length: %d\r\n\r\n" % (2 * MOST_REPLY) + b" " * (MOST_REPLY + 1000),)], indirect=True
)
def test_an_answer_without_an_end_is_left_and_unknown(awkward: Awkward) -> None:
    with pytest.raises(SendUnknown) as caught:
        Api("the vendor", awkward.base, reply_s=60.0).pay("/jobs", {})
    assert "no end" in caught.value.message


@pytest.mark.parametrize("awkward", [(HEAD + b"Content-Length: 100\r\n\r\nhalf of it",)], indirect=True)
def test_a_result_that_hangs_is_no_result_and_may_be_fetched_again(awkward: Awkward, tmp_path: Path) -> None:
    with pytest.raises(BackendError) as caught:
        Api("the vendor", awkward.base, reply_s=0.5).download("/results/1", tmp_path / "result")
    assert caught.value.retry
