"""Writing: patches appear whole, exact and with the same bytes every time, or not at all."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platewright.contract.errors import InternalError, StorageError
from platewright.contract.windows import Box
from platewright.imaging.reading import read_frame
from platewright.imaging.writing import carried, write_frame, write_patch, write_picture

from .pictures import library_picture, make_frame

WINDOW, DISPLAY = Box(-2, 3, 6, 9), Box(0, 0, 20, 12)


def patch_arrays(window: Box = WINDOW, seed: int = 1) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    random = np.random.default_rng(seed)
    rgb = random.normal(0.5, 2, (window.height, window.width, 3)).astype(np.float16).astype(np.float32)
    alpha = np.zeros((window.height, window.width), np.float32)
    alpha[1:-1, 1:-1] = random.random((window.height - 2, window.width - 2)).astype(np.float16)
    return rgb, alpha


def write(path: Path, **changes: Any) -> Any:
    rgb, alpha = patch_arrays()
    arguments: dict[str, Any] = {"data_window": WINDOW, "display_window": DISPLAY, "half": True} | changes
    return write_patch(path, arguments.pop("rgb", rgb), arguments.pop("alpha", alpha), **arguments)


@pytest.mark.parametrize("half", [True, False])
def test_a_patch_reads_back_exactly_with_windows_data_channels_and_aspect(tmp_path: Path, half: bool) -> None:
    rgb, alpha = patch_arrays()
    data = {"source.frame": np.full(alpha.shape, 1003, np.float32), "source.kind": np.ones(alpha.shape, np.float32)}
    write(tmp_path / "p.exr", half=half, data=data, pixel_aspect=2.0)
    frame = read_frame(tmp_path / "p.exr", 1)
    assert frame.pixels.dtype == (np.float16 if half else np.float32)
    assert (frame.data_window, frame.display_window, frame.pixel_aspect) == (WINDOW, DISPLAY, 2.0)
    assert np.array_equal(frame.rgb(), rgb) and np.array_equal(frame.channel("A").astype(np.float32), alpha)
    assert set(frame.channels) == {"R", "G", "B", "A", *data}
    assert (frame.channel("source.frame") == (1003 if not half else np.float16(1003))).all()


def test_the_hash_is_that_of_the_files_bytes_and_the_same_every_time(tmp_path: Path) -> None:
    first = write(tmp_path / "p.exr")
    content = (tmp_path / "p.exr").read_bytes()
    assert (first.name, first.size, first.sha256) == ("p.exr", len(content), hashlib.sha256(content).hexdigest())
    assert write(tmp_path / "p.exr") == first
    assert [path.name for path in tmp_path.iterdir()] == ["p.exr"]


def test_time_code_rate_and_camera_are_carried_on_and_colour_tags_are_the_patchs_own(tmp_path: Path) -> None:
    plate = {
        "smpte:TimeCode": (oiio.TypeDesc("timecode"), (0x01020304, 0)),
        "framesPerSecond": (oiio.TypeDesc("rational"), (24000, 1001)),
        "worldToCamera": (oiio.TypeDesc("matrix"), tuple(float(v) for v in range(16))),
        "chromaticities": (oiio.TypeDesc("float[8]"), (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)),
        "oiio:ColorSpace": "ACEScct",
        "DateTime": "2024:05:06 07:08:09",
        "camera/lens": "32 mm ü",
        "focus": 1.5,
        "take": 7,
        "platewright:take": "of another take",
        "xmp": "<x/>",
    }
    source = library_picture(tmp_path / "plate.exr", np.ones((4, 4, 3), np.float16), attributes=plate)
    header = read_frame(source, 1).header
    write(tmp_path / "p.exr", header={**carried(header, "lin_ap1_scene"), "platewright:take": "ours"})
    written = read_frame(tmp_path / "p.exr", 1).header
    for name in ("smpte:TimeCode", "framesPerSecond", "worldToCamera", "DateTime", "camera/lens", "focus", "take"):
        assert written[name] == header[name], name
    assert (written["colorInteropID"], written["platewright:take"]) == ("lin_ap1_scene", "ours")
    assert "chromaticities" not in written and "xmp" not in written


def test_without_a_date_the_time_of_day_does_not_get_into_the_file(tmp_path: Path) -> None:
    write(tmp_path / "p.exr", header={"note": ""})
    header = read_frame(tmp_path / "p.exr", 1).header
    assert header["DateTime"] == "2000:01:01 00:00:00" and "note" not in header


def test_values_beyond_the_largest_half_are_held_there(tmp_path: Path) -> None:
    rgb, _ = patch_arrays()
    rgb[2, 2] = (1e9, -1e9, 1e-9)
    write(tmp_path / "p.exr", rgb=rgb)
    assert read_frame(tmp_path / "p.exr", 1).rgb()[2, 2].tolist() == [65504, -65504, 0]


def _nan(rgb: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32]) -> None:
    rgb[2, 2, 1] = np.nan


def _infinity(rgb: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32]) -> None:
    rgb[2, 2, 1] = np.inf


def _border(rgb: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32]) -> None:
    alpha[-1, 3] = 1e-6


def _beyond(rgb: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32]) -> None:
    alpha[2, 2] = 1.5


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(_nan, "patch_not_finite"), (_infinity, "patch_not_finite"), (_border, "patch_border"), (_beyond, "patch_alpha")],
)
def test_a_patch_that_breaks_its_contract_is_not_written(tmp_path: Path, spoil: Any, code: str) -> None:
    rgb, alpha = patch_arrays()
    spoil(rgb, alpha)
    with pytest.raises(InternalError) as caught:
        write(tmp_path / "p.exr", rgb=rgb, alpha=alpha)
    assert caught.value.code == code and not list(tmp_path.iterdir())


def test_arrays_of_another_shape_than_the_window_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InternalError) as caught:
        write(tmp_path / "p.exr", data_window=WINDOW.grown(1))
    assert caught.value.code == "patch_shape"


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_frame_is_written_and_read_back_bit_for_bit(data: st.DataObject, tmp_path_factory: Any) -> None:
    width, height = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    kind = data.draw(st.sampled_from([np.uint16, np.uint32]))
    channels = data.draw(st.sampled_from([("R", "G", "B"), ("R", "G", "B", "A"), ("R", "G", "B", "Z", "x.y")]))
    origin = (data.draw(st.integers(-50, 50)), data.draw(st.integers(-50, 50)))
    seed = data.draw(st.integers(0, 2**32 - 1))
    raw = np.random.default_rng(seed).integers(0, np.iinfo(kind).max, (height, width, len(channels)), dtype=kind)
    special = {
        np.uint16: [0x7C00, 0xFC00, 0x7E01, 0x8000, 1],
        np.uint32: [0x7F800000, 0xFF800000, 0x7FC00001, 1 << 31, 1],
    }
    raw.reshape(-1)[: len(special[kind])] = special[kind][: raw.size]
    frame = make_frame(raw.view(np.float16 if kind is np.uint16 else np.float32), channels, origin, DISPLAY)
    path = tmp_path_factory.mktemp("any") / "f.exr"
    write_frame(path, frame)
    back = read_frame(path, 1)
    assert (back.data_window, back.display_window) == (frame.data_window, DISPLAY)
    for name in channels:
        assert np.array_equal(back.channel(name).copy().view(kind), frame.channel(name).copy().view(kind)), name


def test_a_folder_that_is_not_there_is_an_error_an_artist_understands(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "absent" / "p.exr", tmp_path / "file" / "p.exr"):
        with pytest.raises(StorageError) as caught:
            write(path)
        assert caught.value.code == "write_failed" and caught.value.hint
        with pytest.raises(StorageError):
            write_picture(path.with_suffix(".png"), np.zeros((2, 2, 3), np.uint8))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(StorageError) as caught:
        write(folder / "p.exr")
    assert caught.value.code == "write_failed"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 kB, where the system lets us mount one."""
    mount = shutil.which("mount")
    place = tmp_path / "tiny"
    place.mkdir()
    if not mount or os.geteuid() != 0:
        pytest.skip("mounting a tiny tmpfs needs root")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def large_patch() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], Box]:
    window = Box.of_size(256, 256)
    rgb = np.random.default_rng(3).random((256, 256, 3)).astype(np.float32)
    return rgb, np.zeros((256, 256), np.float32), window


