"""`platewright` whose operation fills with grey, in the foreground and in the engine's worker, which is this file too.

Seed 99 takes its time; seed 98 waits until a file `go_on` stands beside the plate; seed 97 does so behind its first
frame, so that a test always finds it at work.
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
    """A reporter that takes its time: a second for each step; or as long as a file is not there."""

    def __init__(self, report: Reporter, until: Path | None = None, after: int = 0) -> None:
        self._report, self._until, self._after = report, until, after

    def step(self, step: Step) -> None:
        if self._after > step.done:
            self._report.step(step)
            return
        turns = 10 if self._until is None else 6000
        for _ in range(turns):
            self._report.step(step)
            if self._until is not None and self._until.exists():
                return
            time.sleep(0.1)


def run(request: Request, out: PatchWriter, report: Reporter) -> Outcome:
    if request.seed in (97, 98):
        report = Slowly(report, Path(request.plate.pattern).parent / "go_on", after=98 - request.seed)
    elif request.seed == 99:
        report = Slowly(report)
    return fill_with_grey(request, out, report)


if __name__ == "__main__":
    sys.modules["grey_engine"] = sys.modules["__main__"]
    jobs_run.OPERATIONS = {**jobs_run.OPERATIONS, "regenerate": "grey_engine"}
    if len(sys.argv) == 3 and sys.argv[1] == "--worker":
        sys.exit(worker_process.main(sys.argv[2]))
    opening.WORKER = (sys.executable, str(HERE), "--worker")
    verb.own_command = lambda: (sys.executable, str(HERE))
    sys.exit(main())
