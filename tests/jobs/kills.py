"""Workers that die at any moment: a driver that kills them, and the books that must balance afterwards.

Each life of the worker is a fork of this process, which has everything imported and nothing open, so that it dies
after milliseconds of work and not of imports. It is killed with signal 9 at a named point, or at a random moment.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from platewright.contract.errors import JobConflict, StorageError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import JobState
from platewright.contract.takes import Cost
from platewright.jobs.desk import LocalDesk, open_desk
from platewright.jobs.desk_settings import DeskSettings
from platewright.jobs.entries import JobEntry
from platewright.jobs.ledger import Ledger
from platewright.jobs.sending import POINTS
from platewright.jobs.takes import TakeStore, load
from platewright.jobs.worker import work
from tests.fakes.vendor import RunningVendor, start_vendor
from tests.jobs.desks import settings_at, submission
from tests.jobs.paid import KINDS, paid_backend
from tests.jobs.postgres import Server, running_server
from tests.jobs.small_shot import SmallShot, small_shot

NAMED = ("job taken", "before the work", *POINTS, "take planned", "take published", "before the end", "end written")
DEATHS = 6
"""At each named point; a point that is passed before anything is gained would be passed for ever."""
PROMPTS = ("", "broken", "forbidden")
"""What the vendor makes of a request: the result, a failure that costs money, a refusal that does not."""
BACKENDS = ("grey", *(f"fake-{kind}" for kind in KINDS))


def _in_a_child(do: Callable[[], object]) -> None:
    """Do something that starts threads where they can't be in the way of later forks."""
    child = os.fork()
    if child == 0:
        do()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


