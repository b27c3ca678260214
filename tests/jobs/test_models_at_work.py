"""Models behind the desk with the operations that know them: quoted as sent, recorded with their curve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from platewright.backends.home import Home
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Job, JobState
from platewright.contract.request import Base
from platewright.contract.takes import Cost, TakeRecord
from platewright.jobs.desk import LocalDesk, open_desk
from platewright.jobs.generators import Generators
from platewright.jobs.places import takes_at
from platewright.jobs.takes import load
from platewright.jobs.worker import work
from tests.jobs.desks import settings_at, submission
from tests.jobs.small_shot import SmallShot
from tests.moving_shot import make


def moving_shot(folder: Path, frames: int) -> SmallShot:
    """The plate of tests.moving_shot, as tests of jobs ask for it."""
    if not folder.exists():
        make(frames=frames, size=(128, 80), radius=8, travel=3).write(folder)
    return SmallShot(folder, FrameRange.of(range(1001, 1001 + frames)))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalDesk]:
    monkeypatch.setenv("PLATEWRIGHT_STATE", str(tmp_path / "state"))
    opened = open_desk(replace(settings_at(tmp_path), backends=Generators(Home())))
    yield opened
    opened.close()


def done(desk: LocalDesk, tmp_path: Path, backend: str, frames: int, **request: object) -> tuple[Job, TakeRecord]:
    shot = moving_shot(tmp_path / "shot", frames)
    words = {"prompt": "a wall", **request}
    asked = submission(shot, tmp_path / "out", backend=backend, request=words, accept_cost=Cost("9", "XTS"))
    job = desk.submit(asked)
    work(desk, until_idle=True)
    job = desk.job(job.id)
    assert job.state is JobState.DONE, job.failure
    return job, load(takes_at(tmp_path / "out")[-1])


def test_a_still_model_s_take_costs_no_more_than_its_quote_and_keeps_its_curve(desk: LocalDesk, tmp_path: Path) -> None:
    job, record = done(desk, tmp_path, "mock", 4)
    assert job.cost == record.cost and record.measures["sends"] == round(float(record.cost.amount) / 0.05)
    assert record.model_card.name == "mock" and record.curve is not None and record.curve.transfer == "srgb"
    assert [frame.shares.synthesis for frame in record.frames] == [1.0] * 4
    assert len(desk.jobs()) == 1


def test_a_clip_model_s_frames_stay_when_others_are_made_again(desk: LocalDesk, tmp_path: Path) -> None:
    _, first = done(desk, tmp_path, "mock-clip", 7)
    base = Base(1, FrameRange.parse("1003-1004"), 0)
    _, second = done(desk, tmp_path, "mock-clip", 7, base=base)
    assert second.version == 2 and second.curve == first.curve
    taken = [frame.number for frame in second.frames if frame.taken_from]
    assert taken == [1001, 1002, 1005, 1006, 1007]
    before = {frame.number: frame.file.sha256 for frame in first.frames}
    assert all(before[frame.number] == frame.file.sha256 for frame in second.frames if frame.taken_from)
