"""`platewright` for the soak: the real engine, desk and workers, with backends that pay a fake vendor, or crash.

Run as a file, as a host would run the installed program; `--worker NAME` is a worker of that engine.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2] / "core"), str(HERE.parents[2])]

from platewright.cli import engine as verb  # noqa: E402
from platewright.cli import main  # noqa: E402
from platewright.engine import opening, worker_process  # noqa: E402
from platewright.jobs.desk import LocalDesk  # noqa: E402
from platewright.jobs.making import Made, Task, make_take  # noqa: E402
from platewright.jobs.worker import work  # noqa: E402
from tests.soak.backends import with_fakes  # noqa: E402


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
    opening.desk_settings = lambda settings: with_fakes(plain(settings), int(os.environ["SOAK_VENDOR"]))
    if len(sys.argv) == 3 and sys.argv[1] == "--worker":
        sys.exit(worker_process.main(sys.argv[2], run))
    opening.WORKER = (sys.executable, str(HERE), "--worker")
    verb.own_command = lambda: (sys.executable, str(HERE))
    sys.exit(main())
