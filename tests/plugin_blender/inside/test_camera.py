"""The camera of an extended frame, asked of Blender itself: every point lands on the plate's own pixel."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import bpy
import pytest
from bpy_extras.object_utils import world_to_camera_view
from comps import error
from mathutils import Euler, Vector

SIZES = ((1920, 1080), (1080, 1920), (2048, 858), (997, 601))
PADS = ((0, 0, 0, 0), (200, 0, 0, 0), (0, 0, 64, 2), (13, 27, 101, 5), (960, 960, 540, 540))
SHIFTS = ((0.0, 0.0), (0.31, -0.17))
SENSORS = ((36.0, 24.0), (24.89, 18.66))
ASPECTS = ((1.0, 1.0), (2.0, 1.0), (1.0, 1.5))


def landing(scene: Any, camera: Any, points: list[Vector]) -> list[tuple[float, float]]:
    render = scene.render
    bpy.context.view_layer.update()
    seen = [world_to_camera_view(scene, camera, point) for point in points]
    return [(one.x * render.resolution_x, one.y * render.resolution_y) for one in seen]


def shown_at(scene: Any, frame: int, points: list[Vector]) -> list[tuple[float, float]]:
    """Where points land at a frame, as the scene's own window would show them."""
    bpy.context.window.scene = scene
    bpy.context.view_layer.update()  # 4.x shows a new scene's animation from its second update on
    scene.frame_set(frame)
    return landing(scene, scene.camera, points)


@pytest.mark.parametrize("kind", ["PERSP", "ORTHO"])
def test_points_land_where_they_did_in_the_plate_to_a_thousandth_of_a_pixel(
    part: Callable[[str], Any], kind: str
) -> None:
    extending, pads_of = part("extending"), part("camera").Pads
    random.seed(4)
    scene = bpy.context.scene
    data = bpy.data.cameras.new("cam")
    camera = bpy.data.objects.new("cam", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    data.type, data.lens = kind, 31.7
    camera.location, camera.rotation_euler = (1, -6, 1.5), Euler((1.3, 0.05, 0.2))
    bpy.context.view_layer.update()
    points = [camera.matrix_world @ Vector((random.uniform(-2, 2), random.uniform(-2, 2), -random.uniform(3, 20)))
              for _ in range(40)]  # fmt: skip
    worst, count = 0.0, 0
    for fit, size, aspect, shift, sensor, pads in itertools.product(
        ("AUTO", "HORIZONTAL", "VERTICAL"), SIZES, ASPECTS, SHIFTS, SENSORS, PADS
    ):
        scene.render.resolution_x, scene.render.resolution_y = size
        scene.render.pixel_aspect_x, scene.render.pixel_aspect_y = aspect
        data.sensor_fit, (data.sensor_width, data.sensor_height) = fit, sensor
        data.shift_x, data.shift_y = shift
        before = landing(scene, camera, points)
        left, right, top, bottom = pads
        wide = extending.extend_scene(scene, pads_of(left, right, top, bottom))
        after = landing(wide, wide.camera, points)
        assert (wide.render.resolution_x, wide.render.resolution_y) == (size[0] + left + right, size[1] + top + bottom)
        for (x, y), (new_x, new_y) in zip(before, after, strict=True):
            worst = max(worst, abs(new_x - x - left), abs(new_y - y - bottom))
        count += 1
        assert wide.camera.data.lens == data.lens
        copy = wide.camera
        bpy.data.scenes.remove(wide)
        bpy.data.cameras.remove(copy.data)
    print(f"{count} set-ups x {len(points)} points ({kind}): largest error {worst:.6f} px")
    assert count == 720 and worst < 0.001


def test_animated_shift_and_lens_are_carried_over_key_by_key(part: Callable[[str], Any]) -> None:
    extending, pads = part("extending"), part("camera").Pads(120, 40, 10, 30)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 960, 540
    data = bpy.data.cameras.new("cam")
    camera = bpy.data.objects.new("cam", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    for frame, shift, lens in ((1001, 0.0, 35.0), (1010, 0.2, 50.0), (1020, -0.1, 28.0)):
        data.shift_x, data.shift_y, data.lens = shift, shift / 3, lens
        for path in ("shift_x", "shift_y", "lens"):
            data.keyframe_insert(path, frame=frame)
        camera.location = (shift * 4, -5, 1)
        camera.keyframe_insert("location", frame=frame)
    points = [Vector((x, 4, z)) for x in (-1.5, 0, 2) for z in (-1, 0.5, 2)]
    wide = extending.extend_scene(scene, pads)
    worst = 0.0
    for frame in range(1001, 1021):
        before = shown_at(scene, frame, points)
        after = shown_at(wide, frame, points)
        for (x, y), (new_x, new_y) in zip(before, after, strict=True):
            worst = max(worst, abs(new_x - x - 120), abs(new_y - y - 30))
    print(f"animated: largest error {worst:.6f} px")
    assert worst < 0.01
    assert data.animation_data.action is not wide.camera.data.animation_data.action
    bpy.context.window.scene = scene
    scene.frame_set(1010)
    assert data.shift_x == pytest.approx(0.2), "the artist's camera is as it was"


def test_what_could_not_line_up_is_refused_with_a_hint(part: Callable[[str], Any]) -> None:
    extending, pads = part("extending"), part("camera").Pads(10, 10, 0, 0)
    wrong = error("RequestError")
    scene = bpy.context.scene
    with pytest.raises(wrong) as refused:
        extending.check_camera(scene, pads)
    assert refused.value.code == "camera_missing" and refused.value.hint
    data = bpy.data.cameras.new("cam")
    camera = bpy.data.objects.new("cam", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    data.type = "PANO"
    with pytest.raises(wrong) as refused:
        extending.extend_scene(scene, pads)
    assert refused.value.code == "camera_panoramic" and len(bpy.data.scenes) == 1
    data.type = "PERSP"
    data.keyframe_insert("sensor_width", frame=1)
    with pytest.raises(wrong) as refused:
        extending.extend_scene(scene, pads)
    assert refused.value.code == "camera_animated" and "sensor_width" in refused.value.message
    assert len(bpy.data.scenes) == 1 and len(bpy.data.cameras) == 1


def test_the_artists_scene_is_not_touched_and_the_way_back_is_known(part: Callable[[str], Any]) -> None:
    extending, pads = part("extending"), part("camera").Pads(100, 20, 0, 0)
    scene = bpy.context.scene
    cube = bpy.data.objects.new("cube", bpy.data.meshes.new("cube"))
    data = bpy.data.cameras.new("cam")
    camera = bpy.data.objects.new("cam", data)
    for one in (cube, camera):
        scene.collection.objects.link(one)
    scene.camera = camera
    scene.render.use_border = True
    before = (scene.render.resolution_x, scene.camera, data.shift_x, data.sensor_width, scene.render.use_border)
    wide = extending.extend_scene(scene, pads, "wide")
    assert before == (scene.render.resolution_x, scene.camera, data.shift_x, data.sensor_width, scene.render.use_border)
    assert cube.name in wide.objects and wide.camera is not camera and not wide.render.use_border
    assert wide.camera.name not in scene.objects, "the copy stands in its own scene alone"
    assert extending.back_from(wide) == (scene, wide)
    with pytest.raises(error("RequestError")):
        extending.back_from(scene)
