"""A worker that stops itself (SIGSTOP) on its way to a take: python tests/jobs/sleeper.py FOLDER WHERE DISK"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platewright.jobs import staging
from platewright.jobs.worker import work
from tests.jobs.desks import desk_at


def stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def stopping_at_file(move: Callable[..., None], number: int) -> Callable[..., None]:
    """Moves files in, and stops before the so-manieth."""
    moved = [0]

    def moving(*given: Any, **named: Any) -> None:
        moved[0] += 1
        if moved[0] == number:
            stop()
        move(*given, **named)

    return moving


def main() -> None:
    folder, where, moves = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "moves"
    if moves:
        staging.links_work = lambda folder, name: False
    if where.startswith("file "):
        staging.move_in = stopping_at_file(staging.move_in, int(where[5:]))

    def reached(point: str) -> None:
        if point == where:
            stop()

    # A long lease: the thread that keeps it must not be stopped inside a transaction, which would hold all others up.
    desk = desk_at(folder, lease_s=120.0)
    print(work(desk, until_idle=True, reached=reached), flush=True)


if __name__ == "__main__":
    main()
