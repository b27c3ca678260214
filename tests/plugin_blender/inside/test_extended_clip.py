"""The clip of an extended plate, asked of Blender's own undistortion: lens and tracks are where they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import plain_exr
import pytest
from comps import exact, rendered

Part = Callable[[str], Any]
W, H = 96, 64
FIRST = 1001
NUMBERS = range(FIRST, FIRST + 4)
MODELS = {
    "POLYNOMIAL": {"k1": 0.15, "k2": -0.05, "k3": 0.02},
    "DIVISION": {"division_k1": 0.1, "division_k2": 0.03},
    "NUKE": {"nuke_k1": 0.12, "nuke_k2": 0.04},
    "BROWN": {"brown_k1": 0.1, "brown_k2": -0.04, "brown_p1": 0.01, "brown_p2": -0.02},
}


def places(width: int, height: int, left: int, bottom: int) -> dict[str, np.ndarray]:
    """A picture that says of each pixel where it was in the plate, from the lower left, and which file it is in."""
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    return {"R": xs - left, "G": (height - 1 - ys) - bottom, "B": np.zeros_like(xs), "A": np.ones_like(xs)}


def plate_clip(folder: Path) -> Any:
    for number in NUMBERS:
        plain_exr.write(folder / f"plate.{number}.exr", places(W, H, 0, 0) | {"B": np.full((H, W), number, np.float32)})
    clip = bpy.data.movieclips.load(str(folder / f"plate.{FIRST}.exr"))
    clip.frame_start = 11
    clip.colorspace_settings.name = "Non-Color"
    bpy.context.scene.active_clip = clip
    bpy.context.view_layer.update()
    return clip


def extended(part: Part, folder: Path, clip: Any, pads: Any, numbers: range = NUMBERS) -> Any:
    size = (W + pads.left + pads.right, H + pads.top + pads.bottom)
    for number in numbers:
        whole = places(*size, pads.left, pads.bottom) | {"B": np.full(size[::-1], number, np.float32)}
        plain_exr.write(folder / f"wide.{number}.exr", whole)
    plate = part("plates").plate_of_clip(clip)
    path = str(folder / f"wide.{numbers[0]}.exr")
    made = part("extended_clip").extended_clip(clip, plate, path, numbers[0], pads, "Non-Color")
    wide = bpy.context.scene.copy()  # as an extension has it: Blender reads a clip's new files for a new scene
    wide.use_fake_user, wide.active_clip = True, made
    bpy.context.window.scene = wide
    bpy.context.view_layer.update()
    wide.frame_set(12)
    seen(part, folder, made, 13, False)  # 4.2 knows the size of other files once it has read one
    return made


def seen(
    part: Part, folder: Path, clip: Any, frame: int, undistorted: bool, size: tuple[int, int] = (W + 28, H + 20)
) -> np.ndarray:
    scene = bpy.context.scene
    tree = part("compat").new_compositor(scene)
    tree.nodes.clear()
    node, out = tree.nodes.new("CompositorNodeMovieClip"), part("compat").output_node(tree)
    node.clip = clip
    end = node.outputs["Image"]
    if undistorted:
        lens = tree.nodes.new("CompositorNodeMovieDistortion")
        lens.clip = clip
        tree.links.new(end, lens.inputs[0])
        end = lens.outputs[0]
    tree.links.new(end, out.inputs[0])
    exact(part, scene, *size)
    return rendered(scene, folder, frame)


@pytest.mark.parametrize("model", MODELS)
def test_undistorted_the_extended_picture_holds_the_undistorted_plate(part: Part, folder: Path, model: str) -> None:
    clip = plate_clip(folder)
    lens = clip.tracking.camera
    lens.sensor_width, lens.focal_length, lens.principal_point = 36, 30, (0.05, -0.08)
    lens.distortion_model = model
    for name, value in MODELS[model].items():
        setattr(lens, name, value)
    before = seen(part, folder, clip, 12, True, (W, H))
    pads = part("camera").Pads(left=20, right=8, top=6, bottom=14)
    held = (lens.focal_length_pixels, lens.principal_point_pixels[0] + 20, lens.principal_point_pixels[1] + 14)
    made = extended(part, folder, clip, pads)
    after = seen(part, folder, made, 12, True)
    new = made.tracking.camera
    assert (new.focal_length_pixels, *new.principal_point_pixels) == pytest.approx(held, rel=1e-5)
    if bpy.app.version[:2] not in ((4, 2), (5, 2)):
        return  # 4.5 and 5.0 move an undistorted picture by its overscan: pictures of two sizes can't be compared
    was = before[14:-14, 20:-20, :2]
    now = after[6 + 14 : 6 + H - 14, 20 + 20 : 20 + W - 20, :2]
    moved = seen(part, folder, clip, 12, False, (W, H))[14:-14, 20:-20, :2]
    assert np.abs(was - moved).max() > 0.5, "there is a distortion at all"
    # 5.x centres a picture that its undistortion made larger by an odd number of pixels half a pixel off, by itself.
    shift = np.median(was - now, axis=(0, 1))
    worst = float(np.abs(was - now - shift).max())
    print(f"{model}: largest error {worst:.5f} px, shift {shift}")
    assert worst < 0.03 and np.abs(shift).max() < 0.51


def test_tracks_stay_on_their_pixels_and_files_on_their_frames(part: Part, folder: Path) -> None:
    clip = plate_clip(folder)
    track = clip.tracking.tracks.new(name="corner", frame=1)
    for at, x in ((1, 0.25), (2, 0.5)):
        marker = track.markers.insert_frame(at, co=(x, 0.75))
        marker.pattern_corners = ((-0.05, -0.1), (0.05, -0.1), (0.05, 0.1), (-0.05, 0.1))
    pads = part("camera").Pads(left=20, right=8, top=6, bottom=14)
    made = extended(part, folder, clip, pads, range(FIRST + 1, FIRST + 3))
    for at, x in ((1, 0.25), (2, 0.5)):
        marker = made.tracking.tracks["corner"].markers.find_frame(at)
        assert marker.co[0] * (W + 28) == pytest.approx(x * W + 20, abs=1e-3)
        assert marker.co[1] * (H + 20) == pytest.approx(0.75 * H + 14, abs=1e-3)
        low, high = marker.pattern_bound_box
        assert (high[0] - low[0]) * (W + 28) == pytest.approx(0.1 * W, abs=1e-3)
        assert (high[1] - low[1]) * (H + 20) == pytest.approx(0.2 * H, abs=1e-3)
    assert clip.tracking.tracks["corner"].markers.find_frame(1).co[0] == 0.25, "the artist's own is as it was"
    if bpy.app.version < (4, 5):
        return  # 4.2 goes on with the plate's size until it has drawn the clip in an editor or opened the file again
    for frame, number in ((12, FIRST + 1), (13, FIRST + 2)):
        assert set(np.unique(seen(part, folder, made, frame, False)[..., 2])) == {float(number)}
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    assert set(np.unique(seen(part, folder, bpy.context.scene.active_clip, 12, False)[..., 2])) == {FIRST + 1.0}


def test_a_solved_camera_of_the_extended_scene_follows_the_extended_clip(part: Part, folder: Path) -> None:
    clip = plate_clip(folder)
    camera = bpy.data.objects.new("cam", bpy.data.cameras.new("cam"))
    mine, other = camera.constraints.new("CAMERA_SOLVER"), camera.constraints.new("CAMERA_SOLVER")
    mine.use_active_clip = other.use_active_clip = False
    mine.clip, other.clip = clip, bpy.data.movieclips.load(str(folder / f"plate.{FIRST + 1}.exr"))
    kept = other.clip
    made = clip.copy()
    part("extended_clip").follow_clip(camera, clip, made)
    assert (mine.clip, other.clip) == (made, kept)
