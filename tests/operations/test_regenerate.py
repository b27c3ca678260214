"""`regenerate` end to end over real files: exact outside the matte, honest about sources, clear about bad input."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platewright.contract.errors import ColourError, MatteError, PlateError, PlatewrightError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Matte, Plate, Reference, Regenerate, Request
from platewright.contract.windows import Box
from platewright.imaging.blend import composite, keymix
from platewright.imaging.reading import read_frame
from platewright.operations.outcome import Outcome
from platewright.operations.regenerate import run
from tests.moving_shot import make, write_exr
from tests.operations.folder import Folder


def request_for(folder: Path, frames: str = "1001-1008", **changes: object) -> Request:
    request = Request(
        operation=Regenerate(grain=False),
        element="rig",
        plate=Plate(str(folder / "plate.####.exr"), FrameRange.parse(frames)),
        matte=Matte(str(folder / "matte.####.exr")),
        seed=3,
    )
    return replace(request, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shot")
    make(grain=0.03).write(folder)
    return folder


def differing_outside(folder: Path, out: Path, outcome: Outcome) -> int:
    """Pixels where A is 0 that a host's blend or ours would change, over the whole range."""
    wrong = 0
    for record in outcome.frames:
        plate = read_frame(folder / record.plate.name, record.number)
        patch = read_frame(out / record.file.name, record.number)
        alpha = patch.channel("A").astype(np.float32)
        comp = composite(plate, patch.rgb(), alpha, patch.data_window)
        full = np.zeros((comp.data_window.height, comp.data_window.width), np.float32)
        inside = patch.data_window & comp.data_window
        full[inside.slices_in(comp.data_window)] = alpha[inside.slices_in(patch.data_window)]
        untouched = full[plate.data_window.slices_in(comp.data_window)] == 0
        ours = comp.pixels[plate.data_window.slices_in(comp.data_window)]
        wrong += int((ours[untouched].view(np.uint16) != plate.pixels[untouched].view(np.uint16)).sum())
        host = keymix(comp.rgb(), patch.rgb(comp.data_window), full)
        plain = plate.rgb()
        finite = np.isfinite(plain)
        same = host[plate.data_window.slices_in(comp.data_window)].view(np.uint32) == plain.view(np.uint32)
        wrong += int((~same & finite)[untouched].sum())
    return wrong


def test_every_frame_is_made_and_nothing_changes_outside_the_matte(shot: Path, tmp_path: Path) -> None:
    outcome = run(request_for(shot), Folder(tmp_path), Silent())
    assert [record.number for record in outcome.frames] == list(range(1001, 1009))
    assert differing_outside(shot, tmp_path, outcome) == 0
    assert outcome.colour_space == "lin_rec709_scene"
    for record in outcome.frames:
        assert record.shares.frames > 0.95 and record.sources
        assert record.file.sha256 and record.plate.sha256 and record.matte is not None
        assert record.patch_window == record.changed.grown(1)
        assert len(record.fingerprint) == 13


def test_the_patch_holds_the_artist_s_matte_untouched(shot: Path, tmp_path: Path) -> None:
    outcome = run(request_for(shot, "1003-1005"), Folder(tmp_path), Silent())
    patch = read_frame(tmp_path / outcome.frames[1].file.name, 1004)
    matte = read_frame(shot / "matte.1004.exr", 1004).channel("A").astype(np.float16)
    alpha = patch.channel("A")
    rows, columns = (patch.data_window & Box.of_size(160, 96)).slices_in(Box.of_size(160, 96))
    assert np.array_equal(alpha, matte[rows, columns])
    assert int(np.count_nonzero(matte)) == int(np.count_nonzero(alpha))


def test_the_same_request_gives_the_same_files(shot: Path, tmp_path: Path) -> None:
    hashes = []
    for name in ("a", "b"):
        outcome = run(request_for(shot, operation=Regenerate(grain=True)), Folder(tmp_path / name), Silent())
        hashes.append([record.file.sha256 for record in outcome.frames])
    assert hashes[0] == hashes[1]


