"""The worker processes of an engine: started, started again when they die, ended with it.

Each has a pipe from the engine as its input and ends when that closes, so that no worker outlives an engine that was
killed. One that keeps dying is started ever more slowly.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from platewright.logs.files import log_folder

__all__ = ["Workers"]

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_STEADY_AFTER_S = 30.0
_STRAY_BYTES = 1 << 20
_log = logging.getLogger("platewright.engine")


class Workers:
    """`count` processes of `command`, each given its name (`worker-1`) as a last word."""

    def __init__(self, command: Sequence[str], count: int, state: Path, environment: Mapping[str, str]) -> None:
        self._command = tuple(command)
        self._names = [f"worker-{number}" for number in range(1, count + 1)] if command else []
        self._state = state
        self._environment = dict(environment)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._threads: list[threading.Thread] = []

    @property
    def alive(self) -> int:
        """How many run now."""
        with self._lock:
            return sum(process.poll() is None for process in self._running.values())

    def start(self) -> None:
        """Start them all."""
        for name in self._names:
            thread = threading.Thread(target=self._keep, args=(name,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, grace_s: float = 5.0) -> None:
        """End them: by closing their input, then by asking, then by force."""
        self._stop.set()
        with self._lock:
            running = list(self._running.values())
        for process in running:
            with suppress(OSError):
                if process.stdin is not None:
                    process.stdin.close()
                process.terminate()
        until = time.monotonic() + grace_s
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for thread in self._threads:
            thread.join(1.0)

    def _keep(self, name: str) -> None:
        """Keep one running until the end."""
        pause = _FIRST_PAUSE_S
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                process = self._begin(name)
            except OSError as error:
                _log.error("a worker can't be started", extra={"worker": name, "problem": str(error)})
            else:
                if process is None:
                    return
                code = process.wait()
                if self._stop.is_set():
                    return
                _log.warning("a worker ended", extra={"worker": name, "code": code})
            if time.monotonic() - begun > _STEADY_AFTER_S:
                pause = _FIRST_PAUSE_S
            self._stop.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _begin(self, name: str) -> subprocess.Popen[bytes] | None:
        """Start one; None where the end has come, which `stop` would not see this one for. Raises OSError."""
        stray = log_folder(self._state) / f"{name}.err"
        stray.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if stray.exists() and stray.stat().st_size > _STRAY_BYTES:
            stray.unlink()
        descriptor = os.open(stray, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with open(descriptor, "ab") as out, self._lock:
            if self._stop.is_set():
                return None
            process = subprocess.Popen(
                [*self._command, name],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=self._environment,
                start_new_session=True,
            )
            self._running[name] = process
        return process
