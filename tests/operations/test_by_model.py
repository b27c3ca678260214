"""A model's pixels in a shot: exact outside the matte, carried by the motion, never more sends than were counted."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.backends.body import unpack
from platewright.contract.capabilities import Capabilities, Carried
from platewright.contract.errors import BackendError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Extend, Matte, Pads, Plate, Reference, Regenerate, Request
from platewright.imaging.reading import read_frame
from platewright.imaging.threads import at_most
from platewright.operations.by_model import run, work_of
from platewright.operations.outcome import Outcome
from tests.fakes.model import CARD, PAID, STILL, FakeModel, PlainSends
from tests.moving_shot import MovingShot, make, write_exr
from tests.operations.folder import Folder
from tests.operations.test_regenerate import differing_outside_any

FRAMES = 6


def pinned_shot() -> MovingShot:
    """A camera that pans, and a matte that stays on the same piece of ground, so that no frame shows what it hides."""
    moving = make(frames=FRAMES, step=(3.0, 0.0), radius=0.5)
    for n, number in enumerate(moving.numbers):
        mask = np.zeros((96, 160), np.float32)
        left = 80 - 3 * n
        mask[34:62, left : left + 30] = 1
        mask[33, left : left + 30] = 0.4
        moving.mattes[number] = mask
        moving.plates[number][5:9, 5:150] = np.nan
        moving.plates[number][70:72] = np.inf
        moving.plates[number][80:84, 20:60] = 40.0
        moving.plates[number][86:90, 20:60] = -0.25
    return moving


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pinned")
    pinned_shot().write(folder)
    return folder


def asked(folder: Path, backend: str = "fake", **changes: object) -> Request:
    request = Request(
        operation=Regenerate(grain=False), element="rig", backend=backend, seed=3, prompt="a red wall",
        plate=Plate(str(folder / "plate.####.exr"), FrameRange.parse(f"1001-{1000 + FRAMES}")),
        matte=Matte(str(folder / "matte.####.exr")),
    )  # fmt: skip
    return replace(request, **changes)  # type: ignore[arg-type]


def made(request: Request, model: FakeModel, out: Path) -> tuple[Outcome, PlainSends]:
    sends = PlainSends(model, out / "sent")
    return run(request, Folder(out), Silent(), model, sends), sends


def fills(out: Path, outcome: Outcome) -> list[np.ndarray]:
    """The changed pixels of each frame, scene-linear."""
    found = []
    for record in outcome.frames:
        patch = read_frame(out / record.file.name, record.number)
        found.append(patch.rgb()[patch.channel("A") == 1])
    return found


@pytest.mark.parametrize("transfer", ["srgb", "acescct", "linear"])
def test_one_picture_serves_the_shot_and_nothing_else_changes(pinned: Path, tmp_path: Path, transfer: str) -> None:
    carried = Carried(16, transfer)  # type: ignore[arg-type]
    model = FakeModel(replace(STILL, sent=carried, returned=carried), colour=(0.5, 0.3, 0.2), gain=0.95, offset=0.02)
    outcome, sends = made(asked(pinned), model, tmp_path)
    assert differing_outside_any(pinned, tmp_path, outcome) == 0
    assert list(sends.bodies) == ["picture 1, frame 1001, part 1"]
    assert [record.shares.synthesis for record in outcome.frames] == [1.0] * FRAMES
    assert outcome.model_card == CARD and outcome.measures["sends"] == 1
    assert outcome.curve is not None and outcome.curve.transfer == transfer
    first, *others = fills(tmp_path, outcome)
    for fill in others:
        assert np.abs(fill.mean(axis=0) / first.mean(axis=0) - 1).max() < 0.01
    if transfer == "srgb":
        assert outcome.curve.peak >= 40.0, "the curve holds the highlight beside the matte"


class LightModel(FakeModel):
    """Sees a plate as screens show it, and gives light: what it saw, and four times white in the mask."""

    def answer(self, body: bytes) -> bytes:
        given = np.load(io.BytesIO(unpack(body)[1]["inputs.npy"]))
        codes = given[..., :3]
        light = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
        out = io.BytesIO()
        np.save(out, np.where(given[..., 3:] > 0.5, 4.0, light).astype(np.float32))
        return out.getvalue()


def test_a_model_of_light_sees_a_screen_and_its_light_comes_back_above_the_plates_white(
    pinned: Path, tmp_path: Path
) -> None:
    model = LightModel(replace(STILL, sent=Carried(8), returned=Carried(16, "linear")))
    outcome, _ = made(asked(pinned), model, tmp_path)
    assert differing_outside_any(pinned, tmp_path, outcome) == 0
    assert outcome.curve is not None and outcome.curve.peak >= 100
    plate = read_frame(pinned / "plate.1001.exr", 1001).rgb()[34:62, 60:78]
    (shown,) = model.inputs
    seen = shown.frames[0][shown.masks[0] == 0]
    assert seen.min() >= 0 and seen.max() <= 1 and abs(float(np.median(seen)) - encoded(plate)) < 0.15
    for fill in fills(tmp_path, outcome):
        assert np.abs(np.log2(fill.mean(axis=0) / 4.0)).max() < 0.35, fill.mean(axis=0)


def encoded(light: np.ndarray) -> float:
    """A picture's middle, as sRGB shows it."""
    return float(1.055 * np.median(light) ** (1 / 2.4) - 0.055)


