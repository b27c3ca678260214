"""Ending an engine: by asking, and where it no longer answers and the user insists, by force.

Force is only used on the process that really holds the engine's lock: the endpoint file of a dead engine may name a
process number that belongs to somebody else by now.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from platewright.contract.endpoint import LOCK_NAME
from platewright.contract.errors import EngineError
from platewright.contract.wire import Stop

from .calling import Call, Line
from .finding import find_endpoint

__all__ = ["is_held", "stop_engine"]

_ANSWER_WITHIN_S = 3.0
_LOOK_EVERY_S = 0.05


def is_held(folder: Path) -> bool:
    """Whether an engine lives there, answering or not: whether the lock is held."""
    import fcntl

    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def stop_engine(folder: Path, now: bool = False, wait_s: float = 10.0) -> bool:
    """End the engine of a state folder; False where none runs. Blocks until it has gone.

    now: also with open jobs, which the next engine goes on with, and by force where it doesn't answer.
    Raises EngineError `engine_working` where jobs are open, `engine_hung` where it does not end.
    """
    if not is_held(folder):
        return False
    endpoint = find_endpoint(folder)
    if endpoint is None:
        raise _stuck("it is starting or ending just now")
    line = Line(endpoint)
    try:
        line.ask(Call("POST", "/v1/stop", Stop(now), _ANSWER_WITHIN_S))
    except EngineError as error:
        if error.code not in ("engine_hung", "engine_lost"):
            raise
        if not now:
            raise _stuck("it does not answer") from error
        _kill(folder, endpoint.pid)
    finally:
        line.close()
    until, forced = time.monotonic() + wait_s, False
    while is_held(folder) and find_endpoint(folder) in (None, endpoint):  # else a host has started another by now
        if time.monotonic() > until:
            if not now or forced:
                raise _stuck("it does not end")
            _kill(folder, endpoint.pid)
            until, forced = time.monotonic() + wait_s, True
        time.sleep(_LOOK_EVERY_S)
    return True


def _kill(folder: Path, pid: int) -> None:
    """End the process that said it is the engine there, if that still holds: one that ends has no endpoint any more."""
    found = find_endpoint(folder)
    if is_held(folder) and (found is None or found.pid == pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _stuck(why: str) -> EngineError:
    return EngineError(
        f"the engine can't be ended: {why}",
        code="engine_hung",
        hint="Try again, or end it by force with `platewright engine stop --now`; jobs are kept.",
        retry=True,
    )
