"""A model for clips extends a shot: the plate stays, what was filmed goes first, crops and chunks meet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.backends.mock import mock_clip
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Extend, Pads, Plate, Request
from platewright.contract.windows import Box
from platewright.imaging.blend import composite
from platewright.imaging.crops import crops_around
from platewright.imaging.reading import read_frame
from platewright.operations.by_model import run, work_of
from platewright.operations.clip_pieces import MadeFrame, Piece, levelled, weights_of
from platewright.operations.outcome import Outcome
from tests.fakes.model import CLIP, PAID, FakeModel, PlainSends
from tests.moving_shot import make, psnr, write_exr
from tests.operations.folder import Folder
from tests.operations.test_by_model import asked, made

FRAMES = 14
PLATE = Box.of_size(160, 96)
PADS = Pads(left=40, right=24, top=16)
TARGET = Box(-40, -16, 184, 96)
SMALL = replace(CLIP, prices=PAID, sizes=replace(CLIP.sizes, best=64, most=96))
"""A model that sees so little at once that each side is a crop of its own."""


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera that stands: nobody filmed the sides."""
    folder = tmp_path_factory.mktemp("still")
    moving = make(frames=FRAMES, step=(0.0, 0.0), radius=0.5, grain=0.0)
    for number in moving.numbers:
        moving.plates[number][3:6] = np.nan
        moving.plates[number][90:93, 20:60] = 12.0
    moving.write(folder)
    return folder


def extension(folder: Path, pads: Pads = PADS, **changes: object) -> Request:
    plate = Plate(str(folder / "plate.####.exr"), FrameRange.parse(f"1001-{1000 + FRAMES}"))
    operation = Extend(pads, grain=False)
    return asked(folder, "fake-clip", **{"operation": operation, "matte": None, "plate": plate, **changes})


def comps(folder: Path, out: Path, outcome: Outcome, pads: Box = TARGET) -> list[np.ndarray]:
    """Each frame as a host shows it, after a look at the plate's own bits."""
    found = []
    for record in outcome.frames:
        patch, plate = (
            read_frame(path, record.number) for path in (out / record.file.name, folder / record.plate.name)
        )
        comp = composite(plate, patch.rgb(), patch.channel("A").astype(np.float32), patch.data_window)
        own = comp.pixels[PLATE.slices_in(comp.data_window)]
        assert np.array_equal(own.view(np.uint16), plate.pixels.view(np.uint16))
        assert record.changed == pads and record.untouched_pixels == PLATE.area
        found.append(comp.rgb())
    return found


def test_an_extension_is_made_in_chunks_and_the_plate_stays_bit_for_bit(still: Path, tmp_path: Path) -> None:
    model = FakeModel(replace(CLIP, sizes=replace(CLIP.sizes, best=192)), gain=0.95, offset=0.02)
    outcome, sends = made(extension(still), model, tmp_path)
    assert list(sends.bodies) == ["frames 1001-1009", "frames 1006-1014"]
    assert len(work_of(extension(still), model.capabilities())) == 2 and outcome.measures["sends"] == 2
    pictures = comps(still, tmp_path, outcome)
    assert outcome.display_window == PLATE and outcome.measures["chunk_join"] is not None
    made_by = [picture[20:100, 4:30] for picture in pictures]
    assert max(np.abs(np.diff([np.log2(part.mean()) for part in made_by]))) < 0.08
    assert all(record.shares.synthesis == 1.0 for record in outcome.frames)


def test_the_display_window_of_a_model_s_extension_grows_on_request(still: Path, tmp_path: Path) -> None:
    operation = Extend(Pads(right=24), grain=False, grow_display=True)
    outcome, _ = made(extension(still, operation=operation), FakeModel(CLIP), tmp_path)
    assert outcome.display_window == Box(0, 0, 184, 96)


def test_a_pad_is_asked_for_to_the_crop_s_edge_and_the_next_chunk_is_shown_it(still: Path, tmp_path: Path) -> None:
    model = FakeModel(replace(CLIP, sizes=replace(CLIP.sizes, fixed=((128, 128),))))
    made(extension(still, Pads(left=40)), model, tmp_path)
    first, second = model.inputs
    assert first.masks[0, 0].all() and first.masks[0, :, 0].all(), "what lies beyond all is no plate to go on from"
    assert not second.masks[:4].any() and second.masks[4:].any(axis=(1, 2)).all()
    like = np.abs(second.frames - np.array((0.7, 0.3, 0.2), np.float32)).max(axis=-1) < 0.02
    assert like[:4].sum(axis=(1, 2)).min() > 400