def test_the_model_sees_legal_crops_with_the_matte_s_soft_edge_in_its_mask(pinned: Path, tmp_path: Path) -> None:
    model = FakeModel()
    made(asked(pinned), model, tmp_path)
    (inputs,) = model.inputs
    assert inputs.frames.min() >= 0 and inputs.frames.max() <= 1 and np.isfinite(inputs.frames).all()
    assert set(np.unique(inputs.masks)) == {0.0, 1.0}
    scale = inputs.size[0] / 100
    assert inputs.masks.sum() >= 30 * 29 * min(scale, 1.0) ** 2


def test_colours_that_a_model_is_off_by_are_taken_back_from_the_ring(pinned: Path, tmp_path: Path) -> None:
    wanted = (0.5, 0.3, 0.2)
    straight, _ = made(asked(pinned), FakeModel(colour=wanted), tmp_path / "a")
    off, _ = made(asked(pinned), FakeModel(colour=wanted, gain=0.9, offset=0.06), tmp_path / "b")
    for one, other in zip(fills(tmp_path / "a", straight), fills(tmp_path / "b", off), strict=True):
        assert np.abs(np.log2(other.mean(axis=0) / one.mean(axis=0))).max() < 0.08


def test_the_same_request_sends_the_same_bodies_and_makes_the_same_files(pinned: Path, tmp_path: Path) -> None:
    model = FakeModel(noise=0.1)
    sends = PlainSends(model, tmp_path / "sent")
    outcomes = []
    for threads in (1, 3):
        with at_most(threads):
            outcomes.append(run(asked(pinned), Folder(tmp_path / str(threads)), Silent(), model, sends))
    assert [record.file.sha256 for record in outcomes[0].frames] == [
        record.file.sha256 for record in outcomes[1].frames
    ]


def test_what_other_frames_saw_goes_first_without_a_prompt(tmp_path: Path) -> None:
    make(frames=8).write(tmp_path)
    model = FakeModel()
    request = asked(tmp_path, prompt="", plate=Plate(str(tmp_path / "plate.####.exr"), FrameRange.parse("1001-1008")))
    outcome, sends = made(request, model, tmp_path / "out")
    assert not sends.bodies and all(record.shares.frames > 0.95 for record in outcome.frames)
    assert outcome.measures["sends"] == 0
    never = replace(request, operation=Regenerate(grain=False, seen="never"))
    outcome, sends = made(never, model, tmp_path / "never")
    assert sends.bodies and all(record.shares.frames == 0 for record in outcome.frames)


