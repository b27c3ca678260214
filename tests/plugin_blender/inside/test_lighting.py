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


def request_of(sky: str = "", picture: str = "", form: str = "auto") -> Any:
    from platewright.contract.frames import FrameRange
    from platewright.contract.request import Plate, Reference, ReplaceSky, Request

    references = (Reference("sky", picture),) if picture else ()
    return Request(ReplaceSky(sky, form=form), "sky", Plate("plate.####.exr", FrameRange((1,))), references=references)


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
    part("lighting").match_world(scene, request_of("procedural:sun=10/20"), 1)
    made = part("lighting").match_world(scene, request_of(picture=str(folder / "sky.exr")), 1).world
    assert not [one for one in scene.objects if one.type == "LIGHT"], "the sun of the sky before is gone"
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


def looked_at(scene: Any, folder: Path, part: Part, width: int = 60, height: int = 40) -> np.ndarray:
    """What Cycles sees of the world, (h, w, 3)."""
    part("compat").exact_render(scene, width, height)
    scene.render.image_settings.exr_codec = "NONE"
    scene.render.engine, scene.render.use_compositing = "CYCLES", False
    scene.cycles.samples, scene.cycles.use_denoising = 4, False
    scene.cycles.pixel_filter_type = "BOX"  # each pixel by itself
    scene.render.filepath, scene.render.use_file_extension = str(folder / "seen.exr"), False
    bpy.ops.render.render(write_still=True)
    seen = plain_exr.read(folder / "seen.exr")
    return np.stack([seen[name] for name in "RGB"], axis=2)


def flat_picture(folder: Path, *, sun: float) -> Path:
    """Sky of 3:2 that goes from orange at the horizon to blue above, brighter than 1; with a sun to the right."""
    up = np.linspace(1, 0, 200, dtype=np.float32)[:, None] * np.ones((200, 300), np.float32)
    planes = {"R": 3 - 2.5 * up, "G": 1.5 - 0.5 * up, "B": 0.5 + 2.0 * up}
    if sun:
        for plane in planes.values():
            plane[60:64, 240:244] = sun
    plain_exr.write(folder / "flat.exr", {name: plane.astype(np.float32) for name, plane in planes.items()})
    return folder / "flat.exr"


def test_a_flat_picture_is_not_wrapped_but_gives_its_colours_by_height(part: Part, folder: Path) -> None:
    scene = scene_with_camera(90.0)
    scene.render.resolution_x, scene.render.resolution_y = 60, 40
    request = request_of(picture=str(flat_picture(folder, sun=0)))
    lit = part("lighting").match_world(scene, request, 1)
    assert lit.lamp is None and "flat" in lit.note and "no sun" in lit.note
    ahead = looked_at(scene, folder, part)
    assert not np.isnan(ahead).any()
    assert np.allclose(ahead[18, 30], (2.8, 1.45, 0.7), atol=0.15), "at the horizon, as in the picture"
    assert np.allclose(ahead[19, 30], ahead[18, 30], rtol=0.1), "no floor stands above the horizon"
    assert ahead[2, 30, 2] > 1.5 * ahead[18, 30, 2] and ahead[2, 30, 0] < 0.6 * ahead[18, 30, 0], "blue above"
    assert np.allclose(ahead[10, 3], ahead[10, 56], rtol=0.02), "nothing goes around"
    assert (ahead[35] < ahead[18]).all(), "below lies a floor, not a second sky"
    scene.camera.rotation_euler = Euler((math.pi / 2, 0, math.pi))
    assert np.allclose(looked_at(scene, folder, part), ahead, rtol=0.02), "behind there is no seam"


def test_a_picture_of_a_panoramas_shape_is_flat_where_that_is_said(part: Part, folder: Path) -> None:
    scene = scene_with_camera(90.0)
    wide = np.ones((64, 128), np.float32)
    plain_exr.write(folder / "wide.exr", {"R": wide, "G": wide, "B": wide})
    match = part("lighting").match_world
    assert "flat" not in match(scene, request_of(picture=str(folder / "wide.exr")), 1).note
    assert "flat" in match(scene, request_of(picture=str(folder / "wide.exr"), form="flat"), 1).note


def test_a_sun_in_a_flat_picture_becomes_a_lamp_where_it_stands(part: Part, folder: Path) -> None:
    scene = scene_with_camera(90.0)
    scene.render.resolution_x, scene.render.resolution_y = 60, 40
    request = request_of(picture=str(flat_picture(folder, sun=4000)))
    lit = part("lighting").match_world(scene, request, 1)
    assert lit.lamp is not None and "lamp" in lit.note
    bpy.context.view_layer.update()
    towards = -(lit.lamp.matrix_world.to_3x3() @ Vector((0, 0, -1)))
    across = scene.camera.data.angle_x
    scale = min(300 / (across * 1.15), 200 * 0.97 / (math.tan(across / 2) * 40 / 60 * 1.15))
    assert math.degrees(math.atan2(towards.x, towards.y)) == pytest.approx(math.degrees(92 / scale), abs=1.0)
    height = math.atan((0.97 * 200 - 62) / scale)
    assert math.degrees(math.asin(towards.z)) == pytest.approx(math.degrees(height), abs=1.0)
    angle = 16 / scale**2 * math.cos(height) ** 3
    assert lit.lamp.data.energy == pytest.approx(4000 * angle, rel=0.1), "as much light as its pixels hold"
    assert looked_at(scene, folder, part).max() < 40, "and it is not in the world a second time"
    assert "clipped" not in lit.note
    lit = part("lighting").match_world(scene, request_of(picture=str(flat_picture(folder, sun=40))), 1)
    assert lit.lamp is not None and "clipped" in lit.note


@pytest.mark.parametrize(("azimuth", "elevation"), [(0.0, 0.0), (90.0, 0.0), (220.0, 35.0)])
def test_a_computed_skys_sun_shines_from_its_place(part: Part, azimuth: float, elevation: float) -> None:
    scene = scene_with_camera(90.0)
    light = part("lighting").match_world(scene, request_of(f"procedural:sun={azimuth}/{elevation},turbidity=3"), 1).lamp
    bpy.context.view_layer.update()
    towards = -(light.matrix_world.to_3x3() @ Vector((0, 0, -1)))
    turn, height = math.radians(90 - azimuth), math.radians(elevation)
    wanted = Vector((math.cos(turn) * math.cos(height), math.sin(turn) * math.cos(height), math.sin(height)))
    assert (towards - wanted).length < 1e-5
    again = part("lighting").match_world(scene, request_of("procedural:sun=10/20"), 1).lamp
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
