"""Vendors that do wrong at random, behind the real desk and its workers: no job is ever charged twice.

    python bench/faults.py --each 1000

Each job is a send of its own, with a seed that tells it from all others in the vendor's book. A job that stopped with
a word that it may be retried is retried once, as an artist would; what nobody can tell is left to a person.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from unittest import mock as patching

from platewright.backends import bfl, bria
from platewright.backends.comfyui import generators as comfyui
from platewright.backends.home import Home
from platewright.backends.protocol import Generator
from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import JobState
from platewright.contract.takes import Cost
from platewright.jobs import sending, vendor_calls
from platewright.jobs.backend import Backend
from platewright.jobs.making import Made, Task
from platewright.jobs.progress import JobReporter
from platewright.jobs.worker import work
from tests.fakes.bfl import FakeBfl
from tests.fakes.bria import FakeBria
from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.hosted import HostedFake
from tests.jobs.desks import desk_at, submission
from tests.jobs.small_shot import small_shot
from tests.suites.backends import legal_inputs, legal_size

__all__ = ["VENDORS", "Tally", "run"]

_WAITS_S = 0.02


@dataclass
class Tally:
    """What came of the jobs of one vendor. most: charges of the job that was charged most often."""

    states: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    most: int = 0
    unpaid: int = 0


def _fake_comfyui(size: tuple[int, int], seed: int) -> HostedFake:
    return FakeComfyUI(size=size, seed=seed)


Opened = Callable[[Home, str], Generator]
VENDORS: dict[str, tuple[Opened, Callable[..., HostedFake]]] = {
    "bria-fill": (lambda home, base: bria.generators(home, base)[0], FakeBria),
    "bfl-fill": (lambda home, base: bfl.generators(home, base)[0], FakeBfl),
    "comfyui-inpaint": (lambda home, base: comfyui(Home((base,), prices=home.prices))[0], _fake_comfyui),
}


def run(name: str, jobs: int, folder: Path, seed: int = 1) -> Tally:
    """Hand in so many jobs of one vendor and make them all."""
    folder.mkdir(parents=True)
    (folder / "prices.toml").write_text('[bria-fill]\nimage = "0.04 USD"\n[bfl-fill]\nimage = "0.05 USD"\n')
    opened, started = VENDORS[name]
    home = Home(prices=folder / "prices.toml")
    size = legal_size(opened(home, "http://127.0.0.1:1").capabilities())
    shot, fake = small_shot(folder / "shot", count=1), started(size, seed=seed)
    if isinstance(fake, FakeComfyUI):
        fake.price = "0.01"  # counted as money, though it is one's own
    with fake.serving(), _hurried():
        generator = opened(home, fake.base)
        backend = Backend(name, vendor=generator, quote=lambda request, unseen: generator.quote(request))
        with_it = desk_at(folder, backends={name: backend}, quiet_s=0.05)
        ids = [
            with_it.submit(
                submission(
                    shot, folder / "out", element=f"e{number}", backend=name, accept_cost=Cost("9", "USD"),
                    request={"seed": number},
                )
            ).id
            for number in range(1, jobs + 1)
        ]  # fmt: skip
        perform = _sending(generator)
        work(with_it, until_idle=True, perform=perform)
        for id_ in ids:
            job = with_it.job(id_)
            if job.state is JobState.FAILED and job.failure is not None and job.failure.retry:
                try:
                    with_it.retry(id_)
                except PlatewrightError:
                    continue
        work(with_it, until_idle=True, perform=perform)
        tally = Tally(Counter(with_it.job(id_).state.value for id_ in ids))
        done = {number for number, id_ in enumerate(ids, 1) if with_it.job(id_).state is JobState.DONE}
        with_it.close()
    charges = Counter(job["mark"] for job in fake.jobs.values() if Decimal(job["charged"]))
    tally.faults = Counter(job["fault"] for job in fake.jobs.values())
    tally.most = max(charges.values(), default=0)
    tally.unpaid = len([number for number in done if charges[number] != 1])
    return tally


def _sending(generator: Generator) -> Callable[[Task], Made]:
    """Makes a job by its one send; the pictures are not looked at."""
    limits = generator.capabilities()

    def perform(task: Task) -> Made:
        request = task.submission.request
        inputs = legal_inputs(limits, seed=request.seed)
        body = generator.prepare(request, inputs)
        task.sends.result("frames 1001", body, generator.price(request, inputs), task.report)
        return Made("/nowhere", 0)

    return perform


class _hurried:
    """Waits are short in here: what is asked again is asked at once."""

    def __enter__(self) -> None:
        wait = JobReporter.wait
        self._patches = [
            patching.patch.object(vendor_calls, "pause", lambda attempt, asked=0.0: _WAITS_S),
            patching.patch.object(sending, "pause", lambda attempt, asked=0.0: _WAITS_S),
            patching.patch.object(JobReporter, "wait", lambda self, seconds: wait(self, min(seconds, _WAITS_S))),
            patching.patch.dict(
                os.environ, {f"PLATEWRIGHT_SECRET_{one}_TOKEN": HostedFake.token for one in ("BRIA", "BFL")}
            ),
        ]
        for one in self._patches:
            one.start()

    def __exit__(self, *_: object) -> None:
        for one in self._patches:
            one.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong = 0
    for name in VENDORS:
        with tempfile.TemporaryDirectory() as folder:
            tally = run(name, options.each, Path(folder) / "run", options.seed)
        print(f"{name}: {dict(tally.states)}; most charges of one job {tally.most}; done and unpaid {tally.unpaid}")
        print(f"  {dict(tally.faults)}", flush=True)
        wrong += tally.most > 1 or tally.unpaid > 0
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
