"""Getting hold of the engine: found where one runs, started where none does, told apart where one only seems to.

One thread at a time looks; the others wait for what it finds. Nothing here runs on a host's own thread.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from platewright.contract.endpoint import PROTOCOL, Endpoint
from platewright.contract.errors import EngineError, PlatewrightError
from platewright.contract.failure import Failure

from .answers import reader_of
from .calling import Call, Line, failure_of
from .finding import find_endpoint
from .messages import Connection, State
from .starting import start_engine

if TYPE_CHECKING:
    from platewright.contract.wire import Health

__all__ = ["Finder"]

_HEALTH_WITHIN_S = 3.0
_SERVES_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.05
_LONGEST_PAUSE_S = 30.0


class Finder:
    """The engine as this session knows it; says each change of the connection once, through `tell`.

    health: as it was found last. begin: the last event before this session asked for anything, so that it hears
    everything about its own jobs, however late it begins to listen.
    """

    def __init__(
        self,
        folder: Path,
        tell: Callable[[Connection], None],
        command: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
        may_start: bool = True,
    ) -> None:
        self.folder = folder
        self.health: Health | None = None
        self.begin: int | None = None
        self._tell = tell
        self._command = command
        self._environment = environment
        self._may_start = may_start
        self._lock = threading.Lock()
        self._current: Endpoint | None = None
        self._told = Connection(State.ASLEEP)
        self._telling = threading.Lock()
        self._stop = threading.Event()
        self._next_start = 0.0
        self._pause = 0.5
        self._why: EngineError | None = None

    @property
    def state(self) -> State:
        """How the host stands with the engine, as told last."""
        return self._told.state

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def say(self, state: State, failure: Failure | None = None, version: str = "") -> None:
        """Tell the host, if that is news."""
        message = Connection(state, failure, version)
        with self._telling:
            same = self._told.state is state and (failure is None or self._told.failure == failure)
            if same or self._told.state is State.CLOSED:
                return
            self._told = message
        self._tell(message)

    def running(self) -> Endpoint | None:
        """The engine if one runs, without starting any."""
        return self._current or find_endpoint(self.folder)

    def forget(self, endpoint: Endpoint) -> None:
        """A call to this one failed: look again before the next."""
        if self._current == endpoint:
            self._current = None

    def ensure(self, until: float) -> Endpoint:
        """An engine that answers, found or started, by the time `until` (monotonic seconds).

        Raises EngineError `engine_hung`, `engine_version`, `engine_absent`, `engine_start_failed`,
        `engine_not_installed`.
        """
        current = self._current
        if current is not None:
            return current
        if not self._lock.acquire(timeout=max(0.0, until - time.monotonic())):
            raise _absent()
        try:
            if self._current is None:
                self._current = self._found(until)
            return self._current
        except PlatewrightError as error:
            self.say(_STATES.get(error.code, State.ABSENT), failure_of(error))
            raise
        finally:
            self._lock.release()

    def _found(self, until: float) -> Endpoint:
        endpoint = find_endpoint(self.folder)
        if endpoint is not None and self._answers(endpoint):
            return endpoint
        if not self._may_start:
            raise _absent()
        self._start(until)
        until = max(until, time.monotonic() + _SERVES_WITHIN_S)
        while time.monotonic() < until and not self._stop.is_set():
            endpoint = find_endpoint(self.folder)
            if endpoint is not None and self._answers(endpoint):
                self._pause = 0.5
                return endpoint
            self._stop.wait(_LOOK_EVERY_S)
        raise _absent()

    def _start(self, until: float) -> None:
        """Start one, ever more rarely while that keeps failing."""
        now = time.monotonic()
        if self._next_start > until:
            raise self._why or _absent()
        self.say(State.STARTING)
        if self._next_start > now and self._stop.wait(self._next_start - now):
            raise _absent()
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_S)
        self._next_start = time.monotonic() + self._pause
        try:
            start_engine(self.folder, self._command, self._environment)
        except EngineError as error:
            self._why = error
            raise

    def _answers(self, endpoint: Endpoint) -> bool:
        """Whether it is there and ours; raises where it is but can't be used."""
        line = Line(endpoint)
        try:
            health: Health = reader_of("Health")(line.ask(Call("GET", "/v1/health", within_s=_HEALTH_WITHIN_S)))
        except EngineError as error:
            if error.code in ("engine_hung", "engine_version"):
                raise
            if error.code == "answer_malformed":
                raise _other_version(endpoint.version) from error
            return False  # nobody listens there any more, or somebody else does
        finally:
            line.close()
        if health.protocol != PROTOCOL:
            raise _other_version(health.version)
        if self.begin is None:
            self.begin = health.last_event
        self.health = health
        self.say(State.CONNECTED, self._colour(health.ocio), health.version)
        return True

    def _colour(self, theirs: str) -> Failure | None:
        """What to tell where the engine sees colour otherwise than a host that does not say how it sees it itself.

        A host with $OCIO hands its own configuration in with every request.
        """
        ours = (os.environ if self._environment is None else self._environment).get("OCIO", "").strip()
        if ours or not theirs:
            return None
        return Failure(
            "engine_colour",
            f"the engine works with the OCIO configuration '{theirs}' and this host with the built-in one",
            "Run `platewright engine stop`; the next call starts it with this host's configuration.",
        )


_STATES = {"engine_hung": State.HUNG, "engine_version": State.OTHER_VERSION}


def _absent() -> EngineError:
    return EngineError(
        "the engine is not running",
        code="engine_absent",
        hint="It is started by the next thing you ask for; `platewright engine start` in a terminal says more.",
        retry=True,
    )


def _other_version(version: str) -> EngineError:
    return EngineError(
        f"the engine that runs is version {version[:40]}, which this plug-in can't talk to",
        code="engine_version",
        hint="Update the older of the two, then run `platewright engine stop`; the next call starts the new one.",
    )
