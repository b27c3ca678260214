"""Copies over the whole picture: a host that multiplies gets the plate from them, bit for bit, outside the matte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from platewright.contract.errors import Cancelled, PlatewrightError, RequestError
from platewright.contract.progress import Progress, Silent
from platewright.contract.windows import Box
from platewright.imaging.blend import composite, count_differences, keymix
from platewright.imaging.reading import read_frame
from platewright.jobs.full_frames import copy_full_frames
from platewright.jobs.places import takes_at
from tests.plugin_nuke.comps import DATA, Shot, make_takes

PLATE = Box.of_size(104, 64)
GROWN = Box(-12, -10, 104 + 14, 64 + 11)


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    return make_takes(tmp_path_factory.mktemp("shot"))


def copies_of(shot: Shot, element: str, layer: str = "picture") -> tuple[object, list[Path]]:
    made = copy_full_frames(takes_at(shot.record(element))[0], Silent(), layer)
    return made, [Path(made.pattern.replace("####", str(number))) for number in (1002, 1003)]


@pytest.mark.parametrize(("element", "window"), [("rig", PLATE), ("wide", GROWN), ("grown", GROWN), ("sky", PLATE)])
def test_a_copy_over_the_plate_keeps_every_bit_outside_the_matte_when_a_host_multiplies(
    shot: Shot, element: str, window: Box
) -> None:
    made, files = copies_of(shot, element)
    assert made.frames == "1002-1003"
    touched = 0
    for number, file in zip((1002, 1003), files, strict=True):
        copy = read_frame(file, number)
        assert copy.data_window == copy.display_window == Box.of_size(made.width, made.height)
        assert np.isfinite(copy.rgb()).all(), "nothing in a copy can poison a host's arithmetic"
        assert (made.width, made.height) == (window.width, window.height)
        plate = read_frame(shot.folder / f"plate.{number}.exr", number).rgb(window)
        alpha = np.asarray(copy.channel("A"), np.float32)
        mixed = keymix(plate, copy.rgb(), alpha)
        assert count_differences(mixed[alpha == 0], plate[alpha == 0]) == 0
        touched += int((alpha > 0).sum())
    assert touched > 300


@pytest.mark.parametrize("element", ["wide", "grown"])
def test_around_an_extended_plate_its_own_overscan_shows(shot: Shot, element: str) -> None:
    """A host that gets the plate cut to its display window has the overscan from the copy alone."""
    _, files = copies_of(shot, element)
    copy, plate = read_frame(files[0], 1002), read_frame(shot.folder / "plate.1002.exr", 1002)
    ring = np.zeros((GROWN.height, GROWN.width), bool)
    ring[DATA.slices_in(GROWN)] = True
    ring[PLATE.slices_in(GROWN)] = False
    theirs = plate.rgb(GROWN)
    plain = ring & np.isfinite(theirs).all(axis=2)
    assert plain.sum() == ring.sum() - 2, "a pixel is NaN and one is infinite"
    assert count_differences(copy.rgb()[plain], theirs[plain]) == 0
    assert (np.asarray(copy.channel("A"), np.float32)[ring] == 1).all()


def test_inside_the_matte_a_copy_is_the_patch_itself(shot: Shot) -> None:
    _, files = copies_of(shot, "rig")
    patch = read_frame(shot.root / "rig" / "rig_v001.1002.exr", 1002)
    copy = read_frame(files[0], 1002)
    alpha = np.asarray(patch.channel("A"), np.float32)
    theirs = copy.rgb(patch.data_window & PLATE)
    inside = (patch.data_window & PLATE).slices_in(patch.data_window)
    assert np.array_equal(patch.rgb()[inside][alpha[inside] > 0], theirs[alpha[inside] > 0])
    assert copy.is_half == patch.is_half
    assert copy.header["colorInteropID"] == patch.header["colorInteropID"]


def test_a_sky_can_be_had_alone_with_its_own_matte(shot: Shot) -> None:
    made, files = copies_of(shot, "sky", "sky")
    assert Path(made.pattern).name == "sky_sky_v001.####.exr"
    patch = read_frame(shot.root / "sky" / "sky_v001.1002.exr", 1002)
    sky = np.asarray(patch.channel("sky.A"), np.float32)
    box = patch.data_window & PLATE
    expected = sky[box.slices_in(patch.data_window)]
    got = np.asarray(read_frame(files[0], 1002).channel("A"), np.float32)[box.slices_in(PLATE)]
    assert np.array_equal(expected, got) and got.max() > 0.5


@pytest.mark.parametrize("element", ["wide", "rig"])
def test_the_whole_picture_can_be_had_to_look_at(shot: Shot, element: str) -> None:
    made, files = copies_of(shot, element, "whole")
    window = GROWN if element == "wide" else PLATE
    whole = read_frame(files[0], 1002)
    assert whole.data_window == whole.display_window == Box.of_size(window.width, window.height)
    assert (np.asarray(whole.channel("A"), np.float32) == 1).all()
    record = takes_at(shot.record(element))[0]
    patch = read_frame(record.frame(1002), 1002)
    plate = read_frame(shot.folder / "plate.1002.exr", 1002)
    comp = composite(plate, patch.rgb(), np.asarray(patch.channel("A"), np.float32), patch.data_window)
    assert np.array_equal(whole.rgb(), comp.rgb(window), equal_nan=True)
    assert Path(made.pattern).name == f"{element}_whole_v001.####.exr"


def test_a_take_without_a_sky_says_so(shot: Shot) -> None:
    with pytest.raises(RequestError) as refused:
        copies_of(shot, "rig", "sky")
    assert refused.value.code == "layer_missing"


def test_copies_are_made_once_and_lie_among_no_takes_files(shot: Shot) -> None:
    made, files = copies_of(shot, "rig")
    assert files[0].parent == shot.root / ".full_frames" / "rig"
    before = [file.stat().st_mtime_ns for file in files]
    assert copies_of(shot, "rig")[0] == made
    assert [file.stat().st_mtime_ns for file in files] == before
    files[0].unlink()
    copies_of(shot, "rig")
    assert files[0].is_file()


def test_stopping_leaves_whole_frames_only(shot: Shot, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        copy_full_frames(takes_at(shot.record("rig", 2))[0], Progress(lambda step: None, lambda: True))
    folder = shot.root / ".full_frames" / "rig"
    assert not list(folder.glob(".*.part")) and not list(folder.glob("rig_v002*"))


def test_a_plate_that_is_gone_is_an_error_with_a_hint(shot: Shot, tmp_path: Path) -> None:
    with pytest.raises(PlatewrightError) as refused:
        copy_full_frames(takes_at(shot.record("rig"))[0], Silent(), plate=str(tmp_path / "gone.####.exr"))
    assert refused.value.hint


def test_pixels_that_a_host_can_not_cover_are_said(shot: Shot) -> None:
    (shot.root / ".full_frames" / "wide" / "wide_v001.1002.exr").unlink(missing_ok=True)
    made, _ = copies_of(shot, "wide")
    assert made.notes == (), "the plate's NaN lies outside the matte of an extension"
