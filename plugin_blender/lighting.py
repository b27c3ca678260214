# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene's light from the new sky: a world with its panorama or with a flat picture's colours, and a sun.

Directions in a sky are counted from straight ahead in the first frame, to the right; the camera of that frame says
where that is in the scene.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any

import bpy
from mathutils import Euler, Vector

from platewright.contract.errors import RequestError
from platewright.contract.request import ReplaceSky, Request

from .daylight import Daylight, daylight_of
from .flat_sky import FlatLight, View, flat_light, is_panorama
from .numbering import file_of, present
from .state import keep, kept

__all__ = ["Lit", "heading_of", "match_world", "world_heading"]

_PREETHAM = 0.06
"""What Blender's Preetham sky makes of a kcd per square metre (measured with Cycles)."""


_CELLS = (64, 48)
"""Across and down, in which a flat picture is measured."""


@dataclass(frozen=True)
class Lit:
    """What a scene is lit by now. lamp: None where the sky shows no sun. note: a sentence for the artist, or empty."""

    world: Any
    lamp: Any
    note: str = ""


def match_world(scene: Any, request: Request, frame: int) -> Lit:
    """Give the scene a world and a sun after a request's sky; returns what was made. The old world stays in the file.

    Raises RequestError `sky_missing` for a take without a sky, `camera_missing`.
    """
    operation = request.operation
    if not isinstance(operation, ReplaceSky):
        raise RequestError("this take has no new sky", code="sky_missing", hint="Select the take of a sky replacement.")
    if scene.camera is None:
        raise RequestError(
            "the scene has no camera to tell directions by", code="camera_missing", hint="Add the plate's camera."
        )
    now = scene.frame_current
    scene.frame_set(frame)
    heading, view = heading_of(scene.camera.matrix_world), _view(scene, operation.field_of_view)
    scene.frame_set(now)
    pictures = request.references_for("sky")
    if operation.sky:
        return _daylight(scene, heading, daylight_of(operation.sky))
    if pictures:
        picture = _picture(pictures[0].pattern)
        width, height = picture.size
        if is_panorama(width, height, operation.form):
            _no_sun(scene)
            return Lit(_world(scene, picture, heading), None)
        return _flat(scene, heading, flat_light(_cells(picture), (width, height), view))
    raise RequestError("this take has no new sky", code="sky_missing", hint="Select the take of a sky replacement.")


def heading_of(matrix: Any) -> float:
    """Where a camera looks, seen from above: radians counter-clockwise from the scene's +x."""
    ahead = matrix.to_3x3() @ Vector((0.0, 0.0, -1.0))
    return math.atan2(ahead.y, ahead.x)


def world_heading(heading: float) -> float:
    """The turn about z that brings a panorama's middle to a heading: unturned, Blender has it at +x (measured)."""
    return -heading


def _view(scene: Any, across: float | None) -> View:
    """How the scene's camera looks now. across: the field of view that the take was made with, in degrees."""
    camera, render = scene.camera, scene.render
    ahead = camera.matrix_world.to_3x3() @ Vector((0.0, 0.0, -1.0))
    ratio = render.resolution_x * render.pixel_aspect_x / (render.resolution_y * render.pixel_aspect_y)
    angle = math.radians(across) if across is not None else camera.data.angle_x
    return View(angle, math.atan2(ahead.z, math.hypot(ahead.x, ahead.y)), ratio)


def _own_sun(scene: Any) -> Any | None:
    """The lamp that was made for a sky before."""
    return next((one for one in scene.objects if one.type == "LIGHT" and kept(one).get("light") == "sky"), None)


def _no_sun(scene: Any) -> None:
    lamp = _own_sun(scene)
    if lamp is not None:
        bpy.data.lights.remove(lamp.data)  # its objects go with it


def _sun(scene: Any, towards: float, height: float) -> tuple[Any, Vector]:
    """The lamp in that direction, in radians counter-clockwise from +x and above the horizon; and the direction."""
    lamp = _own_sun(scene)
    if lamp is None:
        lamp = bpy.data.objects.new("Platewright Sun", bpy.data.lights.new("Platewright Sun", "SUN"))
        scene.collection.objects.link(lamp)
        keep(lamp, {"light": "sky"})
    direction = Vector((math.cos(towards) * math.cos(height), math.sin(towards) * math.cos(height), math.sin(height)))
    lamp.rotation_euler = (-direction).to_track_quat("-Z", "Y").to_euler()
    lamp.data.angle, lamp.data.color = math.radians(0.53), (1.0, 1.0, 1.0)
    return lamp, direction


def _daylight(scene: Any, heading: float, light: Daylight) -> Lit:
    """The sun of a computed sky as a lamp, and the sky itself as the world, exposed as in the picture."""
    lamp, direction = _sun(scene, heading - math.radians(light.azimuth), math.radians(light.elevation))
    lamp.data.energy = light.sun
    tree, out = _new_world(scene)
    sky, clear = tree.nodes.new("ShaderNodeTexSky"), tree.nodes.new("ShaderNodeBackground")
    sky.sky_type, sky.sun_direction, sky.turbidity = "PREETHAM", direction, light.turbidity
    clear.inputs["Strength"].default_value = light.exposure / _PREETHAM * (1 - light.overcast)
    tree.links.new(sky.outputs["Color"], clear.inputs["Color"])
    end = clear.outputs["Background"]
    if light.overcast:
        both = tree.nodes.new("ShaderNodeAddShader")
        tree.links.new(end, both.inputs[0])
        tree.links.new(_closed(tree, light.overcast), both.inputs[1])
        end = both.outputs[0]
    tree.links.new(end, out.inputs["Surface"])
    return Lit(scene.world, lamp)


