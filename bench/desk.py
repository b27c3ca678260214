"""What the desk costs: a job that does nothing from submit to done, and listing a thousand jobs.

python bench/desk.py [--database URL] [--jobs N]

Beside it, in the same run, the same "work" as a bare function call, and a write and sync of one small file, which is
what any durable thing costs here at least.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from platewright.jobs import rows
from platewright.jobs.desk import LocalDesk, open_desk
from platewright.jobs.making import Made, Task
from platewright.jobs.worker import work
from tests.jobs.desks import settings_at, submission
from tests.jobs.small_shot import SmallShot, small_shot


def nothing(task: Task) -> Made:
    """The work."""
    return Made("/nowhere", 0)


def one_job(desk: LocalDesk, shot: SmallShot, root: Path, number: int) -> None:
    """Hand a job in, and wait for its end as a listener would."""
    job, after = desk.submit(submission(shot, root, f"e{number}")), 0
    while desk.job(job.id).state.is_open:
        for event in desk.events(after, job.id, wait_s=5):
            after = event.number


def write_and_sync(path: Path) -> None:
    """The least that anything durable costs."""
    with open(path, "ab") as file:
        file.write(b"x" * 512)
        file.flush()
        os.fsync(file.fileno())


def told(name: str, do: Callable[[int], object], times: int) -> None:
    """Do it again and again, and say how long it took."""
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        do(number)
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    print(f"{name:46s} {statistics.median(taken):9.3f} ms median {taken[int(times * 0.99) - 1]:9.3f} ms at 99 %")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", default="", help="a PostgreSQL address instead of a file")
    parser.add_argument("--jobs", type=int, default=200, help="how many (default: 200)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shot, root = small_shot(folder / "shot"), folder / "out"
        changes = {"database": options.database} if options.database else {}
        desk = open_desk(settings_at(folder, **changes))
        told("a bare function call", lambda number: None, options.jobs)
        told("a small file written and synced", lambda number: write_and_sync(folder / "file"), options.jobs)
        stop = threading.Event()
        worker = threading.Thread(target=work, args=(desk,), kwargs={"perform": nothing, "stopping": stop.is_set})
        worker.start()
        time.sleep(0.5)
        told("a job that does nothing, submit to done", lambda n: one_job(desk, shot, root, n), options.jobs)
        stop.set()
        worker.join()
        for number in range(1000):
            desk.submit(submission(shot, root, f"q{number}", at=f"show/{number % 20}"))
        told("1,000 queued jobs listed", lambda number: desk.jobs(limit=1000), 20)
        rows.submission_of.cache_clear()
        told("the same, by a process that has just begun", lambda number: desk.jobs(limit=1000), 1)
        desk.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
