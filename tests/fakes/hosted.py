"""What every fake vendor is made of: a strict HTTP server on a thread, its book, and faults that are set or drawn.

A subclass serves its vendor's addresses in `answer`; whatever it does not know is an error, on both sides. `faults` is
what goes wrong with the paid call and with what follows it; see FAULTS.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

__all__ = ["FAULTS", "Answer", "HostedFake", "picture"]

FAULTS = (
    "",
    "busy for seconds",  # 429 with Retry-After in seconds, nothing accepted
    "busy until a date",  # 429 with Retry-After as a date, nothing accepted
    "refused",  # 400-class no, nothing accepted
    "lost before",  # the connection drops before anything is accepted
    "lost after",  # it is accepted and charged, and the connection drops before the answer
    "broken after",  # accepted and charged, answered with 500
    "garbled after",  # accepted and charged, answered with half a JSON
    "moderated",  # accepted, and kept back at the end; not charged
    "moderated and charged",
    "failing",  # accepted, and failed at the end; not charged
    "poll fails",  # asking how it stands answers 500 for a while
    "expired",  # the first address of the result is gone
    "truncated",  # the first download breaks off
    "oversized",  # the result says that it is far too large
    "wrong size",  # a picture of another size
    "lying type",  # a page where a picture should be
    "hostile address",  # the result's address leads into this network
)
"""What may go wrong. A fake takes the first of `faults` at each paid call, or draws one where `rng` is set."""


@dataclass
class Answer:
    """What the server says: JSON, or bytes of a type. drop: the connection ends before or in the middle of it."""

    status: int = 200
    body: Any = None
    data: bytes | None = None
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    said_length: int | None = None


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class HostedFake:
    """The server. jobs: by id, each with its fault, its times asked, and what is charged for it."""

    price = "0"
    token = "token-of-the-fake-vendor"

    def __init__(self, faults: tuple[str, ...] = (), seed: int | None = None) -> None:
        self.faults = list(faults)
        # Of its own: two vendors with the same seed must not go through the same faults.
        self.rng = random.Random(f"{type(self).__name__} {seed}") if seed is not None else None
        self.jobs: dict[str, dict[str, Any]] = {}
        self.log: list[Asked] = []
        self.wrong: list[str] = []
        self.lock = threading.RLock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words: object) -> None:
                pass

            def _serve(self) -> None:
                if self.headers.get("Upgrade"):
                    fake.upgraded(self)
                    self.close_connection = True
                    return
                data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, data)
                with fake.lock:
                    if asked.path == "/__book":  # for a test whose vendor is another process
                        self._say(Answer(200, {"jobs": fake.jobs, "wrong": fake.wrong}))
                        return
                    fake.log.append(asked)
                    try:
                        said = fake.answer(asked)
                    except Exception as error:  # an assertion of ours, or a request that it can not even read
                        fake.wrong.append(f"{asked.method} {asked.path}: {error!r}")
                        said = Answer(400, {"error": f"this is no request of ours: {error}"})
                self._say(said)

            def _say(self, said: Answer) -> None:
                data = said.data if said.data is not None else json.dumps(said.body).encode()
                if said.drop and said.status == 0:
                    self.close_connection = True
                    return
                self.send_response(said.status)
                self.send_header("Content-Type", said.kind)
                length = len(data) if said.said_length is None else said.said_length
                self.send_header("Content-Length", str(length))
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if said.drop or length > len(data):
                    self.close_connection = True
                self.wfile.write(data[: len(data) // 2] if said.drop else data)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that went away

        self.server = Server(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    @contextmanager
    def serving(self) -> Iterator[HostedFake]:
        """The server answers within this block; a request that it did not understand fails the test at its end."""
        self.thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
        assert not self.wrong, self.wrong

    def answer(self, asked: Asked) -> Answer:
        """What it says. Raises AssertionError for what it does not know."""
        raise NotImplementedError

    def upgraded(self, handler: Any) -> None:
        """A WebSocket's handshake; a vendor that has none says no."""
        handler.send_error(404)

    def charged(self) -> dict[str, str]:
        """What was charged, by remote id."""
        return {name: job["charged"] for name, job in self.jobs.items()}

    def accept(self, name: str, taken: Answer, price: str = "", **job: Any) -> Answer:
        """The paid call: accept a job, or do with it what the fault says. taken: the answer when all goes well."""
        fault = self.rng.choice(FAULTS) if self.rng is not None else self.faults.pop(0) if self.faults else ""
        if fault == "busy for seconds":
            return Answer(429, {"error": "too much to do"}, headers={"Retry-After": "1"})
        if fault == "busy until a date":
            return Answer(
                429, {"error": "too much to do"}, headers={"Retry-After": formatdate(time.time() + 2, usegmt=True)}
            )
        if fault == "refused":
            return Answer(422, {"error": "not like this"})
        if fault == "says the token":
            return Answer(422, {"error": f"not with {self.token} as token={self.token}"})
        if fault == "lost before":
            return Answer(0, drop=True)
        free = fault in ("moderated", "failing")
        self.jobs[name] = {"fault": fault, "asked": 0, "charged": "0" if free else price or self.price, **job}
        if fault == "lost after":
            return Answer(0, drop=True)
        if fault == "broken after":
            return Answer(500, {"error": "something broke here"})
        return Answer(200, taken.body, drop=True) if fault == "garbled after" else taken

    def poll_fault(self, job: dict[str, Any]) -> Answer | None:
        """The answer of a poll that goes wrong, for its first times."""
        job["asked"] += 1
        return Answer(500, {"error": "not now"}) if job["fault"] == "poll fails" and job["asked"] < 3 else None

    def result(self, job: dict[str, Any], good: bytes, kind: str = "image/png") -> Answer:
        """A download, as the job's fault has it."""
        job["fetched"] = job.get("fetched", 0) + 1
        if job["fault"] == "expired" and job["fetched"] == 1:
            return Answer(403, data=b"<Error>expired</Error>", kind="application/xml")
        if job["fault"] == "truncated" and job["fetched"] == 1:
            return Answer(200, data=good[: len(good) // 2], kind=kind, said_length=len(good))
        if job["fault"] == "oversized":
            return Answer(200, data=b"", kind=kind, said_length=10**13)
        if job["fault"] == "wrong size":
            return Answer(200, data=picture(24, 24), kind=kind)
        if job["fault"] == "lying type":
            return Answer(200, data=b"<html>sign in</html>", kind=kind)
        return Answer(200, data=good, kind=kind)

    def address(self, job: dict[str, Any], good: str) -> str:
        """The result's address, as the job's fault has it."""
        return "http://169.254.169.254/latest/meta-data/" if job["fault"] == "hostile address" else good


def picture(width: int, height: int, seed: int = 1, bits: int = 8) -> bytes:
    """A PNG that a vendor made."""
    kind: Any = np.uint8 if bits == 8 else np.uint16
    across = np.linspace(0, 0.9, width)[None, :, None] + 0.01 * (seed % 10)
    values = np.broadcast_to(across * (2**bits - 1), (height, width, 3)).astype(kind)
    done, data = cv2.imencode(".png", values)
    assert done
    return bytes(data.tobytes())
