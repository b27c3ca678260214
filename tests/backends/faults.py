"""Vendors that do wrong at random, behind the real desk and its workers: no job is ever charged twice.

    python bench/faults.py --each 1000              every vendor's faults
    python bench/faults.py --kills 100              the same, over workers that die by signal 9 at random moments

Each job is a send of its own, with a mark that tells it from all others in the vendor's book. A job that stopped with
a word that it may be retried is retried once, as an artist would; what nobody can tell is left to a person.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock as patching

from platewright.backends import bfl, bria, firefly, luma, router, runway, stability
from platewright.backends.body import unpack
from platewright.backends.comfyui import generators as comfyui
from platewright.backends.home import Home
from platewright.backends.protocol import Generator, ModelInputs
from platewright.contract.capabilities import Sizes
from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import JobState
from platewright.contract.request import Request
from platewright.contract.takes import Cost
from platewright.jobs import sending, vendor_calls
from platewright.jobs.backend import Backend
from platewright.jobs.desk import LocalDesk
from platewright.jobs.making import Made, Task
from platewright.jobs.progress import JobReporter
from platewright.jobs.worker import work
from tests.fakes.bfl import FakeBfl
from tests.fakes.bria import FakeBria
from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.comfyui_v2 import FakeComfyV2
from tests.fakes.firefly import FakeFirefly
from tests.fakes.hosted import HostedFake
from tests.fakes.luma import FakeLuma
from tests.fakes.router import FakeRouter
from tests.fakes.runway import FakeRunway
from tests.fakes.stability import FakeStability
from tests.jobs.desks import desk_at, submission
from tests.jobs.small_shot import SmallShot, small_shot
from tests.suites.backends import legal_inputs, legal_size, request_for

__all__ = ["VENDORS", "Run", "Tally", "main", "run"]

_WAITS_S = 0.02
_TOKENS = (
    "BRIA_TOKEN", "BFL_TOKEN", "RUNWAY_TOKEN", "LUMA_TOKEN", "STABILITY_TOKEN", "FIREFLY_CLIENT_SECRET",
    "COMFY_ROUTER_KEY",
)  # fmt: skip


@dataclass
class Tally:
    """What came of the jobs of one vendor. most: charges of the job that was charged most often.

    unpaid: jobs that are done and were not charged exactly once. free: jobs that cost something, says the vendor's
    book, and nothing, says ours.
    """

    states: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    most: int = 0
    unpaid: int = 0
    free: int = 0
    deaths: int = 0

    @property
    def is_right(self) -> bool:
        """Whether nobody was charged twice, or for nothing, or not told of it."""
        return self.most <= 1 and not self.unpaid and not self.free


Marked = Callable[[Generator, Request, bytes], Any]


@dataclass(frozen=True)
class Vendor:
    """A backend of a vendor's, and its fake. mark: what tells a send from all others in the fake's book."""

    opened: Callable[[Home, str], tuple[Generator, ...]]
    fake: Callable[..., HostedFake]
    mark: Marked = lambda generator, request, body: request.seed


def _clip(generator: Any, request: Request, body: bytes) -> str:
    said = generator._request(*unpack(body))[1]
    return hashlib.sha256(said["videoUri"].encode()).hexdigest()


def _fake_comfyui(kind: type[FakeComfyUI]) -> Callable[..., HostedFake]:
    def made(size: tuple[int, int], seed: int) -> HostedFake:
        fake = kind(size=size, seed=seed)
        fake.price = "0.01"  # counted as money, though it is one's own
        return fake

    return made


def _prompted(generator: Generator, request: Request, body: bytes) -> str:
    return request.prompt


VENDORS: dict[str, Vendor] = {
    "bria-fill": Vendor(bria.generators, FakeBria),
    "bfl-fill": Vendor(bfl.generators, FakeBfl),
    "bfl-expand": Vendor(bfl.generators, FakeBfl),
    "runway-aleph": Vendor(runway.generators, FakeRunway),
    "runway-ruby": Vendor(runway.generators, FakeRunway, _clip),
    "luma-ray": Vendor(luma.generators, FakeLuma, _prompted),
    "luma-ray-hdr": Vendor(luma.generators, FakeLuma, _prompted),
    "stability-inpaint": Vendor(stability.generators, FakeStability),
    "firefly-fill": Vendor(firefly.generators, FakeFirefly),
    "router-bfl-fill": Vendor(router.generators, FakeRouter),
    "comfyui-inpaint": Vendor(
        lambda home, base: comfyui(replace(home, comfyui=(base,))), _fake_comfyui(FakeComfyUI)
    ),
    "comfyui-inpaint (v2)": Vendor(
        lambda home, base: comfyui(replace(home, comfyui=(f"v2+{base}",))), _fake_comfyui(FakeComfyV2)
    ),
}  # fmt: skip


class Run:
    """So many jobs of one vendor, at a desk of their own."""

    def __init__(self, name: str, jobs: int, folder: Path, seed: int) -> None:
        folder.mkdir(parents=True)
        units = "".join(f'{unit} = "0.50 USD"\n' for unit in ("image", "second"))
        (folder / "prices.toml").write_text("".join(f"[{one}]\n{units}" for one in VENDORS if "comfyui" not in one))
        self.name, self.jobs, self.folder = name.partition(" ")[0], jobs, folder
        self.vendor, self.home = VENDORS[name], Home(prices=folder / "prices.toml")
        self.fake = self.vendor.fake(
            legal_size(self.generator("http://127.0.0.1:1").capabilities()), seed=f"{name} {seed}"
        )
        self.marks = folder / "marks"
        self.marks.mkdir()

    def generator(self, base: str) -> Generator:
        """The backend, at the fake's address; its pictures are small, for nobody looks at them."""
        found: Any = next(one for one in self.vendor.opened(self.home, base) if one.name == self.name)
        found._limits = replace(found._limits, sizes=Sizes(multiple=16, least=128, most=2048))
        return found  # type: ignore[no-any-return]

    def desk(self, **changes: Any) -> LocalDesk:
        """The desk; opened anew by each worker."""
        generator = self.generator(self.fake.base)
        backend = Backend(self.name, vendor=generator, quote=lambda request, unseen: generator.quote(request))
        return desk_at(self.folder, backends={self.name: backend}, **{"quiet_s": 0.05, **changes})

    def hand_in(self, desk: LocalDesk, shot: SmallShot) -> list[str]:
        """Hand them all in; their ids."""
        asked = [
            submission(
                shot, self.folder / "out", element=f"e{number}", backend=self.name, accept_cost=Cost("99", "USD"),
                request={"seed": number, "prompt": f"wall {number}"},
            )
            for number in range(1, self.jobs + 1)
        ]  # fmt: skip
        return [desk.submit(one).id for one in asked]

    def retry(self, desk: LocalDesk, ids: list[str]) -> None:
        """Retry what says that it may be."""
        for id_ in ids:
            job = desk.job(id_)
            if job.state is JobState.FAILED and job.failure is not None and job.failure.retry:
                try:
                    desk.retry(id_)
                except PlatewrightError:
                    continue

    def perform(self, task: Task) -> Made:
        """Make a job by its one send; the pictures are not looked at."""
        generator = self.generator(self.fake.base)
        asked = task.submission.request
        inputs = self._inputs(generator, asked)
        request = replace(request_for(generator.capabilities(), inputs), prompt=asked.prompt, seed=asked.seed)
        body = generator.prepare(request, inputs)
        mark = self.marks / task.row.id
        if not mark.exists():
            mark.write_text(str(self.vendor.mark(generator, request, body)))
        task.sends.result("frames 1001", body, generator.price(request, inputs), task.report)
        return Made("/nowhere", 0)

    def _inputs(self, generator: Generator, request: Request) -> ModelInputs:
        """A send that is no other: by its seed and prompt where it has them, and in large blocks of its picture."""
        limits = generator.capabilities()
        inputs = legal_inputs(limits, seed=request.seed, prompt=request.prompt if limits.prompt else "")
        if not limits.seed_most and not limits.prompt:
            frames = inputs.frames.copy()
            for bit in range(12):
                frames[:, -32:, 10 * bit : 10 * bit + 10] = 0.9 if request.seed >> bit & 1 else 0.1
            inputs = replace(inputs, frames=frames)
        return inputs

    def tally(self, desk: LocalDesk, ids: list[str], book: dict[str, dict[str, Any]]) -> Tally:
        """Our books against the vendor's."""
        jobs = {id_: desk.job(id_) for id_ in ids}
        paid = Counter(str(job["mark"]) for job in book.values() if Decimal(job["charged"]))
        marks = {file.name: file.read_text() for file in self.marks.iterdir()}
        done = [id_ for id_, job in jobs.items() if job.state is JobState.DONE]
        is_priced = bool(self.generator(self.fake.base).capabilities().prices)
        known = [id_ for id_, job in jobs.items() if is_priced and not Decimal(job.cost.amount)]
        return Tally(
            Counter(job.state.value for job in jobs.values()),
            Counter(job["fault"] for job in book.values()),
            max(paid.values(), default=0),
            len([id_ for id_ in done if paid[marks[id_]] != 1]),
            len([id_ for id_ in known if paid[marks.get(id_, "")]]),
        )


