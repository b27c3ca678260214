"""Mattes drawn by a second Blender: the right pixels, the right frames, and no waiting."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from comps import HEIGHT, WIDTH, artists_comp, error, make_shot

Part = Callable[[str], Any]


def rectangle(x0: float, y0: float, x1: float, y1: float) -> Any:
    """A mask over pixels, y from the bottom. Mask points live in a square around the picture's middle."""
    longest = max(WIDTH, HEIGHT)
    mask = bpy.data.masks.new("region")
    spline = mask.layers.new(name="region").splines.new()
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    spline.points.add(len(corners) - len(spline.points))
    spline.use_cyclic = True
    for point, (x, y) in zip(spline.points, corners, strict=True):
        point.co = (0.5 + (x - WIDTH / 2) / longest, 0.5 + (y - HEIGHT / 2) / longest)
        point.handle_type = "VECTOR"
        point.handle_left = point.handle_right = point.co
    return mask


def waited(export: Any) -> Any:
    until = time.monotonic() + 120
    while (matte := export.poll()) is None:
        assert time.monotonic() < until, "the matte never came"
        time.sleep(0.05)
    return matte


def alpha_of(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(image.size[1], image.size[0], 4)[::-1, :, 3]


def plate_in_comp(part: Part, folder: Path, start: int = 1001) -> Any:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot, start=start)
    return part("plates").plate_of_node(node)


def test_a_mask_comes_out_at_the_plates_size_and_numbers(part: Part, folder: Path) -> None:
    plate = plate_in_comp(part, folder, start=1)
    mattes = part("mattes")
    export = mattes.start_export(
        mattes.Source(mask=rectangle(20, 10, 60, 30)), plate, plate.frames.of((1001, 1003)), folder / "matte"
    )
    assert export.done < export.total, "the artist waits for the small file alone"
    matte = waited(export)
    assert matte.pattern == str(folder / "matte" / "matte.####.exr") and matte.channel == "A"
    assert sorted(one.name for one in (folder / "matte").glob("*.exr*")) == ["matte.1001.exr", "matte.1003.exr"]
    alpha = alpha_of(folder / "matte" / "matte.1001.exr")
    assert alpha.shape == (HEIGHT, WIDTH)
    expected = np.zeros((HEIGHT, WIDTH), np.float32)
    expected[HEIGHT - 30 : HEIGHT - 10, 20:60] = 1
    assert np.count_nonzero(alpha != expected) <= 2 * (40 + 20), "a pixel of edge at most"
    assert alpha[HEIGHT - 20, 40] == 1 and alpha[5, 5] == 0


