"""`platewright engine`: start, stop or ask about the engine, or be it."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from platewright.contract.endpoint import Endpoint, state_folder
from platewright.contract.errors import EngineError, PlatewrightError, StorageError
from platewright.contract.mapper import canonical
from platewright.jobs.storage import storage_errors

from .console import Console
from .own_name import own_command

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright engine              is one running?
  platewright engine start
  platewright engine stop --now   also with open jobs, which the next engine goes on with
  platewright engine run          be the engine, in the foreground
"""
_START_WITHIN_S = 30.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument(
        "action", nargs="?", choices=("status", "start", "stop", "run"), default="status", help="default: status"
    )
    parser.add_argument("--now", action="store_true", help="stop: although jobs are open; by force if need be")
    parser.add_argument("--detach", action="store_true", help="run: in the background, away from this terminal")


def run(options: argparse.Namespace, console: Console) -> int:
    """Do it. Raises EngineError, StorageError."""
    folder = state_folder()
    if options.action == "run":
        return _be_it(folder, options.detach, console)
    if options.action == "start":
        return _start(folder, console)
    if options.action == "stop":
        return _stop(folder, options.now, console)
    return _status(folder, console)


def _status(folder: Path, console: Console) -> int:
    from platewright.client.calling import Call, Line
    from platewright.client.finding import find_endpoint
    from platewright.client.stopping import is_held
    from platewright.contract.mapper import from_bytes
    from platewright.contract.wire import Health

    endpoint = find_endpoint(folder) if is_held(folder) else None
    if endpoint is None:
        console.say("no engine is running; the next host or command that needs one starts it")
        console.document({"running": False, "state_folder": str(folder)})
        return 0
    line = Line(endpoint)
    try:
        health = from_bytes(Health, line.ask(Call("GET", "/v1/health", within_s=5)), "answer")
    finally:
        line.close()
    console.say(
        f"engine {health.version} is running: {health.open_jobs} open jobs, {health.workers} workers, "
        f"since {health.started} (process {health.pid}, port {endpoint.port})"
    )
    console.document({"running": True, "state_folder": str(folder), "port": endpoint.port, "health": health})
    return 0


def _start(folder: Path, console: Console) -> int:
    from platewright.client.finder import Finder

    finder = Finder(folder, lambda message: None, own_command(), dict(os.environ))
    begun = time.monotonic()
    endpoint: Endpoint = finder.ensure(begun + _START_WITHIN_S)
    console.say(f"the engine serves (process {endpoint.pid}, port {endpoint.port})")
    console.document({"pid": endpoint.pid, "port": endpoint.port, "version": endpoint.version})
    return 0


def _stop(folder: Path, now: bool, console: Console) -> int:
    from platewright.client.stopping import stop_engine

    stopped = stop_engine(folder, now)
    console.say("the engine has ended" if stopped else "no engine was running")
    console.document({"stopped": stopped})
    return 0


def _be_it(folder: Path, detach: bool, console: Console) -> int:
    from platewright.engine.instance import open_state_folder
    from platewright.logs.files import log_folder

    open_state_folder(folder)
    if not detach:
        return _serve(folder, console, lambda port: console.remark(f"the engine serves on port {port}; Ctrl-C ends it"))
    with storage_errors(log_folder(folder), "make the folder"):
        log_folder(folder).mkdir(mode=0o700, exist_ok=True)
        tell = _in_the_background(log_folder(folder) / "engine.err")
    if tell is None:
        console.document({"started": True})
        return 0
    try:
        return _serve(folder, console, lambda port: tell(b""))
    except EngineError as error:
        if error.code != "engine_running":  # else two hosts started one at once, and the other's serves both
            tell(canonical({**error.as_dict(), "exit": error.exit_code}))
        return 0
    except PlatewrightError as error:
        tell(canonical({**error.as_dict(), "exit": error.exit_code}))
        raise


def _serve(folder: Path, console: Console, ready: Callable[[int], None]) -> int:
    from platewright.engine.opening import WORKER, opened_desk
    from platewright.engine.running import Plan
    from platewright.engine.running import run as run_engine
    from platewright.logs.files import log_to
    from platewright.settings.layers import load_settings

    settings = load_settings()
    with storage_errors(folder, "write the logs in"):
        log_to(folder, "engine", settings.log.level, settings.log.megabytes, settings.log.files)
    if settings.colour.ocio:
        os.environ["OCIO"] = settings.colour.ocio
    os.environ["PLATEWRIGHT_STATE"] = str(folder)
    plan = Plan(
        folder, settings, lambda: opened_desk(settings), WORKER, own_command(), lambda endpoint: ready(endpoint.port)
    )
    run_engine(plan)
    return 0


def _in_the_background(output: Path) -> Callable[[bytes], None] | None:
    """Go on in a process of its own, away from the terminal and the host.

    In that process: what tells the first one that all is well (no bytes) or what is wrong. In the first: None, once it
    was told that all is well; what is wrong is raised. Two forks: nobody waits for the second, so none is left as a
    zombie, and it can never get a terminal again.
    """
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        os.wait()
        with open(reading, "rb") as told:
            _raise_what_was_told(told.read(1 << 16))
        return None
    os.close(reading)
    os.setsid()
    if os.fork():
        os._exit(0)
    quiet = os.open(os.devnull, os.O_RDWR)
    said = _opened(output, quiet)
    for descriptor, target in ((quiet, 0), (said, 1), (said, 2)):
        os.dup2(descriptor, target)
    os.chdir(output.parent)

    def tell(text: bytes) -> None:
        nonlocal writing
        if writing >= 0:
            with suppress(OSError):
                os.write(writing, text or b"+")
            os.close(writing)
            writing = -1

    return tell


def _opened(output: Path, otherwise: int) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_TRUNC if _is_large(output) else os.O_APPEND)
    try:
        return os.open(output, flags, 0o600)
    except OSError:
        return otherwise


def _raise_what_was_told(told: bytes) -> None:
    """Raise the error that the process in the background ended with; nothing where all is well or nobody said more."""
    if told in (b"", b"+"):
        return
    said = json.loads(told)
    kind = StorageError if said["exit"] == StorageError.exit_code else EngineError
    raise kind(said["message"], code=said["code"], hint=said["hint"], retry=said["retry"])


def _is_large(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 1 << 20