def _flat(scene: Any, heading: float, light: FlatLight) -> Lit:
    """A world with the picture's colours by height, which is not wrapped around; and its sun where it shows one."""
    tree, out = _new_world(scene)
    place, part = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeSeparateXYZ")
    share, ramp = tree.nodes.new("ShaderNodeMath"), tree.nodes.new("ShaderNodeValToRGB")
    sky = tree.nodes.new("ShaderNodeBackground")
    share.operation = "MULTIPLY_ADD"
    share.inputs[1].default_value = share.inputs[2].default_value = 0.5
    brightest = max((value for _, colour in light.stops for value in colour), default=1.0) or 1.0
    sky.inputs["Strength"].default_value = brightest  # a ramp holds no more than 1 in some versions
    heights = [0.0, *(height for height, _ in light.stops[1:])]  # else the floor shines up to the middle of the lowest
    colours = [colour for _, colour in light.stops]
    stops = [(0.4999, light.ground), *zip([0.5 + math.sin(one) / 2 for one in heights], colours, strict=True)]
    elements = ramp.color_ramp.elements
    for number, (where, colour) in enumerate(stops):
        element = elements[number] if number < 2 else elements.new(where)
        element.position, element.color = where, (*(value / brightest for value in colour), 1.0)
    for one, other in (
        (place.outputs["Generated"], part.inputs[0]),
        (part.outputs["Z"], share.inputs[0]),
        (share.outputs[0], ramp.inputs["Fac"]),
        (ramp.outputs["Color"], sky.inputs["Color"]),
        (sky.outputs["Background"], out.inputs["Surface"]),
    ):
        tree.links.new(one, other)
    note = "The sky's picture is flat: the world has its colours by height"
    if light.sun is None:
        _no_sun(scene)
        return Lit(scene.world, None, f"{note}, and no sun, since it shows none.")
    azimuth, height, irradiance = light.sun
    lamp, _ = _sun(scene, heading - azimuth, height)
    lamp.data.energy = max(irradiance)
    lamp.data.color = tuple(value / max(irradiance) for value in irradiance)
    note += ", and a lamp is the sun that it shows."
    if max(irradiance) < max(light.ground):  # a floor of 0.18 gives off about a twentieth of what falls on it
        note += " Its pixels hold little light, as clipped ones do: raise the lamp's strength."
    return Lit(scene.world, lamp, note)


def _cells(picture: Any) -> list[list[tuple[float, float, float]]]:
    """Means of a picture's cells, scene-linear, from the top."""
    small = picture.copy()
    try:
        small.scale(*_CELLS)
        values = list(small.pixels)
    finally:
        bpy.data.images.remove(small)
    if not picture.is_float:  # Blender keeps these as they are in the file
        values = [_linear(value) for value in values]
    across, down = _CELLS
    rows = [
        [tuple(values[4 * (row * across + place) :][:3]) for place in range(across)] for row in reversed(range(down))
    ]
    return rows


def _linear(value: float) -> float:
    """sRGB as light."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _closed(tree: Any, share: float) -> Any:
    """A closed sky's light, three times as bright above as at the horizon: `(1 + 2 sin(height)) / 3 * 9 / 7`."""
    place, part = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeSeparateXYZ")
    up, bright, light = (tree.nodes.new(kind) for kind in ("ShaderNodeMath", "ShaderNodeMath", "ShaderNodeBackground"))
    up.operation, up.inputs[1].default_value = "MAXIMUM", 0.0
    bright.operation = "MULTIPLY_ADD"
    bright.inputs[1].default_value, bright.inputs[2].default_value = 6 / 7 * share, 3 / 7 * share
    tree.links.new(place.outputs["Generated"], part.inputs[0])
    tree.links.new(part.outputs["Z"], up.inputs[0])
    tree.links.new(up.outputs[0], bright.inputs[0])
    tree.links.new(bright.outputs[0], light.inputs["Strength"])
    light.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    return light.outputs["Background"]


def _new_world(scene: Any) -> tuple[Any, Any]:
    """An empty world for the scene and its output; the artist's own stays in the file."""
    if scene.world is not None:
        scene.world.use_fake_user = True
    world = bpy.data.worlds.new("Platewright Sky")
    world.use_nodes = True
    world.node_tree.nodes.clear()
    scene.world = world
    return world.node_tree, world.node_tree.nodes.new("ShaderNodeOutputWorld")


def _picture(pattern: str) -> Any:
    """The picture of a sky, of a sequence the first. Raises RequestError `sky_missing`."""
    numbers = present(pattern)
    path = file_of(pattern, numbers[0]) if numbers else pattern
    if not os.path.isfile(path):
        raise RequestError(
            f"the sky {os.path.basename(pattern)} is not there",
            code="sky_missing",
            hint="Check that its disk is mounted.",
        )
    return bpy.data.images.load(path, check_existing=True)


def _world(scene: Any, image: Any, heading: float) -> Any:
    tree, out = _new_world(scene)
    place, turn = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    picture, light = tree.nodes.new("ShaderNodeTexEnvironment"), tree.nodes.new("ShaderNodeBackground")
    picture.image = image
    turn.inputs["Rotation"].default_value = Euler((0.0, 0.0, world_heading(heading)))
    for one, other in (
        (place.outputs["Generated"], turn.inputs["Vector"]),
        (turn.outputs["Vector"], picture.inputs["Vector"]),
        (picture.outputs["Color"], light.inputs["Color"]),
        (light.outputs["Background"], out.inputs["Surface"]),
    ):
        tree.links.new(one, other)
    return scene.world
