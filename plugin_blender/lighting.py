# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene's light from the new sky: a world with its panorama, or a sun where a computed sky has one.

Directions in a sky are counted from straight ahead in the first frame, to the right; the camera of that frame says
where that is in the scene.
"""

from __future__ import annotations

import math
import os
from typing import Any

import bpy
from mathutils import Euler, Vector

from platewright.contract.errors import RequestError
from platewright.contract.request import ReplaceSky, Request

from .daylight import Daylight, daylight_of
from .numbering import file_of, present
from .state import keep, kept

__all__ = ["heading_of", "match_world", "world_heading"]

_PREETHAM = 0.06
"""What Blender's Preetham sky makes of a kcd per square metre (measured with Cycles)."""


def match_world(scene: Any, request: Request, frame: int) -> Any:
    """Give the scene a world or a sun after a request's sky; returns what was made. The old world stays in the file.

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
    heading = heading_of(scene.camera.matrix_world)
    scene.frame_set(now)
    pictures = request.references_for("sky")
    if operation.sky:
        return _daylight(scene, heading, daylight_of(operation.sky))
    if pictures:
        return _world(scene, pictures[0].pattern, heading)
    raise RequestError("this take has no new sky", code="sky_missing", hint="Select the take of a sky replacement.")


def heading_of(matrix: Any) -> float:
    """Where a camera looks, seen from above: radians counter-clockwise from the scene's +x."""
    ahead = matrix.to_3x3() @ Vector((0.0, 0.0, -1.0))
    return math.atan2(ahead.y, ahead.x)


def world_heading(heading: float) -> float:
    """The turn about z that brings a panorama's middle to a heading: unturned, Blender has it at +x (measured)."""
    return -heading


def _daylight(scene: Any, heading: float, light: Daylight) -> Any:
    """The sun of a computed sky as a lamp, and the sky itself as the world, exposed as in the picture; the lamp."""
    lamp = next((one for one in scene.objects if one.type == "LIGHT" and kept(one).get("light") == "sky"), None)
    if lamp is None:
        lamp = bpy.data.objects.new("Platewright Sun", bpy.data.lights.new("Platewright Sun", "SUN"))
        scene.collection.objects.link(lamp)
        keep(lamp, {"light": "sky"})
    towards = heading - math.radians(light.azimuth)
    height = math.radians(light.elevation)
    direction = Vector((math.cos(towards) * math.cos(height), math.sin(towards) * math.cos(height), math.sin(height)))
    lamp.rotation_euler = (-direction).to_track_quat("-Z", "Y").to_euler()
    lamp.data.energy, lamp.data.angle = light.sun, math.radians(0.53)
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
    return lamp


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


def _world(scene: Any, pattern: str, heading: float) -> Any:
    numbers = present(pattern)
    path = file_of(pattern, numbers[0]) if numbers else pattern
    if not os.path.isfile(path):
        raise RequestError(
            f"the sky {os.path.basename(pattern)} is not there",
            code="sky_missing",
            hint="Check that its disk is mounted.",
        )
    tree, out = _new_world(scene)
    place, turn = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    picture, light = tree.nodes.new("ShaderNodeTexEnvironment"), tree.nodes.new("ShaderNodeBackground")
    picture.image = bpy.data.images.load(path, check_existing=True)
    turn.inputs["Rotation"].default_value = Euler((0.0, 0.0, world_heading(heading)))
    for one, other in (
        (place.outputs["Generated"], turn.inputs["Vector"]),
        (turn.outputs["Vector"], picture.inputs["Vector"]),
        (picture.outputs["Color"], light.inputs["Color"]),
        (light.outputs["Background"], out.inputs["Surface"]),
    ):
        tree.links.new(one, other)
    return scene.world
