"""A vendor whose answer is the result: what lies in the job's folder was paid for, whoever died before saying so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from platewright.backends.home import Home
from platewright.backends.stability import generators
from platewright.contract.jobs import JobState
from platewright.contract.takes import Cost
from platewright.jobs.backend import Backend
from platewright.jobs.desk import LocalDesk
from platewright.jobs.making import Made, Task
from platewright.jobs.worker import work
from tests.backends.faults import hurried
from tests.fakes.hosted import picture
from tests.fakes.stability import FakeStability
from tests.jobs.desks import desk_at, submission
from tests.jobs.small_shot import SmallShot, small_shot
from tests.suites.backends import legal_inputs, legal_size, request_for

Paying = Callable[..., tuple[LocalDesk, FakeStability, Callable[[Task], Made]]]


class Died(BaseException):
    """The worker's process ends here."""


@pytest.fixture
def paying(tmp_path: Path) -> Iterator[Paying]:
    """A desk with Stability's fake behind it, and what makes a job of one send."""
    prices = tmp_path / "prices.toml"
    prices.write_text('[stability-inpaint]\nimage = "0.10 USD"\n')
    home, fakes = Home(prices=prices), []

    def start(*faults: str) -> tuple[LocalDesk, FakeStability, Callable[[Task], Made]]:
        fake = FakeStability(legal_size(generators(home)[0].capabilities()), *faults)
        serving = fake.serving()
        serving.__enter__()
        fakes.append(serving)
        generator = generators(home, fake.base)[0]
        backend = Backend(generator.name, vendor=generator, quote=lambda request, unseen: generator.quote(request))

        def perform(task: Task) -> Made:
            inputs = legal_inputs(generator.capabilities())
            request = request_for(generator.capabilities(), inputs)
            price = generator.price(request, inputs)
            path = task.sends.result("frames 1001", generator.prepare(request, inputs), price, task.report)
            assert path.read_bytes() == picture(*fake.size)
            return Made("/nowhere", 0)

        return desk_at(tmp_path, backends={generator.name: backend}, quiet_s=0.05), fake, perform

    with hurried():
        yield start
    for serving in fakes:
        serving.__exit__(None, None, None)


def handed_in(desk: LocalDesk, shot: SmallShot, folder: Path) -> str:
    return desk.submit(submission(shot, folder / "out", backend="stability-inpaint", accept_cost=Cost("1", "USD"))).id


@pytest.mark.parametrize("point", ["sent", "remote id committed", "remote done", "result fetched"])
def test_a_worker_that_died_with_the_answer_on_the_disk_has_lost_nothing(
    paying: Paying, tmp_path: Path, point: str
) -> None:
    desk, fake, perform = paying()
    id_ = handed_in(desk, small_shot(tmp_path / "shot"), tmp_path)

    def reached(name: str) -> None:
        if name == point:
            raise Died

    with pytest.raises(Died):
        work(desk, until_idle=True, perform=perform, reached=reached)
    work(desk, until_idle=True, perform=perform)
    assert desk.job(id_).state is JobState.DONE and len(fake.jobs) == 1
    assert desk.job(id_).cost == Cost("0.1", "USD")


def test_an_answer_that_never_came_is_for_a_person(paying: Paying, tmp_path: Path) -> None:
    desk, fake, perform = paying("lost after")
    id_ = handed_in(desk, small_shot(tmp_path / "shot"), tmp_path)
    work(desk, until_idle=True, perform=perform)
    assert desk.job(id_).state is JobState.UNKNOWN and len(fake.jobs) == 1
    work(desk, until_idle=True, perform=perform)
    assert len(fake.jobs) == 1


def test_a_picture_that_is_held_back_counts_as_what_was_reserved(paying: Paying, tmp_path: Path) -> None:
    desk, _, perform = paying("moderated and charged")
    id_ = handed_in(desk, small_shot(tmp_path / "shot"), tmp_path)
    work(desk, until_idle=True, perform=perform)
    job = desk.job(id_)
    assert job.failure is not None and job.failure.code == "moderated"
    assert job.state is JobState.FAILED and job.cost == Cost("0.1", "USD"), "nobody says that it was free"