def test_an_artist_s_anchor_goes_before_the_model(pinned: Path, tmp_path: Path) -> None:
    painted = np.full((96, 160, 3), 0.25, np.float16)
    write_exr(tmp_path / "painted.exr", painted, ("R", "G", "B"), space="lin_rec709_scene")
    anchor = Reference("anchor", str(tmp_path / "painted.exr"), frame=1002)
    outcome, sends = made(asked(pinned, references=(anchor,)), FakeModel(), tmp_path / "out")
    assert outcome.frames[1].shares.given == 1.0 and not sends.bodies
    assert np.abs(np.median(fills(tmp_path / "out", outcome)[3]) / 0.25 - 1) < 0.2


def test_a_large_region_is_made_in_parts_that_agree_and_as_many_as_were_counted(tmp_path: Path) -> None:
    moving = make(size=(320, 192), frames=3, step=(0.0, 0.0), radius=0.5)
    for number in moving.numbers:
        moving.mattes[number][:] = 0
        moving.mattes[number][50:140, 20:300] = 1
    moving.write(tmp_path)
    limits = replace(STILL, prices=PAID, sizes=replace(STILL.sizes, best=64, most=64))
    request = asked(tmp_path, plate=Plate(str(tmp_path / "plate.####.exr"), FrameRange.parse("1001-1003")))
    model = FakeModel(limits, restless=0.05)
    outcome, sends = made(request, model, tmp_path / "out")
    counted = work_of(request, limits)
    assert 4 <= len(sends.bodies) <= len(counted) and all(cost.amount == "0.05" for cost in sends.reserved)
    assert differing_outside_any(tmp_path, tmp_path / "out", outcome) == 0
    patch = read_frame(tmp_path / "out" / outcome.frames[0].file.name, 1001)
    tone = np.log2(patch.rgb()[patch.channel("A") == 1].mean(axis=1).reshape(90, 280))
    steps = np.abs(np.diff(tone[8:-8, 8:-8], axis=1)).max()
    assert steps < 0.06, "parts of different colour run into each other"


def test_no_more_is_sent_than_was_counted_and_the_rest_is_said(
    pinned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platewright.operations.by_model.work_of", lambda request, limits: ())
    outcome, sends = made(asked(pinned), FakeModel(replace(STILL, prices=PAID)), tmp_path)
    assert not sends.bodies and "model_not_asked" in {finding.code for finding in outcome.findings}


def test_a_matte_that_travels_is_counted_for_and_a_model_of_one_s_own_may_do_more(tmp_path: Path) -> None:
    make(frames=8, radius=8, travel=16, step=(0.0, 0.0)).write(tmp_path)
    frames = Plate(str(tmp_path / "plate.####.exr"), FrameRange.parse("1001-1008"))
    request = asked(tmp_path, plate=frames, operation=Regenerate(grain=False, seen="never"))
    paid = replace(STILL, prices=PAID)
    counted = len(work_of(request, paid))
    assert counted > 3
    _, sends = made(request, FakeModel(paid), tmp_path / "paid")
    outcome, more = made(request, FakeModel(), tmp_path / "own")
    assert 2 < len(sends.bodies) <= counted and len(more.bodies) >= len(sends.bodies)
    assert "model_not_asked" not in {finding.code for finding in outcome.findings}


def test_an_extension_is_made_by_the_model(tmp_path: Path) -> None:
    make(frames=2, step=(0.0, 0.0), radius=0.5).write(tmp_path)
    request = asked(
        tmp_path, operation=Extend(Pads(right=24), grain=False), matte=None,
        plate=Plate(str(tmp_path / "plate.####.exr"), FrameRange.parse("1001-1002")),
    )  # fmt: skip
    outcome, sends = made(request, FakeModel(), tmp_path / "out")
    assert len(sends.bodies) == 1 and outcome.frames[0].shares.synthesis == 1.0


def test_a_model_without_a_fitting_size_is_an_error_before_anything_is_sent(pinned: Path, tmp_path: Path) -> None:
    limits: Capabilities = replace(STILL, sizes=replace(STILL.sizes, least=600, most=500))
    with pytest.raises(BackendError) as caught:
        made(asked(pinned), FakeModel(limits), tmp_path)
    assert caught.value.code == "size_impossible"
