"""Log files: one a process, set aside when full, a few kept, readable by their owner alone."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from .lines import JsonLines

__all__ = ["log_folder", "log_to"]


def log_folder(state: Path) -> Path:
    """The folder of the logs in a state folder."""
    return state / "logs"


class _OwnFile(RotatingFileHandler):
    """A rotating file of mode 0600; a disk that is full or gone costs lines and never the work."""

    def _open(self) -> Any:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return open(descriptor, "a", encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing to do and nobody to tell: the line is lost."""


def log_to(state: Path, process: str, level: str = "info", megabytes: int = 10, files: int = 5) -> Path:
    """Send everything that is logged in this process to `logs/<process>.jsonl`, and return that file.

    process: `engine` or `worker-1`; no two running processes may share one. Raises OSError.
    """
    folder = log_folder(state)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{process}.jsonl"
    handler = _OwnFile(path, maxBytes=megabytes << 20, backupCount=files, encoding="utf-8", delay=True)
    handler.setFormatter(JsonLines(process))
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _OwnFile)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    return path