def test_sides_of_a_wide_plate_are_crops_that_agree_and_as_many_as_were_counted(still: Path, tmp_path: Path) -> None:
    class Restless(FakeModel):
        """Each send has a colour of its own."""

        def answer(self, body: bytes) -> bytes:
            self._offset = 0.03 * (len(self.inputs) % 2)
            return super().answer(body)

    model = Restless(SMALL)
    outcome, sends = made(extension(still), model, tmp_path)
    crops = crops_around(PLATE, TARGET, SMALL.sizes)
    assert len(crops) > 2
    counted = work_of(extension(still), SMALL)
    assert len(sends.bodies) == len(counted) == 2 * len(crops)
    assert [work.pixels for work in counted[: len(crops)]] == [crop.width * crop.height for crop in crops]
    assert list(sends.bodies)[:2] == ["frames 1001-1009, part 1", "frames 1001-1009, part 2"]
    assert outcome.measures["crop_off"] is not None and outcome.measures["crop_off"] < 8
    for picture in comps(still, tmp_path, outcome):
        steps = np.abs(np.diff(np.log2(picture[2:14, 4:-4].mean(axis=2)), axis=1))
        assert steps.max() < 0.1, "one side goes over into the next"


def test_what_the_move_filmed_is_real_and_the_model_makes_the_rest(tmp_path: Path) -> None:
    wide = make(size=(200, 96), frames=FRAMES, step=(2.0, 0.0), radius=0)
    for number in wide.numbers:
        plate = wide.plates[number][Box(20, 0, 180, 96).slices_in(wide.box)]
        write_exr(tmp_path / f"plate.{number}.exr", plate, ("R", "G", "B"), space="lin_rec709_scene")
    model = FakeModel(CLIP)
    outcome, _ = made(extension(tmp_path, Pads(right=20)), model, tmp_path / "out")
    pictures = comps(tmp_path, tmp_path / "out", outcome, Box(160, 0, 180, 96))
    shares = [record.shares.frames for record in outcome.frames]
    assert shares[0] > 0.85 and shares[-1] < 0.1 and outcome.frames[0].sources
    filmed = Box(182, 2, 196, 94).slices_in(wide.box)
    assert psnr(pictures[0][2:94, 162:176], wide.clean[1001][filmed]) > 35
    asked_for = [inputs.masks.sum() for inputs in model.inputs]
    assert asked_for[0] < asked_for[-1], "what was filmed is shown, and not asked for"


def test_nothing_is_sent_where_all_of_it_was_filmed(tmp_path: Path) -> None:
    wide = make(size=(200, 96), frames=FRAMES, step=(4.0, 0.0), radius=0)
    for number in wide.numbers:
        plate = wide.plates[number][Box(20, 0, 180, 96).slices_in(wide.box)]
        write_exr(tmp_path / f"plate.{number}.exr", plate, ("R", "G", "B"), space="lin_rec709_scene")
    model = FakeModel(CLIP)
    request = extension(tmp_path, Pads(right=4))
    request = replace(request, plate=replace(request.plate, frames=FrameRange.parse("1001-1014")))
    whole, _ = made(request, model, tmp_path / "out")
    folder = Folder(tmp_path / "again")
    folder.kept = {one.number: tmp_path / "out" / one.file.name for one in whole.frames if one.number > 1003}
    again = FakeModel(CLIP)
    outcome = run(request, folder, Silent(), again, PlainSends(again, tmp_path / "sent"))
    assert [record.number for record in outcome.frames] == [1001, 1002, 1003]
    assert not again.inputs and outcome.measures["sends"] == 0 and outcome.measures["ring_error"] is None
    assert all(record.shares.frames > 0.9 for record in outcome.frames)


