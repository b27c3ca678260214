"""What the user sees: results on the output stream, everything else on the error stream, and how to stop.

With `--json` the output stream carries exactly one JSON document, the result or the error.
"""

from __future__ import annotations

import io
import json
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from platewright.contract.errors import PlatewrightError
from platewright.contract.findings import Finding, Severity
from platewright.contract.mapper import to_json
from platewright.contract.progress import Progress, Reporter, Step

from .progress_bar import ProgressBar

__all__ = ["Console"]

_STOP_REMARK = "stopping and cleaning up; press Ctrl-C again to stop at once"
_SIGNS = {Severity.NOTE: "note", Severity.WARNING: "warning", Severity.ERROR: "error"}


def _plain(text: str) -> str:
    """Text without control characters: what a record or a file name says must not steer the terminal."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text)


class Console:
    """One run's output. json: one document on the output stream. quiet: no progress and no remarks."""

    def __init__(
        self,
        *,
        json: bool = False,
        quiet: bool = False,
        debug: bool = False,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.json = json
        self.quiet = quiet
        self.debug = debug
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        for stream in (self._out, self._err):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # A terminal that lacks a sign is no reason to fail.
        living = self._err.isatty()
        self._bar = ProgressBar(self._err, living) if not quiet and (living or not json) else None
        self._stopping = False
        self._stop_remark = _STOP_REMARK

    @property
    def is_stopping(self) -> bool:
        """Whether Ctrl-C was pressed or the process was told to end."""
        return self._stopping

    def say(self, text: str = "") -> None:
        """A line of the result, for people; nothing with `--json`."""
        if not self.json:
            self._clear()
            print(_plain(text), file=self._out, flush=True)

    def remark(self, text: str) -> None:
        """A line beside the result, on the error stream."""
        if not self.quiet:
            self._clear()
            print(_plain(text), file=self._err, flush=True)

    def document(self, value: object) -> None:
        """The result for programs: the one JSON document of the run; nothing without `--json`."""
        if self.json:
            text = json.dumps(to_json(value), indent=2, sort_keys=True, ensure_ascii=False)
            print(text, file=self._out, flush=True)

    def findings(self, findings: Iterable[Finding], indent: str = "  ") -> None:
        """Findings, for people: what, where, what to do."""
        for finding in findings:
            self.say(f"{indent}{_SIGNS[finding.severity]}: {finding.message} [{finding.code}]")
            if finding.remedy:
                self.say(f"{indent}  {finding.remedy}")

    def error(self, error: PlatewrightError) -> None:
        """What went wrong, what to do, and the code to look it up by."""
        self._clear()
        if self.json:
            self.document({"error": error.as_dict()})
        else:
            frame = "" if error.frame is None else f", frame {error.frame}"
            print(_plain(f"error: {error.message} [{error.code}{frame}]"), file=self._err)
            if error.hint:
                print(_plain(f"hint: {error.hint}"), file=self._err)
        if self.debug:
            traceback.print_exception(error, file=self._err)
        self._err.flush()

    @contextmanager
    def working(self, label: str = "") -> Iterator[Reporter]:
        """A reporter for a piece of work, with the progress line taken away at the end."""
        if self._bar is not None:
            self._bar.label = label
        try:
            show = self._bar.show if self._bar is not None else (lambda step: None)
            yield Progress(show, lambda: self._stopping)
        finally:
            self._clear()

    @contextmanager
    def showing(self, label: str = "") -> Iterator[Callable[[Step, float | None], None]]:
        """What shows the steps of work that is done elsewhere, each with its seconds left where they are known."""
        if self._bar is not None:
            self._bar.label = label
        try:
            yield self._bar.show if self._bar is not None else (lambda step, left: None)
        finally:
            self._clear()

    @contextmanager
    def stopping_with(self, remark: str) -> Iterator[None]:
        """For as long as the block runs, this is what the first Ctrl-C says."""
        self._stop_remark = remark
        try:
            yield
        finally:
            self._stop_remark = _STOP_REMARK

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Ctrl-C stops the work at its next step, so that it cleans up; a second one stops it at once."""

        def stop(number: int, frame: FrameType | None) -> None:
            if self._stopping:
                raise KeyboardInterrupt
            self._stopping = True
            self.remark(self._stop_remark)

        if threading.current_thread() is not threading.main_thread():
            yield  # Signals reach the main thread only; whoever runs us in another one stops us their own way.
            return
        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _clear(self) -> None:
        if self._bar is not None:
            self._bar.clear()
