"""What the engine costs: a job that does nothing, a long list, and a host's own thread while the engine hangs.

    python bench/engine.py [--jobs 100]

Each figure stands beside a bare function call and a bare HTTP round trip of the standard library in the same run.
The engine, its desk on SQLite and its worker are the real ones, as processes; only the generator makes nothing.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT / "core"), str(CHECKOUT)]

from platewright.client.calling import Call, Line  # noqa: E402
from platewright.client.finding import find_endpoint  # noqa: E402
from platewright.client.messages import Happened  # noqa: E402
from platewright.client.session import Session  # noqa: E402
from platewright.client.stopping import stop_engine  # noqa: E402
from platewright.contract.endpoint import Endpoint  # noqa: E402
from platewright.contract.jobs import Submission  # noqa: E402
from platewright.contract.mapper import from_bytes  # noqa: E402
from platewright.contract.wire import JobList  # noqa: E402
from tests.jobs.small_shot import small_shot  # noqa: E402

QUICK = (sys.executable, str(CHECKOUT / "tests/fakes/quick_engine.py"))
BARE = """
import http.server
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer, or Nagle's delay is all that is measured
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *said):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
print(server.server_port, flush=True)
server.serve_forever()
"""


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--jobs", type=int, default=100, help="how many to run one after the other")
    count = parser.parse_args().jobs
    call = spread([timed(lambda: None) for _ in range(10_000)])
    trip = spread(bare_trips(500))
    print(f"{'':46} {'median':>10} {'p99':>10}")
    tell("a bare function call", call)
    tell("a bare HTTP round trip", trip)
    with tempfile.TemporaryDirectory() as folder:
        shot = small_shot(Path(folder) / "shot")
        ask = Submission(shot.request(), str(Path(folder) / "elements"), anew=True)
        tell("importing the client, processor time", spread(imports(9)))
        with engine(Path(folder) / "one", workers=1) as (session, state, endpoint):
            line = Line(endpoint)
            tell("the engine's own round trip (backends)", spread(trips(line, 300)), trip)
            tell("a job that does nothing, submit to done", spread(done(session, ask, count)), trip)
            tell("host's call and drain, engine well", spread(calls(session, ask, 1000)), call)
            os.kill(endpoint.pid, signal.SIGSTOP)
            tell("host's call and drain, engine stopped", spread(calls(session, ask, 1000)), call)
            os.kill(endpoint.pid, signal.SIGCONT)
        with engine(Path(folder) / "many", workers=0) as (session, state, endpoint):
            line = Line(endpoint)
            for number in range(1000):
                line.ask(Call("POST", "/v1/jobs", {**plain(ask), "key": f"k{number}"}))
            listing = Call("GET", "/v1/jobs?limit=1000&open=true")
            data = line.ask(listing)
            tell("1,000 queued jobs listed", spread([timed(lambda: line.ask(listing)) for _ in range(15)]), trip)
            tell(
                "…and read as the contract's words",
                spread([timed(lambda: from_bytes(JobList, data)) for _ in range(9)]),
            )
            assert len(from_bytes(JobList, data).jobs) == 1000
    return 0


@contextmanager
def engine(home: Path, workers: int) -> Iterator[tuple[Session, Path, Endpoint]]:
    """An engine of its own with a session that is connected to it."""
    state = home / "state"
    environment = {**os.environ, "PLATEWRIGHT_HOME": str(home), "PLATEWRIGHT_ENGINE_WORKERS": str(workers)}
    session = Session("bench", state=state, command=QUICK, environment=environment).open()
    try:
        reply = session.health()
        while not reply.done or (reply.value is not None and reply.value.workers < workers):
            session.drain()
            time.sleep(0.01)
            if reply.done and reply.value is not None and reply.value.workers < workers:
                reply = session.health()
        time.sleep(3)  # let the worker load what it loads
        endpoint = find_endpoint(state)
        assert endpoint is not None
        yield session, state, endpoint
    finally:
        session.close()
        stop_engine(state, now=True)


def done(session: Session, ask: Submission, count: int) -> Iterator[float]:
    """Seconds from handing in to hearing that it is done, one job after the other."""
    for number in range(count + 3):
        ended = False
        begun = time.perf_counter()
        session.submit(ask)
        while not ended:
            for message in session.drain():
                ended = ended or (isinstance(message, Happened) and not message.event.state.is_open)
            time.sleep(0.001)
        if number >= 3:
            yield time.perf_counter() - begun


def calls(session: Session, ask: Submission, count: int) -> Iterator[float]:
    """Seconds that a call and a drain take of a host's own thread, twice in a UI frame."""
    for number in range(count):
        begun = time.perf_counter()
        if number % 50 == 0:
            session.submit(ask)
        else:
            session.jobs(limit=20)
        session.drain()
        yield time.perf_counter() - begun
        time.sleep(0.004)
    for _ in range(200):
        session.drain()


def trips(line: Line, count: int) -> Iterator[float]:
    """Seconds of a call that does nearly nothing, on a kept connection."""
    for _ in range(count):
        yield timed(lambda: line.ask(Call("GET", "/v1/backends")))


def bare_trips(count: int) -> Iterator[float]:
    """Seconds of a round trip to the standard library's own server, on a kept connection."""
    server = subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        connection = http.client.HTTPConnection("127.0.0.1", int(server.stdout.readline()))

        def trip() -> None:
            connection.request("GET", "/")
            connection.getresponse().read()

        trip()
        for _ in range(count):
            yield timed(trip)
        connection.close()
    finally:
        server.kill()
        server.wait()


def imports(count: int) -> Iterator[float]:
    """Processor seconds of importing the client into a bare Python."""
    code = "import sys,time;sys.path.insert(0,sys.argv[1]);a=time.process_time();import platewright.client.session;"
    code += "print(time.process_time()-a)"
    for _ in range(count):
        words = [sys.executable, "-I", "-S", "-c", code, str(CHECKOUT / "core")]
        yield float(subprocess.check_output(words))


def plain(ask: Submission) -> dict[str, object]:
    """A submission as plain JSON values."""
    from platewright.contract.mapper import to_json

    found: dict[str, object] = to_json(ask)
    return found


def timed(work: Callable[[], object]) -> float:
    """Seconds that a piece of work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def spread(seconds: Iterator[float] | list[float]) -> tuple[float, float]:
    """`(median, 99th percentile)`."""
    found = sorted(seconds)
    return statistics.median(found), found[min(len(found) - 1, int(len(found) * 0.99))]


def tell(what: str, found: tuple[float, float], floor: tuple[float, float] | None = None) -> None:
    """A line of the table, in milliseconds, and how many times the floor's median it is."""
    times = f"   {found[0] / floor[0]:8.0f} x" if floor else ""
    print(f"{what:46} {found[0] * 1e3:10.4f} {found[1] * 1e3:10.4f} ms{times}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
