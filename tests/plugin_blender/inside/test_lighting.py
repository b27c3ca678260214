"""The scene's light after a new sky, asked of Cycles: what stands ahead in the sky stands ahead of the camera."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import plain_exr
import pytest
from comps import error
from mathutils import Euler, Vector

Part = Callable[[str], Any]


def request_of(sky: str = "", picture: str = "") -> Any:
    from platewright.contract.frames import FrameRange
    from platewright.contract.request import Plate, Reference, ReplaceSky, Request

    references = (Reference("sky", picture),) if picture else ()
    return Request(ReplaceSky(sky), "sky", Plate("plate.####.exr", FrameRange((1,))), references=references)


def scene_with_camera(heading: float) -> Any:
    """A camera that looks level, `heading` degrees counter-clockwise from +x."""
    scene = bpy.context.scene
    camera = bpy.data.objects.new("cam", bpy.data.cameras.new("cam"))
    camera.data.lens = 10
    camera.rotation_euler = Euler((math.pi / 2, 0, math.radians(heading - 90)))
    scene.collection.objects.link(camera)
    scene.camera = camera
    bpy.context.view_layer.update()
    return scene


@pytest.mark.parametrize("heading", [90.0, 0.0, 200.0])
def test_a_panorama_stands_where_the_camera_looks(part: Part, folder: Path, heading: float) -> None:
    sky = np.zeros((64, 128), np.float32)
    sky[28:36, 60:68] = 1  # straight ahead
    right = np.zeros((64, 128), np.float32)
    right[28:36, 74:82] = 1  # forty degrees to the right
    plain_exr.write(folder / "sky.exr", {"R": sky, "G": right, "B": sky * 0})
    scene = scene_with_camera(heading)
    old = bpy.data.worlds.new("artist")
    scene.world = old
    made = part("lighting").match_world(scene, request_of(picture=str(folder / "sky.exr")), 1)
    assert scene.world == made and old.use_fake_user, "the artist's own world stays in the file"
    part("compat").exact_render(scene, 64, 36)
    scene.render.image_settings.exr_codec = "NONE"
    scene.render.engine = "CYCLES"
    scene.render.use_compositing = False
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.render.filepath, scene.render.use_file_extension = str(folder / "seen.exr"), False
    bpy.ops.render.render(write_still=True)
    seen = plain_exr.read(folder / "seen.exr")

    def centre(values: np.ndarray) -> tuple[float, float]:
        ys, xs = np.nonzero(values > 0.1)
        assert len(xs), "it is in the picture"
        return float(xs.mean()), float(ys.mean())

    x, y = centre(seen["R"])
    assert abs(x - 31.5) < 1.5 and abs(y - 17.5) < 1.5, "ahead in the sky is ahead of the camera"
    assert centre(seen["G"])[0] > 40, "right in the sky is right of the camera"


@pytest.mark.parametrize(("azimuth", "elevation"), [(0.0, 0.0), (90.0, 0.0), (220.0, 35.0)])
def test_a_computed_skys_sun_shines_from_its_place(part: Part, azimuth: float, elevation: float) -> None:
    scene = scene_with_camera(90.0)
    light = part("lighting").match_world(scene, request_of(f"procedural:sun={azimuth}/{elevation},turbidity=3"), 1)
    bpy.context.view_layer.update()
    towards = -(light.matrix_world.to_3x3() @ Vector((0, 0, -1)))
    turn, height = math.radians(90 - azimuth), math.radians(elevation)
    wanted = Vector((math.cos(turn) * math.cos(height), math.sin(turn) * math.cos(height), math.sin(height)))
    assert (towards - wanted).length < 1e-5
    again = part("lighting").match_world(scene, request_of("procedural:sun=10/20"), 1)
    assert again == light, "a second sky moves the same sun"


@pytest.mark.parametrize("sky", ["sun=0/50,turbidity=3", "sun=0/20,turbidity=5,overcast=0.5"])
def test_a_white_card_under_a_computed_sky_is_one_as_in_the_picture(part: Part, folder: Path, sky: str) -> None:
    scene = scene_with_camera(90.0)
    part("lighting").match_world(scene, request_of(f"procedural:{sky}"), 1)
    mesh = bpy.data.meshes.new("card")
    mesh.from_pydata([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], [], [(0, 1, 2, 3)])
    card = bpy.data.materials.new("card")
    card.use_nodes = True
    card.node_tree.nodes.clear()
    white, out = card.node_tree.nodes.new("ShaderNodeBsdfDiffuse"), card.node_tree.nodes.new("ShaderNodeOutputMaterial")
    white.inputs["Color"].default_value = (1, 1, 1, 1)
    card.node_tree.links.new(white.outputs[0], out.inputs["Surface"])
    mesh.materials.append(card)
    scene.collection.objects.link(bpy.data.objects.new("card", mesh))
    scene.camera.location, scene.camera.rotation_euler, scene.camera.data.lens = (0, 0, 2), (0, 0, 0), 100
    part("compat").exact_render(scene, 16, 16)
    scene.render.image_settings.exr_codec = "NONE"
    scene.render.engine, scene.render.use_compositing = "CYCLES", False
    scene.cycles.samples, scene.cycles.use_denoising = 16, False
    scene.render.filepath, scene.render.use_file_extension = str(folder / "card.exr"), False
    bpy.ops.render.render(write_still=True)
    seen = plain_exr.read(folder / "card.exr")
    luminance = float((0.2126 * seen["R"] + 0.7152 * seen["G"] + 0.0722 * seen["B"]).mean())
    print(f"{sky}: {luminance:.3f}")
    assert luminance == pytest.approx(1, abs=0.08)


def test_a_take_without_a_sky_or_a_scene_without_a_camera_is_refused(part: Part) -> None:
    lighting = part("lighting")
    with pytest.raises(error("RequestError")) as refused:
        lighting.match_world(bpy.context.scene, request_of("procedural:sun=10/20"), 1)
    assert refused.value.code == "camera_missing"
    scene = scene_with_camera(0)
    for request in (request_of(), request_of("procedural:moon=1/2"), request_of(picture="/nowhere/sky.exr")):
        with pytest.raises(error("RequestError")) as refused:
            lighting.match_world(scene, request, 1)
        assert refused.value.code == "sky_missing"
