# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene's light from the new sky: a world with its panorama, or a sun where a computed sky has one.

Directions in a sky are counted from straight ahead in the first frame, to the right; the camera of that frame says
where that is in the scene.
"""

from __future__ import annotations

import math
import os
import re
from typing import Any

import bpy
from mathutils import Euler, Vector

from platewright.contract.errors import RequestError
from platewright.contract.request import ReplaceSky, Request

from .numbering import file_of, present
from .state import keep, kept

__all__ = ["heading_of", "match_world", "sun_of", "world_heading"]

_SUN = re.compile(r"procedural:sun=(-?[\d.]{1,12})/(-?[\d.]{1,12})(?:,|$)")


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
        azimuth, elevation = sun_of(operation.sky)
        return _sun(scene, heading, azimuth, elevation)
    if pictures:
        return _world(scene, pictures[0].pattern, heading)
    raise RequestError("this take has no new sky", code="sky_missing", hint="Select the take of a sky replacement.")


def heading_of(matrix: Any) -> float:
    """Where a camera looks, seen from above: radians counter-clockwise from the scene's +x."""
    ahead = matrix.to_3x3() @ Vector((0.0, 0.0, -1.0))
    return math.atan2(ahead.y, ahead.x)


def sun_of(sky: str) -> tuple[float, float]:
    """`(azimuth, elevation)` in degrees of a computed sky, azimuth to the right of straight ahead."""
    found = _SUN.match(sky)
    if found is None:
        raise RequestError(f"'{sky[:80]}' names no sun", code="sky_missing", hint="Write procedural:sun=220/35.")
    return float(found[1]), float(found[2])


def world_heading(heading: float) -> float:
    """The turn about z that brings a panorama's middle to a heading: unturned, Blender has it at +x (measured)."""
    return -heading


def _sun(scene: Any, heading: float, azimuth: float, elevation: float) -> Any:
    light = next((one for one in scene.objects if one.type == "LIGHT" and kept(one).get("light") == "sky"), None)
    if light is None:
        light = bpy.data.objects.new("Platewright Sun", bpy.data.lights.new("Platewright Sun", "SUN"))
        scene.collection.objects.link(light)
        keep(light, {"light": "sky"})
    towards = heading - math.radians(azimuth)
    height = math.radians(elevation)
    direction = Vector((math.cos(towards) * math.cos(height), math.sin(towards) * math.cos(height), math.sin(height)))
    light.rotation_euler = (-direction).to_track_quat("-Z", "Y").to_euler()
    return light


def _world(scene: Any, pattern: str, heading: float) -> Any:
    numbers = present(pattern)
    path = file_of(pattern, numbers[0]) if numbers else pattern
    if not os.path.isfile(path):
        raise RequestError(
            f"the sky {os.path.basename(pattern)} is not there",
            code="sky_missing",
            hint="Check that its disk is mounted.",
        )
    if scene.world is not None:
        scene.world.use_fake_user = True  # the artist's own stays in the file
    world = bpy.data.worlds.new("Platewright Sky")
    world.use_nodes = True
    tree = world.node_tree
    tree.nodes.clear()
    place, turn = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    picture, light = tree.nodes.new("ShaderNodeTexEnvironment"), tree.nodes.new("ShaderNodeBackground")
    out = tree.nodes.new("ShaderNodeOutputWorld")
    picture.image = bpy.data.images.load(path, check_existing=True)
    turn.inputs["Rotation"].default_value = Euler((0.0, 0.0, world_heading(heading)))
    for one, other in (
        (place.outputs["Generated"], turn.inputs["Vector"]),
        (turn.outputs["Vector"], picture.inputs["Vector"]),
        (picture.outputs["Color"], light.inputs["Color"]),
        (light.outputs["Background"], out.inputs["Surface"]),
    ):
        tree.links.new(one, other)
    scene.world = world
    return world
