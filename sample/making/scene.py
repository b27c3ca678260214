"""Puts the shot together: light, sky, town, terrace, camera and the unwanted object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from making.camera import FIRST, FPS, HEIGHT, LAST, WIDTH, build_camera
from making.drone import build_drone, place_drone
from making.materials import library
from making.sky import SUN_AZIMUTH, SUN_ELEVATION
from making.terrace import build_cables, build_plants, build_railing, build_tree
from making.town import build_bay, build_corner_house, build_tower, build_town

__all__ = ["Shot", "build_shot"]


@dataclass(frozen=True)
class Shot:
    """The scene's parts that a render pass switches on and off."""

    camera: bpy.types.Object
    drone: tuple[bpy.types.Object, ...]
    rest: tuple[bpy.types.Object, ...]


def _light(sky: Path) -> None:
    sun = bpy.data.lights.new("sun", 'SUN')
    sun.energy, sun.angle, sun.color = 4.3, np.radians(0.7), (1.0, 0.80, 0.58)
    holder = bpy.data.objects.new("sun", sun)
    holder.rotation_euler = (np.radians(90.0 - SUN_ELEVATION), 0.0, np.radians(180.0 + SUN_AZIMUTH))
    bpy.context.scene.collection.objects.link(holder)
    world = bpy.context.scene.world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    tree = world.node_tree
    picture = tree.nodes.new("ShaderNodeTexEnvironment")
    picture.image = bpy.data.images.load(str(sky))
    picture.image.colorspace_settings.name = "Linear Rec.709"
    picture.interpolation = 'Cubic'
    turned = tree.nodes.new("ShaderNodeMapping")
    turned.vector_type = 'POINT'
    turned.inputs["Rotation"].default_value[2] = -np.pi / 2  # the picture's middle shows +Y, Blender wants +X there
    where = tree.nodes.new("ShaderNodeTexCoord")
    tree.links.new(where.outputs["Generated"], turned.inputs["Vector"])
    tree.links.new(turned.outputs[0], picture.inputs[0])
    tree.links.new(picture.outputs[0], tree.nodes["Background"].inputs[0])
    world.cycles.sampling_method, world.cycles.sample_map_resolution = 'MANUAL', 512


def build_shot(sky: Path) -> Shot:
    """Build everything in an empty file; `sky` is the lat-long picture that lights the scene."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = FIRST, LAST, FPS
    scene.render.engine = 'CYCLES'
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
    _light(sky)
    materials = library()
    build_bay(materials)
    build_town(materials)
    build_tower(materials)
    build_corner_house(materials)
    build_railing(materials)
    build_tree(materials)
    build_plants(materials)
    build_cables(materials)
    rest = tuple(o for o in scene.objects if o.type == 'MESH')
    scene.camera = build_camera()
    solid = build_drone()
    place_drone(solid, FIRST, LAST)
    return Shot(scene.camera, (solid, *solid.children), rest)