def test_regrain_gives_the_region_the_plate_s_grain(tmp_path: Path) -> None:
    moving = make(size=(256, 192), radius=30, travel=22, grain=0.12, step=(0.0, 0.0), finest=9)
    moving.write(tmp_path)
    noise: dict[bool, list[float]] = {}
    for grain in (False, True):
        out = tmp_path / f"out_{grain}"
        outcome = run(request_for(tmp_path, operation=Regenerate(grain=grain)), Folder(out), Silent())
        for record in outcome.frames:
            patch = read_frame(out / record.file.name, record.number)
            inside = patch.channel("A") == 1
            truth = moving.clean[record.number][patch.data_window.slices_in(Box.of_size(256, 192))]
            error = (patch.rgb() / truth - 1)[inside]
            noise.setdefault(grain, []).append(float(error.std()))
    assert np.mean(noise[False]) < 0.075
    assert np.mean(noise[True]) == pytest.approx(0.12, rel=0.2)


def test_growing_and_feathering_change_pixels_outside_only_when_asked(shot: Path, tmp_path: Path) -> None:
    plain = run(request_for(shot, "1004"), Folder(tmp_path / "plain"), Silent())
    matte = Matte(str(shot / "matte.####.exr"), grow=3.0, feather=2.0)
    grown = run(request_for(shot, "1004", matte=matte), Folder(tmp_path / "grown"), Silent())
    assert grown.frames[0].changed_pixels > plain.frames[0].changed_pixels
    assert grown.frames[0].changed.contains(plain.frames[0].changed.grown(3))


def test_frames_with_an_empty_matte_get_a_patch_that_changes_nothing(tmp_path: Path) -> None:
    moving = make(frames=4)
    moving.mattes[1002][:] = 0
    moving.write(tmp_path)
    outcome = run(request_for(tmp_path, "1001-1004"), Folder(tmp_path / "out"), Silent())
    record = outcome.frames[1]
    assert record.changed_pixels == 0 and record.untouched_pixels == 160 * 96
    assert not read_frame(tmp_path / "out" / record.file.name, 1002).channel("A").any()


def test_an_anchor_and_a_clean_plate_are_obeyed_to_the_bit(tmp_path: Path) -> None:
    moving = make(frames=4, step=(0.0, 0.0))
    moving.write(tmp_path)
    painted = moving.clean[1002].astype(np.float16).copy()
    painted[44:52, 70:90] = (0.75, 0.25, 0.5)
    write_exr(tmp_path / "clean.exr", painted, ("R", "G", "B"), space="lin_rec709_scene")
    reference = Reference("clean_plate", str(tmp_path / "clean.exr"), source_type="humanEdits")
    outcome = run(request_for(tmp_path, "1001-1004", references=(reference,)), Folder(tmp_path / "out"), Silent())
    assert len(outcome.references) == 1 and outcome.references[0][0].name == "clean.exr"
    for record in outcome.frames:
        assert record.shares.given == 1.0
        patch = read_frame(tmp_path / "out" / record.file.name, record.number)
        changed = patch.channel("A") > 0
        rows, columns = patch.data_window.slices_in(Box.of_size(160, 96))
        assert np.array_equal(patch.pixels[..., :3][changed], painted[rows, columns][changed])


@pytest.mark.parametrize(
    ("dtype", "matte"),
    [(kind, matte) for kind in ("half", "float") for matte in ("pixel", "border", "soft", "corner")],
)
def test_hostile_pixels_outside_the_matte_survive_bit_for_bit(tmp_path: Path, dtype: str, matte: str) -> None:
    moving = make(frames=3, grain=0.05)
    for number in moving.numbers:
        plate = moving.plates[number]
        plate[5:9, 5:150] = np.float16(np.nan)
        plate[70:72] = np.float16(np.inf)
        plate[72:74] = np.float16(-0.0)
        plate[74:76] = np.float16(-3.0)
        plate[76, :, 0] = np.float16(6e-8)
        mask = np.zeros((96, 160), np.float32)
        if matte == "pixel":
            mask[30, 40] = 1
        elif matte == "border":
            mask[20:60, 0:3] = mask[20:60, 157:] = 1
            mask[95, 20:140] = 0.5
        elif matte == "corner":
            mask[0:3, 0:4] = mask[93:, 150:] = 1
        else:
            mask[20:60, 30:90] = np.linspace(0, 1, 60, dtype=np.float32)
        moving.mattes[number] = mask
        kind = np.float16 if dtype == "half" else np.float32
        write_exr(tmp_path / f"plate.{number}.exr", plate.astype(kind), ("R", "G", "B"), space="lin_rec709_scene")
        write_exr(tmp_path / f"matte.{number}.exr", mask[..., None], ("A",))
    outcome = run(request_for(tmp_path, "1001-1003"), Folder(tmp_path / "out"), Silent())
    assert differing_outside_any(tmp_path, tmp_path / "out", outcome) == 0


