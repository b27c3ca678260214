"""A lane: one thread with one connection that makes the calls put into it, in their order.

Each call is made until it is answered or its time is over. What may be asked twice without harm is asked again when
the connection broke; what may not is told to have an unknown outcome.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from platewright.contract.errors import EngineError, InternalError, PlatewrightError
from platewright.contract.failure import Failure

from .calling import Call, Line, failure_of
from .finder import Finder
from .messages import State
from .replies import Reply

__all__ = ["Lane", "Wish"]

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_PASSING = frozenset({"engine_hung", "engine_lost", "engine_absent", "engine_busy", "token_refused"})


@dataclass
class Wish:
    """A call with what becomes of its answer. again: it may be made twice without harm. until: monotonic seconds."""

    call: Call
    read: Callable[[bytes], Any]
    reply: Reply[Any]
    until: float
    again: bool = True


class Lane:
    """The thread. settle: takes a reply with its value or failure, from this thread."""

    def __init__(
        self, name: str, finder: Finder, settle: Callable[[Reply[Any], Any, Failure | None], None], client: str
    ) -> None:
        self._finder = finder
        self._settle = settle
        self._client = client
        self._wishes: queue.SimpleQueue[Wish | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._line: Line | None = None
        self.thread = threading.Thread(target=self._run, name=f"platewright-{name}", daemon=True)

    def put(self, wish: Wish) -> None:
        """Put a call in; returns at once."""
        self._wishes.put(wish)

    def stop(self) -> None:
        """End the thread; a call that waits for its answer is cut off."""
        self._stop.set()
        self._wishes.put(None)
        line = self._line
        if line is not None:
            line.end()

    def _run(self) -> None:
        while not self._stop.is_set():
            wish = self._wishes.get()
            if wish is None:
                break
            value, failure = self._fulfil(wish)
            self._settle(wish.reply, value, failure)
        if self._line is not None:
            self._line.close()

    def _fulfil(self, wish: Wish) -> tuple[Any, Failure | None]:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                return wish.read(self._made(wish)), None
            except PlatewrightError as error:
                problem = error
            except Exception as error:  # a mistake of ours must not end the thread that a host relies on
                problem = InternalError(f"{type(error).__name__}: {error}"[:300], hint="Please report this.")
            over = time.monotonic() + pause >= wish.until or self._stop.is_set()
            if over or not self._may_try_again(wish, problem):
                return None, failure_of(problem)
            self._stop.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _may_try_again(self, wish: Wish, error: PlatewrightError) -> bool:
        if error.code not in _PASSING:
            return error.retry and error.code == "engine_start_failed"
        unheard = error.code in ("engine_absent", "engine_busy", "token_refused")
        return wish.again or unheard

    def _made(self, wish: Wish) -> bytes:
        endpoint = self._finder.ensure(wish.until)
        if self._line is None or self._line.endpoint != endpoint:
            if self._line is not None:
                self._line.close()
            self._line = Line(endpoint, self._client)
            if self._stop.is_set():
                self._line.end()
        left = max(0.5, wish.until - time.monotonic())
        call = Call(wish.call.method, wish.call.path, wish.call.body, min(wish.call.within_s, left))
        try:
            return self._line.ask(call)
        except EngineError as error:
            if error.code in ("engine_lost", "engine_hung", "token_refused"):
                self._finder.forget(endpoint)
            if error.code == "engine_hung":
                self._finder.say(State.HUNG, failure_of(error))
            raise
