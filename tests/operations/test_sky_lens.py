"""The lens of a pan is known before its first frame is made, and a camera that stands still tells of none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from platewright.contract.errors import Cancelled
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Progress, Silent
from platewright.contract.request import Plate, ReplaceSky, Request
from platewright.contract.windows import Box
from platewright.imaging.reading import read_frame
from platewright.operations.replace_sky import run
from platewright.operations.shot import open_shot
from platewright.operations.sky_lens import learned_lens, spread
from platewright.synthesis.sky_camera import USUAL_FIELD_OF_VIEW, Lens
from tests import moving_shot
from tests.operations.folder import Folder
from tests.synthesis.test_sky_motion import BOX, HEIGHT, WIDTH, clouds, turned

TRUE = 75.0
FRAMES = 4


def make_shot(folder: Path, degrees: float) -> Request:
    """A camera that turns over clouds above flat ground, `degrees` a frame, by a lens wider than the usual."""
    lens, wide = Lens.of(BOX, TRUE), Lens.of(Box(0, 0, 4 * WIDTH, 4 * HEIGHT), 130.0)
    world = 0.3 + clouds(4 * WIDTH, 4 * HEIGHT)[..., None] / 255 * np.array((0.3, 0.25, 0.15))
    world[int(2.2 * HEIGHT) :] = 0.03
    draw = np.random.default_rng(2)
    for i in range(FRAMES):
        matrix = lens.matrix @ turned(degrees * (i - FRAMES / 2)) @ wide.rays
        seen = cv2.warpPerspective(world.astype(np.float32), matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
        seen += draw.normal(0, 0.003, seen.shape).astype(np.float32)
        path = folder / f"plate.{1001 + i}.exr"
        moving_shot.write_exr(path, seen.astype(np.float16), ("R", "G", "B"), space="lin_rec709_scene")
    plate = Plate(str(folder / "plate.####.exr"), FrameRange.parse(f"1001-{1000 + FRAMES}"))
    return Request(ReplaceSky(sky="procedural:sun=40/30,turbidity=3", horizon=150.0, relight=0.0), "sky", plate, seed=3)


@pytest.fixture(scope="module")
def pan(tmp_path_factory: pytest.TempPathFactory) -> Request:
    return make_shot(tmp_path_factory.mktemp("pan"), 3.0)


def look_at(request: Request) -> Lens | None:
    label = np.ones((27, 48), np.float32)
    label[14:] = 0
    return learned_lens(open_shot(request), Lens.of(BOX, USUAL_FIELD_OF_VIEW), label, BOX, Silent())


def test_a_pan_tells_its_lens(pan: Request) -> None:
    lens = look_at(pan)
    assert lens is not None and lens.focal == pytest.approx(Lens.of(BOX, TRUE).focal, rel=0.03)


def test_a_camera_that_stands_still_tells_no_lens(tmp_path: Path) -> None:
    request = make_shot(tmp_path, 0.0)
    assert look_at(request) is None
    assert look_at(replace(request, plate=replace(request.plate, frames=FrameRange.of([1001])))) is None


def test_the_first_frame_s_new_sky_is_seen_through_the_lens_that_the_shot_tells(pan: Request, tmp_path: Path) -> None:
    known = replace(pan, operation=replace(pan.operation, field_of_view=TRUE))  # type: ignore[type-var]
    skies = []
    for name, request in (("learned", pan), ("known", known)):
        outcome = run(request, Folder(tmp_path / name), Silent())
        patch = read_frame(tmp_path / name / outcome.frames[0].file.name, 1001)
        skies.append(np.asarray(patch.channel("newsky.blue"), np.float32))
    assert skies[0].shape == skies[1].shape
    assert np.abs(skies[0] - skies[1]).max() < 0.02 * skies[1].max()  # by the usual lens it would be a quarter


def test_looking_ahead_can_be_cancelled(pan: Request, tmp_path: Path) -> None:
    said: list[str] = []
    progress = Progress(lambda step: said.append(step.stage), lambda: len(said) > 2)
    with pytest.raises(Cancelled):
        run(pan, Folder(tmp_path), progress)
    assert said[-1] == "learning the lens"


def test_the_frames_looked_at_are_spread_from_the_first_to_the_last() -> None:
    assert spread(FrameRange.parse("1001-1004"), 16) == (1001, 1002, 1003, 1004)
    chosen = spread(FrameRange.parse("1001-1100"), 16)
    assert len(chosen) == 16 and chosen[0] == 1001 and chosen[-1] == 1100
