"""Plates with overscan: shown in their format by copies, to the bit, while takes are made from the whole plate."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import plain_exr
import pytest
from comps import (
    FIRST,
    HEIGHT,
    LAST,
    SPECIAL,
    WIDTH,
    Shot,
    artists_comp,
    channels,
    check_equal,
    check_same,
    error,
    exact,
    rendered,
)
from test_mattes import rectangle
from test_with_engine import ENGINE, engine, until

Part = Callable[[str], Any]
DATA = (-8, -6, WIDTH + 10, HEIGHT + 5)
INSIDE = (slice(6, 6 + HEIGHT), slice(8, 8 + WIDTH))
needs_engine = pytest.mark.skipif(not ENGINE, reason="no engine was given (PLATEWRIGHT_ENGINE_PROGRAM)")
pytestmark = pytest.mark.timeout(280)
__all__ = ["engine"]  # a fixture


def make_plate(folder: Path, *, special: bool = True) -> tuple[Shot, dict[int, np.ndarray]]:
    """Half plates with overscan and odd sizes: as the format shows them, and whole, by frame."""
    rng = np.random.default_rng(4)
    whole = {}
    for number in range(FIRST, LAST + 1):
        pixels = rng.gamma(2.0, 0.2, (DATA[3] - DATA[1], DATA[2] - DATA[0], 4)).astype(np.float32)
        pixels[..., 3] = 0.5
        if special:
            pixels[INSIDE][2, : len(SPECIAL), :3] = np.array(SPECIAL, np.float32)[:, None]
        with np.errstate(over="ignore"):
            whole[number] = pixels.astype(np.float16).astype(np.float32)
        plain_exr.write(
            folder / f"plate.{number}.exr", channels(whole[number], half=True), space="lin_rec709_scene", data=DATA,
            display=(0, 0, WIDTH, HEIGHT),
        )  # fmt: skip
    return Shot(folder, {number: pixels[INSIDE] for number, pixels in whole.items()}, {}, {}), whole


def cut(shot: Shot, folder: Path) -> str:
    """What the engine leaves: the same files, cut. Returns their pattern."""
    folder.mkdir(parents=True)
    for number, pixels in shot.plates.items():
        copy, plate = folder / f"plate.{number}.exr", shot.folder / f"plate.{number}.exr"
        plain_exr.write(copy, channels(pixels, half=True), space="lin_rec709_scene")
        os.utime(copy, ns=(1, plate.stat().st_mtime_ns))
    return str(folder / "plate.####.exr")


def test_a_plate_with_overscan_is_refused_until_it_is_shown_in_its_format(part: Part, folder: Path) -> None:
    shot, _ = make_plate(folder)
    tree, node = artists_comp(part, shot, start=11)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    old = node.image
    plates, cutting = part("plates"), part("cutting")
    plate = plates.plate_of_node(node)
    assert plate.misplaced and plate.size == (WIDTH, HEIGHT) and any("overscan" in note for note in plate.notes)
    with pytest.raises(error("PlateError")) as refused:
        part("preparing").prepare("extend", {"operation.pads.left": 8}, plate, bpy.context.scene)
    assert refused.value.code == "data_window_cropped" and "Show in Its Format" in refused.value.hint
    shown = cutting.show_copies(plate, cut(shot, folder / "cut"))
    assert (node.frame_start, node.frame_duration, node.frame_offset) == (11, LAST - FIRST + 1, FIRST - 1)
    assert node.image == shown.block != old and old.use_fake_user, "the artist's own picture stays in the file"
    after = plates.plate_of_node(node)
    assert (after.pattern, after.misplaced) == (str(folder / "plate.####.exr"), False), "the engine reads the plate"
    assert after.plate() == plate.plate() and after.tag == plate.tag
    part("preparing").prepare("extend", {"operation.pads.left": 8}, after, bpy.context.scene)
    for frame in (FIRST, LAST):
        check_same(rendered(bpy.context.scene, folder, 11 + frame - FIRST), shot.plates[frame], f"file {frame}")
    os.utime(folder / f"plate.{LAST}.exr", ns=(1, 1))
    assert plates.plate_of_node(node).misplaced, "rendered again since it was cut"
    (folder / "cut" / f"plate.{LAST}.exr").unlink()
    assert plates.plate_of_node(node).misplaced, "a frame without a copy is cut again"


def test_one_frame_of_another_window_is_found_wherever_it_stands(part: Part, folder: Path) -> None:
    """A panel looks at the ends and the middle, and at some of the others each time."""
    channels_of_one = {name: np.zeros((10, 20), np.float32) for name in "RGB"}
    for number in range(1001, 1041):
        data = (-5, 0, 15, 10) if number == 1007 else (0, 0, 20, 10)
        plain_exr.write(folder / f"over.{number}.exr", channels_of_one, data=data, display=(0, 0, 20, 10))
    plates, block = part("plates"), bpy.data.images.new("over", 8, 8)
    numbering = part("numbering").Numbering(0)
    for _ in range(200):
        plate = plates.plate_of_files(str(folder / "over.####.exr"), 1001, 40, numbering, "Linear Rec.709", block)
        if plate.misplaced:
            break
    assert plate.misplaced and any("overscan" in note for note in plate.notes)


def test_a_blend_that_is_moved_with_its_copies_still_knows_the_plate(part: Part, folder: Path) -> None:
    shot, _ = make_plate(folder)
    (folder / "one").mkdir()
    _, node = artists_comp(part, shot)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "one" / "shot.blend"))
    part("cutting").show_copies(part("plates").plate_of_node(node), cut(shot, folder / "one" / "cut"))
    assert node.image.filepath.startswith("//")
    bpy.ops.wm.save_mainfile()
    shutil.move(folder / "one", folder / "two")
    bpy.ops.wm.open_mainfile(filepath=str(folder / "two" / "shot.blend"))
    tree = part("compat").compositor_tree(bpy.context.scene)
    (node,) = [one for one in tree.nodes if one.bl_idname == "CompositorNodeImage"]
    plate = part("plates").plate_of_node(node)
    assert (plate.pattern, plate.misplaced) == (str(folder / "plate.####.exr"), False)
    check_same(rendered(bpy.context.scene, folder, FIRST), shot.plates[FIRST])
    assert len([one for one in bpy.data.images if one.source == "SEQUENCE"]) == 2, "the artist's own was saved too"


def test_backgrounds_and_clips_follow_and_tracks_stay_on_the_picture(part: Part, folder: Path) -> None:
    shot, _ = make_plate(folder)
    plates, cutting, scene = part("plates"), part("cutting"), bpy.context.scene
    clip = scene.active_clip = bpy.data.movieclips.load(shot.first)
    clip.frame_start = FIRST
    width, height = DATA[2] - DATA[0], DATA[3] - DATA[1]
    track = clip.tracking.tracks.new(name="corner", frame=FIRST)
    track.markers[0].co = ((8 + 10) / width, (5 + 20) / height)  # 10 from the left of the format, 20 from below
    camera = bpy.data.cameras.new("cam")
    camera.background_images.new().source = "MOVIE_CLIP"
    camera.background_images[0].clip = clip
    plate = plates.plate_of_clip(clip)
    assert plate.misplaced
    shown = cutting.show_copies(plate, cut(shot, folder / "cut"))
    new = shown.block
    assert scene.active_clip == new != clip and camera.background_images[0].clip == new
    assert tuple(track.markers[0].co) == pytest.approx((18 / width, 25 / height)), "the artist's clip is as it was"
    moved = new.tracking.tracks["corner"].markers[0].co
    assert tuple(moved) == pytest.approx((10 / WIDTH, 20 / HEIGHT))
    assert not plates.plate_of_background(camera).misplaced
    tree = part("compat").new_compositor(scene)
    node = tree.nodes.new("CompositorNodeMovieClip")
    node.clip = new
    tree.links.new(node.outputs["Image"], part("compat").output_node(tree).inputs[0])
    exact(part, scene)
    for frame in (FIRST, FIRST + 3):
        got = rendered(scene, folder, plates.plate_of_node(node).numbering.scene(frame))
        check_same(got[..., :3], shot.plates[frame][..., :3], f"file {frame}")


def test_a_strip_shows_the_copies_and_is_still_the_plate(part: Part, folder: Path) -> None:
    shot, _ = make_plate(folder)
    scene = bpy.context.scene
    strips = part("compat").strips_of(scene.sequence_editor_create())
    strip = strips.new_image("plate", shot.first, 1, 1)
    for number in range(FIRST + 1, LAST + 1):
        strip.elements.append(f"plate.{number}.exr")
    sequencer = part("sequencer")
    plate = sequencer.plate_of_strip(strip)
    assert plate.misplaced
    part("cutting").show_copies(plate, cut(shot, folder / "cut"))
    after = sequencer.plate_of_strip(strip)
    assert (after.pattern, after.misplaced, after.size) == (plate.pattern, False, (WIDTH, HEIGHT))
    assert sequencer.strip_of(scene, plate.pattern) == strip and not list(sequencer.laid(scene))
    assert bpy.path.abspath(strip.directory).rstrip("/").endswith("cut")


@needs_engine
def test_regions_and_extensions_of_a_plate_with_overscan_are_exact_in_its_format(
    part: Part, folder: Path, engine: Path
) -> None:
    """From a script: cut by the engine, regenerated and extended from the whole plate, placed; all by its bits."""
    import platewright.blender as pw

    shot, whole = make_plate(folder)
    artists_comp(part, shot)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    take = pw.regenerate(
        mask=rectangle(30, 10, 60, 30), element="rig", root="//elements", frames="1003-1004", operation__grain=False
    )
    assert take.record.request.plate.pattern == str(folder / "plate.####.exr"), "made from the plate's own files"
    assert pw.place(take) is not None
    scene = bpy.context.scene
    region = np.zeros((HEIGHT, WIDTH), bool)
    region[HEIGHT - 31 : HEIGHT - 9, 29:61] = True
    for frame in (1003, 1004, 1007):
        got = rendered(scene, folder, frame)
        outside = ~region | (frame == 1007)
        check_same(got[outside], shot.plates[frame][outside], f"frame {frame}")
    assert np.abs(rendered(scene, folder, 1003)[region] - shot.plates[1003][region]).max() > 0
    wide = pw.extend(left=24, right=16, top=8, bottom=16, element="wide", root="//elements", frames="1003-1004")
    assert wide.plate_size == (WIDTH, HEIGHT) and wide.size == (WIDTH + 40, HEIGHT + 24)
    assert pw.place(wide, into="comp") is not None
    exact(part, scene, *wide.size)
    got = rendered(scene, folder, 1003)
    across, down = slice(24 - 8, 24 + WIDTH + 10), slice(8 - 6, 8 + HEIGHT + 5)
    inner = np.zeros(got.shape[:2], bool)
    inner[8 : 8 + HEIGHT, 24 : 24 + WIDTH] = True
    ring = np.zeros_like(inner)
    ring[down, across] = True
    ring &= ~inner
    wanted = np.zeros_like(got)
    wanted[down, across] = whole[1003]
    check_equal(got[ring][:, :3], wanted[ring][:, :3], "the plate's own overscan")
    outside = inner.copy()
    outside[8 : 8 + HEIGHT, 24 : 24 + WIDTH] = ~region
    check_equal(got[outside][:, :3], wanted[outside][:, :3], "the plate inside its format")
    assert np.isfinite(got[~inner]).all() and np.abs(got[~ring & ~inner][:, :3]).max() > 0


@needs_engine
def test_a_press_cuts_the_plate_and_is_one_step_of_undo(part: Part, folder: Path, engine: Path) -> None:
    shot, _ = make_plate(folder)
    _, node = artists_comp(part, shot)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    bpy.ops.ed.undo_push(message="the artist's comp")
    old, name = node.image.name, node.name
    flow, pump = part("pump").flow(), part("pump")
    plate = part("plates").plate_of_node(node)
    flow.cut(plate, str(folder / "elements"), lambda _: bpy.ops.ed.undo_push(message="cut"))
    assert pump.is_busy() and len(flow.cuttings) == 1
    until(pump, lambda: not flow.cuttings)
    check_same(rendered(bpy.context.scene, folder, FIRST), shot.plates[FIRST])

    def shown() -> Any:
        return part("compat").compositor_tree(bpy.context.scene).nodes[name].image

    assert ".full_frames" in shown().filepath
    bpy.ops.ed.undo()
    assert shown().name == old and ".full_frames" not in shown().filepath
    again = part("compat").compositor_tree(bpy.context.scene).nodes[name]
    flow.cut(part("plates").plate_of_node(again), str(folder / "elements"), print)
    bpy.ops.ed.undo_push(message="something else")
    bpy.ops.ed.undo()
    bpy.ops.platewright.cancel(job="")
    assert not flow.cuttings and ".full_frames" not in shown().filepath, "stopped: nothing was changed"


@needs_engine
def test_a_plate_that_goes_while_it_is_cut_is_said(part: Part, folder: Path, engine: Path) -> None:
    shot, _ = make_plate(folder)
    _, node = artists_comp(part, shot)
    flow, pump = part("pump").flow(), part("pump")
    flow.cut(part("plates").plate_of_node(node), str(folder / "elements"), print)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    until(pump, lambda: not flow.cuttings or flow.troubles)
    assert [one.code for one in flow.troubles] == ["source_gone"] and not flow.cuttings
    with pytest.raises(error("StorageError")) as refused:
        (folder / "file").write_text("in the way")
        _, again = artists_comp(part, shot)
        flow.cut(part("plates").plate_of_node(again), str(folder / "file" / "elements"), print)
    assert refused.value.code == "write_failed" and not flow.cuttings
