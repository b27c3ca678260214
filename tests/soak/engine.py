"""`platewright` for the soak: the real engine, desk and workers, with backends that pay a fake vendor, or crash.

Run as a file, as a host would run the installed program; `--worker NAME` is a worker of that engine.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2] / "core"), str(HERE.parents[2])]

from platewright.cli import engine as verb  # noqa: E402
from platewright.cli import main  # noqa: E402
from platewright.contract.vendors import Deadlines  # noqa: E402
from platewright.engine import opening, worker_process  # noqa: E402
from platewright.jobs.backend import Backend  # noqa: E402
from platewright.jobs.desk import LocalDesk  # noqa: E402
from platewright.jobs.desk_settings import DeskSettings  # noqa: E402
from platewright.jobs.making import Made, Task, make_take  # noqa: E402
from platewright.jobs.worker import work  # noqa: E402
from tests.fakes.vendor import HANG_S  # noqa: E402
from tests.jobs.desks import GREY  # noqa: E402
from tests.jobs.paid import KINDS, paid_backend  # noqa: E402

MOST_DEATHS = 3


def with_fakes(settings: DeskSettings) -> DeskSettings:
    """The desk's settings with the soak's backends, and a vendor's patience in seconds instead of minutes."""
    port = int(os.environ["SOAK_VENDOR"])
    limits = Deadlines(sending_s=HANG_S / 2, queued_s=60, running_s=60, collecting_s=30)
    paid = {f"fake-{kind}": replace(paid_backend(port, kind), deadlines=limits) for kind in KINDS}
    backends = {"grey": GREY, "idle": Backend("idle"), "crash": Backend("crash"), **paid}
    return replace(settings, backends=backends, quiet_s=3 * HANG_S, most_deaths=MOST_DEATHS)


def perform(task: Task) -> Made:
    """Nothing, a crash (once, or each time), or a take."""
    prompt = task.submission.request.prompt
    if task.row.backend == "crash":
        mark = Path(os.environ["SOAK_MARKS"]) / task.row.element
        if prompt == "always" or not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGSEGV)
    if task.row.backend in ("crash", "idle"):
        return Made("/nowhere", 0)
    return make_take(task)


def run(desk: LocalDesk, stopping: worker_process.Callable[[], bool]) -> object:
    return work(desk, stopping=stopping, perform=perform, hung=lambda: os._exit(1))


if __name__ == "__main__":
    plain = opening.desk_settings
    opening.desk_settings = lambda settings: with_fakes(plain(settings))
    if len(sys.argv) == 3 and sys.argv[1] == "--worker":
        sys.exit(worker_process.main(sys.argv[2], run))
    opening.WORKER = (sys.executable, str(HERE), "--worker")
    verb.own_command = lambda: (sys.executable, str(HERE))
    sys.exit(main())
