"""A model's sky in a shot: painted once, as many sends as were counted, the foreground's own bits kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.errors import MatteError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import PlateShape
from platewright.contract.progress import Silent
from platewright.contract.request import Matte, Plate, Reference, ReplaceSky, Request
from platewright.contract.windows import Box
from platewright.imaging.reading import read_frame
from platewright.operations.by_model import run, work_of
from platewright.operations.outcome import Outcome
from platewright.synthesis.sky_camera import Lens, level
from platewright.synthesis.sky_dome import Painted
from tests import moving_shot
from tests.fakes.model import CLIP, PAID, STILL, FakeModel, PlainSends
from tests.operations.folder import Folder

WIDE, HIGH, FRAMES, STEP = 192, 108, 4, 3
PAINTER = replace(STILL, operations=("replace_sky",), prices=PAID)


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera that pans over clouds and a rough ground; the matte is the sky, soft by a row."""
    folder = tmp_path_factory.mktemp("sky")
    dice = np.random.default_rng(8)
    clouds = np.repeat(np.repeat(dice.uniform(0.3, 0.9, (8, 30, 1)), 9, 0), 9, 1)[:64]
    world = np.concatenate([clouds * (0.5, 0.7, 1.0), dice.uniform(0.02, 0.3, (HIGH - 64, 270, 3))]).astype(np.float16)
    world[80:84] = 30.0
    world[90, ::3] = np.nan
    matte = np.zeros((HIGH, WIDE, 1), np.float16)
    matte[:60], matte[60] = 1, 0.5
    for n in range(FRAMES):
        moving_shot.write_exr(
            folder / f"plate.{1001 + n}.exr", world[:, STEP * n : STEP * n + WIDE], ("R", "G", "B"),
            space="lin_rec709_scene",
        )  # fmt: skip
        moving_shot.write_exr(folder / f"matte.{1001 + n}.exr", matte, ("A",), space="lin_rec709_scene")
    return folder


def asked(folder: Path, **changes: object) -> Request:
    request = Request(
        operation=ReplaceSky(relight=0.0, haze=0.0, grain=False, field_of_view=40.0), element="sky", backend="fake",
        prompt="dusk", seed=3, plate=Plate(str(folder / "plate.####.exr"), FrameRange.parse(f"1001-{1000 + FRAMES}")),
        matte=Matte(str(folder / "matte.####.exr")),
    )  # fmt: skip
    return replace(request, **changes)  # type: ignore[arg-type]


def made(request: Request, folder: Path, model: FakeModel) -> tuple[Outcome, PlainSends]:
    sends = PlainSends(model, folder / "sends")
    return run(request, Folder(folder / "take"), Silent(), model, sends), sends


def test_a_sky_is_painted_once_and_the_ground_keeps_its_bits(shot: Path, tmp_path: Path) -> None:
    model = FakeModel(PAINTER, colour=(0.2, 0.4, 0.6))
    request = asked(shot)
    outcome, sends = made(request, tmp_path, model)
    assert len(sends.bodies) == len(work_of(request, PAINTER)) == outcome.measures["sends"] == 1
    assert outcome.model_card == PAINTER.card and len(outcome.frames) == FRAMES
    fresh = []
    for number in request.plate.frames:
        plate = read_frame(shot / f"plate.{number}.exr", number, rgb_only=True)
        patch = read_frame(next((tmp_path / "take").glob(f"*{number}.exr")), number)
        box, channels = patch.data_window & plate.data_window, [*patch.channels]
        shown = patch.pixels[box.slices_in(patch.data_window)]
        alpha, rgb = np.zeros((HIGH, WIDE), np.float32), np.array(plate.pixels, np.float32)
        alpha[box.slices_in(plate.data_window)] = shown[..., channels.index("A")]
        rgb[box.slices_in(plate.data_window)] = shown[..., [channels.index(one) for one in "RGB"]]
        assert not (alpha[61:] > 0).any(), "below the sky's matte nothing is changed"
        assert np.ptp(rgb[5:55].reshape(-1, 3), axis=0).max() < 0.02, "nothing of the old clouds is left"
        fresh.append(np.median(rgb[5:55].reshape(-1, 3), axis=0))
    assert fresh[0][0] < fresh[0][1] < fresh[0][2], "it is the model's colour"
    assert np.abs(np.array(fresh) - fresh[0]).max() < 0.01, "and the same in all frames"


