"""`platewright` whose operation fills with grey, in the foreground and in the engine's worker, which is this file too.

Seed 99 takes its time, so that a test can stop it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2] / "core"), str(HERE.parents[2])]

from platewright.cli import engine as verb  # noqa: E402
from platewright.cli import main  # noqa: E402
from platewright.contract.progress import Reporter, Step  # noqa: E402
from platewright.contract.request import Request  # noqa: E402
from platewright.engine import opening, worker_process  # noqa: E402
from platewright.jobs import run as jobs_run  # noqa: E402
from platewright.operations.outcome import Outcome, PatchWriter  # noqa: E402
from tests.jobs.small_shot import fill_with_grey  # noqa: E402


class Slowly:
    """A reporter that takes its time."""

    def __init__(self, report: Reporter) -> None:
        self._report = report

    def step(self, step: Step) -> None:
        for _ in range(20):
            self._report.step(step)
            time.sleep(0.1)


def run(request: Request, out: PatchWriter, report: Reporter) -> Outcome:
    return fill_with_grey(request, out, Slowly(report) if request.seed == 99 else report)


if __name__ == "__main__":
    sys.modules["grey_engine"] = sys.modules["__main__"]
    jobs_run.OPERATIONS = {**jobs_run.OPERATIONS, "regenerate": "grey_engine"}
    if len(sys.argv) == 3 and sys.argv[1] == "--worker":
        sys.exit(worker_process.main(sys.argv[2]))
    opening.WORKER = (sys.executable, str(HERE), "--worker")
    verb.own_command = lambda: (sys.executable, str(HERE))
    sys.exit(main())