def test_frames_of_an_extension_that_stay_are_shown_and_only_the_others_made(still: Path, tmp_path: Path) -> None:
    whole, _ = made(extension(still), FakeModel(CLIP), tmp_path / "whole")
    folder, redo = Folder(tmp_path / "again"), {1006, 1007}
    folder.kept = {one.number: tmp_path / "whole" / one.file.name for one in whole.frames if one.number not in redo}
    model = FakeModel(CLIP)
    outcome = run(extension(still), folder, Silent(), model, PlainSends(model, tmp_path / "sent"))
    assert [record.number for record in outcome.frames] == [1006, 1007] and 1008 in outcome.at_joins
    (inputs,) = model.inputs
    assert inputs.masks.any(axis=(1, 2)).tolist().count(True) == 2


def test_plates_that_show_less_than_their_format_take_no_more_sends_than_were_counted(tmp_path: Path) -> None:
    moving, small = make(frames=5, step=(0.0, 0.0), radius=0.5), Box(8, 6, 152, 90)
    for number in moving.numbers:
        plate = moving.plates[number][small.slices_in(PLATE)]
        write_exr(tmp_path / f"plate.{number}.exr", plate, ("R", "G", "B"), space="lin_rec709_scene",
                  data_window=small, display_window=PLATE)  # fmt: skip
    plate_of = Plate(str(tmp_path / "plate.####.exr"), FrameRange.parse("1001-1005"))
    request = extension(tmp_path, Pads(bottom=16), plate=plate_of)
    outcome, sends = made(request, FakeModel(SMALL), tmp_path / "out")
    assert 0 < len(sends.bodies) <= len(work_of(request, SMALL))
    assert outcome.frames[0].changed_pixels == 160 * 112 - small.area


def test_the_clip_mock_extends(still: Path, tmp_path: Path) -> None:
    assert "extend" in mock_clip(tmp_path).capabilities().operations
    model = FakeModel(mock_clip(tmp_path).capabilities())
    outcome, sends = made(extension(still, Pads(left=64)), model, tmp_path / "out")
    assert len(sends.bodies) == len(work_of(extension(still, Pads(left=64)), model.capabilities())) == 1
    comps(still, tmp_path / "out", outcome, Box(-64, 0, 0, 96))


def test_a_later_crop_counts_for_nothing_deep_in_an_earlier_one() -> None:
    left, right = crops_around(Box(0, 0, 400, 100), Box(-40, 0, 440, 100), SMALL.sizes)[:2]
    assert (weights_of(left, ()) == 1).all() and (weights_of(right, (right,)) == 0).all()
    moved = replace(left, box=left.box.moved(left.box.width // 2, 0))
    weight = weights_of(moved, (left,))
    assert weight[:, 0].max() == 0 and weight[:, -1].min() == 1 and (np.diff(weight, axis=1) >= 0).all()
    assert ((weight > 0) & (weight < 1)).any()


def test_a_frame_of_pieces_shows_the_later_one_and_drops_what_it_hides() -> None:
    crop = crops_around(Box(0, 0, 40, 40), Box(-40, 0, 40, 40), CLIP.sizes)[0]
    shape = (crop.box.height, crop.box.width)
    one, other = (
        Piece(crop, np.full((crop.height, crop.width, 3), value, np.float32), np.ones(shape, np.float32))
        for value in (0.2, 0.6)
    )
    frame = MadeFrame().and_then(one, 0.3).and_then(other, 0.8)
    assert frame.pieces == (other,) and frame.confidence == 0.8 and frame.box == crop.box
    half = replace(one, weight=np.full(shape, 0.5, np.float32))
    mixed = frame.and_then(half, 0.5)
    assert len(mixed.pieces) == 2 and mixed.confidence == 0.5
    wide = crop.box.grown(2)
    out = mixed.over(wide, np.zeros((wide.height, wide.width, 3), np.float32))
    assert np.allclose(out[2:-2, 2:-2], 0.4, atol=1e-4) and not out[0].any()


def test_a_crop_is_brought_to_the_level_of_those_before_it() -> None:
    rng = np.random.default_rng(1)
    before = rng.random((3, 20, 20, 3), np.float32) * np.float32(0.5) + np.float32(0.2)
    made_later, on = before + np.float32(0.05), np.ones((3, 20, 20), bool)
    assert levelled(made_later, before, on) < 0.1 and np.abs(made_later - before).max() < 1e-3
    assert levelled(before + 1, before, np.zeros_like(on)) == 0.0
