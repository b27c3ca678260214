"""The foreground: the terrace's stone pier and railing, plants, the tree, and the cables across the sky."""

from __future__ import annotations

import bpy
import numpy as np

from making.mesh import Array, Builder, turn

Materials = dict[str, bpy.types.Material]

__all__ = ["build_cables", "build_plants", "build_railing", "build_tree"]

PIER = np.array([-2.62, 6.0, 0.0])


def build_railing(materials: Materials) -> None:
    """A pier of cut stones at the left, and wrought iron that runs from it to the right, slightly away."""
    rng = np.random.default_rng(21)
    stones = Builder()
    level = -0.6
    while level < 1.12:
        tall = float(rng.uniform(0.19, 0.27))
        split = float(rng.uniform(-0.12, 0.12))
        for left, right in ((-0.31, split), (split, 0.31)):
            stones.box(PIER + ((left + right) / 2 + rng.normal(0, 0.004), rng.normal(0, 0.006), level + tall / 2),
                       (right - left - 0.014, 0.62, tall - 0.014), 0, float(rng.random()))
        level += tall
    stones.box(PIER + (0, 0, level + 0.055), (0.78, 0.78, 0.11), 0, 0.9)
    stones.box(PIER + (0, 0, level / 2 - 0.3), (0.56, 0.56, level), 0, 0.0)
    stones.build("pier", [materials["pale stone"]], bevel=0.016)
    iron = Builder()
    a, b = np.array([-2.3, 6.0, 0.0]), np.array([6.6, 8.9, 0.0])
    count = int(np.linalg.norm(b - a) / 0.125)
    for n in range(count + 1):
        p = a + (b - a) * n / count
        post = n % 14 == 0 and n
        iron.tube([p + (0, 0, -0.4), p + (0, 0, 1.12 if post else 1.02)], 0.026 if post else 0.0095, 8)
        if post:
            iron.lathe([(0.0, 1.24), (0.03, 1.225), (0.042, 1.19), (0.03, 1.155), (0.016, 1.14), (0.03, 1.12)], 12, p)
        elif n % 2:
            middle = p + np.array([0, 0, 0.62])
            iron.lathe([(0.0095, -0.07), (0.021, -0.03), (0.026, 0.0), (0.021, 0.03), (0.0095, 0.07)], 10, middle)
    for height, radius in ((1.02, 0.021), (0.90, 0.011), (0.22, 0.013)):
        iron.tube([a + (0, 0, height), b + (0, 0, height)], radius, 8)
    half = (b - a) / count / 2
    ring = np.linspace(0, 2 * np.pi, 17)
    for n in range(count):
        centre = a + (b - a) * n / count + half + (0, 0, 0.96)
        circle = np.cos(ring)[:, None] * half * 0.93 + np.sin(ring)[:, None] * np.array([0, 0, 0.052])
        iron.tube(centre + circle, 0.006, 5)
    iron.build("railing", [materials["iron"]], smooth=True)


def leaves(into: Builder, at: Array, heading: Array, size: Array, tone: Array, rng: np.random.Generator,
           material: int = 0) -> None:
    """Many leaves: stem ends `at` (N, 3), pointing along `heading`, `size` in metres, folded along the middle."""
    count = len(at)
    heading = heading / (np.linalg.norm(heading, axis=1, keepdims=True) + 1e-9)
    across = np.cross(heading, rng.normal(size=(count, 3)))
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
    up = np.cross(across, heading)
    outline = np.array([(0.0, 0.0, 0.0), (0.32, 0.30, 0.10), (0.62, 0.26, 0.09), (1.0, 0.0, -0.10), (0.62, -0.26, 0.09),
                        (0.32, -0.30, 0.10), (0.45, 0.0, 0.0)])
    s = np.asarray(size)[:, None, None]
    points = at[:, None] + s * (outline[None, :, :1] * heading[:, None] + outline[None, :, 1:2] * across[:, None]
                                + outline[None, :, 2:] * up[:, None])
    local = np.array([(0, 1, 6), (1, 2, 6), (2, 3, 6), (3, 4, 6), (4, 5, 6), (5, 0, 6)])
    faces = (np.arange(count)[:, None, None] * 7 + local[None]).reshape(-1, 3)
    into.add(points.reshape(-1, 3), faces, material, np.repeat(tone, 7))


