"""Progress on the error stream: one living line with the time left on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import TextIO

from platewright.contract.progress import Step

__all__ = ["ProgressBar", "clock_text"]

_REDRAW_EVERY = 0.1
_PLAIN_EVERY = 5.0
_BAR = 24


def clock_text(seconds: float) -> str:
    """Seconds as people say them: `0:07`, `12:05`, `1:02:00`."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


class ProgressBar:
    """Shows each step; the time left is that of the stage, from the pace since the stage began.

    living: redraw one line (a terminal); else a line when a stage begins and every few seconds.
    now: a clock in seconds.
    """

    def __init__(self, stream: TextIO, living: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._living = living
        self._now = now
        self._stage = ""
        self._began = 0.0
        self._first = 0
        self._drawn = -1e9
        self._width = 0
        self.label = ""

    def show(self, step: Step, left: float | None = None) -> None:
        """Draw the step, if it is time to. left: seconds left of its stage, where somebody else has counted them."""
        moment = self._now()
        fresh = step.stage != self._stage
        if fresh:
            self._stage, self._began, self._first = step.stage, moment, step.done
        every = _REDRAW_EVERY if self._living else _PLAIN_EVERY
        if not fresh and moment - self._drawn < every and (not self._living or step.done < step.total):
            return
        self._drawn = moment
        text = self._text(step, moment, left)
        if self._living:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + text[:width].ljust(min(self._width, width)))
            self._width = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def clear(self) -> None:
        """Take the living line away, so that something else can be said."""
        if self._living and self._width:
            self._stream.write("\r" + " " * min(self._width, shutil.get_terminal_size().columns - 1) + "\r")
            self._stream.flush()
        self._width = 0
        self._stage = ""

    def _text(self, step: Step, moment: float, known: float | None) -> str:
        label = f"{self.label}: " if self.label else ""
        frame = "" if step.frame is None else f"  frame {step.frame}"
        if step.total <= 0:
            return f"{label}{step.stage}{frame}"
        share = min(1.0, max(0.0, step.done / step.total))
        left = self._left(step, moment, known)
        if not self._living:
            return f"{label}{step.stage}: {step.done}/{step.total}{frame}{left}"
        bar = "#" * round(share * _BAR)
        return f"{label}{step.stage:<12} [{bar:.<{_BAR}}] {step.done}/{step.total}{frame}{left}"

    def _left(self, step: Step, moment: float, known: float | None) -> str:
        if known is not None:
            return f"  {clock_text(known)} left" if step.done < step.total else ""
        made, passed = step.done - self._first, moment - self._began
        if made <= 0 or passed <= 0 or step.done >= step.total:
            return ""
        return f"  {clock_text(passed / made * (step.total - step.done))} left"
