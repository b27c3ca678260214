"""A soak: an engine, two workers, a host and a vendor that takes money, and everything that can happen to them.

Hosts hand in jobs of all kinds through the engine, while engine, workers and hosts are killed with signal 9, stopped
and woken up, the disk is full for a while, and the database goes away. Then it is quiet, a person retries what can be
retried, and the books must balance: see `balance`.

The home and the takes lie on a small disk of their own (a tmpfs in a mount namespace), so run it as `python
bench/soak.py`, which sees to that; where the system gives none, the disk is never full, and the report says so.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from platewright.client.finding import find_endpoint
from platewright.client.stopping import is_held, stop_engine
from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import Job, JobState, Submission
from platewright.contract.mapper import to_json
from platewright.contract.takes import Cost
from platewright.jobs.database import Database
from platewright.jobs.desk import LocalDesk
from platewright.jobs.desk_settings import DeskSettings
from platewright.provenance.settings import IdentitySettings
from tests.fakes.vendor import RunningVendor, start_vendor
from tests.jobs.desks import submission
from tests.jobs.postgres import Server
from tests.jobs.small_shot import SmallShot, small_shot
from tests.soak.backends import with_fakes
from tests.soak.balance import problems

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
HOSTS = 2
WORKERS = 2
PAID = ("fake-replay", "fake-lookup", "fake-none")
FAULTS = ("kill a worker", "kill the engine", "kill a host", "stop a worker", "stop the engine", "fill the disk",
          "take the database away", "look from a terminal", "cancel a job")  # fmt: skip


@dataclass
class Counted:
    """What happened, and what came of the jobs."""

    faults: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    charges: int = 0
    retried: Counter[str] = field(default_factory=Counter)
    small_disk: bool = False
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Soak:
    """One soak in a folder. disk: where home and takes lie, and what can be full."""

    def __init__(self, folder: Path, disk: Path, seed: int, server: Server | None = None) -> None:
        self.folder, self.disk, self.server = folder, disk, server
        self.dice = random.Random(seed)
        self.mark = uuid.uuid4().hex
        self.home, self.root = disk / "home", disk / "out"
        self.state = self.home / "state"
        self.marks = folder / "marks"
        self.marks.mkdir(parents=True)
        self.shot: SmallShot = small_shot(folder / "shot", 2, 48, 32)
        self.vendor: RunningVendor = start_vendor(
            folder / "book.jsonl", work=0.1, lose=0.1, slow=0.02, busy=0.05, hang=0.03
        )
        self.counted = Counted(small_disk=os.path.ismount(disk))
        self.hosts: list[subprocess.Popen[bytes]] = []
        self.lists: list[Path] = []
        self.asked: list[Submission] = []
        self.cancelled: set[str] = set()
        where = server.address if server is not None else str(self.home / "jobs.sqlite")
        settings = DeskSettings(database=where, identity=IdentitySettings(home=self.home))
        self.desk = LocalDesk(with_fakes(settings, self.vendor.port), Database(where))

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the soak is started with, and known by."""
        return {
            **os.environ,
            "PYTHONPATH": f"{CHECKOUT / 'core'}{os.pathsep}{CHECKOUT}",
            "PLATEWRIGHT_HOME": str(self.home),
            "PLATEWRIGHT_STATE": str(self.state),
            "PLATEWRIGHT_DATABASE": self.server.address if self.server is not None else "",
            "PLATEWRIGHT_ENGINE_WORKERS": str(WORKERS),
            "PLATEWRIGHT_JOBS_LEASE_S": "3",
            "SOAK_VENDOR": str(self.vendor.port),
            "SOAK_MARKS": str(self.marks),
            "SOAK_MARK": self.mark,
        }

    def hand_in(self, count: int) -> None:
        """Begin with all jobs in the hands of the hosts."""
        self.asked = [self._one(number, count) for number in range(count)]
        for host in range(HOSTS):
            self.lists.append(self.folder / f"asked{host}.json")
            self.lists[-1].write_text(json.dumps([to_json(one) for one in self.asked[host::HOSTS]]))
            self.hosts.append(self._host(host))

    def _one(self, number: int, count: int) -> Submission:
        """A job: mostly paid ones; the few that crash every time hold their worker up for long."""
        kind = self.dice.choices(("idle", "grey", "builtin", "crash", *PAID), (20, 12, 8, 5, 18, 22, 15))[0]
        prompt = self.dice.choices(("", "broken", "forbidden"), (8, 1, 1))[0] if kind in PAID else ""
        if kind == "crash" and number in (count // 3, count // 2):
            prompt = "always"
        self.counted.kinds[kind] += 1
        return submission(
            self.shot, self.root, f"e{number}", backend=kind, key=f"soak-{number}", at=f"s/{number % 4}", who="ada",
            accept_cost=Cost("1", "USD"), request={"prompt": prompt},
        )  # fmt: skip

    def _host(self, number: int) -> subprocess.Popen[bytes]:
        log = self.folder / f"host{number}.log"
        words = [sys.executable, str(HERE / "host.py"), str(self.lists[number]), str(self.state)]
        with open(log, "ab") as said:
            return subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def jobs(self) -> list[Job]:
        """All jobs there are; none while the database can't be asked."""
        try:
            return list(self.desk.jobs(limit=5000))
        except PlatewrightError:
            return []

    def shake(self, most_s: float, pause: tuple[float, float]) -> None:
        """Let things happen until all is handed in and has ended, and everything has happened at least twice."""
        until = time.monotonic() + most_s
        while time.monotonic() < until:
            time.sleep(self.dice.uniform(*pause))
            jobs = self.jobs()
            left = len(self.asked) - sum(not going(job) for job in jobs)
            rare = [fault for fault in FAULTS[:-1] if self._can(fault) and self.counted.faults[fault] < 2]
            if left == 0 and not rare:
                return
            weights = (6, 3, 4, 2, 1, 1, 1, 3, 3)
            fault = self.dice.choice(rare) if left < 10 and rare else self.dice.choices(FAULTS, weights)[0]
            if self._can(fault):
                self._do(fault)

    def _can(self, fault: str) -> bool:
        if fault == "fill the disk":
            return self.counted.small_disk
        return fault != "take the database away" or self.server is not None

    def _do(self, fault: str) -> None:
        happened = {
            "kill a worker": lambda: self._signal(self._worker(), signal.SIGKILL),
            "kill the engine": lambda: self._signal(self._engine(), signal.SIGKILL),
            "kill a host": self._kill_host,
            "stop a worker": lambda: self._stop(self._worker(), self.dice.uniform(1, 6)),
            "stop the engine": lambda: self._stop(self._engine(), self.dice.uniform(1, 6)),
            "fill the disk": lambda: self._fill(self.dice.uniform(1, 5)),
            "take the database away": lambda: self._away(self.dice.uniform(0, 4)),
            "look from a terminal": self._look,
            "cancel a job": self._cancel,
        }[fault]()
        self.counted.faults[fault] += int(happened)

    def _worker(self) -> int:
        """A worker's process that really is one of ours; 0 for none."""
        try:
            with self.desk.database.read() as look:
                pids = [int(pid) for (pid,) in look.run("SELECT pid FROM workers")]
        except PlatewrightError:
            return 0
        ours = [pid for pid in pids if pid in self.ours()]
        return self.dice.choice(ours) if ours else 0

    def _engine(self) -> int:
        endpoint = find_endpoint(self.state)
        return endpoint.pid if endpoint is not None and endpoint.pid in self.ours() else 0

    def ours(self) -> dict[int, str]:
        """Every process that was started by this soak, however far down: number to command line."""
        found = {}
        for process in Path("/proc").iterdir():
            with suppress(OSError):
                if process.name.isdigit() and f"SOAK_MARK={self.mark}".encode() in (process / "environ").read_bytes():
                    found[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def _signal(self, pid: int, number: int) -> bool:
        with suppress(ProcessLookupError):
            if pid:
                os.kill(pid, number)
                return True
        return False

    def _stop(self, pid: int, seconds: float) -> bool:
        if not self._signal(pid, signal.SIGSTOP):
            return False
        time.sleep(seconds)
        return self._signal(pid, signal.SIGCONT)

    def _kill_host(self) -> bool:
        number = self.dice.randrange(HOSTS)
        self.hosts[number].kill()
        self.hosts[number].wait()
        self.hosts[number] = self._host(number)
        return True

    def _fill(self, seconds: float) -> bool:
        """Fill the disk to the last block; what is freed meanwhile is taken too."""
        until = time.monotonic() + seconds
        with open(self.disk / "ballast", "ab", buffering=0) as ballast:
            while time.monotonic() < until:
                for size in (1 << 20, 1 << 12):
                    with suppress(OSError):
                        while True:
                            ballast.write(b"\0" * size)
                time.sleep(0.05)
        os.unlink(self.disk / "ballast")
        return True

    def _away(self, seconds: float) -> bool:
        assert self.server is not None
        self.server.crash()
        time.sleep(seconds)
        self.server.start()
        return True

    def _look(self) -> bool:
        """Somebody asks for the list and goes; nobody else is there then but engine and workers."""
        self.desk.close()
        words = [sys.executable, str(HERE / "engine.py"), "jobs", "list", "--open", "--json"]
        done = subprocess.run(words, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.returncode == 0

    def _cancel(self) -> bool:
        jobs = [job for job in self.jobs() if going(job) and job.submission.request.backend in PAID]
        with suppress(PlatewrightError):
            if jobs:
                job = self.dice.choice(jobs)
                self.cancelled.add(job.submission.key)
                self.desk.cancel(job.id, "ada")
                return True
        return False

    def settle(self, most_s: float) -> None:
        """Nothing happens any more: all comes to an end, and a person retries what may be retried."""
        for _ in range(6):
            wait_until(lambda: len(self.jobs()) == len(self.asked) and not any(map(going, self.jobs())), most_s, self)
            again = [job for job in self.jobs() if self._may_be_retried(job)]
            if not again:
                return
            for job in again:
                self.desk.retry(job.id, "ada")
                self.counted.retried[job.failure.code if job.failure else ""] += 1

    def _may_be_retried(self, job: Job) -> bool:
        request = job.submission.request
        if job.state is JobState.UNKNOWN:
            return request.backend in ("fake-replay", "fake-lookup")  # where asking again can't cost a second time
        if job.state is not JobState.FAILED or request.prompt in ("broken", "always"):
            return False
        return job.failure is not None and job.failure.retry

    def end(self) -> None:
        """End hosts and engine as people do."""
        for host in self.hosts:
            host.kill()
            host.wait()
        wait_until(self._has_ended, 90, None)
        shutil.copytree(self.state / "logs", self.folder / "logs")

    def _has_ended(self) -> bool:
        """Stop the engine; once more where a host had just begun to start one, which nobody could see yet."""
        with suppress(PlatewrightError):
            stop_engine(self.state, now=True)
        return not is_held(self.state) and not self.ours()

    def close(self) -> None:
        """Whatever comes, leave no process behind."""
        for pid in self.ours():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for host in self.hosts:
            host.wait()
        self.desk.close()
        self.vendor.stop()


def going(job: Job) -> bool:
    """Whether something will still happen to a job by itself."""
    return job.state.is_open and job.state is not JobState.UNKNOWN


def wait_until(true: Callable[[], bool], most_s: float, soak: Soak | None) -> None:
    """Wait, but not for ever: what is not true then is wrong, and found by the balance."""
    until = time.monotonic() + most_s
    while not true() and time.monotonic() < until:
        time.sleep(0.2)
        if soak is not None:
            for number, host in enumerate(soak.hosts):
                if host.poll() is not None:
                    soak.counted.wrong.append(f"a host ended by itself with {host.returncode}")
                    soak.hosts[number] = soak._host(number)


def soak(
    folder: Path,
    disk: Path,
    count: int,
    seed: int,
    server: Server | None = None,
    pause: tuple[float, float] = (0.3, 2.0),
) -> Counted:
    """The whole of it, with so many jobs; what came of it."""
    begun = time.monotonic()
    one = Soak(folder, disk, seed, server)
    try:
        one.hand_in(count)
        one.shake(most_s=count * 4 + 120, pause=pause)
        one.settle(most_s=count + 90)
        one.end()
        one.counted.wrong += [f"a process is left: {words}" for words in one.ours().values()]
        one.counted.states = Counter(job.state.value for job in one.jobs())
        one.counted.charges = len(one.vendor.lines())
        one.counted.wrong += list(problems(one.desk, one.asked, one.cancelled, one.vendor.lines(), one.root, one.state))
    finally:
        one.close()
    one.counted.seconds = time.monotonic() - begun
    return one.counted


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A tmpfs on a folder, in this process's own mount namespace; an ordinary folder where there is none."""
    disk = folder / "disk"
    disk.mkdir(parents=True)
    mounted = False
    if os.environ.get("SOAK_NAMESPACE"):
        words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(disk)]
        mounted = subprocess.run(words, check=False, stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield disk
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(disk)], check=False)


def into_namespace(words: list[str]) -> list[str]:
    """The words of a command, run in a mount namespace of its own where the system gives one."""
    for unshare in (["unshare", "-m"], ["unshare", "-rm"]):
        if shutil.which("unshare") and subprocess.run([*unshare, "true"], check=False, stderr=-3).returncode == 0:
            return [*unshare, "env", "SOAK_NAMESPACE=1", *words]
    return words