def test_a_full_disk_is_told_and_leaves_nothing_behind(tiny_disk: Path) -> None:
    kept = tiny_disk / "p.exr"
    kept.write_bytes(b"the older file")
    rgb, alpha, window = large_patch()
    with pytest.raises(StorageError) as caught:
        write_patch(kept, rgb, alpha, window, window, half=True)
    assert caught.value.code == "disk_full" and caught.value.retry
    assert [path.name for path in tiny_disk.iterdir()] == ["p.exr"] and kept.read_bytes() == b"the older file"
    with pytest.raises(StorageError) as caught:
        write_picture(tiny_disk / "s.png", np.random.default_rng(1).integers(0, 255, (400, 400, 3), dtype=np.uint8))
    assert caught.value.code == "disk_full" and [path.name for path in tiny_disk.iterdir()] == ["p.exr"]


def test_a_file_that_may_not_grow_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    rgb, alpha, window = large_patch()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(StorageError) as caught:
            write_patch(tmp_path / "p.exr", rgb, alpha, window, window, half=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code == "write_failed" and not list(tmp_path.iterdir())


def test_a_picture_is_written_as_png(tmp_path: Path) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (5, 9, 3), dtype=np.uint8)
    entry = write_picture(tmp_path / "s.png", picture)
    assert entry.size == (tmp_path / "s.png").stat().st_size
    assert np.array_equal(np.rint(read_frame(tmp_path / "s.png", 1).rgb() * 255).astype(np.uint8), picture)
