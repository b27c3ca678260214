"""Bad input through the real `regenerate`: a code, a hint, the frame; no take, no version, nothing overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from platewright.jobs import run as jobs_run
from tests.cli.conftest import Command
from tests.jobs.small_shot import HEIGHT, WIDTH, SmallShot, picture, write_exr

OPERATIONS = dict(jobs_run.OPERATIONS)


@pytest.fixture
def regenerate(command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line with the real operations."""
    monkeypatch.setattr(jobs_run, "OPERATIONS", OPERATIONS)
    return command


def matte(shot: SmallShot, number: int, value: np.ndarray) -> None:
    write_exr(shot.folder / f"matte.{number}.exr", value, ("A",), space="")


def missing(shot: SmallShot) -> None:
    (shot.folder / "plate.1002.exr").unlink()


def missing_matte(shot: SmallShot) -> None:
    (shot.folder / "matte.1002.exr").unlink()


def truncated(shot: SmallShot) -> None:
    plate = shot.folder / "plate.1002.exr"
    plate.write_bytes(plate.read_bytes()[:-400])


def no_picture(shot: SmallShot) -> None:
    (shot.folder / "plate.1002.exr").write_bytes(b"this is no picture")


def another_size(shot: SmallShot) -> None:
    matte(shot, 1002, np.ones((HEIGHT // 2, WIDTH // 2, 1), np.float32))


def plate_changes_size(shot: SmallShot) -> None:
    write_exr(shot.folder / "plate.1002.exr", picture(1002, WIDTH + 8, HEIGHT), ("R", "G", "B"))


def nan_in_the_region(shot: SmallShot) -> None:
    pixels = picture(1002)
    pixels[HEIGHT // 3 + 2, WIDTH // 3 + 2] = np.nan
    write_exr(shot.folder / "plate.1002.exr", pixels, ("R", "G", "B"))


def nan_in_the_matte(shot: SmallShot) -> None:
    matte(shot, 1002, np.full((HEIGHT, WIDTH, 1), np.nan, np.float32))


def deep(shot: SmallShot) -> None:
    spec = oiio.ImageSpec(WIDTH, HEIGHT, 5, "float")
    spec.channelnames = ("R", "G", "B", "A", "Z")
    spec.deep = True
    data = oiio.DeepData()
    data.init(WIDTH * HEIGHT, 5, [oiio.TypeFloat] * 5, spec.channelnames)
    out = oiio.ImageOutput.create("exr")
    assert out.open(str(shot.folder / "plate.1002.exr"), spec), out.geterror()
    assert out.write_deep_image(data), out.geterror()
    assert out.close()


def empty_mattes(shot: SmallShot) -> None:
    for number in shot.frames:
        matte(shot, number, np.zeros((HEIGHT, WIDTH, 1), np.float32))


def white_matte(shot: SmallShot) -> None:
    write_exr(shot.folder / "plate.1002.exr", picture(1002), ("R", "G", "B"))
    matte(shot, 1002, np.ones((HEIGHT, WIDTH, 1), np.float32))


CASES: list[tuple[Callable[[SmallShot], None], str, int | None]] = [
    (missing, "frames_missing", 1002),
    (missing_matte, "frames_missing", 1002),
    (truncated, "frame_truncated", 1002),
    (no_picture, "frame_unreadable", 1002),
    (another_size, "matte_size_mismatch", 1002),
    (plate_changes_size, "plate_format_changes", 1002),
    (nan_in_the_region, "plate_not_finite", 1002),
    (nan_in_the_matte, "matte_nan", 1002),
    (deep, "deep_unsupported", 1002),
    (empty_mattes, "matte_empty", 1001),
    (white_matte, "matte_covers_all", 1002),
]


@pytest.mark.parametrize(("damage", "code", "frame"), CASES, ids=[case[0].__name__ for case in CASES])
def test_bad_input_is_named_and_leaves_nothing(
    regenerate: Command,
    shot: SmallShot,
    tmp_path: Path,
    damage: Callable[[SmallShot], None],
    code: str,
    frame: int | None,
) -> None:
    damage(shot)
    before = {path: path.read_bytes() for path in shot.folder.iterdir()}
    words = ("--plate", shot.plate, "--matte", shot.matte, "--frames", "1001-1003", "--element", "rig")
    said = regenerate("regenerate", *words, "--json")
    assert said.code == 2, said.out
    error = said.json["error"]
    assert (error["code"], error["frame"]) == (code, frame), error
    assert error["hint"]
    assert not (tmp_path / "elements").exists()
    assert {path: path.read_bytes() for path in shot.folder.iterdir()} == before
    text = regenerate("regenerate", *words)
    assert text.code == 2
    assert f"[{code}" in text.err
    assert "hint: " in text.err
    assert "Traceback" not in text.err


def test_a_plate_that_nobody_gives_a_colour_space_is_refused_and_accepted_once_it_has_one(
    regenerate: Command, shot: SmallShot, tmp_path: Path
) -> None:
    for number in shot.frames:
        write_exr(shot.folder / f"plate.{number}.exr", picture(number), ("R", "G", "B"), space="")
    words = ("--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--json")
    said = regenerate("regenerate", *words)
    assert (said.code, said.json["error"]["code"]) == (2, "colour_unknown")
    assert not (tmp_path / "elements").exists()
    unknown = regenerate("regenerate", *words, "--colour-space", "no such space")
    assert (unknown.code, unknown.json["error"]["code"]) == (2, "colour_unknown")
    assert regenerate("regenerate", *words, "--colour-space", "ACEScg").code == 0


def test_a_range_of_one_frame_is_a_take_of_one_frame(regenerate: Command, shot: SmallShot, tmp_path: Path) -> None:
    words = ("--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--frames", "1002")
    said = regenerate("regenerate", *words, "--json")
    assert said.code == 0, said.out
    assert said.json["takes"][0]["frames"] == "1002"
    assert regenerate("verify", tmp_path / "elements").code == 0


def test_an_output_folder_that_is_a_file_is_refused(regenerate: Command, shot: SmallShot, tmp_path: Path) -> None:
    (tmp_path / "elements").write_bytes(b"mine")
    words = ("--plate", shot.plate, "--matte", shot.matte, "--element", "rig")
    said = regenerate("regenerate", *words, "--json")
    assert (said.code, said.json["error"]["code"]) == (3, "not_a_folder")
    assert (tmp_path / "elements").read_bytes() == b"mine"


def test_no_usable_signing_key_is_told_before_the_work(
    regenerate: Command, shot: SmallShot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATEWRIGHT_SIGN_CHAIN", str(tmp_path / "missing.pem"))
    words = ("--plate", shot.plate, "--matte", shot.matte, "--element", "rig")
    said = regenerate("regenerate", *words, "--json")
    assert said.code == 5
    assert said.json["error"]["hint"]
    assert not (tmp_path / "elements").exists()