@dataclass
class Counted:
    """What was killed, and what came of the jobs."""

    named: Counter[str] = field(default_factory=Counter)
    random: int = 0
    survived: int = 0
    crashes: int = 0
    states: Counter[str] = field(default_factory=Counter)
    charges: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Killer:
    """A desk, a vendor and workers that die over its jobs."""

    def __init__(self, folder: Path, seed: int, database: str = "") -> None:
        self.folder = folder
        self.database = database
        self.dice = random.Random(seed)
        self.shot = SmallShot(folder / "shot", FrameRange.of([1001, 1002]))
        _in_a_child(lambda: small_shot(self.shot.folder, 2, 48, 32))
        self.root = folder / "out"
        self.vendor: RunningVendor = start_vendor(folder / "book.jsonl", work=0.01, lose=0.1, slow=0.01, busy=0.05)
        self.counted = Counted()
        self.elements: list[str] = []
        self.cancelled: set[str] = set()

    @property
    def settings(self) -> DeskSettings:
        backends = {f"fake-{kind}": paid_backend(self.vendor.port, kind) for kind in KINDS}
        settings = settings_at(self.folder, backends=backends, quiet_s=0.15, most_deaths=10**6, lease_s=20.0)
        return replace(settings, database=self.database) if self.database else settings

    def desk(self) -> LocalDesk:
        return open_desk(self.settings)

    def ask(self, count: int, plain: bool = False) -> None:
        """Hand in jobs, one on each backend in turn, each for an element of its own. plain: all can be made."""
        desk = self.desk()
        for number in range(count):
            element = f"e{len(self.elements)}"
            prompt = "" if plain else self.dice.choices(PROMPTS, (8, 1, 1))[0]
            backend = BACKENDS[number % len(BACKENDS)]
            desk.submit(
                submission(
                    self.shot,
                    self.root,
                    element,
                    backend=backend,
                    accept_cost=Cost("1", "USD"),
                    at=f"s/{number % 3}",
                    request={"prompt": prompt},
                )
            )
            self.elements.append(element)
        desk.close()

    def open_jobs(self) -> int:
        """How many jobs a worker could still do something for."""
        desk = self.desk()
        found = [job for job in desk.jobs(open_only=True, limit=5000) if job.state is not JobState.UNKNOWN]
        desk.close()
        return len(found)

    def meddle(self) -> None:
        """What people do meanwhile: cancel a job, hold one back for a while, give one another priority."""
        desk = self.desk()
        jobs = [job for job in desk.jobs(open_only=True, limit=200) if job.state is not JobState.UNKNOWN]
        if jobs:
            job = self.dice.choice(jobs)
            with suppress(JobConflict):
                what = self.dice.randrange(4)
                if what == 0:
                    desk.cancel(job.id, "ada")
                    self.cancelled.add(job.id)
                elif what == 1:
                    desk.pause(job.id, True)
                    desk.pause(job.id, False)
                else:
                    desk.reorder(job.id, self.dice.randrange(5))
        desk.close()

    def life(self, point: str = "", seconds: float = 0.0) -> bool:
        """One life of a worker, killed at a named point or after some seconds; whether it was killed at all."""
        child = os.fork()
        if child == 0:
            self._live(point)
        if seconds:
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return True
        if os.WEXITSTATUS(status) != 0:
            self.counted.wrong.append(f"a worker ended with {os.WEXITSTATUS(status)}")
        return False

    def _live(self, point: str, until_idle: bool = True) -> None:
        """In the child: work until there is nothing to do, or until the point."""

        def reached(name: str) -> None:
            if name == point:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            while True:
                try:
                    desk = open_desk(self.settings)
                    break
                except StorageError as error:
                    if error.code != "database_unreachable":
                        raise
                    time.sleep(0.2)
            work(desk, until_idle=until_idle, reached=reached)
            os._exit(0)
        except BaseException as error:
            print(f"worker: {error!r}", file=sys.stderr, flush=True)
            os._exit(1)

    def kill_at_points(self) -> None:
        """Die at every named point, once for each backend that passes it."""
        for point in NAMED:
            self.ask(len(BACKENDS), plain=True)
            for _ in range(DEATHS):
                self.counted.named[point] += int(self.life(point))
            self.life()

    def kill_at_random(self, kills: int, longest: float = 0.3) -> None:
        """Die at random moments, as often as asked, with jobs to do all the time."""
        while self.counted.random < kills:
            if self.open_jobs() < 3:
                self.ask(8)
            if self.dice.random() < 0.15:
                self.meddle()
            if self.life(seconds=self.dice.uniform(0.005, longest)):
                self.counted.random += 1
            else:
                self.counted.survived += 1

    def kill_among_many(self, kills: int, workers: int, server: Server) -> None:
        """Several workers at once, of which one dies at a random moment, again and again; and the database too."""
        living = [self._born() for _ in range(workers)]
        for number in range(kills):
            if number % 10 == 0 and self.open_jobs() < 8:
                self.ask(12)
            if self.dice.random() < 0.3:
                self.meddle()
            time.sleep(self.dice.uniform(0.02, 0.25))
            if number % 50 == 49:
                server.crash()
                time.sleep(self.dice.uniform(0.0, 1.0))
                server.start()
                self.counted.crashes += 1
            victim = living.pop(self.dice.randrange(workers))
            os.kill(victim, signal.SIGKILL)
            _, status = os.waitpid(victim, 0)
            if not os.WIFSIGNALED(status):
                self.counted.wrong.append("a worker ended although it had been told to go on")
            self.counted.random += 1
            living.append(self._born())
        for child in living:
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)

    def _born(self) -> int:
        """A worker in a process of its own, which goes on until it is killed."""
        child = os.fork()
        if child == 0:
            self._live("", until_idle=False)
        return child

    def finish(self) -> Counted:
        """Let the rest be done in peace, and balance the books."""
        for _ in range(20):
            self.life()  # Once in any case: who died last may have left a line that is not in the ledger yet.
            if self.open_jobs() == 0:
                break
        self.counted.wrong += list(self._problems())
        return self.counted

    def _problems(self) -> Iterator[str]:
        desk = self.desk()
        jobs = {job.id: job for job in desk.jobs(limit=5000)}
        self.counted.states = Counter(job.state.value for job in jobs.values())
        self.counted.charges = len(self.vendor.lines())
        charged: Counter[tuple[str, str]] = Counter((line["job"], line["slot"]) for line in self.vendor.lines())
        twice = {key: times for key, times in charged.items() if times > 1}
        yield from (f"{job} was charged {times} times for {slot}" for (job, slot), times in twice.items())
        paid: dict[str, Decimal] = {}
        for line in self.vendor.lines():
            paid[line["job"]] = paid.get(line["job"], Decimal(0)) + Decimal(line["charged"])
        done_lines: Counter[tuple[str, str]] = Counter()
        for line in Ledger(self.root).entries():
            if isinstance(line.body, JobEntry):
                done_lines[(line.body.job, line.body.what)] += 1
        for job in jobs.values():
            element, backend = job.submission.request.element, job.submission.request.backend
            takes = TakeStore(self.root).takes(element)
            if done_lines[(job.id, "asked")] != 1:
                yield f"{job.id} was asked for {done_lines[(job.id, 'asked')]} times, says the ledger"
            unknown = job.state is JobState.UNKNOWN and backend == "fake-none"
            if unknown or (job.state is JobState.CANCELLED and job.id in self.cancelled):
                if takes:
                    yield f"{job.id} is {job.state.value}, and has a take"
                if Decimal(job.cost.amount) < paid.get(job.id, Decimal(0)):
                    yield f"{job.id} may have cost more than it says"
                continue
            ended = {"broken": JobState.FAILED, "forbidden": JobState.REFUSED}.get(job.submission.request.prompt)
            if ended is not None and backend != "grey":
                if job.state is not ended or Decimal(job.cost.amount) != paid.get(job.id, Decimal(0)):
                    yield f"{job.id} ended as {job.state.value}, cost {job.cost.amount}, and is {ended.value}"
                continue
            if job.state is not JobState.DONE:
                yield f"{job.id} on {backend} ended as {job.state.value}: {job.failure}"
                continue
            if Decimal(job.cost.amount) != paid.get(job.id, Decimal(0)):
                yield f"{job.id} says it cost {job.cost.amount}, the vendor took {paid.get(job.id)}"
            if len(takes) != 1 or str(takes[0].record) != job.take:
                yield f"{job.id} has {len(takes)} takes"
            if done_lines[(job.id, "done")] != 1:
                yield f"{job.id} is done {done_lines[(job.id, 'done')]} times, says the ledger"
            for place in takes:
                for frame in load(place).frames:
                    if hashlib.sha256(place.frame(frame.number).read_bytes()).hexdigest() != frame.file.sha256:
                        yield f"{place.stem} is not what its record says"
        yield from (f"ledger: {finding.message}" for finding in Ledger(self.root).check())
        for show in desk.costs("show"):
            if show.reserved.amount != "0":
                yield f"{show.reserved.amount} is still set aside"
        with desk.database.read() as look:
            for scope, name, held, spent in look.run("SELECT scope, name, held, spent FROM accounts"):
                if held != "0":
                    yield f"the account of {scope} {name} still holds {held}"
                if scope == "show" and Decimal(spent) != sum(Decimal(job.cost.amount) for job in jobs.values()):
                    yield f"the account of {scope} {name} says {spent}"
            if look.run("SELECT 1 FROM outbox"):
                yield "a line never reached the ledger"
        TakeStore(self.root).recover()
        yield from (f"left behind: {path}" for path in self._orphans(jobs))
        desk.close()

    def _orphans(self, jobs: dict[str, object]) -> Iterator[Path]:
        """Files that belong to nothing: staging folders, half files, folders of finished jobs."""
        for path in self.root.rglob("*"):
            if path.name.startswith(".staging") or (path.name.endswith(".part") and path.parent.parent.name != ".jobs"):
                yield path
        for folder in (self.root / ".jobs").glob("*"):
            if jobs[folder.name].state is JobState.DONE:  # type: ignore[attr-defined]
                yield folder