def test_objects_are_seen_through_what_stands_before_them(part: Part, folder: Path) -> None:
    plate = plate_in_comp(part, folder)
    scene = bpy.context.scene
    camera = bpy.data.objects.new("cam", bpy.data.cameras.new("cam"))
    camera.location = (0, 0, 10)
    scene.collection.objects.link(camera)
    scene.camera = camera

    def square(name: str, x0: float, x1: float, z: float) -> Any:
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata([(x0, -1, z), (x1, -1, z), (x1, 1, z), (x0, 1, z)], [], [(0, 1, 2, 3)])
        one = bpy.data.objects.new(name, mesh)
        scene.collection.objects.link(one)
        return one

    square("wanted", -2, 2, 0)
    square("before", 0, 4, 1)
    mattes = part("mattes")
    source = mattes.Source(scene=scene, objects=("wanted",))
    waited(mattes.start_export(source, plate, plate.frames.of((1001,)), folder / "matte"))
    alpha = alpha_of(folder / "matte" / "matte.1001.exr")
    middle = alpha[HEIGHT // 2]
    assert middle[40] > 0.99 and middle[56] < 0.01 and middle[2] == 0


def test_selected_tracks_are_followed_frame_by_frame(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    clip = bpy.data.movieclips.load(shot.first)
    clip.frame_start = 11
    plate = part("plates").plate_of_clip(clip)
    for name, select in (("wanted", True), ("other", False)):
        track = clip.tracking.tracks.new(name=name, frame=1)
        track.select = select
        for at, x in ((1, 0.25), (2, 0.5), (3, 0.75)):
            marker = track.markers.insert_frame(at, co=(x, 0.5))
            marker.pattern_corners = ((-0.05, -0.1), (0.05, -0.1), (0.05, 0.1), (-0.05, 0.1))
    frames = plate.frames.of((1001, 1003))
    outlines = part("outlines").outlines_of_tracks(clip, plate, frames)
    assert {number: len(one) for number, one in outlines.items()} == {1001: 1, 1003: 1}
    mattes = part("mattes")
    waited(mattes.start_export(mattes.Source(outlines=outlines), plate, frames, folder / "matte"))
    for number, x in ((1001, 0.25), (1003, 0.75)):
        ys, xs = np.nonzero(alpha_of(folder / "matte" / f"matte.{number}.exr"))
        assert abs(xs.mean() + 0.5 - x * WIDTH) < 0.6 and abs(ys.mean() + 0.5 - HEIGHT / 2) < 0.6
        assert abs(np.ptp(xs) + 1 - 0.1 * WIDTH) <= 2 and abs(np.ptp(ys) + 1 - 0.2 * HEIGHT) <= 2
    for track in clip.tracking.tracks:
        track.select = False
    with pytest.raises(error("MatteError")) as refused:
        part("outlines").outlines_of_tracks(clip, plate, frames)
    assert refused.value.code == "matte_missing"


def pencil_with_square(scene: Any) -> Any:
    """A grease pencil object with one square stroke at z = 0, in whichever way this Blender keeps it."""
    corners = [(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)]
    collection = getattr(bpy.data, "grease_pencils_v3", bpy.data.grease_pencils)
    data = collection.new("pencil")
    frame = data.layers.new("lines").frames.new(1)
    if hasattr(frame, "drawing"):
        frame.drawing.add_strokes([len(corners)])
        for point, corner in zip(frame.drawing.strokes[0].points, corners, strict=True):
            point.position = corner
    else:
        stroke = frame.strokes.new()
        stroke.points.add(len(corners))
        for point, corner in zip(stroke.points, corners, strict=True):
            point.co = corner
    one = bpy.data.objects.new("pencil", data)
    scene.collection.objects.link(one)
    return one


def test_strokes_are_what_the_camera_sees_of_them(part: Part, folder: Path) -> None:
    plate = plate_in_comp(part, folder)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    camera = bpy.data.objects.new("cam", bpy.data.cameras.new("cam"))
    camera.location = (0, 0, 10)
    scene.collection.objects.link(camera)
    scene.camera = camera
    pencil = pencil_with_square(scene)
    bpy.context.view_layer.update()
    frames = plate.frames.of((1001,))
    scene.frame_set(7)
    outlines = part("outlines").outlines_of_strokes(pencil, scene, plate, frames)
    assert scene.frame_current == 7, "the scene is where it was"
    mattes = part("mattes")
    waited(mattes.start_export(mattes.Source(outlines=outlines), plate, frames, folder / "matte"))
    ys, xs = np.nonzero(alpha_of(folder / "matte" / "matte.1001.exr"))
    side = 2 * 50 / 36 / 10 * WIDTH  # two units, ten away, a 50 mm lens on 36 mm
    assert abs(np.ptp(xs) + 1 - side) <= 2 and abs(np.ptp(ys) + 1 - side) <= 2
    assert abs(xs.mean() + 0.5 - WIDTH / 2) < 1


def test_stopping_leaves_nothing_running(part: Part, folder: Path) -> None:
    plate = plate_in_comp(part, folder)
    mattes = part("mattes")
    export = mattes.start_export(mattes.Source(mask=rectangle(0, 0, 9, 9)), plate, plate.frames, folder / "matte")
    export.cancel()
    with pytest.raises(error("MatteError")) as stopped:
        waited(export)
    assert stopped.value.code == "matte_export_cancelled"


def test_what_goes_wrong_is_said(part: Part, folder: Path) -> None:
    plate = plate_in_comp(part, folder)
    mattes = part("mattes")
    with pytest.raises(error("MatteError")) as refused:
        mattes.start_export(mattes.Source(), plate, plate.frames, folder / "matte")
    assert refused.value.code == "matte_missing"
    export = mattes.start_export(mattes.Source(mask=rectangle(0, 0, 9, 9)), plate, plate.frames, folder / "matte")
    (folder / "matte" / "task.json").write_text("{")
    with pytest.raises(error("MatteError")) as failed:
        waited(export)
    assert failed.value.code == "matte_export_failed" and "JSON" in failed.value.message
    (folder / "file").write_text("")
    with pytest.raises(error("StorageError")):
        mattes.start_export(mattes.Source(mask=rectangle(0, 0, 9, 9)), plate, plate.frames, folder / "file" / "x")
