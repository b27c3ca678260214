"""Several machines on one PostgreSQL: the same desk, workers that die, workers that are cut off."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from platewright.contract.errors import StorageError
from platewright.contract.jobs import JobState
from platewright.contract.takes import Cost
from platewright.jobs.database import Database
from platewright.jobs.desk import open_desk
from platewright.jobs.ledger import Ledger
from platewright.jobs.takes import TakeStore
from platewright.jobs.worker import work
from tests.fakes.vendor import start_vendor
from tests.jobs.desks import desk_at, nothing, submission
from tests.jobs.one_worker import shared_settings
from tests.jobs.postgres import Wire, running_server
from tests.jobs.small_shot import SmallShot, small_shot

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_server() as one:
        yield one.address


@pytest.fixture
def address(server: str) -> str:
    """An empty database on the server."""
    with Database(server).read() as look:
        tables = look.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    with Database(server).write() as change:
        for (table,) in tables:
            change.run(f"DROP TABLE {table}")
    return server


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


def test_a_desk_on_a_server_behaves_as_one_on_a_file(tmp_path: Path, shot: SmallShot, address: str) -> None:
    desk, made, names = desk_at(tmp_path, database=address), list[str](), {}
    asked = [("a1", "show/a", 0), ("a2", "show/a", 5), ("b1", "show/b", 0)]
    for element, at, priority in asked:
        job = desk.submit(submission(shot, tmp_path / "out", element, at=at, priority=priority, key=element))
        names[job.id] = element
    assert desk.submit(submission(shot, tmp_path / "out", "a1", at="show/a", key="a1")).id in names
    assert [names[job.id] for job in sorted(desk.jobs(), key=lambda job: job.position)] == ["a2", "b1", "a1"]
    last = desk.events()[-1].number
    timer = threading.Timer(0.2, lambda: desk.pause(desk.jobs()[-1].id, True, "ada"))
    timer.start()
    (event,) = desk.events(after=last, wait_s=10)
    assert event.text == "paused by ada"
    timer.join()
    work(desk, perform=nothing(made), until_idle=True)
    assert [names[job] for job in made] == ["a2", "b1"]
    assert desk.cancel(desk.jobs()[-1].id).state is JobState.CANCELLED
    assert [line.jobs for line in desk.costs("shot")] == [2, 1]
    assert open_desk(desk.settings).jobs() == desk.jobs()


def test_events_of_many_writers_appear_in_the_order_of_their_numbers(
    tmp_path: Path, shot: SmallShot, address: str
) -> None:
    desk = desk_at(tmp_path, database=address)

    def hand_in(name: str) -> None:
        for number in range(8):
            desk.submit(submission(shot, tmp_path / "out", f"{name}{number}"))

    writers = [threading.Thread(target=hand_in, args=(name,)) for name in ("a", "b", "c")]
    seen: list[int] = []
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers) or desk.events(after=max(seen, default=0)):
        seen += [event.number for event in desk.events(after=max(seen, default=0), wait_s=0.2)]
    assert len(seen) >= 48, "each of the 24 was prepared and queued"
    assert seen == [event.number for event in desk.events()], "none came behind a later one and was missed"


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        desk_at(tmp_path, database="postgresql://ada:secret@127.0.0.1:9/pw")
    assert (caught.value.code, caught.value.retry) == ("database_unreachable", True)
    assert "secret" not in str(caught.value.as_dict())


def test_of_three_workers_one_dies_and_one_is_cut_off_and_every_job_is_done_and_paid_once(
    root: Path, tmp_path: Path, shot: SmallShot, address: str
) -> None:
    vendor = start_vendor(tmp_path / "book.jsonl", work=0.2)
    port = int(address.rpartition(":")[2].partition("/")[0])
    wire = Wire(port)
    behind = address.replace(str(port), str(wire.port))
    environment = os.environ | {"PYTHONPATH": f"{root}/core:{root}:{os.environ.get('PYTHONPATH', '')}"}

    def start(database: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(root / "tests/jobs/one_worker.py"), str(tmp_path), database, str(vendor.port)]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)

    desk = open_desk(shared_settings(tmp_path, address, vendor.port))
    workers = [start(address), start(address), start(behind)]
    try:
        for number in range(12):
            backend = "grey" if number % 3 else "fake-lookup"
            desk.submit(submission(shot, tmp_path / "out", f"e{number}", backend=backend, accept_cost=Cost("1", "USD")))
        wait_until(lambda: len(begun(tmp_path, workers[0])) > 0 and len(begun(tmp_path, workers[2])) > 0)
        workers[0].kill()
        wire.cut()
        held = begun(tmp_path, workers[2])[-1]
        wait_until(lambda: all(not job.state.is_open for job in desk.jobs()), 90)
        wire.mend()
        late = [desk.submit(submission(shot, tmp_path / "out", f"late{number}")).id for number in range(6)]
        wait_until(lambda: all(not job.state.is_open for job in desk.jobs()), 60)
        # It may take its connections' time until the one that was cut off is back; then it works as before.
        more = 0
        while not set(begun(tmp_path, workers[2])) & set(late) and more < 150:
            late.append(desk.submit(submission(shot, tmp_path / "out", f"more{more}")).id)
            more += 1
            time.sleep(0.7)
        assert set(begun(tmp_path, workers[2])) & set(late), "the one that was cut off works again"
        wait_until(lambda: all(not job.state.is_open for job in desk.jobs()), 60)
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
        wire.close()
        vendor.stop()
    assert {job.state for job in desk.jobs()} == {JobState.DONE}
    charged = Counter((line["job"], line["slot"]) for line in vendor.lines())
    assert set(charged.values()) == {1}
    assert len(charged) == 8
    for job in desk.jobs():
        assert len(TakeStore(tmp_path / "out").takes(job.submission.request.element)) == 1, job.id
    told = (tmp_path / "told").read_text()
    assert len({line.split()[2] for line in told.splitlines() if held in line}) > 1, "another one went on with it"
    assert Ledger(tmp_path / "out").check() == ()


def begun(folder: Path, worker: subprocess.Popen[str]) -> list[str]:
    """The jobs that a worker has begun, in its order."""
    told = folder / "told"
    lines = told.read_text().splitlines() if told.exists() else []
    words = [line.split() for line in lines]
    return [word[1] for word in words if word[0] == "begun" and f":{worker.pid}:" in word[2]]


def wait_until(true: object, seconds: float = 90) -> None:
    assert callable(true)
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)
