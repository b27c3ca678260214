"""A real worker process on the real desk, whose jobs take as long as their request's prompt says, and make nothing.

Run as a file by the engine under test (see quick_engine): `quick_worker.py worker-1`.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / "core"), str(Path(__file__).parents[2])]

from platewright.contract.endpoint import state_folder  # noqa: E402
from platewright.contract.progress import Step  # noqa: E402
from platewright.engine.worker_process import main  # noqa: E402
from platewright.jobs.desk import LocalDesk  # noqa: E402
from platewright.jobs.making import Made, Task  # noqa: E402
from platewright.jobs.worker import work  # noqa: E402

STEPS = 5

# Held for as long as such a process lives: the kernel lets go of it however the process ends.
LIVES_NAME = "quick_worker.lives"


def perform(task: Task) -> Made:
    """Take the time that the prompt says, in steps; `until FILE`: until a file is there, so that a test always finds it
    at work; `crash FILE` takes the process down once, as a generator might.
    """
    prompt = json.loads(task.row.submission)["request"]["prompt"]
    if prompt.startswith("crash "):
        mark = Path(prompt.partition(" ")[2])
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGSEGV)
        return Made("/nowhere", 0)
    if prompt.startswith("until "):
        while not Path(prompt.partition(" ")[2]).exists():
            task.report.step(Step("filling", 1, STEPS))
            task.report.wait(0.1)
        return Made("/nowhere", 0)
    for done in range(STEPS if prompt else 0):
        task.report.step(Step("filling", done, STEPS))
        task.report.wait(float(prompt) / STEPS)
    return Made("/nowhere", 0)


def run(desk: LocalDesk, stopping: Callable[[], bool]) -> object:
    return work(desk, stopping=stopping, perform=perform)


if __name__ == "__main__":
    lives = os.open(state_folder() / LIVES_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lives, fcntl.LOCK_SH)
    sys.exit(main(sys.argv[1], run))
