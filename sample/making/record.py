"""What the shot says about itself: `shot.json`, for tests, demos and whoever wants to rebuild its camera."""

from __future__ import annotations

import json
import math
from pathlib import Path

import bpy
import numpy as np

from making.camera import FIRST, FOCAL, FPS, HEIGHT, LAST, SENSOR, WIDTH, hfov
from making.grain import FLOOR, GAIN
from making.scene import Shot
from making.sky import DUSK, SUN_AZIMUTH, SUN_ELEVATION

__all__ = ["write_record"]


def _camera(shot: Shot, frame: int) -> dict[str, object]:
    bpy.context.scene.frame_set(frame)
    matrix = np.array(shot.camera.matrix_world)
    ahead, up, right = -matrix[:3, 2], matrix[:3, 1], matrix[:3, 0]
    azimuth = math.degrees(math.atan2(-ahead[0], ahead[1]))
    pitch = math.degrees(math.asin(ahead[2]))
    focal = WIDTH * FOCAL / SENSOR
    return {
        "matrix": [[round(float(v), 7) for v in row] for row in matrix],
        "pitch_degrees": round(pitch, 4),
        "pan_degrees": round(azimuth, 4),
        "roll_degrees": round(math.degrees(math.atan2(right[2], up[2])), 4),
        "horizon_y": round(HEIGHT / 2 + focal * math.tan(math.radians(pitch)), 2),
        "sun_azimuth_degrees": round(SUN_AZIMUTH - azimuth, 4),
    }


def write_record(path: Path, shot: Shot, figures: dict[int, dict[str, float]],
                 samples: dict[str, int]) -> None:
    """Write the record as JSON with sorted keys."""
    frames = {str(f): {**_camera(shot, f), **figures.get(f, {})} for f in range(FIRST, LAST + 1)}
    record = {
        "name": "harbour_drone",
        "about": "A terrace over a harbour town in the late afternoon; a delivery drone that nobody wants crosses it.",
        "licence": "CC0-1.0",
        "made_with": {"blender": bpy.app.version_string, "engine": "Cycles on the CPU", "samples_at_most": samples,
                      "denoiser": "OpenImageDenoise, before the grain is added"},
        "frames": {"first": FIRST, "last": LAST, "fps": FPS, "width": WIDTH, "height": HEIGHT, "pixel_aspect": 1.0},
        "colour_space": "lin_rec709_scene",
        "lens": {"focal_mm": FOCAL, "sensor_width_mm": SENSOR, "hfov_degrees": round(hfov(), 4), "shutter": 0.5},
        "sun": {"azimuth_degrees": SUN_AZIMUTH, "elevation_degrees": SUN_ELEVATION},
        "new_sky_sun": {"azimuth_degrees": DUSK.sun_azimuth, "elevation_degrees": DUSK.sun_elevation},
        "grain": {"floor": FLOOR, "gain": GAIN, "sigma": "sqrt(floor^2 + gain^2 * value), per channel"},
        "conventions": {
            "matrix": "camera to world, column vectors, metres; world x right, y ahead, z up; the camera looks "
                      "along -z",
            "azimuth": "degrees counter-clockwise from ahead, seen from above: positive is to the left. Under sun and "
                       "new_sky_sun from world +y; per frame from that frame's own view direction",
            "horizon_y": "row of the horizon at the frame's middle column, in pixels from the top; OpenEXR's y",
            "lat_long": "middle column is world +y (azimuth 0), azimuth grows to the left, top row is straight up",
        },
        "files": {
            "plate": "plate/plate.####.exr: the shot as filmed, with the object and film grain (RGB half, DWAA)",
            "matte": "matte/matte.####.exr: the artist's matte of the object (A half): 1 on all of it and 3 px around",
            "clean": "truth/clean.####.exr: the frames without object and grain (RGB half, DWAA); the data window "
                     "holds the matte and 8 px around it, the display window is the plate's",
            "sky": "truth/sky.####.exr, every fourth frame: the sky's share of every pixel, without object (A half)",
            "new_sky": "new_sky.exr: a dusk sky to put in (lat-long, RGB half, DWAA)",
        },
        "per_frame": frames,
    }
    path.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