def run(name: str, jobs: int, folder: Path, seed: int = 1) -> Tally:
    """Hand in so many jobs of one vendor, and make them all."""
    this = Run(name, jobs, folder, seed)
    shot = small_shot(folder / "shot", count=1)
    with this.fake.serving(), hurried():
        desk = this.desk()
        ids = this.hand_in(desk, shot)
        work(desk, until_idle=True, perform=this.perform)
        this.retry(desk, ids)
        work(desk, until_idle=True, perform=this.perform)
        tally = this.tally(desk, ids, this.fake.jobs)
        desk.close()
    return tally


@contextmanager
def hurried() -> Any:
    """Waits are short in here: what is asked again is asked at once. Every vendor's account is there."""
    wait = JobReporter.wait
    tokens = {f"PLATEWRIGHT_SECRET_{one}": HostedFake.token for one in _TOKENS}
    with (
        patching.patch.object(vendor_calls, "pause", lambda attempt, asked=0.0: _WAITS_S),
        patching.patch.object(sending, "pause", lambda attempt, asked=0.0: _WAITS_S),
        patching.patch.object(JobReporter, "wait", lambda self, seconds: wait(self, min(seconds, _WAITS_S))),
        patching.patch.dict(os.environ, {**tokens, "PLATEWRIGHT_SECRET_FIREFLY_CLIENT_ID": FakeFirefly.client}),
    ):
        yield


def main() -> int:
    from tests.backends.deaths import run_dying

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=1000, help="jobs of each vendor")
    parser.add_argument("--kills", type=int, default=0, help="workers of each vendor that die, over as many jobs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="names of vendors, with commas between")
    options = parser.parse_args()
    wrong = 0
    for name in options.only.split(",") if options.only else VENDORS:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "run"
            if options.kills:
                tally = run_dying(name, options.kills, folder, options.seed)
            else:
                tally = run(name, options.each, folder, options.seed)
        died = f"; workers killed {tally.deaths}" if options.kills else ""
        print(f"{name}: {dict(tally.states)}; most charges of one job {tally.most}; done and not paid once "
              f"{tally.unpaid}; paid and not told {tally.free}{died}")  # fmt: skip
        print(f"  {dict(tally.faults)}", flush=True)
        wrong += not tally.is_right
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