def differing_outside_any(folder: Path, out: Path, outcome: Outcome) -> int:
    """As differing_outside, by our own composite, for any pixel type."""
    wrong = 0
    for record in outcome.frames:
        plate = read_frame(folder / record.plate.name, record.number)
        patch = read_frame(out / record.file.name, record.number)
        alpha = patch.channel("A").astype(np.float32)
        comp = composite(plate, patch.rgb(), alpha, patch.data_window)
        changed = np.zeros((plate.data_window.height, plate.data_window.width), bool)
        inside = patch.data_window & plate.data_window
        changed[inside.slices_in(plate.data_window)] = alpha[inside.slices_in(patch.data_window)] > 0
        ours = comp.pixels[plate.data_window.slices_in(comp.data_window)]
        bits = np.uint16 if plate.is_half else np.uint32
        wrong += int((ours[~changed].view(bits) != plate.pixels[~changed].view(bits)).sum())
    return wrong


@settings(max_examples=12)
@given(
    offset=st.tuples(st.integers(-40, 20), st.integers(-20, 20)),
    half=st.booleans(),
    place=st.tuples(st.integers(0, 59), st.integers(0, 39), st.integers(1, 30), st.integers(1, 30)),
    seed=st.integers(0, 2**16),
)
def test_random_overscan_plates_keep_every_pixel_outside_the_matte(
    tmp_path_factory: pytest.TempPathFactory, offset: tuple[int, int], half: bool,
    place: tuple[int, int, int, int], seed: int,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("random")
    rng = np.random.default_rng(seed)
    data = Box.of_size(60, 40, *offset)
    display = Box.of_size(48, 32)
    for number in (1, 2):
        plate = np.exp2(rng.normal(-2, 2, (40, 60, 4))).astype(np.float16 if half else np.float32)
        plate[rng.random((40, 60)) < 0.01] = np.nan
        matte = np.zeros((40, 60), np.float32)
        x, y, width, height = place
        matte[y : y + height, x : x + width] = rng.choice([1.0, 0.3])
        plate[matte > 0] = np.float32(0.2)
        write_exr(folder / f"plate.{number:04d}.exr", plate, ("R", "G", "B", "Z"), space="lin_ap1_scene",
                  data_window=data, display_window=display)  # fmt: skip
        write_exr(folder / f"matte.{number:04d}.exr", matte[..., None], ("A",), data_window=data,
                  display_window=display)  # fmt: skip
    outcome = run(request_for(folder, "1-2"), Folder(folder / "out"), Silent())
    assert differing_outside_any(folder, folder / "out", outcome) == 0


def refused(folder: Path, out: Path, **changes: object) -> PlatewrightError:
    """The error that a request ends in; nothing may be left under a final name."""
    frames = str(changes.pop("frames", "1001-1008"))
    with pytest.raises(PlatewrightError) as caught:
        run(request_for(folder, frames, **changes), Folder(out), Silent())
    assert caught.value.hint, caught.value.code
    return caught.value


def test_bad_input_is_named_with_its_frame_and_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "shot"
    make(frames=5).write(folder)

    (folder / "plate.1003.exr").rename(folder / "kept.exr")
    error = refused(folder, tmp_path / "a", frames="1001-1005")
    assert error.code == "frames_missing" and "1003" in error.message and isinstance(error, PlateError)
    (folder / "kept.exr").rename(folder / "plate.1003.exr")

    whole = (folder / "plate.1004.exr").read_bytes()
    (folder / "plate.1004.exr").write_bytes(whole[: len(whole) * 2 // 3])
    error = refused(folder, tmp_path / "b", frames="1001-1005")
    assert error.code == "frame_truncated" and error.frame == 1004
    (folder / "plate.1004.exr").write_bytes(whole)

    (folder / "matte.1002.exr").rename(folder / "kept.exr")
    error = refused(folder, tmp_path / "c", frames="1001-1005")
    assert error.code == "frames_missing" and isinstance(error, MatteError)
    (folder / "kept.exr").rename(folder / "matte.1002.exr")

    write_exr(folder / "small.exr", np.ones((48, 80, 1), np.float32), ("A",))
    error = refused(folder, tmp_path / "d", frames="1001-1005", matte=Matte(str(folder / "small.exr")))
    assert error.code == "matte_size_mismatch"

    for value, code in ((0.0, "matte_empty"), (1.0, "matte_covers_all"), (np.nan, "matte_nan")):
        write_exr(folder / "one.exr", np.full((96, 160, 1), value, np.float32), ("A",))
        error = refused(folder, tmp_path / "e", frames="1001-1005", matte=Matte(str(folder / "one.exr")))
        assert error.code == code and isinstance(error, MatteError)

    plate = make(frames=1).plates[1001]
    plate[48, 40:120] = np.nan
    write_exr(folder / "plate.1002.exr", plate, ("R", "G", "B"), space="lin_rec709_scene")
    error = refused(folder, tmp_path / "f", frames="1001-1005")
    assert error.code == "plate_not_finite" and error.frame == 1002

    write_exr(folder / "plate.1002.exr", plate[:80], ("R", "G", "B"), space="lin_rec709_scene")
    error = refused(folder, tmp_path / "g", frames="1001-1005")
    assert error.code == "plate_format_changes" and error.frame == 1002


def test_a_plate_without_a_colour_space_is_refused(tmp_path: Path) -> None:
    make(frames=2).write(tmp_path, space="")
    error = refused(tmp_path, tmp_path / "out", frames="1001-1002")
    assert isinstance(error, ColourError) and error.code == "colour_unknown"
    said = Plate(str(tmp_path / "plate.####.exr"), FrameRange.parse("1001-1002"), "ACEScg")
    outcome = run(request_for(tmp_path, plate=said), Folder(tmp_path / "out"), Silent())
    assert outcome.colour_space == "lin_ap1_scene"


def test_an_anchor_outside_the_range_or_of_another_size_is_refused(tmp_path: Path) -> None:
    moving = make(frames=3)
    moving.write(tmp_path)
    shutil.copy(tmp_path / "plate.1002.exr", tmp_path / "painted.exr")
    anchor = Reference("anchor", str(tmp_path / "painted.exr"), frame=1010)
    error = refused(tmp_path, tmp_path / "out", frames="1001-1003", references=(anchor,))
    assert isinstance(error, RequestError) and error.code == "anchor_out_of_range" and error.frame == 1010
    write_exr(tmp_path / "painted.exr", moving.plates[1001][:50], ("R", "G", "B"), space="lin_rec709_scene")
    anchor = Reference("anchor", str(tmp_path / "painted.exr"), frame=1002)
    error = refused(tmp_path, tmp_path / "out", frames="1001-1003", references=(anchor,))
    assert error.code == "reference_size_mismatch"


def test_a_single_frame_is_made_from_its_own_surround(shot: Path, tmp_path: Path) -> None:
    outcome = run(request_for(shot, "1004"), Folder(tmp_path), Silent())
    assert outcome.frames[0].shares.synthesis == 1.0
    assert differing_outside(shot, tmp_path, outcome) == 0


def test_a_region_keeps_the_work_inside_it(shot: Path, tmp_path: Path) -> None:
    region = Box(70, 40, 90, 60)
    outcome = run(request_for(shot, "1003-1005", region=region), Folder(tmp_path), Silent())
    assert all(region.contains(record.changed) for record in outcome.frames)


def test_a_cut_in_the_range_is_found_said_and_split(tmp_path: Path) -> None:
    first, second = make(frames=4, grain=0.02), make(frames=4, first=1005, grain=0.02)
    first.write(tmp_path / "plates")
    for number in second.numbers:
        plate, matte = second.plates[number][::-1, ::-1, ::-1], second.mattes[number][::-1, ::-1]
        write_exr(tmp_path / "plates" / f"plate.{number}.exr", plate, ("R", "G", "B"), space="lin_rec709_scene")
        write_exr(tmp_path / "plates" / f"matte.{number}.exr", matte[..., None], ("A",))
    request = request_for(tmp_path / "plates", operation=Regenerate(window=5))
    outcome = run(request, Folder(tmp_path / "out"), Silent())
    assert [(finding.code, finding.frame) for finding in outcome.findings if "cut" in finding.code] == [
        ("cut_in_range", 1005)
    ]
    for record in outcome.frames:
        assert record.sources
        assert all((source < 1005) == (record.number < 1005) for source in record.sources)
