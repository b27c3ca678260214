"""The sample shot is whole, small, tagged, and its ground truth is true."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest

SAMPLE = Path(__file__).resolve().parents[2] / "sample"
RECORD: dict[str, Any] = json.loads((SAMPLE / "shot.json").read_text(encoding="utf-8"))
FRAMES = range(RECORD["frames"]["first"], RECORD["frames"]["last"] + 1)
SOME = (FRAMES[0], FRAMES[len(FRAMES) // 3], FRAMES[2 * len(FRAMES) // 3], FRAMES[-1])
SKY_FRAMES = sorted(int(path.suffixes[0][1:]) for path in (SAMPLE / "truth").glob("sky.*.exr"))


@cache
def picture(name: str) -> npt.NDArray[np.float32]:
    """(H, W, C) float32 of a file of the sample."""
    source = oiio.ImageInput.open(str(SAMPLE / name))
    assert source is not None, oiio.geterror()
    pixels = source.read_image(0, 0, 0, source.spec().nchannels, oiio.FLOAT)
    source.close()
    return np.asarray(pixels, dtype=np.float32)


def header(name: str) -> oiio.ImageSpec:
    source = oiio.ImageInput.open(str(SAMPLE / name))
    assert source is not None, oiio.geterror()
    spec = source.spec()
    source.close()
    return spec


def truth(frame: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Plate, clean plate and matte of a frame over the clean plate's data window."""
    name = f"truth/clean.{frame}.exr"
    spec = header(name)
    rows, columns = slice(spec.y, spec.y + spec.height), slice(spec.x, spec.x + spec.width)
    plate, matte = picture(f"plate/plate.{frame}.exr"), picture(f"matte/matte.{frame}.exr")[..., 0]
    return plate[rows, columns], picture(name), matte[rows, columns]


def matte_share(frame: int) -> float:
    return float(np.mean(picture(f"matte/matte.{frame}.exr") > 0.0))


def grain_sigma(clean: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    floor, gain = (np.array(RECORD["grain"][k], dtype=np.float32) for k in ("floor", "gain"))
    return np.asarray(np.sqrt(floor**2 + gain**2 * np.maximum(clean, 0.0)), dtype=np.float32)


def test_every_frame_has_its_plate_its_matte_and_its_clean_plate() -> None:
    wanted = {
        f"{folder}/{name}.{n}.exr"
        for n in FRAMES
        for folder, name in (("plate", "plate"), ("matte", "matte"), ("truth", "clean"))
    }
    assert {name for name in wanted if not (SAMPLE / name).is_file()} == set()
    assert len(FRAMES) >= 16


def test_the_whole_shot_stays_within_eight_megabytes() -> None:
    files = [p for p in SAMPLE.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert sum(p.stat().st_size for p in files) <= 8_000_000


@pytest.mark.parametrize("name", [f"plate/plate.{FRAMES[0]}.exr", f"truth/clean.{FRAMES[-1]}.exr", "new_sky.exr"])
def test_colour_pictures_are_half_floats_that_name_their_colour_space(name: str) -> None:
    spec = header(name)
    assert spec.getattribute("colorInteropID") == "lin_rec709_scene" == RECORD["colour_space"]
    assert tuple(spec.channelnames) == ("R", "G", "B")
    assert spec.format == oiio.TypeDesc("half")


@pytest.mark.parametrize("frame", FRAMES)
def test_plate_and_clean_plate_differ_by_grain_alone_where_the_matte_is_zero(frame: int) -> None:
    plate, clean, matte = truth(frame)
    apart = (plate - clean)[matte == 0.0]
    expected = grain_sigma(clean)[matte == 0.0]
    assert np.abs(apart.mean(axis=0)).max() < 0.002
    assert np.sqrt(np.mean(apart**2)) < 2.0 * np.sqrt(np.mean(expected**2))


@pytest.mark.parametrize("frame", FRAMES)
def test_the_object_is_plain_to_see_inside_the_matte_and_covers_a_useful_part_of_the_frame(frame: int) -> None:
    plate, clean, matte = truth(frame)
    assert matte.min() == 0.0 and matte.max() == 1.0
    apart = (np.abs(plate - clean) / grain_sigma(clean)).max(axis=-1)
    assert np.mean(apart[matte == 1.0] > 5.0) > 0.4
    assert 0.03 <= matte_share(frame) <= 0.08


@pytest.mark.parametrize("frame", FRAMES)
def test_the_truth_holds_all_that_the_matte_touches(frame: int) -> None:
    whole, (_, _, held) = picture(f"matte/matte.{frame}.exr")[..., 0], truth(frame)
    assert np.count_nonzero(whole) == np.count_nonzero(held)


def test_the_object_moves_so_far_that_other_frames_see_what_it_hides() -> None:
    always = np.min([picture(f"matte/matte.{n}.exr")[..., 0] for n in FRAMES], axis=0)
    assert not np.any(always > 0.0)


def test_the_camera_moves_so_that_near_and_far_shift_apart() -> None:
    matrices = [np.array(RECORD["per_frame"][str(n)]["matrix"]) for n in (FRAMES[0], FRAMES[-1])]
    assert np.linalg.norm(matrices[1][:3, 3] - matrices[0][:3, 3]) > 0.4


def test_sky_mattes_are_coverage_and_hold_thin_things_as_fractions() -> None:
    assert len(SKY_FRAMES) >= 4
    for frame in SKY_FRAMES:
        sky = picture(f"truth/sky.{frame}.exr")[..., 0]
        assert sky.min() >= 0.0 and sky.max() <= 1.0
        assert 0.28 <= sky.mean() <= 0.45
        assert np.mean((sky > 0.05) & (sky < 0.95)) > 0.02


def test_the_sky_matte_marks_the_brightest_part_of_the_plate() -> None:
    frame = SKY_FRAMES[0]
    sky, plate = picture(f"truth/sky.{frame}.exr")[..., 0], picture(f"plate/plate.{frame}.exr")
    assert np.median(plate[sky == 1.0]) > 2.0 * np.median(plate[sky == 0.0])


@pytest.mark.parametrize("frame", SOME)
def test_every_value_is_finite(frame: int) -> None:
    for name in (f"plate/plate.{frame}.exr", f"truth/clean.{frame}.exr", f"matte/matte.{frame}.exr"):
        assert np.isfinite(picture(name)).all()


def test_the_new_sky_is_a_lat_long_picture_brighter_above_the_horizon() -> None:
    sky = picture("new_sky.exr")
    rows, columns = sky.shape[:2]
    assert columns == 2 * rows
    assert np.isfinite(sky).all()
    assert sky[: rows // 2].mean() > 2.0 * sky[rows // 2 :].mean()
