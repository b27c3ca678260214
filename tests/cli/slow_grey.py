"""The same, but so slow at each step that there is time to press Ctrl-C."""

from __future__ import annotations

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
        time.sleep(0.3)


def run(request: Request, out: PatchWriter, report: Reporter) -> Outcome:
    return fill_with_grey(request, out, Slow(report))
