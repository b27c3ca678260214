"""A model for clips in a shot: chunks that go over into each other, context that is shown, frames that stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Extend, Pads, Plate, Reference, Regenerate, ReplaceSky, Request
from platewright.imaging.reading import read_frame
from platewright.imaging.threads import at_most
from platewright.operations.by_model import run, work_of
from platewright.operations.clip_run import run_clip
from platewright.operations.outcome import Outcome
from tests.fakes.model import CLIP, PAID, FakeModel, PlainSends
from tests.moving_shot import make, write_exr
from tests.operations.folder import Folder
from tests.operations.test_by_model import asked, fills, made
from tests.operations.test_regenerate import differing_outside_any

FRAMES = 14


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    moving = make(frames=FRAMES, step=(2.0, 0.5), radius=14, travel=4)
    for number in moving.numbers:
        moving.plates[number][3:6] = np.nan
        moving.plates[number][90:93, 20:60] = 12.0
    moving.write(folder)
    return folder


def clip_of(shot: Path, **changes: object) -> Request:
    plate = Plate(str(shot / "plate.####.exr"), FrameRange.parse(f"1001-{1000 + FRAMES}"))
    return asked(shot, "fake-clip", plate=plate, **changes)


def levels(out: Path, outcome: Outcome) -> list[float]:
    return [float(np.log2(fill.mean())) for fill in fills(out, outcome)]


def test_a_shot_longer_than_the_model_takes_is_made_in_chunks(shot: Path, tmp_path: Path) -> None:
    model = FakeModel(CLIP, gain=0.95, offset=0.02)
    outcome, sends = made(clip_of(shot), model, tmp_path)
    assert [record.number for record in outcome.frames] == list(range(1001, 1001 + FRAMES))
    assert differing_outside_any(shot, tmp_path, outcome) == 0
    assert list(sends.bodies) == ["frames 1001-1009", "frames 1006-1014"]
    assert len(work_of(clip_of(shot), CLIP)) == 2 and outcome.measures["sends"] == 2
    assert all(record.shares.synthesis == 1.0 for record in outcome.frames)
    assert outcome.curve is not None and outcome.curve.peak >= 12
    assert max(np.abs(np.diff(levels(tmp_path, outcome)))) < 0.08


def test_a_later_chunk_is_shown_what_the_one_before_made_and_is_not_asked_for_it(shot: Path, tmp_path: Path) -> None:
    model = FakeModel(CLIP)
    made(clip_of(shot), model, tmp_path)
    first, second = model.inputs
    assert first.masks.any(axis=(1, 2)).all() and not second.masks[:4].any() and second.masks[4:].any(axis=(1, 2)).all()
    like = np.abs(second.frames - np.array((0.7, 0.3, 0.2), np.float32)).max(axis=-1) < 0.02
    assert like[:4].sum(axis=(1, 2)).min() > 400 > like[4:].sum()


def test_chunks_of_other_colours_go_over_into_each_other(shot: Path, tmp_path: Path) -> None:
    class Restless(FakeModel):
        """Each send has a colour of its own, and what it was shown it gives back in that too."""

        def answer(self, body: bytes) -> bytes:
            self._offset = 0.0 if len(self.inputs) == 1 else 0.08
            return super().answer(body)

    plain = replace(CLIP, prices=PAID)
    outcome, _ = made(clip_of(shot, operation=Regenerate(grain=False, seam_healing=0.0)), Restless(plain), tmp_path)
    steps = np.abs(np.diff(levels(tmp_path, outcome)))
    assert steps.max() < 0.08
    assert outcome.measures["chunk_off"] is not None


def test_a_chunk_that_does_not_meet_is_asked_for_again_only_where_that_is_free(shot: Path, tmp_path: Path) -> None:
    sent = {}
    for name, limits in (("free", CLIP), ("paid", replace(CLIP, prices=PAID))):
        model = FakeModel(limits, restless=0.25)
        outcome, sends = made(clip_of(shot), model, tmp_path / name)
        sent[name] = list(sends.bodies)
        assert outcome.measures["chunk_join"] is not None and outcome.measures["chunk_usual"] is not None
    assert sent["paid"] == ["frames 1001-1009", "frames 1006-1014"]
    assert sent["free"][:2] == sent["paid"] and set(sent["free"][2:]) <= {"frames 1006-1014 again"}


def test_a_painted_frame_is_shown_obeyed_and_not_asked_for(shot: Path, tmp_path: Path) -> None:
    painted = np.full((96, 160, 3), 0.25, np.float16)
    write_exr(tmp_path / "painted.exr", painted, ("R", "G", "B"), space="lin_rec709_scene")
    anchor = Reference("anchor", str(tmp_path / "painted.exr"), frame=1004)
    model = FakeModel(replace(CLIP, keyframes=1))
    outcome, _ = made(clip_of(shot, references=(anchor,)), model, tmp_path / "out")
    inputs = model.inputs[0]
    assert [picture.at for picture in inputs.pictures] == [3] and not inputs.masks[3].any()
    assert outcome.frames[3].shares.given == 1.0 and outcome.frames[4].shares.synthesis == 1.0
    assert np.abs(fills(tmp_path / "out", outcome)[3] - 0.25).max() < 1e-3


def test_frames_that_stay_are_shown_and_only_the_others_are_made(shot: Path, tmp_path: Path) -> None:
    whole, _ = made(clip_of(shot), FakeModel(CLIP), tmp_path / "whole")
    folder = Folder(tmp_path / "again")
    redo = {1006, 1007}
    folder.kept = {
        record.number: tmp_path / "whole" / record.file.name for record in whole.frames if record.number not in redo
    }
    model = FakeModel(CLIP)
    outcome = run(clip_of(shot), folder, Silent(), model, PlainSends(model, tmp_path / "sent"))
    assert [record.number for record in outcome.frames] == [1006, 1007]
    (inputs,) = model.inputs
    assert inputs.masks.any(axis=(1, 2)).tolist().count(True) == 2
    assert outcome.curve == whole.curve, "the curve is the whole shot's"
    assert 1008 in outcome.at_joins


def test_single_frames_far_apart_are_made_again_each_among_its_neighbours(shot: Path, tmp_path: Path) -> None:
    whole, _ = made(clip_of(shot), FakeModel(CLIP), tmp_path / "whole")
    folder, redo = Folder(tmp_path / "again"), {1002, 1012}
    folder.kept = {
        record.number: tmp_path / "whole" / record.file.name for record in whole.frames if record.number not in redo
    }
    model = FakeModel(CLIP)
    outcome = run(clip_of(shot), folder, Silent(), model, PlainSends(model, tmp_path / "sent"))
    assert [record.number for record in outcome.frames] == sorted(redo) and len(model.inputs) == 2
    assert all(record.shares.synthesis == 1.0 for record in outcome.frames)
    for record in outcome.frames:
        now = read_frame(folder.path(record.number), record.number).rgb()
        then = read_frame(tmp_path / "whole" / record.file.name, record.number).rgb()
        assert np.abs(now - then).max() < 0.2


def test_the_same_request_sends_the_same_bodies(shot: Path, tmp_path: Path) -> None:
    model = FakeModel(CLIP, noise=0.05)
    sends = PlainSends(model, tmp_path / "sent")
    hashes = []
    for threads in (1, 3):
        with at_most(threads):
            outcome = run(clip_of(shot), Folder(tmp_path / str(threads)), Silent(), model, sends)
        hashes.append([record.file.sha256 for record in outcome.frames])
    assert hashes[0] == hashes[1]


def test_a_frame_without_matte_gets_a_patch_that_changes_nothing(tmp_path: Path) -> None:
    moving = make(frames=6, step=(2.0, 0.0))
    moving.mattes[1003][:] = 0
    moving.write(tmp_path)
    request = clip_of(tmp_path, operation=Regenerate(grain=True))
    request = replace(request, plate=replace(request.plate, frames=FrameRange.parse("1001-1006")))
    outcome, _ = made(request, FakeModel(CLIP), tmp_path / "out")
    assert outcome.frames[2].changed_pixels == 0 and outcome.frames[3].changed_pixels > 0
    assert not read_frame(tmp_path / "out" / outcome.frames[2].file.name, 1003).channel("A").any()


def test_what_a_clip_model_can_t_do_is_said_before_anything_is_sent(shot: Path, tmp_path: Path) -> None:
    model = FakeModel(CLIP)
    with pytest.raises(RequestError, match="model for clips"):
        run_clip(
            clip_of(shot, operation=ReplaceSky()), Folder(tmp_path), Silent(), model, PlainSends(model, tmp_path), 1
        )
    with pytest.raises(RequestError, match="nothing to extend"):
        made(clip_of(shot, operation=Extend(Pads()), matte=None), model, tmp_path)
    marks = Reference("never_from", str(shot / "matte.####.exr"))
    with pytest.raises(RequestError, match="means nothing"):
        made(clip_of(shot, references=(marks,)), model, tmp_path)
    assert not model.inputs
