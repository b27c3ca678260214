"""One worker as a process of its own: `python -m platewright.engine.worker_process worker-1`, started by the engine.

Its input is a pipe from the engine; when that closes, or a signal comes, the job in hand is given back and the
process ends. A crash in here is a crash of this process alone.
"""

from __future__ import annotations

import faulthandler
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

from platewright.contract.endpoint import state_folder
from platewright.contract.errors import PlatewrightError
from platewright.imaging.memory import return_dropped_frames
from platewright.jobs.desk import LocalDesk
from platewright.jobs.worker import work
from platewright.logs.files import log_to
from platewright.settings.layers import load_settings

from .opening import opened_desk

__all__ = ["main", "stopping_with_engine"]

_GENERATORS = ("regenerate", "extend", "replace_sky")
_GRACE_S = 20.0
_log = logging.getLogger("platewright.worker")


def stopping_with_engine() -> Callable[[], bool]:
    """Whether to end: the engine has closed our input, or a signal came. A work that doesn't look is ended by force."""
    stop: list[bool] = []  # and no Event: a second signal in the middle of its lock would wait for ever

    def begin_to_end(*_: object) -> None:
        if not stop:
            stop.append(True)
            by_force = threading.Timer(_GRACE_S, os._exit, (1,))
            by_force.daemon = True
            by_force.start()

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        begin_to_end()

    signal.signal(signal.SIGTERM, begin_to_end)
    signal.signal(signal.SIGINT, begin_to_end)
    threading.Thread(target=watch, name="engine-watch", daemon=True).start()
    return lambda: bool(stop)


def main(name: str, run: Callable[[LocalDesk, Callable[[], bool]], object] | None = None) -> int:
    """Work until told to end. run: another loop than the desk's own, for tests. Returns the exit code."""
    faulthandler.enable()
    return_dropped_frames()
    settings = load_settings()
    log_to(state_folder(), name, settings.log.level, settings.log.megabytes, settings.log.files)
    stopping = stopping_with_engine()
    try:
        with opened_desk(settings) as desk:
            if run is not None:
                run(desk, stopping)
            else:
                _warm_up()
                _log.info("the worker works")
                work(desk, stopping=stopping, hung=lambda: os._exit(1))
    except PlatewrightError as error:
        _log.error("the worker can't work", extra={"code": error.code, "problem": error.message})
        return error.exit_code
    except Exception:
        _log.exception("the worker failed")
        return 70
    _log.info("the worker has ended")
    return 0


def _warm_up() -> None:
    """Load the generator before the first job waits for it."""
    for name in _GENERATORS:
        importlib.import_module(f"platewright.operations.{name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "worker"))
