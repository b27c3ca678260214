"""Listening: one thread that reads the engine's events, behind the last number heard, over every reconnection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from platewright.contract.endpoint import Endpoint
from platewright.contract.errors import EngineError, PlatewrightError

from .answers import reader_of
from .calling import Line, failure_of
from .finder import Finder
from .messages import State

if TYPE_CHECKING:
    import http.client

    from platewright.contract.jobs import JobEvent

__all__ = ["Listener"]

# The engine's stream beats every second.
_SILENCE_S = 4.0
_LOOK_EVERY_S = 0.4
_LONGEST_LINE = 1 << 20
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 3.0


class Listener:
    """The thread. tell: takes an event, and holds this thread back while the host doesn't drain.

    after: the number to go on behind; None begins with what happens from now on.
    """

    def __init__(self, finder: Finder, tell: Callable[[JobEvent], None], client: str, after: int | None) -> None:
        self.after = after
        self._finder = finder
        self._tell = tell
        self._client = client
        self._stop = threading.Event()
        self._wanted = False
        self._line: Line | None = None
        self.thread = threading.Thread(target=self._run, name="platewright-events", daemon=True)

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        line = self._line
        if line is not None:
            line.end()

    def _run(self) -> None:
        pause = _FIRST_PAUSE_S
        while not self._stop.is_set():
            endpoint = self._finder.running()
            if endpoint is None and not self._wanted:
                self._rests()
                self._stop.wait(_LOOK_EVERY_S)  # nobody needs one yet; another host's may turn up
                continue
            try:
                endpoint = self._finder.ensure(time.monotonic() + 10)
                for event in self._heard(endpoint):
                    pause = _FIRST_PAUSE_S
                    self._tell(event)
            except PlatewrightError as error:
                self._missed(endpoint, error)
                self._stop.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
            except Exception:  # whatever it is, the next connection begins behind the last number heard
                self._stop.wait(_LONGEST_PAUSE_S)

    def _missed(self, endpoint: Endpoint | None, error: PlatewrightError) -> None:
        if endpoint is not None:
            self._finder.forget(endpoint)
        if self._stop.is_set():
            return
        if error.code == "engine_hung":
            self._finder.say(State.HUNG, failure_of(error))
        elif error.code in ("engine_lost", "token_refused"):
            # One that ends in order takes its endpoint away first, whether its good-bye is heard or not. This one
            # died: jobs may be open, so it is started again without being asked.
            self._wanted = self._wanted or self._finder.running() is not None
            if self._wanted:
                self._finder.say(State.LOST, failure_of(error))

    def _rests(self) -> None:
        """Nobody is there, and nobody is missed."""
        if self._finder.state in (State.CONNECTED, State.HUNG, State.LOST):
            self._finder.say(State.ASLEEP)

    def _heard(self, endpoint: Endpoint) -> Iterator[JobEvent]:
        """Events of one connection, until it ends. Raises EngineError unless the engine said good-bye."""
        health = self._finder.health
        if self.after is None:
            self.after = self._finder.begin
        if health is not None and self.after is not None and self.after > health.last_event:
            self.after = health.last_event  # the database is another one than before
        self._line = line = Line(endpoint, self._client)
        if self._stop.is_set():
            line.end()
        read = reader_of("JobEvent")
        try:
            answer = line.listen(f"/v1/events/stream?after={self.after or 0}", _SILENCE_S)
            self._finder.say(State.CONNECTED, version=endpoint.version)
            for kind, data in _told(answer):
                if kind == "bye":
                    self._wanted = False
                    self._finder.forget(endpoint)
                    self._finder.say(State.ASLEEP)
                    self._stop.wait(_LOOK_EVERY_S)
                    return
                event: JobEvent = read(data)
                if event.number > (self.after or 0):
                    self.after = event.number
                    yield event
        finally:
            line.close()
        raise EngineError("the connection to the engine broke", code="engine_lost", retry=True)


def _told(answer: http.client.HTTPResponse) -> Iterator[tuple[str, bytes]]:
    """`(kind, data)` of each server-sent message. Raises EngineError `engine_hung` after too long a silence."""
    import http.client

    kind, data = "", b""
    while True:
        try:
            line = answer.readline(_LONGEST_LINE)
        except TimeoutError as error:
            raise EngineError(
                "the engine is there but says nothing",
                code="engine_hung",
                hint="Give it a moment; if it stays so, run `platewright engine stop --now`. Jobs are kept.",
                retry=True,
            ) from error
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            raise EngineError("the connection to the engine broke", code="engine_lost", retry=True) from error
        if not line:
            return
        line = line.rstrip(b"\r\n")
        if not line:
            if kind:
                yield kind, data
            kind, data = "", b""
        elif line.startswith(b"event: "):
            kind = line[7:].decode("ascii", "replace")
        elif line.startswith(b"data: "):
            data = line[6:]