def run_kills(folder: Path, kills: int, seed: int, tell: Callable[[str], None] = lambda text: None) -> Counted:
    """Every named point, then `kills` random moments; what came of it."""
    begun = time.monotonic()
    killer = Killer(folder, seed)
    try:
        killer.kill_at_points()
        tell(f"named points: {sum(killer.counted.named.values())} kills at {len(killer.counted.named)} points")
        killer.kill_at_random(kills)
        counted = killer.finish()
    finally:
        killer.vendor.stop()
    counted.seconds = time.monotonic() - begun
    return counted


def run_many(folder: Path, kills: int, seed: int, workers: int) -> Counted:
    """Several workers on one PostgreSQL that die, and a server that does; what came of it."""
    begun = time.monotonic()
    with running_server() as server:
        killer = Killer(folder, seed, server.address)
        try:
            killer.kill_among_many(kills, workers, server)
            counted = killer.finish()
        finally:
            killer.vendor.stop()
    counted.seconds = time.monotonic() - begun
    return counted


def main() -> int:
    """Kill, and say what came of it; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kills", type=int, nargs="?", default=500, help="random kills (default: 500)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None, help="where to work, kept afterwards")
    parser.add_argument("--workers", type=int, default=0, help="so many at once, on a PostgreSQL that crashes too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if options.workers:
            counted = run_many(folder, options.kills, options.seed, options.workers)
        else:
            counted = run_kills(folder, options.kills, options.seed, print)
    named = ", ".join(f"{name} {times}" for name, times in counted.named.items())
    print(f"killed at named points: {named}")
    print(f"killed at random moments: {counted.random} (and {counted.survived} lives ended before)")
    print(f"the database crashed {counted.crashes} times")
    print(f"jobs: {dict(counted.states)}; the vendor charged {counted.charges} times; {counted.seconds:.0f} s")
    for problem in counted.wrong:
        print(f"WRONG: {problem}")
    missing = [point for point in NAMED if not counted.named[point] and not options.workers]
    for point in missing:
        print(f"WRONG: nobody died at '{point}'")
    print("every job was charged at most once, and nothing finished was lost" if not counted.wrong else "not so")
    return 1 if counted.wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main())