def build_tree(materials: Materials, seed: int = 8) -> None:
    """A tree at the right that has dropped half of its leaves; its twigs stand against the sky."""
    rng = np.random.default_rng(seed)
    wood, crown = Builder(), Builder()
    buds: list[tuple[Array, Array]] = []

    def grow(start: Array, heading: Array, length: float, radius: float, level: int) -> None:
        pieces = max(5, int(length / 0.16))
        path, direction = [start], heading / np.linalg.norm(heading)
        for _ in range(pieces):
            wander = rng.normal(0, 0.16 if level else 0.07, 3)
            direction = direction + wander + np.array([-0.012, -0.01, 0.045 if level < 3 else 0.0])
            direction /= np.linalg.norm(direction)
            path.append(path[-1] + direction * length / pieces)
        points = np.array(path)
        radii = radius * np.linspace(1.0, 0.42 if level < 3 else 0.3, len(points))
        wood.tube(points, radii, (12, 9, 7, 5, 4)[min(level, 4)])
        if level >= 3:
            for t in np.linspace(0.3, 1.0, 5):
                index = min(len(points) - 1, int(t * (len(points) - 1)))
                buds.append((points[index], direction))
        if level == 4:
            return
        children = (5, 5, 5, 5)[level]
        for n in range(children):
            t = 0.42 + 0.58 * (n + rng.uniform(0.1, 0.9)) / children if level else 0.5 + 0.5 * (n + 0.5) / children
            index = min(len(points) - 1, int(t * (len(points) - 1)))
            tangent = points[index] - points[max(0, index - 1)]
            tangent /= np.linalg.norm(tangent) + 1e-9
            sideways = np.cross(tangent, rng.normal(size=3))
            sideways /= np.linalg.norm(sideways) + 1e-9
            spread = rng.uniform(0.55, 1.0)
            grow(points[index], tangent + spread * sideways, length * float(rng.uniform(0.52, 0.74)),
                 float(radii[index]) * float(rng.uniform(0.48, 0.66)), level + 1)

    grow(np.array([3.75, 8.3, -2.0]), np.array([-0.10, 0.0, 1.0]), 3.9, 0.165, 0)
    wood.build("tree", [materials["bark"]], smooth=True)
    places, headings = np.array([b[0] for b in buds]), np.array([b[1] for b in buds])
    # Leaves stay where the crown is low and sheltered; the top and the windward side stand bare.
    shelter = np.clip(0.80 - 0.16 * (places[:, 2] - 2.2) + 0.10 * (places[:, 0] - 3.4), 0.10, 0.85)
    patch = 0.5 + 0.5 * np.sin(places[:, 0] * 2.3 + 1.1) * np.sin(places[:, 2] * 2.9) * np.sin(places[:, 1] * 2.1 + 0.7)
    kept = rng.random(len(places)) < shelter * (0.35 + 0.9 * patch)
    places, headings = places[kept], headings[kept]
    count = len(places)
    droop = headings * 0.5 + rng.normal(0, 0.55, (count, 3)) + np.array([0, 0, -0.45])
    tone = np.clip(0.28 + 0.25 * (places[:, 2] - 2.5) * 0.3 + rng.normal(0, 0.24, count), 0, 1)
    leaves(crown, places + rng.normal(0, 0.02, (count, 3)), droop, rng.uniform(0.06, 0.115, count), tone, rng)
    crown.build("leaves", [materials["leaves"]])


def build_plants(materials: Materials, seed: int = 4) -> None:
    """A potted plant in flower on the pier."""
    rng = np.random.default_rng(seed)
    pot = Builder()
    foot = PIER + (0, 0, 1.27)
    pot.lathe([(0.0, 0.0), (0.13, 0.0), (0.15, 0.02), (0.20, 0.26), (0.225, 0.27), (0.225, 0.33), (0.195, 0.33),
               (0.18, 0.25), (0.0, 0.25)], 40, foot)
    pot.build("pot", [materials["terracotta"]], smooth=True)
    plant = Builder()
    _bush(plant, foot + (0, 0, 0.28), 54, 0.40, 0.072, rng, flowers=0.32)
    plant.build("plants", [materials["dark leaves"], materials["petals"], materials["bark"]])


def _bush(into: Builder, foot: Array, stems: int, reach: float, size: float, rng: np.random.Generator,
          flowers: float) -> None:
    for _ in range(stems):
        lean = rng.normal(0, 0.6, 3) + np.array([0, 0, 0.9])
        lean /= np.linalg.norm(lean)
        t = np.linspace(0, 1, 9)[:, None]
        path = foot + lean * t * reach * rng.uniform(0.6, 1.3) + np.array([0, 0, -0.25 * reach]) * t ** 2
        path = path + rng.normal(0, 0.010, path.shape)
        into.tube(path, 0.0035, 4, 2)
        at = np.repeat(path[2:], 3, axis=0)
        heading = rng.normal(0, 0.8, at.shape) + lean
        tone = np.clip(rng.normal(0.55, 0.25, len(at)), 0, 1)
        leaves(into, at, heading, rng.uniform(0.6, 1.2, len(at)) * size, tone, rng)
        if rng.random() < flowers:
            tip = np.repeat(path[-3:], 5, axis=0) + rng.normal(0, 0.02, (15, 3))
            leaves(into, tip, rng.normal(0, 1, (15, 3)), rng.uniform(0.7, 1.0, 15) * size * 0.7, rng.random(15), rng, 1)


def build_cables(materials: Materials) -> None:
    """Power and telephone lines from the corner house to a wooden pole beyond the right edge."""
    into = Builder()
    pole = np.array([8.6, 17.0, 0.0])
    into.tube([pole + (0, 0, -9), pole + (0, 0, 6.6)], 0.12, 10)
    t = np.linspace(0, 1, 60)[:, None]
    for start, end, sag, radius in (((-5.1, 13.0, 3.9), (8.5, 17, 6.2), 0.75, 0.016),
                                    ((-5.1, 13.1, 3.7), (8.5, 17, 5.9), 0.9, 0.011),
                                    ((-5.0, 14.6, 4.15), (8.6, 17, 6.4), 0.55, 0.011),
                                    ((-5.0, 18.0, 3.6), (16, 30, 3.4), 0.8, 0.013)):
        a, b = np.array(start), np.array(end)
        into.tube(a + (b - a) * t + np.array([0, 0, -4 * sag]) * t * (1 - t), radius, 6)
    into.build("cables", [materials["cable"]], smooth=True)
    insulators = Builder()
    for z in (6.2, 5.9, 6.4):
        insulators.box(turn(np.array([(0.0, 0.0, 0.0)]), 0.0)[0] + (8.5, 16.9, z), (0.1, 0.1, 0.12), 0)
    insulators.build("insulators", [materials["frame"]])
