"""A plate cut to its display window: every bit of it inside, nothing of it outside, and made again when it changes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.errors import Cancelled, PlateError, RequestError, StorageError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Progress, Silent
from platewright.contract.windows import Box
from platewright.contract.wire import PlateCopies
from platewright.imaging.reading import read_frame
from platewright.jobs.plate_copies import copy_plate
from tests.moving_shot import write_exr
from tests.plugin_nuke.comps import DATA, DISPLAY, write_shot

FRAMES = FrameRange.parse("1002-1003")


@pytest.fixture
def plate(tmp_path: Path) -> str:
    write_shot(tmp_path / "shot")
    return str(tmp_path / "shot" / "plate.####.exr")


def file_of(made: PlateCopies, number: int) -> Path:
    return Path(made.pattern.replace("####", str(number)))


def test_every_bit_inside_the_display_window_is_the_plates(plate: str, tmp_path: Path) -> None:
    made = copy_plate(tmp_path / "elements", plate, FRAMES, Silent())
    assert (made.width, made.height, made.frames) == (DISPLAY.width, DISPLAY.height, "1002-1003")
    for number in FRAMES:
        source, copy = (
            read_frame(Path(plate.replace("####", str(number))), number),
            read_frame(file_of(made, number), 1),
        )
        assert copy.data_window == copy.display_window == Box.of_size(104, 64) and copy.is_half
        inside = DISPLAY.slices_in(DATA)
        for name in "RGBA":
            wanted, got = source.channel(name)[inside], copy.channel(name)
            assert np.array_equal(wanted.view(np.uint16), got.view(np.uint16)), (number, name)
        assert np.isnan(copy.channel("R")).any(), "a NaN stays one"
        assert copy.header["colorInteropID"] == "lin_rec709_scene"


def test_a_copy_is_made_again_when_its_file_has_changed_and_only_then(plate: str, tmp_path: Path) -> None:
    made = copy_plate(tmp_path / "elements", plate, FRAMES, Silent())
    first, second = (file_of(made, number) for number in FRAMES)
    inodes = first.stat().st_ino, second.stat().st_ino
    source = Path(plate.replace("####", "1002"))
    pixels = np.full((DATA.height, DATA.width, 3), 0.25, np.float16)
    write_exr(source, pixels, ("R", "G", "B"), space="lin_rec709_scene", data_window=DATA, display_window=DISPLAY)
    os.utime(source, ns=(1, first.stat().st_mtime_ns + 10**10))
    copy_plate(tmp_path / "elements", plate, FRAMES, Silent())
    again = read_frame(first, 1002)
    assert (again.channel("R") == 0.25).all() and (again.channel("A") == 1).all(), "opaque where it has no alpha"
    assert first.stat().st_ino != inodes[0] and second.stat().st_ino == inodes[1]


def test_what_a_cropped_file_does_not_hold_is_black(tmp_path: Path) -> None:
    pixels = np.ones((10, 20, 4), np.float32)
    small = Box(30, 20, 50, 30)
    write_exr(tmp_path / "still.exr", pixels, ("R", "G", "B", "A"), data_window=small, display_window=DISPLAY)
    made = copy_plate(tmp_path / "elements", str(tmp_path / "still.exr"), FrameRange((1,)), Silent())
    copy = read_frame(Path(made.pattern), 1)
    assert not copy.is_half and copy.display_window == Box.of_size(104, 64)
    for name in "RGBA":
        assert copy.channel(name).sum() == small.area and (copy.channel(name)[20:30, 30:50] == 1).all()


def test_a_plate_that_has_no_overscan_or_is_away_is_refused(plate: str, tmp_path: Path) -> None:
    (tmp_path / "movie.png").write_bytes(b"no picture")
    with pytest.raises(RequestError) as refused:
        copy_plate(tmp_path / "elements", str(tmp_path / "movie.png"), FrameRange((1,)), Silent())
    assert refused.value.code == "plate_not_exr" and refused.value.hint
    with pytest.raises(PlateError):
        copy_plate(tmp_path / "elements", plate, FrameRange((7,)), Silent())
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        copy_plate(tmp_path / "file", plate, FRAMES, Silent())


def test_stopping_leaves_whole_frames_only(plate: str, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        copy_plate(tmp_path / "elements", plate, FRAMES, Progress(lambda step: None, lambda: True))
    assert not [file for file in (tmp_path / "elements").rglob("*") if file.is_file()]
