"""A job is made with its own colour configuration: one worker serves two shows and mixes nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewright.contract.colour_config import ColourConfig
from platewright.contract.errors import JobConflict
from platewright.contract.jobs import JobState, Submission
from platewright.contract.progress import Silent
from platewright.contract.request import Plate, Request
from platewright.imaging.colour_config import pinned
from platewright.imaging.reading import read_frame
from platewright.jobs.address import request_hash, settled
from platewright.jobs.backend import Backend
from platewright.jobs.places import TakePlace, takes_at
from platewright.jobs.run import run
from platewright.jobs.worker import work
from platewright.provenance.settings import IdentitySettings
from tests.imaging.colour_configs import show_config, write_curve
from tests.jobs.desks import desk_at
from tests.jobs.small_shot import SmallShot, small_shot


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot", 2)


def asked(shot: SmallShot, config: Path, element: str = "rig") -> Request:
    return shot.request(element, plate=Plate(shot.plate, shot.frames, "cam"), colour=pinned(str(config), {}))


def pixels(place: TakePlace, shot: SmallShot) -> list[bytes]:
    found = [read_frame(place.frame(number), number) for number in shot.frames]
    return [np.ascontiguousarray(frame.pixels).tobytes() for frame in found]


def test_two_shows_through_one_worker_are_each_as_if_made_alone(tmp_path: Path, shot: SmallShot) -> None:
    configs = [show_config(tmp_path / name, top) for name, top in (("one", 0.5), ("two", 0.25))]
    with_desk = desk_at(tmp_path / "desk")
    turns = [*configs, *configs]  # one show, the other, and the first again: what is kept in between must not be used
    jobs = [
        with_desk.submit(Submission(asked(shot, config, f"e{n}"), str(tmp_path / "queued")))
        for n, config in enumerate(turns)
    ]
    assert work(with_desk, until_idle=True) == 4
    made = [with_desk.job(job.id) for job in jobs]
    assert [job.state for job in made] == [JobState.DONE] * 4, made
    found = [pixels(takes_at(Path(job.take))[0], shot) for job in made]
    with_desk.close()
    alone = []
    for n, config in enumerate(turns):
        run(asked(shot, config, f"e{n}"), tmp_path / "alone", IdentitySettings(home=tmp_path / "home"), Silent())
        alone.append(pixels(takes_at(tmp_path / "alone" / f"e{n}")[0], shot))
    assert found == alone
    assert found[0] == found[2] != found[1]


def test_a_configuration_that_changed_while_the_job_waited_is_an_error_and_no_picture(
    tmp_path: Path, shot: SmallShot
) -> None:
    config = show_config(tmp_path / "one", 0.5)
    desk = desk_at(tmp_path / "desk")
    job = desk.submit(Submission(asked(shot, config), str(tmp_path / "out")))
    write_curve(tmp_path / "one" / "luts" / "curve.spi1d", 0.7)
    work(desk, until_idle=True)
    failure = desk.job(job.id).failure
    assert failure is not None
    assert (failure.code, failure.exit_code) == ("colour_config_changed", 2)
    assert "changed since" in failure.message


def test_the_desk_pins_what_a_host_only_names(tmp_path: Path, shot: SmallShot) -> None:
    config = show_config(tmp_path / "one", 0.5)
    desk = desk_at(tmp_path / "desk")
    request = replace(asked(shot, config), colour=ColourConfig(str(config)))
    job = desk.submit(Submission(request, str(tmp_path / "out"), key="k"))
    colour = job.submission.request.colour
    assert colour is not None
    assert colour == pinned(str(config), {})
    assert desk.submit(Submission(request, str(tmp_path / "out"), key="k")).id == job.id
    with pytest.raises(JobConflict):
        other = replace(request, colour=pinned(""))
        desk.submit(Submission(other, str(tmp_path / "out"), key="k"))


def test_a_request_without_one_gets_that_of_who_makes_it(shot: SmallShot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCIO", "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5")
    found = settled(shot.request()).colour
    assert found is not None
    assert found.source == "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"


def test_a_take_answers_by_what_the_configuration_holds_and_not_by_where_it_lies(
    tmp_path: Path, shot: SmallShot
) -> None:
    config = show_config(tmp_path / "one", 0.5)
    shutil.copytree(tmp_path / "one", tmp_path / "moved")
    other = show_config(tmp_path / "two", 0.25)
    here, moved, differs = (request_hash(asked(shot, path)) for path in (config, tmp_path / "moved/config.ocio", other))
    assert here == moved != differs


def test_a_job_works_with_no_more_threads_than_were_asked_for(tmp_path: Path, shot: SmallShot) -> None:
    seen: list[int] = []
    before = cv2.getNumThreads()

    def operate(request: Request, sends: object) -> object:
        def work_on(request: Request, out: object, report: object) -> object:
            seen.append(cv2.getNumThreads())
            raise RuntimeError("seen enough")

        return work_on

    desk = desk_at(tmp_path / "desk", backends={"looks": Backend("looks", operate=operate)})
    desk.submit(Submission(shot.request(backend="looks"), str(tmp_path / "out"), threads=1))
    work(desk, until_idle=True)
    assert seen == [1]
    assert cv2.getNumThreads() == before


def test_a_job_says_whether_a_take_that_was_there_answered_it(tmp_path: Path, shot: SmallShot) -> None:
    desk = desk_at(tmp_path / "desk")
    first = desk.submit(Submission(shot.request(backend="grey"), str(tmp_path / "out")))
    work(desk, until_idle=True)
    again = desk.submit(Submission(shot.request(backend="grey"), str(tmp_path / "out")))
    assert not desk.job(first.id).answered
    assert again.answered
