"""Clouds for the sample shot's sky and for its replacement sky: a layer of cumulus, marched ray by ray.

Single scattering with a few octaves that stand for multiple scattering (Wrenninge, Kulla and Lundqvist, "Oz: the
great and volumetric", SIGGRAPH 2013 talks), density from gradient noise eroded by finer noise (Schneider and Vos,
"The real-time volumetric cloudscapes of Horizon Zero Dawn", SIGGRAPH 2015 course), over a clear sky that is given.
Directions: x right, y ahead, z up. Radiance is scene-linear Rec.709. No Blender here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

__all__ = ["Floats", "Weather", "add_clouds", "directions"]


@dataclass(frozen=True)
class Weather:
    """What the sky is like. Heights in metres, angles in degrees (azimuth counter-clockwise from ahead, seen from
    above), radiances scene-linear."""

    sun_azimuth: float
    sun_elevation: float
    sun_light: tuple[float, float, float]
    ambient_above: tuple[float, float, float]
    ambient_below: tuple[float, float, float]
    haze: tuple[float, float, float]
    base: float = 1300.0
    top: float = 2500.0
    cover: float = 0.47
    size: float = 1500.0
    density: float = 0.030
    cirrus: float = 0.25
    drift: tuple[float, float] = (0.0, 0.0)


def directions(width: int, height: int, left: float, right: float, bottom: float, top: float) -> Floats:
    """(height, width, 3) unit vectors of a lat-long window in degrees; column 0 is at the azimuth `left`."""
    azimuth = np.radians(left + (np.arange(width) + 0.5) / width * (right - left))[None, :]
    elevation = np.radians(top + (np.arange(height) + 0.5) / height * (bottom - top))[:, None]
    flat = np.cos(elevation)
    rays = np.stack([-np.sin(azimuth) * flat, np.cos(azimuth) * flat,
                     np.broadcast_to(np.sin(elevation), (height, width))], axis=-1)
    return rays.astype(np.float32)


@nb.njit(inline="always", cache=True)
def _hash(x: int, y: int, z: int) -> int:
    h = (x * 374761393 + y * 668265263 + z * 2147483647) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return (h ^ (h >> 16)) & 15


@nb.njit(inline="always", cache=True)
def _slope(h: int, x: float, y: float, z: float) -> float:
    u = x if h < 8 else y
    v = y if h < 4 else (x if h == 12 or h == 14 else z)
    return (u if (h & 1) == 0 else -u) + (v if (h & 2) == 0 else -v)


@nb.njit(fastmath=True, cache=True)
def _noise(x: float, y: float, z: float) -> float:
    """Gradient noise (Perlin 2002), about -1 to 1."""
    fx, fy, fz = math.floor(x), math.floor(y), math.floor(z)
    i, j, k = int(fx), int(fy), int(fz)
    x, y, z = x - fx, y - fy, z - fz
    u = x * x * x * (x * (x * 6.0 - 15.0) + 10.0)
    v = y * y * y * (y * (y * 6.0 - 15.0) + 10.0)
    w = z * z * z * (z * (z * 6.0 - 15.0) + 10.0)
    a = _slope(_hash(i, j, k), x, y, z)
    b = _slope(_hash(i + 1, j, k), x - 1.0, y, z)
    c = _slope(_hash(i, j + 1, k), x, y - 1.0, z)
    d = _slope(_hash(i + 1, j + 1, k), x - 1.0, y - 1.0, z)
    e = _slope(_hash(i, j, k + 1), x, y, z - 1.0)
    f = _slope(_hash(i + 1, j, k + 1), x - 1.0, y, z - 1.0)
    g = _slope(_hash(i, j + 1, k + 1), x, y - 1.0, z - 1.0)
    h = _slope(_hash(i + 1, j + 1, k + 1), x - 1.0, y - 1.0, z - 1.0)
    near = (a + u * (b - a)) + v * ((c + u * (d - c)) - (a + u * (b - a)))
    far = (e + u * (f - e)) + v * ((g + u * (h - g)) - (e + u * (f - e)))
    return near + w * (far - near)


@nb.njit(fastmath=True, cache=True)
def _layers(x: float, y: float, z: float, octaves: int) -> float:
    total, weight = 0.0, 0.5
    for _ in range(octaves):
        total += weight * _noise(x, y, z)
        x, y, z, weight = x * 2.03 + 17.1, y * 2.03 - 9.3, z * 2.03 + 5.7, weight * 0.52
    return total


@nb.njit(fastmath=True, cache=True)
def _density(x: float, y: float, z: float, base: float, top: float, cover: float, size: float, fine: bool) -> float:
    rise = (z - base) / (top - base)
    if rise <= 0.0 or rise >= 1.0:
        return 0.0
    field = cover + 0.55 * _layers(x / (size * 3.7), y / (size * 3.7), 3.3, 3)
    profile = min(1.0, rise / 0.10) * (1.0 - rise) ** 0.65
    body = field * profile + 0.62 * _layers(x / size, y / size, z / size * 1.25, 4) - 0.30
    if body <= 0.0:
        return 0.0
    if fine:
        wisps = 0.5 + _layers(x / (size * 0.13), y / (size * 0.13), z / (size * 0.13), 4)
        body -= 0.30 * wisps * math.exp(-4.0 * body)
    return min(1.0, max(0.0, body * 3.2))


@nb.njit(fastmath=True, cache=True)
def _phase(cosine: float, g: float) -> float:
    return (1.0 - g * g) / (4.0 * math.pi * (1.0 + g * g - 2.0 * g * cosine) ** 1.5)


@nb.njit(parallel=True, fastmath=True, cache=True)
def _march(rays: Floats, clear: Floats, out: Floats, sun: Floats, light: Floats, above: Floats, below: Floats,
           haze: Floats, base: float, top: float, cover: float, size: float, thick: float, cirrus: float,
           dx: float, dy: float) -> None:
    rows, columns = rays.shape[0], rays.shape[1]
    for r in nb.prange(rows):
        for c in range(columns):
            ax, ay, az = rays[r, c, 0], rays[r, c, 1], rays[r, c, 2]
            for k in range(3):
                out[r, c, k] = clear[r, c, k]
            if az < 0.012:
                continue
            cosine = ax * sun[0] + ay * sun[1] + az * sun[2]
            if cirrus > 0.0:
                s = 8500.0 / az
                px, py = (ax * s + dx) / 9000.0, (ay * s + dy) / 9000.0
                bend = _layers(px * 0.7, py * 0.7, 1.7, 3)
                veil = 0.5 + _layers(px * 2.6 + bend * 2.2, py * 0.55 + bend * 1.4, 8.1, 6)
                veil = max(0.0, veil - 0.52) * 2.4 * cirrus * min(1.0, az * 5.0)
                veil = min(0.75, veil)
                glow = 0.50 + 1.6 * _phase(cosine, 0.6)
                for k in range(3):
                    out[r, c, k] += veil * (light[k] * glow * 0.42 + 0.35 * above[k] - out[r, c, k])
            start, end = base / az, min(top / az, 60000.0)
            if start >= end:
                continue
            steps = int(min(150.0, max(40.0, (end - start) / 38.0)))
            step = (end - start) / steps
            offset = 0.15 + 0.7 * ((r * 7919 + c * 104729) % 97) / 97.0
            through, met = 1.0, 0.0
            red = green = blue = 0.0
            for n in range(steps):
                t = start + (n + offset) * step
                x, y, z = ax * t + dx, ay * t + dy, az * t
                body = _density(x, y, z, base, top, cover, size, True)
                if body <= 0.001:
                    continue
                depth, reach = 0.0, 50.0
                along = 0.0
                for _ in range(5):
                    along += reach
                    lx, ly, lz = x + sun[0] * along, y + sun[1] * along, z + sun[2] * along
                    depth += _density(lx, ly, lz, base, top, cover, size, False) * thick * reach
                    reach *= 1.75
                rise = (z - base) / (top - base)
                scatter = 0.0
                reduce = 1.0
                for _octave in range(4):
                    g = 0.70 * reduce
                    phase = 0.72 * _phase(cosine, g) + 0.28 * _phase(cosine, -0.25 * reduce)
                    scatter += reduce * math.exp(-depth * reduce) * phase
                    reduce *= 0.46
                scatter *= 4.2
                alpha = 1.0 - math.exp(-body * thick * step)
                up = 0.25 + 0.75 * rise
                red += through * alpha * (light[0] * scatter + up * above[0] + (1.0 - up) * below[0])
                green += through * alpha * (light[1] * scatter + up * above[1] + (1.0 - up) * below[1])
                blue += through * alpha * (light[2] * scatter + up * above[2] + (1.0 - up) * below[2])
                met += through * alpha * t
                through *= 1.0 - alpha
                if through < 0.004:
                    through = 0.0
                    break
            if through < 1.0:
                veil = math.exp(-(met / (1.0 - through)) / 22000.0)
                keep = 1.0 - through
                out[r, c, 0] = out[r, c, 0] * through + red * veil + haze[0] * (1.0 - veil) * keep
                out[r, c, 1] = out[r, c, 1] * through + green * veil + haze[1] * (1.0 - veil) * keep
                out[r, c, 2] = out[r, c, 2] * through + blue * veil + haze[2] * (1.0 - veil) * keep


def add_clouds(rays: Floats, clear: Floats, weather: Weather) -> Floats:
    """The sky seen along `rays` (H, W, 3): `clear` (H, W, 3) radiance with clouds in front of it."""
    azimuth, elevation = math.radians(weather.sun_azimuth), math.radians(weather.sun_elevation)
    flat = math.cos(elevation)
    sun = np.array([-math.sin(azimuth) * flat, math.cos(azimuth) * flat, math.sin(elevation)], dtype=np.float32)
    out = np.empty_like(clear)
    colours = [np.array(v, dtype=np.float32)
               for v in (weather.sun_light, weather.ambient_above, weather.ambient_below, weather.haze)]
    _march(rays, clear, out, sun, *colours, weather.base, weather.top, weather.cover, weather.size, weather.density,
           weather.cirrus, *weather.drift)
    return out
