"""`--base`, `--redo` and a changed matte, from the command line: said beforehand, taken over, shown by inspect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from platewright.jobs.places import takes_at
from platewright.jobs.takes import load
from tests.cli.conftest import Command
from tests.jobs.small_shot import SmallShot, small_shot, write_exr


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot", 8)


@pytest.fixture
def words(shot: SmallShot) -> tuple[str, ...]:
    return ("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig")


def smaller_matte(shot: SmallShot, number: int) -> None:
    matte = np.zeros((64, 96, 1), np.float32)
    matte[24:28, 36:44] = 1
    write_exr(shot.folder / f"matte.{number}.exr", matte, ("A",), space="")


def again(folder: Path) -> str:
    """The frames of the latest take that were made for it."""
    record = load(takes_at(folder / "elements" / "rig")[-1])
    return ",".join(str(frame.number) for frame in record.frames if not frame.taken_from)


def test_a_changed_matte_makes_some_frames_again_and_the_quote_and_the_run_say_so(
    command: Command, words: tuple[str, ...], shot: SmallShot, made: Path, tmp_path: Path
) -> None:
    smaller_matte(shot, 1008)
    quoted = command("quote", *words)
    said = command(*words)
    sentence = (
        "3 frames will be made again: 1006-1008 (1 changed + 2 beside them, for continuity); 5 are taken over from v001"
    )
    assert sentence in quoted.out
    assert "3 frames to make, 5 taken over" in quoted.out
    assert sentence in said.err
    assert again(tmp_path) == "1006,1007,1008"
    assert "rig_v002 already answers this" in command(*words).out
    assert command(*words, "--anew").code == 0
    assert again(tmp_path).count(",") == 7, "anew means every frame"


def test_frames_are_named_by_hand_of_the_latest_take_or_of_another(
    command: Command, words: tuple[str, ...], made: Path, tmp_path: Path
) -> None:
    assert command(*words, "--redo", "1003-1004").code == 0
    assert again(tmp_path) == "1003,1004"
    assert command(*words, "--base", "v001", "--redo", "1005", "--overlap", "1").code == 0
    assert again(tmp_path) == "1004,1005,1006"
    record = load(takes_at(tmp_path / "elements" / "rig")[-1])
    assert record.request.base is not None
    assert record.request.base.version == 1
    shown = command("inspect", tmp_path / "elements" / "rig" / "rig_v003.take.json").out
    assert "base        rig_v001; made again: 1004-1006" in shown
    assert "from rig_v001: 1001-1003,1007-1008" in shown
    assert "componentOf: rig_v001.take.json (signed)" in shown
    assert command("verify", tmp_path / "elements").code == 0


def test_only_a_part_of_the_region_is_made_again_inside_a_smaller_matte(
    command: Command, words: tuple[str, ...], shot: SmallShot, made: Path, tmp_path: Path
) -> None:
    for number in shot.frames:
        matte = np.zeros((64, 96, 1), np.float32)
        matte[24:28, 36:44] = number == 1004
        write_exr(shot.folder / f"part.{number}.exr", matte, ("A",), space="")
    part = ("--matte", shot.folder / "part.####.exr", "--base", "v001", "--redo-region")
    quoted = command("quote", *words, *part)
    assert "1 frame will be made again: 1004 (1 inside the matte); 7 are taken over from v001" in quoted.out


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--base", "third"), "base_invalid"),
        (("--base", "v009"), "base_missing"),
        (("--base", "latest"), "nothing_changed"),
        (("--redo", "2-1"), "range_invalid"),
        (("--redo", "2000"), "base_frames_outside"),
        (("--redo", "1003", "--overlap", "-1"), "base_invalid"),
        (("--overlap", "1"), "usage"),
        (("--redo", "1003", "--grow", "3"), "base_unfit"),
    ],
)
def test_what_cannot_be_gone_on_from_is_refused(
    command: Command, words: tuple[str, ...], made: Path, more: tuple[str, ...], code: str
) -> None:
    said = command(*words, *more, "--json")
    assert (said.code, said.json["error"]["code"]) == (2, code)
    assert said.json["error"]["hint"]


def test_how_many_frames_beside_changed_ones_is_a_setting(
    command: Command, words: tuple[str, ...], shot: SmallShot, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smaller_matte(shot, 1008)
    monkeypatch.setenv("PLATEWRIGHT_OVERLAP", "0")
    assert "1 frame will be made again: 1008 (1 changed); 7 are" in command(*words).err
