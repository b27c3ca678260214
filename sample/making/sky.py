"""The sample shot's two skies as lat-long pictures: the plate's own (afternoon) and the one to replace it by (dusk).

The clear air comes from Blender's Nishita sky, the clouds from `clouds`. Azimuths are in degrees, counter-clockwise
from the direction the camera looks at on the middle of its move (world +Y), seen from above.
"""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from making.clouds import Floats, Weather, add_clouds, directions
from making.pictures import read_rgb, write_rgb

__all__ = ["AFTERNOON", "DUSK", "SUN_AZIMUTH", "SUN_ELEVATION", "afternoon", "dusk"]

SUN_AZIMUTH, SUN_ELEVATION = 112.0, 27.0

AFTERNOON = Weather(SUN_AZIMUTH, SUN_ELEVATION, sun_light=(2.55, 2.25, 1.90), ambient_above=(0.36, 0.44, 0.58),
                    ambient_below=(0.22, 0.235, 0.26), haze=(0.62, 0.68, 0.76), cover=0.32, size=1500.0, cirrus=0.55,
                    drift=(5200.0, 1500.0))
DUSK = Weather(14.0, 3.0, sun_light=(3.3, 1.15, 0.36), ambient_above=(0.085, 0.085, 0.15),
               ambient_below=(0.105, 0.062, 0.075), haze=(0.85, 0.42, 0.22), base=1900.0, top=2900.0, cover=0.44,
               size=1700.0, density=0.020, cirrus=0.6, drift=(31000.0, 8000.0))


def clear_air(weather: Weather, work: Path, dust: float) -> Floats:
    """Nishita's clear sky over the whole sphere as a (256, 512, 3) lat-long picture with +Y in its middle, unscaled."""
    scene = bpy.data.scenes.new("air")
    scene.render.engine = 'CYCLES'
    scene.cycles.samples, scene.cycles.use_denoising = 4, False
    scene.render.resolution_x, scene.render.resolution_y = 512, 256
    camera = bpy.data.cameras.new("air")
    camera.type, camera.panorama_type = 'PANO', 'EQUIRECTANGULAR'
    holder = bpy.data.objects.new("air", camera)
    holder.rotation_euler = (np.pi / 2, 0.0, 0.0)
    scene.collection.objects.link(holder)
    scene.camera = holder
    world = scene.world = bpy.data.worlds.new("air")
    world.use_nodes = True
    sky = world.node_tree.nodes.new("ShaderNodeTexSky")
    sky.sky_type, sky.sun_disc, sky.dust_density = 'NISHITA', False, dust
    sky.sun_elevation, sky.sun_rotation = np.radians(weather.sun_elevation), -np.radians(weather.sun_azimuth)
    world.node_tree.links.new(sky.outputs[0], world.node_tree.nodes["Background"].inputs[0])
    settings = scene.render.image_settings
    settings.file_format, settings.color_depth, settings.color_mode = 'OPEN_EXR', '32', 'RGB'
    scene.view_settings.view_transform = 'Raw'
    path = work / "air.exr"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True, scene=scene.name)
    picture = read_rgb(path)
    bpy.data.scenes.remove(scene)
    return picture


def _sample(picture: Floats, rays: Floats) -> Floats:
    """Bilinear look-up of `rays` in a lat-long picture with +Y in its middle and azimuth growing to the left."""
    rows, columns = picture.shape[:2]
    x = (0.5 + np.arctan2(rays[..., 0], rays[..., 1]) / (2 * np.pi)) * columns - 0.5
    y = (0.5 - np.arcsin(np.clip(rays[..., 2], -1, 1)) / np.pi) * rows - 0.5
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = (x - x0)[..., None], (y - y0)[..., None]
    low, high = np.clip(y0, 0, rows - 1), np.clip(y0 + 1, 0, rows - 1)
    left, right = x0 % columns, (x0 + 1) % columns
    mixed = ((picture[low, left] * (1 - fx) + picture[low, right] * fx) * (1 - fy)
             + (picture[high, left] * (1 - fx) + picture[high, right] * fx) * fy)
    return mixed.astype(np.float32)


def _hazy_horizon(sky: Floats, rays: Floats) -> Floats:
    """Lets the lowest eight degrees run into one haze, whose colour is the sky's just above, softened along azimuth."""
    rows, columns = sky.shape[:2]
    band = sky[int(rows * (0.5 - 11.0 / 180.0)):int(rows * (0.5 - 7.0 / 180.0))].mean(axis=0)
    spread = np.exp(-0.5 * ((np.arange(columns) - columns // 2) / (columns * 0.035)) ** 2)
    window = np.fft.rfft(np.fft.ifftshift(spread / spread.sum()))
    haze = np.fft.irfft(np.fft.rfft(band, axis=0) * window[:, None], columns, axis=0)
    t = np.clip(rays[..., 2:] / np.sin(np.radians(8.0)), 0.0, 1.0)
    share = t * t * (3.0 - 2.0 * t)
    return (haze[None] * (1.0 - share) + sky * share).astype(np.float32)


def _whole_sphere(air: Floats, weather: Weather, width: int) -> Floats:
    rays = directions(width, width // 2, 180.0, -180.0, -90.0, 90.0)
    return add_clouds(rays, _sample(air, rays), weather)


def afternoon(work: Path, width: int = 4096) -> Path:
    """The plate's sky; only the part the camera can see is marched at full resolution."""
    air = clear_air(AFTERNOON, work, dust=1.2)
    band = air[110:126].mean(axis=(0, 1))
    air *= 0.62 / float(band.mean())
    low = _whole_sphere(air, AFTERNOON, 512)
    rays = directions(width, width // 2, 180.0, -180.0, -90.0, 90.0)
    sky = _sample(low, rays)
    columns = slice(int(width * 0.375), int(width * 0.625))
    rows = slice(int(width * 0.5 * 0.20), int(width * 0.5 * 0.5))
    seen = rays[rows, columns].copy()
    sky[rows, columns] = add_clouds(seen, _sample(air, seen), AFTERNOON)
    below = np.clip(-rays[..., 2:] * 30.0, 0.0, 1.0)
    sky = sky * (1.0 - below) + below * np.array([0.13, 0.115, 0.095], dtype=np.float32)
    path = work / "afternoon.exr"
    write_rgb(path, sky, compression="zip")
    return path


def dusk(work: Path, target: Path, width: int = 1536) -> Path:
    """The replacement sky: a low sun ahead, lit clouds. Written to `target` as half floats, DWAA."""
    air = clear_air(DUSK, work, dust=3.0)
    air *= 0.33 / float(air[100:126].mean())
    double = _whole_sphere(air, DUSK, width * 2)
    sky = double.reshape(width // 2, 2, width, 2, 3).mean(axis=(1, 3))
    rays = directions(width, width // 2, 180.0, -180.0, -90.0, 90.0)
    sky = _hazy_horizon(sky, rays)
    below = np.clip(-rays[..., 2:] * 9.0, 0.0, 1.0)
    sky = sky * (1.0 - below) + below * np.array([0.06, 0.045, 0.045], dtype=np.float32)
    write_rgb(target, sky.astype(np.float32), compression="dwaa:130")
    return target
