"""Pictures of planes seen at a slant, with the truth: a tiled floor, a road, a front of windows, a corridor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_Array = np.ndarray
_FINER = 3  # rays a pixel, each way


@dataclass(frozen=True)
class Camera:
    """Where it looks, in radians, and how far it sees, in pixels. height, width: of its picture."""

    yaw: float = 0.0
    pitch: float = 0.0
    focal: float = 260.0
    height: int = 180
    width: int = 320

    @property
    def turned(self) -> _Array:
        """(3, 3): from its own axes to the world's: right, down, ahead."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        return np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])

    @property
    def lens(self) -> _Array:
        return np.array([[self.focal, 0, (self.width - 1) / 2], [0, self.focal, (self.height - 1) / 2], [0, 0, 1.0]])

    def rays(self) -> _Array:
        """(h, w, 3): the way that each finer pixel looks."""
        y, x = (np.mgrid[0 : self.height * _FINER, 0 : self.width * _FINER] + 0.5) / _FINER - 0.5
        return np.dstack([x, y, np.ones_like(x)]) @ np.linalg.inv(self.lens).T @ self.turned.T

    def off(self, place: _Array) -> float:
        """Degrees between where edges are said to converge and the nearest of the world's axes."""
        way = self.turned @ np.linalg.inv(self.lens) @ place
        return float(np.degrees(np.arccos(min(1.0, np.abs(way).max() / np.linalg.norm(way)))))


def floor(camera: Camera) -> _Array:
    """Tiles of 0.35 seen from 1.6 above, up to 60 away."""
    rays = camera.rays()
    far = 1.6 / np.maximum(rays[..., 1], 1.6 / 60)
    return _picture(_tiles(rays[..., 0] * far / 0.35, rays[..., 2] * far / 0.35))


def road(camera: Camera) -> _Array:
    """Kerbs and two rails between grass, all straight ahead, under a plain sky; nothing of it repeats."""
    rays = camera.rays()
    far = 1.6 / np.maximum(rays[..., 1], 1.6 / 400)
    aside, ahead = rays[..., 0] * far, rays[..., 2] * far
    rough = np.random.default_rng(4).normal(0, 0.02, (97, 89))
    grey = 0.4 + rough[(ahead * 12).astype(int) % 97, (aside * 12).astype(int) % 89]
    grey = np.where((abs(aside + 1) < 0.06) | (abs(aside - 0.3) < 0.06), 0.15, grey)
    grey = np.where((abs(aside) > 1.85) & (abs(aside) < 2.05), 0.75, grey)
    colour = np.where((abs(aside) > 2.05)[..., None], np.array([0.8, 1.1, 0.6]), np.array([1, 1, 0.97]))
    return _picture(np.where((rays[..., 1] > 0.02)[..., None], grey[..., None] * colour, np.array([0.65, 0.7, 0.78])))


def front(camera: Camera) -> _Array:
    """Windows every 1.2, on a wall 6 ahead."""
    rays = camera.rays()
    far = 6 / np.maximum(rays[..., 2], 0.05)
    return _picture(_windows(rays[..., 0] * far / 1.2, rays[..., 1] * far / 1.2))


def corridor(camera: Camera) -> _Array:
    """Between walls of windows 3 apart, over a tiled floor."""
    rays = camera.rays()
    aside = 1.5 / np.maximum(np.abs(rays[..., 0]), 1e-6)
    below = np.where(rays[..., 1] > 0, 1.6, 1.2) / np.maximum(np.abs(rays[..., 1]), 1e-6)
    far = np.minimum(np.minimum(aside, below), 30)
    x, y, z = np.moveaxis(rays * far[..., None], -1, 0)
    return _picture(np.where((aside < below)[..., None], _windows(z, y / 0.93), _tiles(x / 0.5, z / 0.5)))


def _tiles(u: _Array, v: _Array) -> _Array:
    grey = 0.5 + 0.12 * ((np.floor(u) + np.floor(v)) % 2) + 0.04 * _any(u, v)
    grey = np.where((u % 1 < 0.07) | (v % 1 < 0.07), 0.25, grey)
    return grey[..., None] * np.array([1, 0.95, 0.85])


def _windows(u: _Array, v: _Array) -> _Array:
    inside = (abs(u % 1 - 0.5) < 0.25) & (abs(v % 1 - 0.5) < 0.25)
    frame = (abs(u % 1 - 0.5) < 0.31) & (abs(v % 1 - 0.5) < 0.31)
    grey = np.where(inside, 0.2 + 0.03 * _any(u, v), np.where(frame, 0.75, np.where(v % 1 > 0.93, 0.35, 0.55)))
    return grey[..., None] * np.array([1, 0.96, 0.9])


def _any(u: _Array, v: _Array) -> _Array:
    """A number of its own in 0..1 for each cell."""
    return np.abs(np.sin(np.floor(u) * 12.9898 + np.floor(v) * 78.233) * 43758.5453) % 1


def _picture(rays: _Array) -> _Array:
    """(H, W, 3) float32 with grain, from finer pixels."""
    height, width = rays.shape[0] // _FINER, rays.shape[1] // _FINER
    pixels = rays.reshape(height, _FINER, width, _FINER, 3).mean((1, 3))
    return (pixels + 0.005 * np.random.default_rng(1).normal(size=pixels.shape)).astype(np.float32)


def without(picture: _Array, rows: slice, columns: slice) -> tuple[_Array, _Array]:
    """A picture with rubbish in a hole, and what is known of it."""
    known = np.ones(picture.shape[:2], np.bool_)
    known[rows, columns] = False
    return np.where(known[..., None], picture, np.float32(9)), known


def decibels(made: _Array, truth: _Array) -> float:
    """PSNR of pixels (N, 3)."""
    return float(-10 * np.log10(np.mean((made - truth) ** 2)))
