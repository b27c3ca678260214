"""Workers that are killed with signal 9 at random moments, and at every named point, while a vendor does wrong.

The vendor's fake and each life of the worker are forks of this process, which itself starts no thread.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platewright.contract.frames import FrameRange
from platewright.jobs.desk import LocalDesk
from platewright.jobs.sending import POINTS
from platewright.jobs.worker import work
from tests.backends.faults import Run, Tally, hurried
from tests.jobs.small_shot import SmallShot, small_shot

__all__ = ["run_dying"]

_LONGEST_S = 0.5
_SETTINGS: dict[str, Any] = {"quiet_s": 0.15, "most_deaths": 10**6, "lease_s": 20.0}


def run_dying(name: str, deaths: int, folder: Path, seed: int = 1) -> Tally:
    """Hand in as many jobs as there are to be deaths, and make them by workers that die."""
    this, dice = Run(name, deaths, folder, seed), random.Random(f"{name} {seed}")
    shot = SmallShot(folder / "shot", FrameRange.of([1001]))
    _in_a_child(lambda: small_shot(shot.folder, count=1))
    server = _forked(lambda: this.fake.server.serve_forever(0.02))
    died = 0
    try:
        with hurried():
            desk = this.desk(**_SETTINGS)
            ids = this.hand_in(desk, shot)
            desk.close()
            for number in range(deaths):
                # The first dies for sure, over its first send; the others may have ended by then.
                point = POINTS[0] if not number else dice.choice(POINTS) if number % 2 else ""
                died += _life(this, point, 0.0 if point else dice.uniform(0.02, _LONGEST_S), 2 if number else 1)
            for again in range(2):
                _in_a_child(lambda: _worked(this))
                if not again:
                    desk = this.desk(**_SETTINGS)
                    this.retry(desk, ids)
                    desk.close()
            desk = this.desk(**_SETTINGS)
            tally = this.tally(desk, ids, _book(this.fake.base))
            desk.close()
    finally:
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
        this.fake.server.server_close()
    tally.deaths = died
    return tally


def _worked(this: Run, reached: Callable[[str], None] = lambda point: None) -> None:
    desk: LocalDesk = this.desk(**_SETTINGS)
    work(desk, until_idle=True, perform=this.perform, reached=reached)
    desk.close()


def _life(this: Run, point: str, seconds: float, times: int) -> bool:
    """One life of a worker, killed when it passes a point so many times, or after some seconds; whether it was.

    times: 2 where all are to come to an end, since at the first time nothing may have been gained.
    """
    passed: list[str] = []

    def reached(name: str) -> None:
        passed.extend([name] if name == point else [])
        if len(passed) >= times:
            os.kill(os.getpid(), signal.SIGKILL)

    child = _forked(lambda: _worked(this, reached))
    if seconds:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _forked(do: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            do()
            os._exit(0)
        except BaseException as error:
            print(f"a child: {error!r}", file=sys.stderr, flush=True)
            os._exit(1)
    return child


def _in_a_child(do: Callable[[], object]) -> None:
    assert os.waitpid(_forked(do), 0)[1] == 0


def _book(base: str) -> dict[str, dict[str, Any]]:
    """The vendor's own book, from its process."""
    with urllib.request.urlopen(f"{base}/__book", timeout=60) as reply:
        said = json.loads(reply.read())
    assert not said["wrong"], said["wrong"]
    found: dict[str, dict[str, Any]] = said["jobs"]
    return found
