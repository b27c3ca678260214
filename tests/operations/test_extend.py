"""`extend`: the plate's own pixels stay, what the move filmed beyond the border is real, the windows grow as asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.errors import PlatewrightError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Extend, Pads, Plate, Regenerate, Request
from platewright.contract.windows import Box
from platewright.imaging.blend import composite
from platewright.imaging.reading import read_frame
from platewright.operations.extend import run
from tests.moving_shot import make, psnr, write_exr
from tests.operations.folder import Folder

PLATE = Box.of_size(160, 96)


def request_for(folder: Path, operation: Extend, frames: str) -> Request:
    return Request(
        operation=operation,
        element="wide",
        plate=Plate(str(folder / "plate.####.exr"), FrameRange.parse(frames)),
        seed=5,
    )


def test_the_plate_stays_bit_for_bit_and_the_window_grows(tmp_path: Path) -> None:
    moving = make(frames=4, grain=0.02)
    moving.write(tmp_path)
    operation = Extend(Pads(left=20, right=12, top=8, bottom=4), grain=False)
    outcome = run(request_for(tmp_path, operation, "1001-1004"), Folder(tmp_path / "out"), Silent())
    target = Box(-20, -8, 172, 100)
    assert outcome.display_window == PLATE
    for record in outcome.frames:
        patch = read_frame(tmp_path / "out" / record.file.name, record.number)
        assert patch.data_window == target.grown(1) and record.changed == target
        assert record.changed_pixels == target.area - PLATE.area and record.untouched_pixels == PLATE.area
        alpha = patch.channel("A").astype(np.float32)
        assert not alpha[PLATE.slices_in(patch.data_window)].any()
        plate = read_frame(tmp_path / record.plate.name, record.number)
        comp = composite(plate, patch.rgb(), alpha, patch.data_window)
        assert comp.data_window == target
        own = comp.pixels[PLATE.slices_in(target)]
        assert np.array_equal(own.view(np.uint16), plate.pixels.view(np.uint16))
        assert np.isfinite(comp.rgb()).all()


def test_the_display_window_grows_on_request(tmp_path: Path) -> None:
    make(frames=2).write(tmp_path)
    operation = Extend(Pads(left=10, right=10), grow_display=True)
    outcome = run(request_for(tmp_path, operation, "1001-1002"), Folder(tmp_path / "out"), Silent())
    assert outcome.display_window == Box(-10, 0, 170, 96)
    patch = read_frame(tmp_path / "out" / outcome.frames[0].file.name, 1001)
    assert patch.display_window == Box(-10, 0, 170, 96)


def test_a_pan_films_its_own_extension(tmp_path: Path) -> None:
    wide = make(size=(200, 96), frames=6, step=(4.0, 0.0), radius=0)
    inner = Box(20, 0, 180, 96)
    for number in wide.numbers:
        plate = wide.plates[number][inner.slices_in(wide.box)]
        write_exr(tmp_path / f"plate.{number}.exr", plate, ("R", "G", "B"), space="lin_rec709_scene")
    operation = Extend(Pads(right=20), grain=False)
    outcome = run(request_for(tmp_path, operation, "1001-1006"), Folder(tmp_path / "out"), Silent())
    first = outcome.frames[0]
    assert first.shares.frames > 0.85 and 1006 in first.sources
    patch = read_frame(tmp_path / "out" / first.file.name, 1001)
    filmed = Box(162, 2, 176, 94)
    truth = wide.clean[1001][filmed.moved(20, 0).slices_in(wide.box)]
    assert psnr(patch.rgb(filmed), truth) > 35


def test_a_data_window_smaller_than_the_display_window_is_filled_too(tmp_path: Path) -> None:
    moving = make(frames=2)
    small = Box(8, 6, 152, 90)
    for number in moving.numbers:
        plate = moving.plates[number][small.slices_in(PLATE)]
        write_exr(tmp_path / f"plate.{number}.exr", plate, ("R", "G", "B"), space="lin_rec709_scene",
                  data_window=small, display_window=PLATE)  # fmt: skip
    outcome = run(request_for(tmp_path, Extend(Pads(bottom=2)), "1001-1002"), Folder(tmp_path / "out"), Silent())
    assert outcome.frames[0].changed == Box(0, 0, 160, 98)
    assert outcome.frames[0].changed_pixels == 160 * 98 - small.area


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (Extend(Pads()), "pads_empty"),
        (Extend(Pads(left=-3)), "pads_out_of_range"),
        (Extend(Pads(left=100_000)), "pads_out_of_range"),
        (Extend(Pads(left=4), window=1), "setting_out_of_range"),
        (Regenerate(), "operation_wrong"),
    ],
)
def test_an_extension_that_makes_no_sense_is_refused(tmp_path: Path, operation: Extend, code: str) -> None:
    make(frames=1).write(tmp_path)
    request = replace(request_for(tmp_path, Extend(Pads(left=1)), "1001"), operation=operation)
    with pytest.raises(PlatewrightError) as caught:
        run(request, Folder(tmp_path / "out"), Silent())
    assert isinstance(caught.value, RequestError) and caught.value.code == code
