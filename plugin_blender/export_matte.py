# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by a second Blender without a window: draws a matte as EXR files, so that the artist's own never waits.

    blender -b --factory-startup -P export_matte.py -- task.json

The task names a small .blend with the mask (or the scene) in it. The matte stands in A. The host holds our standard
input open; when it ends, so do we.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

import bpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compat

__all__ = ["main"]


def main(task_file: str) -> None:
    """Draw every frame of the task; each file is renamed into its place when it is whole."""
    with open(task_file, encoding="utf-8") as file:
        task = json.load(file)
    kinds = {"mask": _mask_scene, "objects": _object_scene, "outlines": _outline_scene}
    scene = kinds[task["kind"]](task)
    scene.render.use_file_extension = False
    for scene_frame, number in task["frames"]:
        target = os.path.join(task["folder"], f"matte.{number:04d}.exr")
        scene.frame_set(scene_frame)
        if task["kind"] == "outlines":
            _draw_outlines(scene, task, task["outlines"].get(str(number), []))
        scene.render.filepath = target + ".part"
        bpy.ops.render.render(write_still=True, scene=scene.name)
        os.replace(target + ".part", target)


def _mask_scene(task: dict[str, Any]) -> Any:
    """A scene whose compositor gives the mask as alpha, at the plate's size."""
    with bpy.data.libraries.load(task["library"]) as (_, wanted):
        wanted.masks = [task["name"]]
    return _scene_with(task, wanted.masks[0])


def _outline_scene(task: dict[str, Any]) -> Any:
    """The same for outlines, which become a mask of their own at each frame."""
    return _scene_with(task, bpy.data.masks.new("outlines"))


def _draw_outlines(scene: Any, task: dict[str, Any], outlines: list[list[list[float]]]) -> None:
    """A new mask with these outlines: mask points live in a square around the picture's middle."""
    mask = bpy.data.masks.new("outlines")
    longest = max(task["width"], task["height"])
    for outline in outlines:
        spline = mask.layers.new(name="outline").splines.new()
        spline.points.add(len(outline) - len(spline.points))
        spline.use_cyclic = True
        for point, (x, y) in zip(spline.points, outline, strict=True):
            point.co = (0.5 + (x - task["width"] / 2) / longest, 0.5 + (y - task["height"] / 2) / longest)
            point.handle_type = "VECTOR"
            point.handle_left = point.handle_right = point.co
    for node in compat.new_compositor(scene).nodes:
        if node.bl_idname == "CompositorNodeMask":
            node.mask = mask


def _scene_with(task: dict[str, Any], mask: Any) -> Any:
    scene = bpy.context.scene
    compat.exact_render(scene, task["width"], task["height"])
    tree = compat.new_compositor(scene)
    tree.nodes.clear()
    output = compat.output_node(tree)
    drawn = compat.mask_node(tree, mask, task["width"], task["height"], task["feather"])
    tree.links.new(compat.keep_alpha(tree, drawn.outputs["Mask"], drawn.outputs["Mask"]), output.inputs[0])
    return scene


def _object_scene(task: dict[str, Any]) -> Any:
    """The artist's scene with everything but the chosen objects as a holdout: what is seen of them is the alpha."""
    with bpy.data.libraries.load(task["library"]) as (_, wanted):
        wanted.scenes = [task["name"]]
    scene = wanted.scenes[0]
    bpy.context.window.scene = scene
    chosen = set(task["objects"])
    for one in scene.objects:
        if one.type not in ("CAMERA", "LIGHT", "EMPTY", "ARMATURE", "LATTICE", "SPEAKER", "LIGHT_PROBE"):
            one.is_holdout = one.name not in chosen
    compat.exact_render(scene, task["width"], task["height"])
    scene.render.use_compositing = False
    scene.render.use_border = False
    scene.render.engine = "CYCLES"
    scene.render.film_transparent = True
    scene.cycles.device, scene.cycles.samples = "CPU", 16
    scene.cycles.use_adaptive_sampling = scene.cycles.use_denoising = False
    scene.cycles.max_bounces = 0
    for layer in scene.view_layers:
        layer.use = layer == scene.view_layers[0]
    return scene


def _end_with_host() -> None:
    sys.stdin.buffer.read()
    os._exit(3)


if __name__ == "__main__":
    threading.Thread(target=_end_with_host, daemon=True).start()
    try:
        main(sys.argv[-1])
    except BaseException as error:
        sys.stderr.write(f"\nplatewright: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(2)
    # Blender's own clean-up crashes or hangs at the end of some versions.
    os._exit(0)
