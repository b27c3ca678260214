"""Generators behind the desk: priced by what their operation will send, paid once, refused before money is spent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from platewright.backends.home import Home
from platewright.backends.mock import mock
from platewright.contract.errors import RequestError
from platewright.contract.jobs import Job, JobState
from platewright.contract.progress import Silent
from platewright.contract.request import ReplaceSky
from platewright.contract.takes import Cost
from platewright.jobs import generators as table
from platewright.jobs.desk import LocalDesk, open_desk
from platewright.jobs.generators import Generators
from platewright.jobs.places import takes_at
from platewright.jobs.run import run
from platewright.jobs.takes import load
from platewright.jobs.worker import work
from platewright.provenance.settings import IdentitySettings
from tests.jobs.desks import settings_at, submission
from tests.jobs.small_shot import SmallShot, small_shot


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalDesk]:
    monkeypatch.setenv("PLATEWRIGHT_STATE", str(tmp_path / "state"))
    monkeypatch.setitem(table.MODEL_OPERATIONS, "regenerate", "tests.jobs.sent_grey")
    monkeypatch.setitem(table.MODEL_OPERATIONS, "replace_sky", "platewright.operations.there_is_none")
    table.can_do.cache_clear()
    opened = open_desk(replace(settings_at(tmp_path), backends=Generators(Home())))
    yield opened
    opened.close()
    table.can_do.cache_clear()


def made(desk: LocalDesk, shot: SmallShot, root: Path, **controls: str) -> Job:
    job = desk.submit(
        submission(
            shot, root, backend="mock", request={"controls": controls, "prompt": "a wall"}, accept_cost=Cost("9", "XTS")
        )
    )
    work(desk, until_idle=True)
    return desk.job(job.id)


def test_a_take_by_the_mock_is_quoted_paid_and_recorded(desk: LocalDesk, shot: SmallShot, tmp_path: Path) -> None:
    quote = desk.quote(submission(shot, tmp_path / "out", backend="mock"))
    assert quote.cost == Cost("0.15", "XTS") and quote.lines[0].units == "3"
    job = made(desk, shot, tmp_path / "out")
    assert job.state is JobState.DONE, job.failure
    assert job.cost == Cost("0.15", "XTS")
    record = load(next(iter(takes_at(tmp_path / "out"))))
    assert record.model_card.name == "mock" and record.cost == Cost("0.15", "XTS")
    charged = mock(tmp_path / "state" / "mock").charged()
    assert sorted(map(Decimal, charged.values())) == [Decimal("0.05")] * 3


@pytest.mark.parametrize(
    ("behaviour", "state", "code", "spent"),
    [
        ("busy", JobState.DONE, "", "0.15"),
        ("lost answer", JobState.DONE, "", "0.15"),
        ("refused", JobState.REFUSED, "send_refused", "0"),
        ("moderated", JobState.REFUSED, "moderated", "0"),
        ("moderated and charged", JobState.FAILED, "moderated", "0.05"),
        ("failing", JobState.FAILED, "backend_failed", "0"),
        ("wrong size", JobState.FAILED, "result_wrong_size", "0.05"),
    ],
)
def test_what_goes_wrong_there_ends_the_job_with_its_word_and_its_price(
    desk: LocalDesk, shot: SmallShot, tmp_path: Path, behaviour: str, state: JobState, code: str, spent: str
) -> None:
    job = made(desk, shot, tmp_path / "out", behaviour=behaviour)
    assert job.state is state, job.failure
    assert (job.failure.code if job.failure else "") == code
    assert job.cost.amount == spent


def test_what_a_generator_can_not_do_is_refused_before_it_is_a_job(
    desk: LocalDesk, shot: SmallShot, tmp_path: Path
) -> None:
    with pytest.raises(RequestError) as caught:
        desk.submit(submission(shot, tmp_path / "out", backend="mock", request={"operation": ReplaceSky()}))
    assert caught.value.code == "operation_unsupported"
    with pytest.raises(RequestError) as unknown:
        desk.submit(submission(shot, tmp_path / "out", backend="mock-of-nobody"))
    assert unknown.value.code == "backend_unknown"
    assert not desk.jobs()


def test_in_the_foreground_nothing_is_sent_to_anybody(shot: SmallShot, tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        run(shot.request(backend="mock"), tmp_path / "out", IdentitySettings(home=tmp_path / "home"), Silent())
    assert caught.value.code == "backend_needs_job"
