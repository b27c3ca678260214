"""The renders behind a frame: the clean scene, the part with the object, the sky alone, and two coverages.

Coverage passes replace every material by flat white and leave the film transparent: their alpha is exact, it costs
next to nothing, and it shares the camera, the shutter and the pixel filter with the picture.
"""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from making.camera import HEIGHT, WIDTH
from making.pictures import Floats, Window, read_matte, read_rgb
from making.scene import Shot

__all__ = ["Passes", "full_size"]


def full_size(picture: Floats) -> Floats:
    """A draft picture brought to the shot's size, bilinearly; one of the shot's size as it is."""
    for axis, size in ((0, HEIGHT), (1, WIDTH)):
        have = picture.shape[axis]
        if have != size:
            at = np.clip((np.arange(size) + 0.5) * have / size - 0.5, 0, have - 1)
            low = np.minimum(at.astype(int), have - 2)
            share = (at - low).astype(np.float32).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
            picture = np.take(picture, low, axis) * (1 - share) + np.take(picture, low + 1, axis) * share
    return np.ascontiguousarray(picture, dtype=np.float32)


class Passes:
    """Renders single passes of single frames into files under `work`."""

    def __init__(self, shot: Shot, work: Path, samples: int, coverage_samples: int,
                 scale: int = 100, object_samples: int = 14) -> None:
        self._shot, self._work = shot, work
        self._samples, self._coverage_samples, self._object_samples = samples, coverage_samples, object_samples
        scene = bpy.context.scene
        self._scale = scale
        scene.render.use_motion_blur, scene.render.motion_blur_shutter = True, 0.5
        scene.render.use_persistent_data = True
        scene.view_settings.view_transform = 'Raw'
        scene.render.image_settings.file_format, scene.render.image_settings.color_depth = 'OPEN_EXR', '32'
        scene.render.image_settings.color_mode = 'RGBA'
        cycles = scene.cycles
        cycles.device = 'CPU'
        cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 5, 2, 2
        cycles.transmission_bounces, cycles.transparent_max_bounces = 3, 8
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.sample_clamp_indirect = 3.0
        cycles.filter_width = 2.6  # a lens is softer than a computer
        cycles.denoiser, cycles.denoising_prefilter = 'OPENIMAGEDENOISE', 'FAST'
        cycles.denoising_input_passes = 'RGB_ALBEDO_NORMAL'
        cycles.use_adaptive_sampling = True
        self._flat = bpy.data.materials.new("coverage")
        self._flat.use_nodes = True
        self._flat.cycles.emission_sampling = 'NONE'
        nodes = self._flat.node_tree.nodes
        nodes.clear()
        emission, output = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeOutputMaterial")
        self._flat.node_tree.links.new(emission.outputs[0], output.inputs[0])

    def _show(self, rest: bool, drone: bool, box: Window | None = None) -> None:
        for part in self._shot.rest:
            part.hide_render = not rest
        for part in self._shot.drone:
            part.hide_render = not drone
        render = bpy.context.scene.render
        render.use_border, render.use_crop_to_border = box is not None, False
        if box is not None:
            left, top, right, bottom = box
            render.border_min_x, render.border_max_x = left / WIDTH, right / WIDTH
            render.border_min_y, render.border_max_y = 1 - bottom / HEIGHT, 1 - top / HEIGHT

    def _render(self, frame: int, name: str, coverage: bool = False, denoise: bool = True,
                samples: int = 0) -> Path:
        path = self._work / name / f"{name}.{frame}.exr"
        if path.exists():
            return path
        scene = bpy.context.scene
        scene.frame_set(frame)
        scene.render.resolution_percentage = 100 if coverage else self._scale
        scene.render.film_transparent = coverage
        bpy.context.view_layer.material_override = self._flat if coverage else None
        scene.cycles.use_denoising = denoise and not coverage
        scene.cycles.adaptive_threshold = 0.01 if coverage else 0.03
        scene.cycles.adaptive_min_samples = 16 if coverage else 4
        scene.cycles.samples = self._coverage_samples if coverage else samples or self._samples
        scene.cycles.seed = frame
        part = path.with_suffix(".part.exr")
        scene.render.filepath = str(part)
        bpy.ops.render.render(write_still=True)
        part.rename(path)
        return path

    def object_box(self, frame: int, margin: int = 36) -> Window:
        """The part of the frame that holds the object with its blur, `margin` pixels wider on every side."""
        scene = bpy.context.scene
        found = []
        for moment in (frame - 0.3, frame, frame + 0.3):
            scene.frame_set(int(np.floor(moment)), subframe=float(moment - np.floor(moment)))
            for part in self._shot.drone:
                for corner in part.bound_box:
                    found.append(world_to_camera_view(scene, self._shot.camera, part.matrix_world @ Vector(corner))[:2])
        x, y = np.array(found).T
        return (max(0, int(x.min() * WIDTH) - margin), max(0, int((1 - y.max()) * HEIGHT) - margin),
                min(WIDTH, int(x.max() * WIDTH) + margin), min(HEIGHT, int((1 - y.min()) * HEIGHT) + margin))

    def clean(self, frame: int) -> Floats:
        """(H, W, 3) scene-linear, without the object."""
        self._show(rest=True, drone=False)
        return full_size(read_rgb(self._render(frame, "clean")))

    def sky_alone(self, frame: int) -> Floats:
        """(H, W, 3) scene-linear: what the sky would be with nothing in front of it."""
        self._show(rest=False, drone=False)
        return full_size(read_rgb(self._render(frame, "dome", denoise=False)))

    def with_object(self, frame: int) -> Floats:
        """(H, W, 3) scene-linear with the object; black outside `object_box`."""
        self._show(rest=True, drone=True, box=self.object_box(frame))
        return full_size(read_rgb(self._render(frame, "object", samples=self._object_samples)))

    def object_coverage(self, frame: int) -> Floats:
        """(H, W) the object's share of every pixel, its rotors counted as solid."""
        self._show(rest=False, drone=True, box=self.object_box(frame))
        return read_matte(self._render(frame, "coverage", coverage=True))

    def sky_coverage(self, frame: int) -> Floats:
        """(H, W) the sky's share of every pixel, without the object."""
        self._show(rest=True, drone=False)
        return np.asarray(1.0 - read_matte(self._render(frame, "sky", coverage=True)), dtype=np.float32)
