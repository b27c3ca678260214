"""The folder between the engine and the worker: a job is a folder that appears whole, its state one small file.

SPOOL/worker.lock               held by the worker as long as it lives
SPOOL/jobs/ID/send.json         the words, with the model to use
SPOOL/jobs/ID/frames.npy …      what it is given, unsigned 16-bit numbers
SPOOL/jobs/ID/state.json        how it stands, written by the worker
SPOOL/jobs/ID/cancel            somebody asks it to stop
SPOOL/jobs/ID/result.npy        what it made
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["ENDED", "Spool"]

ENDED = ("done", "failed", "cancelled")


class Spool:
    """One spool folder. Both sides use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def job(self, name: str) -> Path:
        """A job's folder."""
        return self.folder / "jobs" / name

    def state(self, name: str) -> dict[str, Any]:
        """How a job stands: `state`, and what belongs to it; `missing` where there is none."""
        if not self.job(name).is_dir():
            return {"state": "missing"}
        try:
            found = json.loads((self.job(name) / "state.json").read_bytes())
        except (OSError, ValueError):
            return {"state": "queued", "tries": 0}
        return found if isinstance(found, dict) else {"state": "queued", "tries": 0}

    def tell(self, name: str, **state: object) -> None:
        """Write how a job stands."""
        self._write(self.job(name) / "state.json", json.dumps(state).encode())

    def put(self, name: str, words: dict[str, Any], files: dict[str, bytes]) -> None:
        """Make a job appear, whole; nothing happens where it is there."""
        if self.job(name).is_dir():
            return
        begun = self.folder / "jobs" / f".{name}.{os.getpid()}"
        begun.mkdir(parents=True, exist_ok=True)
        for plain, data in files.items():
            (begun / plain).write_bytes(data)
        (begun / "send.json").write_text(json.dumps({**words, "order": time.time_ns()}))
        with suppress(OSError):  # somebody else's is there: it is the same one
            os.rename(begun, self.job(name))

    def waiting(self) -> list[str]:
        """Jobs that have not ended, the earliest first."""
        found = []
        with suppress(OSError):
            for folder in (self.folder / "jobs").iterdir():
                if folder.name.startswith(".") or self.state(folder.name)["state"] in ENDED:
                    continue
                with suppress(OSError, ValueError, KeyError):
                    found.append((json.loads((folder / "send.json").read_bytes())["order"], folder.name))
        return [name for _, name in sorted(found)]

    def ask_to_stop(self, name: str) -> None:
        """Ask a job to stop between two steps."""
        with suppress(OSError):
            (self.job(name) / "cancel").touch()

    def is_to_stop(self, name: str) -> bool:
        """Whether somebody has."""
        return (self.job(name) / "cancel").exists()

    @contextmanager
    def held(self) -> Iterator[bool]:
        """The worker's hold on the spool; False where another one has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "worker.lock", "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True

    def is_worked(self) -> bool:
        """Whether a worker lives."""
        with self.held() as free:
            return not free

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        beside = path.with_name(f".{path.name}.{os.getpid()}.part")
        beside.write_bytes(data)
        os.replace(beside, path)
