"""What a generator would cost, before there are files: by the plate's format, wherever the matte may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.backends.home import Home
from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import JobState, PlateShape, Quote, Unseen
from platewright.contract.money import amount_of
from platewright.contract.request import Extend, Matte, Pads, Plate
from platewright.contract.takes import Cost
from platewright.contract.windows import Box
from platewright.jobs.desk import LocalDesk, open_desk
from platewright.jobs.generators import Generators
from tests.jobs.desks import settings_at, submission
from tests.jobs.small_shot import SmallShot, small_shot
from tests.moving_shot import make, write_exr


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalDesk]:
    """The desk with every generator, the mock that takes play money among them."""
    monkeypatch.setenv("PLATEWRIGHT_STATE", str(tmp_path / "state"))
    opened = open_desk(replace(settings_at(tmp_path), backends=Generators(Home())))
    yield opened
    opened.close()


def test_without_files_it_counts_the_whole_plate_or_what_the_request_stays_inside(
    desk: LocalDesk, shot: SmallShot, tmp_path: Path
) -> None:
    def estimated(width: int, **request: object) -> Quote:
        asked = submission(shot, tmp_path / "out", backend="mock", request={"matte": None, **request})
        nowhere = replace(asked, request=replace(asked.request, plate=Plate("", asked.request.plate.frames)))
        return desk.estimate(Unseen(nowhere, PlateShape(width, 1556, 2.0)))

    whole, small = estimated(4096), estimated(64)
    assert whole.frames_to_run == 3 and whole.lines[0].what == "images" and whole.answered_by == ""
    assert amount_of(whole.cost) > amount_of(small.cost) > 0
    inside = estimated(4096, region=Box(100, 100, 160, 160))
    assert amount_of(inside.cost) < amount_of(whole.cost)
    grown = estimated(4096, operation=Extend(Pads(left=256)))
    assert amount_of(grown.cost) > amount_of(inside.cost)


def test_what_costs_nothing_is_estimated_as_nothing_and_no_format_at_all_is_refused(
    desk: LocalDesk, shot: SmallShot, tmp_path: Path
) -> None:
    assert (
        desk.estimate(Unseen(submission(shot, tmp_path / "out", backend="builtin"), PlateShape(64, 64))).cost == Cost()
    )
    for width, height, aspect in ((0, 64, 1.0), (64, 70_000, 1.0), (64, 64, 0.0), (64, 64, float("nan"))):
        with pytest.raises(RequestError) as caught:
            PlateShape(width, height, aspect)
        assert caught.value.code == "plate_shape_invalid" and caught.value.hint


def test_a_plate_without_its_matte_is_priced_for_the_dearest_that_it_can_be(
    desk: LocalDesk, shot: SmallShot, tmp_path: Path
) -> None:
    for number in shot.frames:
        pixels = np.zeros((1080, 1920, 3), np.float16)
        write_exr(tmp_path / f"large.{number}.exr", pixels, ("R", "G", "B"), space="lin_rec709_scene")
    small = desk.quote(submission(shot, tmp_path / "out", backend="mock"))
    open_ = desk.quote(submission(shot, tmp_path / "out", backend="mock", request={"matte": None}))
    assert amount_of(open_.cost) >= amount_of(small.cost) > 0
    large = Plate(str(tmp_path / "large.####.exr"), shot.frames)
    whole = desk.quote(submission(shot, tmp_path / "out", backend="mock", request={"matte": None, "plate": large}))
    part = submission(
        shot, tmp_path / "out", backend="mock", request={"matte": None, "plate": large, "region": Box(9, 9, 80, 80)}
    )
    assert amount_of(whole.cost) > amount_of(desk.quote(part).cost) > 0
    shape = Unseen(replace(part, request=replace(part.request, plate=Plate("", shot.frames))), PlateShape(1920, 1080))
    assert desk.estimate(shape).cost == desk.quote(part).cost, "the same, whether the files are there or not"


def test_what_turns_out_dearer_than_was_told_before_the_plate_was_seen_waits_for_a_yes(
    desk: LocalDesk, tmp_path: Path
) -> None:
    """A camera that pans behind a large matte: nobody could know how much ground that goes over."""
    moving = make(size=(160, 96), frames=12, step=(14.0, 0.0), radius=0.5)
    for number in moving.numbers:
        moving.mattes[number] = np.zeros((96, 160), np.float32)
        moving.mattes[number][20:76, 50:110] = 1
    moving.write(tmp_path)
    frames = FrameRange.parse("1001-1012")
    plate, matte = Plate(str(tmp_path / "plate.####.exr"), frames), Matte(str(tmp_path / "matte.####.exr"))
    shot = small_shot(tmp_path / "shot")
    asked = submission(
        shot, tmp_path / "out", backend="mock", request={"plate": plate, "matte": matte, "prompt": "a wall"}
    )
    nowhere = replace(asked, request=replace(asked.request, plate=Plate("", frames), matte=None))
    told = desk.estimate(Unseen(nowhere, PlateShape(160, 96)))
    assert any("before the plate was seen" in note for note in told.notes)
    small = replace(told.cost, amount="0.01")
    exact = desk.quote(asked)
    assert not any("before the plate was seen" in note for note in exact.notes)
    job = desk.submit(replace(asked, accept_cost=small))
    assert job.state is JobState.WAITING and any("nobody has accepted" in reason for reason in job.waits_for)
