"""A vendor that takes money: a strict HTTP server in a process of its own, with a durable book of what it charged.

It accepts a request, charges for it at once, works for a while and hands out a result. It behaves as real ones do:
its answer may be lost on the way after it has accepted and charged; with `lookup` the same key again is another job
and another charge, with `replay` it is the same one, with `none` it can't be asked at all. Anything that it does not
know is an error, on both sides.

    python tests/fakes/vendor.py BOOK.jsonl [--work SECONDS] [--lose SHARE] [--slow SECONDS] [--busy SHARE]
        [--hang SHARE]

A share of its answers hangs for HANG_S, half of them before it has accepted anything.

It prints its port.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from platewright.contract.errors import BackendError, SendRefused, SendUnknown
from platewright.contract.jobs import Failure, PriceLine
from platewright.contract.request import Request
from platewright.contract.takes import Cost
from platewright.contract.vendors import Intent, Reconcile, RemoteStatus

PRICE = Decimal("0.04")
"""For each frame."""
KINDS = ("replay", "lookup", "none")
HANG_S = 2.0


class Book:
    """What was accepted and charged: a line each, on the disk before anything is answered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self.jobs: dict[str, dict[str, Any]] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                self._hear(json.loads(line))

    def write(self, line: dict[str, Any]) -> None:
        with open(self.path, "a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._hear(line)

    def _hear(self, line: dict[str, Any]) -> None:
        self.jobs[line["id"]] = {**self.jobs.get(line["id"], {}), **line}


class Handler(BaseHTTPRequestHandler):
    """The vendor's four addresses."""

    protocol_version = "HTTP/1.0"
    book: Book
    options: argparse.Namespace

    def log_message(self, *words: object) -> None:
        pass

    def do_POST(self) -> None:
        try:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        except ValueError:
            return self._say(400, {"error": "half a request: its sender died"})
        if self.path == "/send":
            self._send(asked)
        elif self.path == "/cancel" and set(asked) == {"id"}:
            with self.book.lock:
                job = self.book.jobs.get(asked["id"])
                if job and self._state(job) == "running":
                    self.book.write({"id": job["id"], "cancelled": True, "charged": "0"})
            self._say(200, {})
        else:
            self._say(404, {"error": f"there is no {self.path}"})
        return None

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/job" and set(asked) == {"id"}:
            job = self.book.jobs.get(asked["id"])
            self._say(200, {"state": self._state(job), "charged": job["charged"]} if job else {"state": "missing"})
        elif url.path == "/find" and set(asked) == {"key"}:
            found = [job["id"] for job in self.book.jobs.values() if job["key"] == asked["key"]]
            self._say(200, {"id": found[0] if found else ""})
        elif url.path == "/result" and set(asked) == {"id"}:
            job = self.book.jobs.get(asked["id"])
            done = job is not None and self._state(job) == "done"
            self._say(200, {"pixels": f"result of {job['body']}"} if job and done else {}) if done else self._say(
                404, {}
            )
        else:
            self._say(404, {"error": f"there is no {self.path}"})

    def _send(self, asked: dict[str, Any]) -> None:
        if set(asked) != {"kind", "key", "job", "slot", "frames", "body"} or asked["kind"] not in KINDS:
            return self._say(400, {"error": "this is no request of ours"})
        if "forbidden" in asked["body"]:
            return self._say(422, {"error": "moderated"})
        if random.random() < self.options.busy:
            return self._say(429, {"error": "too many requests"})
        time.sleep(random.uniform(0, self.options.slow))
        self._hang()
        with self.book.lock:
            same = [job for job in self.book.jobs.values() if job["key"] == asked["key"]]
            if same and asked["kind"] == "replay":
                return self._say(200, {"id": same[0]["id"]})
            id_ = f"remote-{len(self.book.jobs) + 1}"
            charge = str(PRICE * asked["frames"])
            self.book.write({**asked, "id": id_, "charged": charge, "at": time.time()})
        time.sleep(random.uniform(0, self.options.slow))
        self._hang()
        if random.random() < self.options.lose:
            self.close_connection = True
            return None  # Accepted and charged, and nobody hears of it.
        return self._say(200, {"id": id_})

    def _hang(self) -> None:
        if random.random() < self.options.hang / 2:
            time.sleep(HANG_S)

    def _state(self, job: dict[str, Any]) -> str:
        if job.get("cancelled"):
            return "cancelled"
        if "broken" in job["body"]:
            return "failed"
        return "done" if time.time() - job["at"] >= self.options.work else "running"

    def _say(self, status: int, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(ThreadingHTTPServer):
    """A server to which a client that was killed is nothing to write home about."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@dataclass(frozen=True)
class FakeVendor:
    """The adapter: the contract's Vendor over the server at a port."""

    port: int
    reconcile: Reconcile

    @property
    def name(self) -> str:
        return f"fake-{self.reconcile}"

    def quote(self, request: Request) -> tuple[tuple[PriceLine, ...], str]:
        frames = len(request.plate.frames)
        return (PriceLine("frames", str(frames), str(PRICE), str(PRICE * frames)),), "USD"

    def send(self, intent: Intent, body: bytes) -> str:
        assert hashlib.sha256(body).hexdigest() == intent.body_sha256
        frames = int(Decimal(intent.reserved.amount) / PRICE)
        asked = {"kind": self.reconcile, "key": intent.key, "job": intent.job, "slot": intent.slot, "frames": frames}
        try:
            return str(self._ask("/send", {**asked, "body": body.decode()})["id"])
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 429:
                raise BackendError("the vendor has too much to do", retry=True) from error
            raise SendRefused(f"the vendor refuses: {error.code}", code="moderated") from error
        except (OSError, ValueError) as error:
            raise SendUnknown("the answer was lost") from error

    def find(self, intent: Intent) -> str:
        assert self.reconcile in ("lookup", "list"), "this vendor can't be asked"
        return str(self._asked(f"/find?key={intent.key}")["id"])

    def poll(self, remote_id: str) -> RemoteStatus:
        said = self._asked(f"/job?id={remote_id}")
        failure = Failure("vendor_failed", "the vendor could not make it") if said["state"] == "failed" else None
        charged = Cost(said["charged"], "USD") if "charged" in said else None
        return RemoteStatus(said["state"], charged=charged, failure=failure, poll_after_s=0.02)

    def fetch(self, remote_id: str, target: Path) -> None:
        target.write_text(self._asked(f"/result?id={remote_id}")["pixels"])

    def cancel(self, remote_id: str) -> None:
        self._asked("/cancel", {"id": remote_id})

    def _asked(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            return self._ask(path, body)
        except (OSError, ValueError) as error:
            raise BackendError(f"the vendor can't be reached: {error}", retry=True) from error

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", data, timeout=60) as reply:
            answer: dict[str, Any] = json.loads(reply.read())
        return answer


@dataclass
class RunningVendor:
    """A vendor's process and its book."""

    process: subprocess.Popen[str]
    port: int
    book: Path

    def lines(self) -> list[dict[str, Any]]:
        """Every remote job, as the book has it."""
        return list(Book(self.book).jobs.values())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def start_vendor(
    book: Path, *, work: float = 0.02, lose: float = 0.0, slow: float = 0.0, busy: float = 0.0, hang: float = 0.0
) -> RunningVendor:
    """Start a vendor; it serves when this returns."""
    options = {"work": work, "lose": lose, "slow": slow, "busy": busy, "hang": hang}
    words = [str(book), *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
    process = subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return RunningVendor(process, int(process.stdout.readline()), book)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("book", type=Path)
    for name in ("work", "lose", "slow", "busy", "hang"):
        parser.add_argument(f"--{name}", type=float, default=0.0)
    options = parser.parse_args()
    Handler.book, Handler.options = Book(options.book), options
    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
