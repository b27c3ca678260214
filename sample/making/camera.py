"""The shot's camera: a gentle crane to the right with a slow pan back and the small restlessness of a hand."""

from __future__ import annotations

import math

import bpy
import numpy as np

__all__ = ["FIRST", "FOCAL", "FPS", "HEIGHT", "LAST", "SENSOR", "WIDTH", "build_camera", "hfov"]

FIRST, LAST, FPS = 1001, 1020, 24
WIDTH, HEIGHT = 960, 540
FOCAL, SENSOR = 35.0, 36.0


def hfov() -> float:
    """Horizontal angle of view in degrees."""
    return math.degrees(2.0 * math.atan(SENSOR / 2.0 / FOCAL))


def build_camera() -> bpy.types.Object:
    """The camera with a key on every frame, and one beyond either end for the motion blur."""
    data = bpy.data.cameras.new("camera")
    data.lens, data.sensor_width, data.sensor_fit = FOCAL, SENSOR, 'HORIZONTAL'
    data.clip_start, data.clip_end = 0.05, 30000.0
    camera = bpy.data.objects.new("camera", data)
    bpy.context.scene.collection.objects.link(camera)
    for frame in range(FIRST - 1, LAST + 2):
        t = (frame - FIRST) / (LAST - FIRST)
        ease = t + 0.10 * math.sin(2.0 * math.pi * t) / (2.0 * math.pi)
        hand = np.array([math.sin(5.1 * t + 0.3) + 0.5 * math.sin(11.7 * t), math.sin(6.3 * t + 1.9),
                         math.sin(7.7 * t + 0.9) + 0.4 * math.sin(14.9 * t + 2.0)])
        camera.location = (-0.30 + 0.60 * ease + 0.006 * hand[0], 0.05 * ease + 0.004 * hand[1],
                           1.94 + 0.22 * ease + 0.006 * hand[2])
        pitch = 3.1 - 0.9 * ease + 0.07 * hand[2]
        yaw = -1.3 + 2.6 * ease + 0.06 * hand[0]
        roll = 0.10 * math.sin(4.4 * t + 0.6)
        camera.rotation_mode = 'YXZ'
        camera.rotation_euler = (math.radians(90.0 + pitch), math.radians(roll), math.radians(yaw))
        camera.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_euler", frame=frame)
    return camera