def test_a_model_is_not_asked_to_paint_what_is_given(shot: Path, tmp_path: Path) -> None:
    given = asked(shot, references=(Reference("sky", str(shot / "plate.1001.exr")),))
    for request in (given, asked(shot, operation=ReplaceSky("procedural:sun=120/35,turbidity=3"))):
        with pytest.raises(RequestError) as refused:
            made(request, tmp_path, FakeModel(PAINTER))
        assert refused.value.code == "sky_ambiguous"
        with pytest.raises(RequestError, match="paints the new sky itself"):
            work_of(request, PAINTER, PlateShape(WIDE, HIGH))
    assert not (tmp_path / "sends").exists()


def test_a_speck_of_sky_is_refused_before_a_send(shot: Path, tmp_path: Path) -> None:
    speck = np.zeros((HIGH, WIDE, 1), np.float16)
    speck[2:5, 2:5] = 1
    for n in range(FRAMES):
        moving_shot.write_exr(tmp_path / f"matte.{1001 + n}.exr", speck, ("A",), space="lin_rec709_scene")
    with pytest.raises(MatteError) as refused:
        made(asked(shot, matte=Matte(str(tmp_path / "matte.####.exr"))), tmp_path, FakeModel(PAINTER))
    assert refused.value.code == "sky_too_small" and refused.value.frame == 1001
    assert not (tmp_path / "sends").exists()


def test_a_model_for_clips_paints_no_sky(shot: Path) -> None:
    with pytest.raises(RequestError) as refused:
        work_of(asked(shot), replace(CLIP, operations=("replace_sky",)))
    assert refused.value.code == "operation_unsupported"


def test_without_a_matte_the_price_is_that_of_the_whole_frame(shot: Path) -> None:
    small = replace(PAINTER, sizes=replace(PAINTER.sizes, most=64, best=64))
    known = work_of(asked(shot), small)
    assert len(known) < len(work_of(asked(shot, matte=None), small))
    assert len(work_of(asked(shot, matte=None), small, PlateShape(WIDE, HIGH))) >= len(known)


def test_a_painted_frame_stands_where_it_was_painted_and_tells_what_lies_beyond() -> None:
    window = Box.of_size(WIDE, HIGH)
    lens = Lens.of(window, 50.0, 1.0)
    back = level(lens, 80.0)
    picture = np.random.default_rng(1).uniform(0.05, 3.0, (HIGH, WIDE, 3)).astype(np.float32)
    painted = Painted(picture, back, window)
    assert np.allclose(painted.view(back, window), picture, rtol=2e-3) and painted.beyond == 0
    moved = np.array([[1, 0, 40], [0, 1, 0], [0, 0, 1.0]])  # the picture forty pixels to the right in this frame
    shown = painted.view(back @ moved, window)
    assert np.allclose(shown[:, : WIDE - 40], picture[:, 40:], rtol=2e-3)
    assert painted.beyond == pytest.approx(40 / WIDE, abs=0.01)
    behind = back @ np.diag([1.0, 1.0, -1.0])
    assert np.isfinite(painted.view(behind, window)).all() and painted.beyond == 1


def test_a_turn_beyond_what_was_painted_is_told(shot: Path, tmp_path: Path) -> None:
    outcome, _ = made(asked(shot), tmp_path / "all", FakeModel(PAINTER))
    told = [one for one in outcome.findings if one.code == "sky_beyond_painted"]
    assert [one.frame for one in told] == [1004], "nine of 192 columns, and what the matte's box is larger by"
    few = asked(shot, plate=Plate(str(shot / "plate.####.exr"), FrameRange.parse("1001-1002")))
    outcome, _ = made(few, tmp_path / "few", FakeModel(PAINTER))
    assert not [one for one in outcome.findings if one.code == "sky_beyond_painted"]
