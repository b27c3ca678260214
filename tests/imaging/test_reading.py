"""Reading: every kind of file comes in exactly, everything else is refused with its name and frame."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest

from platewright.contract.errors import MatteError, PlateError
from platewright.contract.windows import Box
from platewright.imaging.reading import probe, read_frame, read_matte
from platewright.imaging.writing import write_frame

from .pictures import library_picture, raw_exr

WINDOW = Box.of_size(7, 5)


def every_half(shape: tuple[int, int, int] = (256, 256, 3)) -> npt.NDArray[np.float16]:
    bits = np.resize(np.arange(65536, dtype=np.uint16), shape)
    return bits.view(np.float16)


def random_bits(shape: tuple[int, ...], kind: type, seed: int = 7) -> npt.NDArray:
    count = int(np.prod(shape)) * np.dtype(kind).itemsize
    return np.random.default_rng(seed).integers(0, 256, count, dtype=np.uint8).view(kind).reshape(shape)


def bits(values: npt.NDArray) -> npt.NDArray:
    return values.view({2: np.uint16, 4: np.uint32}[values.dtype.itemsize])


def test_every_half_value_is_read_bit_for_bit(tmp_path: Path) -> None:
    halves = every_half()
    channels = {name: np.ascontiguousarray(halves[..., i]) for i, name in enumerate("RGB")}
    frame = read_frame(raw_exr(tmp_path / "p.exr", channels, Box.of_size(256, 256)), 1)
    assert frame.pixels.dtype == np.float16
    assert np.array_equal(bits(frame.pixels), bits(halves))


def test_float_values_are_read_bit_for_bit_with_nan_infinity_and_denormals(tmp_path: Path) -> None:
    floats = {name: random_bits((5, 7), np.float32, seed) for seed, name in enumerate("RGB")}
    floats["R"][0, :4] = (np.nan, np.inf, -0.0, 1e-45)
    frame = read_frame(raw_exr(tmp_path / "p.exr", floats, WINDOW), 1)
    assert all(np.array_equal(bits(frame.channel(name).copy()), bits(floats[name])) for name in "RGB")


@pytest.mark.parametrize("kind", ["half", "float"])
@pytest.mark.parametrize("compression", ["none", "rle", "zips", "zip", "piz", "pxr24", "b44", "dwaa", "dwab"])
def test_a_tall_picture_is_what_the_library_reads_at_once(tmp_path: Path, compression: str, kind: str) -> None:
    spec = oiio.ImageSpec(40, 700, 3, kind)
    spec.y, spec.full_height = -33, 650
    spec.attribute("compression", compression)
    path = tmp_path / "tall.exr"
    target = oiio.ImageOutput.create("exr")
    ramp = np.linspace(0, 9, 40 * 700 * 3, dtype=np.float32).reshape(700, 40, 3)
    assert target.open(str(path), spec) and target.write_image(ramp) and target.close()
    source = oiio.ImageInput.open(str(path))
    whole = source.read_image(0, 0, 0, 3, kind)
    source.close()
    frame = read_frame(path, 1)
    assert frame.data_window == Box(0, -33, 40, 667)
    assert np.array_equal(bits(frame.pixels), bits(whole))


@pytest.mark.parametrize("rgb_only", [False, True])
def test_channels_are_found_by_name_whatever_their_order(tmp_path: Path, rgb_only: bool) -> None:
    names = ("A", "B", "G", "R", "Z", "gen.mask", "depth.Z")
    channels = {name: np.full((5, 7), value, np.float16) for value, name in enumerate(names)}
    frame = read_frame(raw_exr(tmp_path / "p.exr", channels, WINDOW), 1, rgb_only=rgb_only)
    assert frame.rgb(Box(2, 2, 3, 3)).ravel().tolist() == [3, 2, 1]
    assert ("gen.mask" in frame.channels) is not rgb_only


def test_channels_of_other_types_come_in_their_own_type(tmp_path: Path) -> None:
    ids = random_bits((5, 7), np.uint32)
    depth = random_bits((5, 7), np.float32)
    channels = {name: np.full((5, 7), 0.5, np.float16) for name in "RGBA"}
    frame = read_frame(raw_exr(tmp_path / "p.exr", {**channels, "Z": depth, "id": ids}, WINDOW), 1)
    assert frame.pixels.dtype == np.float16 and frame.channels == ("R", "G", "B", "A")
    assert np.array_equal(frame.channel("id"), ids) and frame.channel("id").dtype == np.uint32
    assert np.array_equal(bits(frame.channel("Z").copy()), bits(depth))


def test_red_green_and_blue_of_two_types_become_float(tmp_path: Path) -> None:
    channels = {
        "R": np.full((5, 7), 0.1, np.float32),
        "G": np.ones((5, 7), np.float16),
        "B": np.ones((5, 7), np.float16),
    }
    frame = read_frame(raw_exr(tmp_path / "p.exr", channels, WINDOW), 1, rgb_only=True)
    assert frame.pixels.dtype == np.float32
    assert frame.rgb()[0, 0].tolist() == [np.float32(0.1), 1, 1]


def test_overscan_and_negative_origins_keep_their_place(tmp_path: Path) -> None:
    window, display = Box(-3, -2, 4, 3), Box(0, 0, 4, 3)
    ramp = np.arange(35, dtype=np.float32).reshape(5, 7)
    path = raw_exr(tmp_path / "p.exr", dict.fromkeys("RGB", ramp), window, display, aspect=2.0)
    frame = read_frame(path, 1)
    assert (frame.data_window, frame.display_window, frame.pixel_aspect) == (window, display, 2.0)
    assert frame.rgb(Box(0, 0, 1, 1))[0, 0, 0] == ramp[2, 3]
    assert frame.rgb(Box(3, 2, 6, 4), outside=-1.0)[..., 0].tolist() == [[34, -1, -1], [-1, -1, -1]]


def test_tiled_files_read_as_scanline_files_do(tmp_path: Path) -> None:
    halves = np.random.default_rng(1).random((50, 70, 3)).astype(np.float16)
    path = library_picture(tmp_path / "t.exr", halves, tile=16)
    assert np.array_equal(bits(read_frame(path, 1).pixels), bits(halves))


def _two_parts(path: Path) -> Path:
    depth, colour = oiio.ImageSpec(7, 5, 1, "float"), oiio.ImageSpec(7, 5, 3, "half")
    depth.channelnames = ("Z",)
    depth["oiio:subimagename"], colour["oiio:subimagename"] = "depth", "beauty"
    target = oiio.ImageOutput.create(str(path))
    assert target.open(str(path), (depth, colour))
    assert target.write_image(np.full((5, 7, 1), 9, np.float32))
    assert target.open(str(path), colour, "AppendSubimage")
    assert target.write_image(np.full((5, 7, 3), 0.25, np.float16))
    assert target.close()
    return path


@pytest.mark.parametrize("layer", ["", "beauty"])
def test_the_part_with_the_picture_is_found(tmp_path: Path, layer: str) -> None:
    frame = read_frame(_two_parts(tmp_path / "m.exr"), 1, layer=layer)
    assert frame.channels == ("R", "G", "B") and float(frame.rgb().max()) == 0.25


def test_a_layer_is_read_by_its_name_and_an_unknown_one_names_those_there(tmp_path: Path) -> None:
    channels = {
        f"{layer}.{c}": np.full((5, 7), value, np.float16) for value, layer in enumerate(("key", "fill")) for c in "RGB"
    }
    path = raw_exr(tmp_path / "p.exr", channels, WINDOW)
    assert float(read_frame(path, 1, layer="fill").rgb().min()) == 1
    with pytest.raises(PlateError, match="fill, key") as caught:
        read_frame(path, 7, layer="rim")
    assert (caught.value.code, caught.value.frame) == ("no_layer", 7)
    with pytest.raises(PlateError, match="fill, key") as caught:
        read_frame(path, 7)
    assert caught.value.code == "no_rgb"


def test_a_grey_picture_has_three_equal_channels(tmp_path: Path) -> None:
    path = raw_exr(tmp_path / "p.exr", {"Y": np.full((5, 7), 0.5, np.float16)}, WINDOW)
    assert read_frame(path, 1).rgb().shape == (5, 7, 3)


@pytest.mark.parametrize(
    ("suffix", "kind", "steps"),
    [
        (".dpx", "uint10", 1023),
        (".tif", "uint16", 65535),
        (".tif", "uint8", 255),
        (".png", "uint16", 65535),
        (".png", "uint8", 255),
    ],
)
def test_whole_numbers_become_zero_to_one(tmp_path: Path, suffix: str, kind: str, steps: int) -> None:
    values = np.array([0, 1, steps // 2, steps - 1, steps], dtype=np.float64) / steps
    picture = np.repeat(values.astype(np.float32)[None, :, None], 3, axis=2).repeat(4, axis=0)
    attributes: dict[str, object] = {"oiio:BitsPerSample": 10} if kind == "uint10" else {}
    path = library_picture(
        tmp_path / f"p{suffix}", picture, kind="uint16" if kind == "uint10" else kind, attributes=attributes
    )
    frame = read_frame(path, 1)
    assert frame.pixels.dtype == np.float32
    assert np.allclose(frame.rgb()[0, :, 0], values, atol=0.02 / steps)


def test_float_tiff_and_jpeg_come_in(tmp_path: Path) -> None:
    grey = np.full((16, 16, 3), 0.5, np.float32)
    assert np.array_equal(read_frame(library_picture(tmp_path / "p.tif", grey, kind="float"), 1).rgb(), grey)
    assert np.allclose(read_frame(library_picture(tmp_path / "p.jpg", grey, kind="uint8"), 1).rgb(), 0.5, atol=0.01)


def test_a_png_is_not_multiplied_by_its_alpha(tmp_path: Path) -> None:
    picture = np.full((4, 4, 4), 0.5, np.float32)
    path = library_picture(
        tmp_path / "p.png", picture, ("R", "G", "B", "A"), kind="uint8", attributes={"oiio:UnassociatedAlpha": 1}
    )
    assert np.allclose(read_frame(path, 1).rgb(), 128 / 255)


def test_tags_of_other_formats_are_dropped_and_an_exrs_kept(tmp_path: Path) -> None:
    grey = np.full((4, 4, 3), 0.5, np.float16)
    tag = {"oiio:ColorSpace": "ACEScg"}
    png = library_picture(tmp_path / "p.png", grey.astype(np.float32), kind="uint16", attributes=tag)
    assert "oiio:ColorSpace" not in read_frame(png, 1).header
    exr = library_picture(tmp_path / "p.exr", grey, attributes=tag)
    assert read_frame(exr, 1).header["colorInteropID"] == "lin_ap1_scene"


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("suffix", [".exr", ".tif", ".png", ".dpx", ".jpg"])
def test_truncated_files_never_give_pixels(tmp_path: Path, suffix: str, share: float) -> None:
    noise = np.random.default_rng(2).random((64, 64, 3)).astype(np.float32)
    kind = {".exr": "half", ".tif": "uint16", ".png": "uint8", ".dpx": "uint16", ".jpg": "uint8"}[suffix]
    path = library_picture(tmp_path / f"p{suffix}", noise, kind=kind)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(PlateError) as caught:
        read_frame(path, 1004)
    assert caught.value.code in ("frame_truncated", "frame_unreadable")
    assert caught.value.frame == 1004 and path.name in caught.value.message and caught.value.hint


def test_a_truncated_exr_says_so(tmp_path: Path) -> None:
    path = library_picture(tmp_path / "p.exr", np.ones((64, 64, 3), np.float16))
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(PlateError) as caught:
        read_frame(path, 1)
    assert caught.value.code == "frame_truncated"


def test_deep_files_are_refused(tmp_path: Path) -> None:
    spec = oiio.ImageSpec(4, 4, 4, "half")
    spec.channelnames = ("R", "G", "B", "A")
    spec.deep = True
    deep = oiio.DeepData()
    deep.init(spec)
    for pixel in range(16):
        deep.set_samples(pixel, 1)
    target = oiio.ImageOutput.create(str(tmp_path / "d.exr"))
    assert target.open(str(tmp_path / "d.exr"), spec), target.geterror()
    assert target.write_deep_image(deep), target.geterror()
    target.close()
    with pytest.raises(PlateError, match="deep") as caught:
        read_frame(tmp_path / "d.exr", 1002)
    assert (caught.value.code, caught.value.frame) == ("deep_unsupported", 1002)
    with pytest.raises(MatteError) as refused:
        read_matte(tmp_path / "d.exr", 1002)
    assert refused.value.code == "deep_unsupported"


def test_luminance_and_subsampled_chroma_is_refused(tmp_path: Path) -> None:
    window = Box.of_size(8, 4)
    channels = {"Y": np.ones((4, 8), np.float16), "RY": np.ones((2, 4), np.float16), "BY": np.ones((2, 4), np.float16)}
    path = raw_exr(tmp_path / "y.exr", channels, window, sampling={"RY": 2, "BY": 2})
    with pytest.raises(PlateError) as caught:
        read_frame(path, 3)
    assert caught.value.code in ("subsampled_unsupported", "frame_unreadable") and caught.value.frame == 3


@pytest.mark.parametrize(
    "window",
    [
        Box(0, 0, 1_000_000, 1_000_000),
        Box(-(2**31) + 1, 0, 2**31 - 1, 4),
        Box(0, 0, 70_000, 1),
        Box(2**30, 2**30, 2**30 + 4, 2**30 + 4),
        Box(10, 10, 5, 5),
    ],
)
@pytest.mark.parametrize("attribute", ["dataWindow", "displayWindow"])
def test_windows_beyond_reason_are_refused_before_memory_is_asked_for(
    tmp_path: Path, window: Box, attribute: str
) -> None:
    path = raw_exr(tmp_path / "p.exr", {name: np.ones((5, 7), np.float16) for name in "RGB"}, WINDOW)
    content = bytearray(path.read_bytes())
    place = content.index(attribute.encode() + b"\0box2i\0") + len(attribute) + 11
    content[place : place + 16] = struct.pack("<4i", window.x0, window.y0, window.x1 - 1, window.y1 - 1)
    path.write_bytes(content)
    with pytest.raises(PlateError) as caught:
        read_frame(path, 1)
    assert caught.value.code in ("size_unreasonable", "frame_unreadable", "frame_truncated")


def test_a_large_window_in_a_small_file_fails_cleanly(tmp_path: Path) -> None:
    path = raw_exr(tmp_path / "p.exr", {name: np.ones((5, 7), np.float16) for name in "RGB"}, WINDOW)
    content = bytearray(path.read_bytes())
    place = content.index(b"dataWindow\0box2i\0") + 21
    content[place : place + 16] = struct.pack("<4i", 0, 0, 8000, 8000)
    path.write_bytes(content)
    with pytest.raises(PlateError):
        read_frame(path, 1)


def test_files_that_are_no_pictures_are_refused(tmp_path: Path) -> None:
    for name, content in (
        ("t.exr", b"hello"),
        ("t.png", b"\x89PNG\r\n"),
        ("t.txt", b"words"),
        ("g.gif", b"GIF89a\1\0\1\0\0\0\0;"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PlateError) as caught:
            read_frame(tmp_path / name, 5)
        assert caught.value.frame == 5
    with pytest.raises(PlateError) as caught:
        read_frame(tmp_path, 5)
    assert caught.value.code == "frame_unreadable"
    with pytest.raises(PlateError) as caught:
        read_frame(tmp_path / "absent.exr", 5)
    assert caught.value.code == "frames_missing"


def test_probe_tells_the_header_without_pixels(tmp_path: Path) -> None:
    path = library_picture(
        tmp_path / "p.exr", np.ones((5, 7, 3), np.float16), window=Box(-1, -1, 6, 4), display=Box(0, 0, 5, 3)
    )
    header = probe(path)
    assert (header.data_window, header.display_window) == (Box(-1, -1, 6, 4), Box(0, 0, 5, 3))
    assert header.half and header.format == "openexr" and header.channels == ("R", "G", "B")


@pytest.mark.parametrize(
    ("channels", "asked", "expected"),
    [
        ({"A": 0.25, "R": 1.0, "G": 1.0, "B": 1.0}, "", 0.25),
        ({"roto": 0.75}, "", 0.75),
        ({"R": 0.5, "G": 0.5, "B": 0.5}, "", 0.5),
        ({"A": 0.25, "roto.left": 0.125}, "roto.left", 0.125),
    ],
)
def test_the_matte_is_the_named_channel_else_a_else_the_only_one_else_the_luminance(
    tmp_path: Path, channels: dict[str, float], asked: str, expected: float
) -> None:
    path = raw_exr(tmp_path / "m.exr", {n: np.full((5, 7), v, np.float16) for n, v in channels.items()}, WINDOW)
    matte, window, display = read_matte(path, 1, asked)
    assert matte.dtype == np.float32 and matte.shape == (5, 7) and (window, display) == (WINDOW, WINDOW)
    assert np.allclose(matte, expected)
    assert np.allclose(read_matte(path, 1, asked, invert=True)[0], 1 - expected)


def test_a_matte_channel_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = raw_exr(
        tmp_path / "m.exr", {"left": np.ones((5, 7), np.float16), "right": np.ones((5, 7), np.float16)}, WINDOW
    )
    with pytest.raises(MatteError, match="left, right") as caught:
        read_matte(path, 9, "A")
    assert (caught.value.code, caught.value.frame) == ("no_channel", 9)
    with pytest.raises(MatteError, match="left, right") as caught:
        read_matte(path, 9)
    assert caught.value.code == "matte_channel_unclear"


def test_an_eight_bit_matte_is_exact_at_both_ends(tmp_path: Path) -> None:
    steps = np.repeat(np.linspace(0, 1, 256, dtype=np.float32)[None, :, None], 3, axis=2).repeat(2, axis=0)
    matte, _, _ = read_matte(library_picture(tmp_path / "m.png", steps, kind="uint8"), 1)
    assert matte[0, 0] == 0.0 and abs(float(matte[0, -1]) - 1.0) < 1e-6


def test_whole_number_ids_are_neither_picture_nor_matte(tmp_path: Path) -> None:
    path = raw_exr(tmp_path / "i.exr", {name: np.ones((5, 7), np.uint32) for name in "RGBA"}, WINDOW)
    with pytest.raises(PlateError) as caught:
        read_frame(path, 1)
    assert caught.value.code == "not_a_picture"
    with pytest.raises(MatteError) as refused:
        read_matte(path, 1)
    assert refused.value.code == "not_a_picture"


@pytest.mark.parametrize("name", ["a b#%04d.exr", "what?rawcolor=1&x.exr", "ü 日本.exr", "[x]*{y}$F4.exr", "-n.exr"])
def test_file_names_are_data(tmp_path: Path, name: str) -> None:
    path = raw_exr(tmp_path / name, {c: np.ones((5, 7), np.float16) for c in "RGB"}, WINDOW)
    assert read_frame(path, 1).rgb().min() == 1
    entry = write_frame(tmp_path / f"copy of {name}", read_frame(path, 1))
    assert read_frame(tmp_path / entry.name, 1).rgb().min() == 1


def test_a_name_that_is_not_text_is_refused_not_crashed_on(tmp_path: Path) -> None:
    path = raw_exr(tmp_path / "x.exr", {c: np.ones((5, 7), np.float16) for c in "RGB"}, WINDOW)
    odd = path.rename(tmp_path / "bad\udcff.exr")
    with pytest.raises(PlateError) as caught:
        read_frame(odd, 1)
    assert caught.value.code == "frame_unreadable"


@pytest.mark.parametrize("suffix", [".exr", ".tiled.exr", ".tif", ".png", ".dpx", ".jpg"])
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    random = np.random.default_rng(11)
    noise = random.random((20, 20, 3)).astype(np.float32)
    kind = {".tif": "uint16", ".png": "uint8", ".dpx": "uint16", ".jpg": "uint8"}.get(suffix, "half")
    whole = library_picture(tmp_path / f"p{suffix}", noise, kind=kind, tile=16 if "tiled" in suffix else 0).read_bytes()
    path = tmp_path / f"damaged{suffix}"
    refused = 0
    for _ in range(60):
        content = bytearray(whole)
        for place in random.integers(0, min(len(whole), 600), random.integers(1, 6)):
            content[place] = random.choice([0, 255, 127, 128, random.integers(256)])
        path.write_bytes(content)
        for attempt in (lambda: read_frame(path, 1), lambda: read_matte(path, 1), lambda: probe(path)):
            try:
                attempt()
            except (PlateError, MatteError) as error:
                refused += 1
                assert error.code and error.message
    assert refused or suffix == ".dpx"


def test_a_note_in_an_old_encoding_is_read_and_carried_on(tmp_path: Path) -> None:
    note = b"note\0string\0" + struct.pack("<i", 5) + "Grün!".encode("latin-1")
    channels = {name: np.ones((5, 7), np.float16) for name in "RGB"}
    frame = read_frame(raw_exr(tmp_path / "n.exr", channels, WINDOW, attributes=note), 1)
    assert frame.header["note"] == "Grün!"
    write_frame(tmp_path / "copy.exr", frame)
    assert read_frame(tmp_path / "copy.exr", 1).header["note"] == "Grün!"


def test_a_channel_name_that_is_not_text_does_no_harm(tmp_path: Path) -> None:
    channels = {name: np.ones((5, 7), np.float16) for name in ("R", "G", "B", "Zed")}
    path = raw_exr(tmp_path / "c.exr", channels, WINDOW)
    path.write_bytes(path.read_bytes().replace(b"Zed\0", b"Z\xff\xfe\0"))
    try:
        assert read_frame(path, 1).rgb().min() == 1
    except PlateError as error:
        assert error.code in ("frame_truncated", "frame_unreadable")


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.exr")
    with pytest.raises(PlateError) as caught:
        read_frame(tmp_path / "p.exr", 1)
    assert caught.value.code == "frame_unreadable"


def test_a_matte_comes_as_the_part_that_holds_anything_with_a_margin_of_nothing(tmp_path: Path) -> None:
    matte = np.zeros((20, 30), np.float16)
    matte[5:9, 11:15] = 0.5
    matte[6, 12] = 6e-8
    path = raw_exr(tmp_path / "matte.1001.exr", {"A": matte}, Box.of_size(30, 20))
    values, window, display = read_matte(path, 1001)
    assert window == Box(10, 4, 16, 10)
    assert display == Box(0, 0, 30, 20)
    assert np.array_equal(values, matte[4:10, 10:16].astype(np.float32))


def test_an_empty_matte_is_one_pixel_of_nothing(tmp_path: Path) -> None:
    path = raw_exr(tmp_path / "matte.1001.exr", {"A": np.zeros((20, 30), np.float16)}, Box.of_size(30, 20))
    values, window, _ = read_matte(path, 1001)
    assert values.shape == (1, 1) and values[0, 0] == 0
    assert window == Box(0, 0, 1, 1)


def test_an_inverted_matte_is_whole(tmp_path: Path) -> None:
    path = raw_exr(tmp_path / "matte.1001.exr", {"A": np.zeros((20, 30), np.float16)}, Box.of_size(30, 20))
    values, window, _ = read_matte(path, 1001, invert=True)
    assert window == Box(0, 0, 30, 20) and bool((values == 1).all())
