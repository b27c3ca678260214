"""The runner of one program: `python -m platewright.backends.command_process FOLDER`, in a session of its own.

It holds a lock while it lives, so that anybody can tell, and writes down how the program ended. What is still running
when its time is over is ended with it.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

__all__ = ["main"]

_LOOK_S = 0.02
_GRACE_S = 10.0


def main(arguments: list[str]) -> int:
    """Run the order in a folder, behind the back of whoever started this. Returns 0 at once."""
    if os.fork():
        return 0
    os.setsid()
    folder = Path(arguments[0])
    lock = open(folder / "lock", "a+b")  # noqa: SIM115 (held until this process ends)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with open(folder / "said.txt", "wb") as said:
        code = _run(folder, json.loads((folder / "order.json").read_bytes()), said)
    _write(folder / "ended.json", json.dumps({"code": code}))
    return 0


def _run(folder: Path, order: dict[str, Any], said: IO[bytes]) -> int | None:
    """The program's exit code; None where its time was over."""
    asked_to_stop: list[int] = []  # and no Event: a second signal in the middle of its lock would wait for ever
    signal.signal(signal.SIGTERM, lambda number, _: asked_to_stop.append(number))
    _write(folder / "started", str(os.getpid()))
    try:
        program = subprocess.Popen(
            order["argv"], stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, cwd=folder
        )
    except OSError as error:
        said.write(f"it could not be started: {error}\n".encode())
        return 127
    until = time.monotonic() + order["within_s"]
    while program.poll() is None and time.monotonic() < until:
        if asked_to_stop:
            program.terminate()
            until = min(until, time.monotonic() + _GRACE_S)
            asked_to_stop.clear()
        time.sleep(_LOOK_S)
    if program.poll() is None:
        program.kill()
        program.wait()
        return None
    return program.returncode


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
