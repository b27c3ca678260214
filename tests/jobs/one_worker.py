"""A worker's process for tests: python tests/jobs/one_worker.py FOLDER DATABASE VENDOR_PORT"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from platewright.contract.progress import Step
from platewright.jobs.desk import open_desk
from platewright.jobs.desk_settings import DeskSettings
from platewright.jobs.making import Made, Task, make_take
from platewright.jobs.worker import work
from tests.jobs.desks import settings_at
from tests.jobs.paid import KINDS, paid_backend


def shared_settings(folder: Path, database: str, port: int) -> DeskSettings:
    backends = {f"fake-{kind}": paid_backend(port, kind) for kind in KINDS}
    return settings_at(folder, backends=backends, database=database, lease_s=2.0, quiet_s=0.3, most_deaths=50)


def slowly(task: Task) -> Made:
    """Half a second of something, then the take; says in a file who began and who ended it."""
    told = Path(task.row.root).parent / "told"
    with open(told, "a") as file:
        file.write(f"begun {task.row.id} {task.row.worker}\n")
    for done in range(10):
        task.report.step(Step("warming up", done, 10))
        time.sleep(0.05)
    made = make_take(task)
    with open(told, "a") as file:
        file.write(f"made {task.row.id} {task.row.worker}\n")
    return made


def main() -> None:
    folder, database, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    settings = replace(shared_settings(folder, database, port))
    print("working", flush=True)
    work(open_desk(settings), perform=slowly)


if __name__ == "__main__":
    main()
