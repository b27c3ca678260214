"""The fake's pixels: EXR windows, edges, Keymix, Crop and Copy, by the published rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platewright.contract.windows import Box as Window
from tests.fakes.nuke.application import FakeNuke
from tests.fakes.nuke.facts import FakeNukeUnsupported
from tests.moving_shot import write_exr


def picture(height: int, width: int, channels: int = 3, seed: int = 1) -> Any:
    return np.random.default_rng(seed).random((height, width, channels)).astype(np.float32)


def read(nuke: Any, file: Path | str, **knobs: Any) -> Any:
    return nuke.nodes.Read(file=str(file), raw=True, **knobs)


def test_windows_become_box_and_format(app: FakeNuke, nuke: Any, tmp_path: Path) -> None:
    data, display = Window(4, 2, 10, 8), Window(0, 0, 16, 12)
    pixels = picture(6, 6)
    write_exr(tmp_path / "a.exr", pixels, ("R", "G", "B"), data_window=data, display_window=display)
    image = app.image(read(nuke, tmp_path / "a.exr"), 1)
    assert (image.format.width(), image.format.height()) == (16, 12)
    assert image.bbox.edges == (3, 3, 11, 11), "one pixel of black more, y from below"
    assert image.black_outside
    red = image.plane("rgba.red", image.bbox)
    assert np.array_equal(red[1:-1, 1:-1], pixels[..., 0])
    assert not red[0].any() and not red[:, -1].any()
    assert not image.plane("rgba.red", image.bbox.grown(20))[0].any()


def test_a_full_frame_repeats_its_edge(app: FakeNuke, nuke: Any, tmp_path: Path) -> None:
    pixels = picture(6, 8)
    write_exr(tmp_path / "a.exr", pixels, ("R", "G", "B"))
    image = app.image(read(nuke, tmp_path / "a.exr"), 1)
    assert image.bbox.edges == (0, 0, 8, 6) and not image.black_outside
    wide = image.plane("rgba.green", image.bbox.grown(3))
    assert np.array_equal(wide[3:-3, 0], pixels[:, 0, 1])


def test_a_negative_display_window_moves_to_the_origin(app: FakeNuke, nuke: Any, tmp_path: Path) -> None:
    display = Window(-10, -6, 20, 14)
    write_exr(tmp_path / "a.exr", picture(20, 30), ("R", "G", "B"), data_window=display, display_window=display)
    image = app.image(read(nuke, tmp_path / "a.exr"), 1)
    assert image.bbox.edges == (0, 0, 30, 20)


@pytest.mark.parametrize("datatype", ["16 bit half", "32 bit float"])
def test_write_then_read_keeps_box_and_bits(app: FakeNuke, nuke: Any, tmp_path: Path, datatype: str) -> None:
    data, display = Window(-3, -2, 19, 15), Window(0, 0, 16, 12)
    pixels = picture(17, 22, 4).astype(np.float16)
    pixels[0, 0] = np.nan
    pixels[1, 1] = np.inf
    names = ("R", "G", "B", "depth.Z")
    write_exr(tmp_path / "a.exr", pixels, names, data_window=data, display_window=display)
    source = read(nuke, tmp_path / "a.exr")
    write = nuke.nodes.Write(inputs=[source], file_type="exr", file=str(tmp_path / "new" / "b.%04d.exr"), raw=True)
    write["datatype"].setValue(datatype)
    write["channels"].setValue("all")
    with pytest.raises(RuntimeError, match="can't write"):
        nuke.execute(write, 5, 5, 1, ["main"])
    write["create_directories"].setValue(True)
    nuke.execute(write, 5, 5, 1, ["main"])
    again = app.image(read(nuke, tmp_path / "new" / "b.0005.exr"), 1)
    first = app.image(source, 1)
    assert again.bbox == first.bbox and set(again.channels) == set(first.channels)
    for name in first.channels:
        a, b = first.plane(name, first.bbox), again.plane(name, first.bbox)
        assert np.array_equal(a.view(np.uint32), b.view(np.uint32))


def test_write_drops_what_its_channels_leave_out(app: FakeNuke, nuke: Any, tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", picture(6, 8, 4), ("R", "G", "B", "A"))
    write = nuke.nodes.Write(inputs=[read(nuke, tmp_path / "a.exr")], file_type="exr", raw=True)
    write["file"].setValue(str(tmp_path / "b.exr"))
    nuke.execute(write, 1, 1)
    assert list(app.image(read(nuke, tmp_path / "b.exr"), 1).channels) == ["rgba.red", "rgba.green", "rgba.blue"]


def test_outside_its_range_a_read_holds_or_is_black(app: FakeNuke, nuke: Any, tmp_path: Path) -> None:
    pixels = picture(6, 8)
    write_exr(tmp_path / "a.0003.exr", pixels, ("R", "G", "B"))
    node = read(nuke, tmp_path / "a.%04d.exr", first=3, last=3)
    assert np.array_equal(app.image(node, 9).channels["rgba.red"], pixels[..., 0])
    node["after"].setValue("black")
    assert not app.image(node, 9).channels["rgba.red"].any()
    node["last"].setValue(4)
    with pytest.raises(RuntimeError, match="No such file"):
        app.image(node, 4)
    node["raw"].setValue(False)
    node["colorspace"].setValue("sRGB")
    with pytest.raises(FakeNukeUnsupported):
        app.image(node, 3)


def test_keymix_copies_where_the_mask_is_0_and_mixes_between(app: FakeNuke, nuke: Any, tmp_path: Path) -> None:
    b = picture(6, 8, 4)
    b[0, 0] = np.nan
    a = picture(6, 8, 4, seed=2)
    a[1, 1, :3] = np.nan
    a[..., 3] = 0
    a[3, 3, 3], a[3, 4, 3] = 1, 0.25
    write_exr(tmp_path / "b.exr", b, ("R", "G", "B", "depth.Z"))
    write_exr(tmp_path / "a.exr", a, ("R", "G", "B", "A"))
    patch = read(nuke, tmp_path / "a.exr")
    keymix = nuke.nodes.Keymix(inputs=[read(nuke, tmp_path / "b.exr"), patch, patch], channels="rgb", bbox="B")
    image = app.image(keymix, 1)
    red = image.channels["rgba.red"]
    assert red[3, 3] == a[3, 3, 0]
    assert red[3, 4] == a[3, 4, 0] * np.float32(0.25) + b[3, 4, 0] * np.float32(0.75)
    outside = a[..., 3] == 0
    assert np.array_equal(red[outside].view(np.uint32), b[..., 0][outside].view(np.uint32))
    assert np.array_equal(image.channels["depth.Z"].view(np.uint32), b[..., 3].view(np.uint32))
    assert "rgba.alpha" not in image.channels
    keymix["invertMask"].setValue(True)
    assert app.image(keymix, 1).channels["rgba.red"][2, 2] == a[2, 2, 0]


def test_merge_over_lets_a_nan_through_where_keymix_does_not(app: FakeNuke, nuke: Any, tmp_path: Path) -> None:
    b = picture(4, 4)
    a = np.zeros((4, 4, 4), np.float32)
    a[1, 1, :3] = np.nan
    write_exr(tmp_path / "b.exr", b, ("R", "G", "B"))
    write_exr(tmp_path / "a.exr", a, ("R", "G", "B", "A"))
    plate, patch = read(nuke, tmp_path / "b.exr"), read(nuke, tmp_path / "a.exr")
    assert np.isnan(app.image(nuke.nodes.Merge2(inputs=[plate, patch]), 1).channels["rgba.red"]).any()
    mixed = nuke.nodes.Keymix(inputs=[plate, patch, patch])
    assert np.isfinite(app.image(mixed, 1).channels["rgba.red"]).all()


def test_crop_with_reformat_moves_its_corner_to_the_origin(app: FakeNuke, nuke: Any, tmp_path: Path) -> None:
    pixels = picture(6, 8)
    write_exr(tmp_path / "a.exr", pixels, ("R", "G", "B"))
    crop = nuke.nodes.Crop(inputs=[read(nuke, tmp_path / "a.exr")], reformat=True, intersect=True)
    crop["box"].setValue([-2, -1, 12, 9])
    image = app.image(crop, 1)
    assert (image.format.width(), image.format.height()) == (14, 10)
    inner = image.bbox.grown(-1)
    assert inner.edges == (2, 1, 10, 7)
    assert np.array_equal(image.plane("rgba.red", inner), pixels[..., 0])
    assert not image.plane("rgba.red", image.bbox.grown(2))[0].any()


def test_copy_puts_layers_where_they_are_wanted(app: FakeNuke, nuke: Any, tmp_path: Path) -> None:
    pixels = picture(4, 5, 5)
    write_exr(tmp_path / "a.exr", pixels, ("R", "G", "B", "newsky.red", "sky.A"))
    source = read(nuke, tmp_path / "a.exr")
    copy = nuke.nodes.Copy(inputs=[source, source], from0="newsky.red", to0="rgba.red")
    copy["from1"].setValue("sky.alpha")
    copy["to1"].setValue("rgba.alpha")
    image = app.image(copy, 1)
    assert np.array_equal(image.channels["rgba.red"], pixels[..., 3])
    assert np.array_equal(image.channels["rgba.alpha"], pixels[..., 4])
    assert np.array_equal(image.channels["rgba.green"], pixels[..., 1])


def test_a_roto_draws_what_the_test_says_and_only_that(app: FakeNuke, nuke: Any) -> None:
    nuke.addFormat("8 6 0 0 8 6 1 tiny")
    nuke.root()["format"].setValue("tiny")
    roto = nuke.nodes.Roto()
    with pytest.raises(FakeNukeUnsupported):
        app.image(roto, 1)
    drawn = np.zeros((6, 8), np.float32)
    drawn[2:4, 2:5] = 1
    app.matte_of["Roto1"] = lambda frame: drawn * (frame == 2)
    image = app.image(roto, 2)
    assert np.array_equal(image.plane("rgba.alpha", image.bbox.grown(-1)), drawn)
    assert not app.image(roto, 3).channels["rgba.alpha"].any()
