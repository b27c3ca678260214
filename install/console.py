"""What the set-up shows: one line that lives on a terminal, plain lines in a log. Knows nothing of what is set up."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TextIO

__all__ = ["Problem", "Stage", "say"]

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_SPINNER = "|/-\\"
BAR_WIDTH = 24


class Problem(Exception):
    """Something is missing: `str(problem)` says what, `remedy` how to get it (lines to read or to type)."""

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(sentence)
        self.remedy = remedy


def say(text: str = "") -> None:
    """A line for the person, at once, on standard error: standard output belongs to the program that follows."""
    print(text, file=sys.stderr, flush=True)


class Stage:
    """A piece of work with a name, shown while it lasts; use it in a `with`.

    On a terminal: a spinner, a bar once a share is known, seconds. Elsewhere: a line at the begin and one at the end.
    """

    def __init__(self, name: str, stream: TextIO | None = None) -> None:
        self.name = name
        self.share: float | None = None
        self.note = ""
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._begin = 0.0

    def __enter__(self) -> Stage:
        self._begin = time.monotonic()
        if self._live:
            self._thread = threading.Thread(target=self._draw_until_ended, daemon=True)
            self._thread.start()
        else:
            self._write(f"{self.name} ...\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        seconds = time.monotonic() - self._begin
        word = "done" if kind is None else ("stopped" if kind is KeyboardInterrupt else "failed")
        lead = "\r\x1b[2K" if self._live else ""
        self._write(f"{lead}{self.name}: {word} ({seconds:.1f} s)\n")

    def at(self, share: float, note: str = "") -> None:
        """Say how far it is: a share from 0 to 1, and what it is at."""
        self.share, self.note = min(1.0, max(0.0, share)), note

    def wait(self, seconds: float) -> bool:
        """Wait until the stage has ended or the seconds are over; True when it has ended."""
        return self._ended.wait(seconds)

    def _draw_until_ended(self) -> None:
        encoding = (self._stream.encoding or "").lower()
        spinner, full, empty = (SPINNER, "━", "·") if "utf" in encoding else (PLAIN_SPINNER, "#", ".")
        turn = 0
        while not self._ended.wait(0.1):
            turn += 1
            seconds = time.monotonic() - self._begin
            line = f"{spinner[turn % len(spinner)]} {self.name}"
            if self.share is not None:
                filled = round(self.share * BAR_WIDTH)
                line += f"  {full * filled}{empty * (BAR_WIDTH - filled)} {self.share:4.0%}"
            self._write(f"\r\x1b[2K{line}  {seconds:.0f} s  {self.note[:28]}")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
