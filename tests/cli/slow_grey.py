"""The same, but it waits behind the first frame until it is stopped, so that Ctrl-C always finds it at work.

HOLD_AT names the take that waits, where it is not the first.
"""

from __future__ import annotations

import os
import time

from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Request
from platewright.operations.outcome import Outcome, PatchWriter
from tests.jobs.small_shot import fill_with_grey


class Slow:
    def __init__(self, report: Reporter) -> None:
        self.report = report

    def step(self, step: Step) -> None:
        self.report.step(step)
        until = time.monotonic() + 60
        while step.done and time.monotonic() < until:
            self.report.step(step)
            time.sleep(0.02)


def run(request: Request, out: PatchWriter, report: Reporter) -> Outcome:
    held = request.take == int(os.environ.get("HOLD_AT", "1"))
    return fill_with_grey(request, out, Slow(report) if held else report)
