"""The hillside town, the bay and the far shore: what lies behind the terrace. Metres; the eye is at about z = 2."""

from __future__ import annotations

import bpy
import numpy as np

from making.mesh import Array, Builder, instance, turn

Materials = dict[str, bpy.types.Material]
WALL, TILE, STONE, SHUTTER, FRAME, GLASS, IRON = range(7)
HOUSE_MATERIALS = ("plaster", "tiles", "stone", "shutter", "frame", "glass", "iron")
SEA_LEVEL = -13.0

__all__ = ["build_bay", "build_corner_house", "build_tower", "build_town", "window"]


def window(into: Builder, where: Array, yaw: float, width: float, height: float, rng: np.random.Generator,
           open_shutters: bool = True) -> None:
    """A window on a wall at `where` (its middle, on the wall's face); the wall looks along -y turned by `yaw`."""
    def put(offset: tuple[float, float, float], size: tuple[float, float, float], material: int, tint: float = 0.5,
            lean: float = 0.0) -> None:
        into.box(turn(np.array([offset]), yaw)[0] + where, size, material, tint, yaw + lean)
    put((0, -0.01, 0), (width, 0.06, height), GLASS)
    rim = 0.13
    put((0, -0.04, height / 2 + rim / 2), (width + 2 * rim, 0.14, rim), STONE, 0.9)
    put((0, -0.09, -height / 2 - rim / 2), (width + 3 * rim, 0.26, rim * 0.8), STONE, 0.8)
    for side in (-1, 1):
        put((side * (width + rim) / 2, -0.04, 0), (rim, 0.14, height), STONE, 0.9)
    put((0, -0.05, 0), (0.05, 0.06, height), FRAME)
    put((0, -0.05, height * 0.18), (width, 0.06, 0.045), FRAME)
    if not open_shutters:
        for side in (-1, 1):
            put((side * width / 4, -0.09, 0), (width / 2 - 0.02, 0.05, height - 0.03), SHUTTER)
            for level in np.arange(-height / 2 + 0.08, height / 2 - 0.05, 0.09):
                into.box(turn(np.array([[side * width / 4, -0.125, level]]), yaw)[0] + where,
                         (width / 2 - 0.12, 0.02, 0.06), SHUTTER, 0.5, yaw, -28.0)
        return
    for side in (-1, 1):
        lean = float(rng.uniform(2, 16)) * side
        put((side * (width / 2 + rim + width / 4), -0.12, 0), (width / 2, 0.05, height), SHUTTER, 0.5, lean)
        for level in np.arange(-height / 2 + 0.08, height / 2 - 0.05, 0.09):
            put((side * (width / 2 + rim + width / 4), -0.155, level), (width / 2 - 0.12, 0.02, 0.05), SHUTTER, 0.5,
                lean)


def tiled_slope(into: Builder, origin: Array, along: Array, up: Array, rng: np.random.Generator,
                pitch: float = 0.24, course: float = 0.36, arc: int = 6) -> None:
    """Barrel tiles over the parallelogram from `origin` (the eave) `along` the eave and `up` the slope."""
    length, rise = float(np.linalg.norm(along)), float(np.linalg.norm(up))
    columns, courses = max(2, int(length / pitch)), max(2, int(rise / course))
    normal = np.cross(along, up)
    normal /= np.linalg.norm(normal)
    phase = np.linspace(0.0, 1.0, arc, endpoint=False)
    u = (np.arange(columns)[:, None] + phase[None, :]).reshape(-1) / columns
    bulge = 0.075 * np.abs(np.sin(np.pi * np.mod(np.arange(columns)[:, None] + phase[None, :], 1.0))).reshape(-1)
    tones = np.clip(rng.beta(2.2, 2.4, (courses, columns)) + rng.normal(0, 0.04, (courses, 1)), 0, 1)
    sag = rng.normal(0.0, 0.012, (courses, columns))
    for row in range(courses):
        v = np.array([row / courses - 0.012, (row + 1) / courses])
        lift = np.array([0.055, 0.012])
        points = (origin + u[None, :, None] * along + v[:, None, None] * up
                  + (bulge[None, :, None] + lift[:, None, None] + np.repeat(sag[row], arc)[None, :, None]) * normal)
        tint = np.broadcast_to(np.repeat(tones[row], arc)[None, :], (2, len(u)))
        into.grid(points, TILE, tint)


def house(into: Builder, where: Array, size: tuple[float, float, float], yaw: float, rng: np.random.Generator,
          near: bool) -> None:
    """A house of plaster with a gable or a single slope; `where` is the middle of its foot."""
    wide, deep, high = size
    tone = float(rng.random())
    into.box(where + np.array([0, 0, high / 2]), (wide, deep, high), WALL, tone, yaw)
    slope, eave = float(rng.uniform(0.28, 0.42)), 0.35
    ridge = deep / 2 * slope
    half = deep / 2 + eave

    def at(x: float, y: float, z: float) -> Array:
        return turn(np.array([[x, y, z]]), yaw)[0] + where
    low = high - eave * slope
    left, right = -wide / 2 - eave, wide / 2 + eave
    coarse = {"pitch": 0.24, "course": 0.36, "arc": 6} if near else {"pitch": 0.30, "course": 0.5, "arc": 4}
    tiled_slope(into, at(left, -half, low), at(right, -half, low) - at(left, -half, low),
                at(left, 0, high + ridge) - at(left, -half, low), rng, **coarse)
    tiled_slope(into, at(right, half, low), at(left, half, low) - at(right, half, low),
                at(right, 0, high + ridge) - at(right, half, low), rng, **coarse)
    for side in (-1, 1):
        gable = np.array([at(side * wide / 2, -deep / 2, high), at(side * wide / 2, deep / 2, high),
                          at(side * wide / 2, 0, high + ridge)])
        into.add(gable, [(0, 1, 2)], WALL, tone)
    into.tube([at(left, 0, high + ridge + 0.06), at(right, 0, high + ridge + 0.06)], 0.12, 8, TILE, 0.6)
    into.box(at(0, 0, low - 0.06), (wide + 0.3, deep + 0.3, 0.14), STONE, 0.7, yaw)
    if rng.random() < 0.75:
        x = float(rng.uniform(-0.35, 0.35)) * wide
        into.box(at(x, deep * 0.2, high + ridge * 0.6 + 0.55), (0.55, 0.55, 1.5), WALL, tone * 0.8, yaw)
        into.box(at(x, deep * 0.2, high + ridge * 0.6 + 1.33), (0.7, 0.7, 0.09), STONE, 0.5, yaw)
        into.tube([at(x, deep * 0.2, high + ridge * 0.6 + 1.35), at(x, deep * 0.2, high + ridge * 0.6 + 1.7)], 0.12, 8,
                  TILE, 0.4)
    for face, span in ((0.0, wide), (90.0, deep), (-90.0, deep)):
        reach = deep / 2 if face == 0.0 else wide / 2
        count = max(1, int(span / 2.6))
        for level in np.arange(high - 1.5, max(0.6, high - 6.5), -2.7):
            for n in range(count):
                if rng.random() < 0.16:
                    continue
                x = ((n + 0.5) / count - 0.5) * span
                spot = turn(np.array([[x, -reach, level]]), yaw + face)[0] + where
                window(into, spot, yaw + face, 0.85, 1.35, rng, bool(rng.random() < 0.6))


def build_town(materials: Materials, seed: int = 5) -> None:
    """Rows of houses that fall towards the bay, cypresses and round trees between them."""
    rng = np.random.default_rng(seed)
    groups = [Builder() for _ in range(2)]
    rows = [(20.0, -7.6, 6.0), (28.0, -8.2, 6.6), (37.0, -8.8, 7.0), (48.0, -9.6, 8.0), (61.0, -10.4, 8.4),
            (77.0, -11.2, 9.0), (97.0, -12.0, 9.5), (122.0, -12.4, 9.6), (150.0, -12.8, 9.4)]
    for depth, foot, high in rows:
        x = -depth * 0.72 - 6.0
        while x < depth * 0.72 + 6.0:
            wide = float(rng.uniform(6.0, 11.0))
            deep = float(rng.uniform(6.0, 8.5))
            where = np.array([x + wide / 2, depth + rng.uniform(-2.5, 2.5), foot + rng.uniform(-0.8, 0.6)])
            turned = float(rng.choice([0.0, 0.0, 90.0])) + float(rng.uniform(-14, 14))
            blocked = depth < 24.0 and where[0] < -3.5
            if not blocked and rng.random() < (0.92 if depth < 100 else 0.7):
                house(groups[int(rng.random() < 0.35)], where, (wide, deep, high * float(rng.uniform(0.75, 1.12))),
                      turned, rng, depth < 45.0)
            x += wide + float(rng.uniform(0.8, 4.0))
    for number, group in enumerate(groups):
        names = list(HOUSE_MATERIALS)
        if number:
            names[SHUTTER] = "blue shutter"
        group.build("town", [materials[n] for n in names])
    build_greens(materials, rng)


def canopy(name: str, shape: tuple[float, float, float], count: int, size: float, materials: Materials,
           rng: np.random.Generator, point: float = 0.0) -> bpy.types.Object:
    """A crown of loose leaf cards about an ellipsoid; `point` above 0 draws it to a tip like a cypress."""
    into = Builder()
    ball = rng.normal(size=(count, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    bumps = 0.80 + 0.28 * np.sin(ball[:, 0] * 5.1 + 1.0) * np.sin(ball[:, 1] * 4.3) * np.sin(ball[:, 2] * 4.7 + 0.5)
    ball *= (bumps * rng.uniform(0.55, 1.0, count) ** 0.4)[:, None]
    narrow = np.where(point > 0, np.clip(1.0 - point * (ball[:, 2] + 1.0) / 2.0, 0.06, 1.0), 1.0)
    centre = ball * np.asarray(shape)
    centre[:, :2] *= narrow[:, None]
    centre[:, 2] += shape[2]
    a, b = rng.normal(size=(2, count, 3))
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b -= (a * b).sum(1, keepdims=True) * a
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    s = size * rng.uniform(0.6, 1.3, (count, 1))
    corners = np.stack([centre - a * s, centre + b * s * 0.5, centre + a * s, centre - b * s * 0.5], 1).reshape(-1, 3)
    tone = np.repeat(np.clip(0.5 + 0.35 * ball[:, 2] + rng.normal(0, 0.2, count), 0, 1), 4)
    into.add(corners, np.arange(count * 4).reshape(-1, 4), 0, tone)
    into.tube([(0, 0, -shape[2] * 0.8), (0, 0, shape[2])], shape[0] * 0.06, 6, 1)
    made = into.build(name, [materials["dark leaves"], materials["bark"]])
    made.location = (0, -500, -100)
    return made


def build_greens(materials: Materials, rng: np.random.Generator) -> None:
    cypress = canopy("cypress", (1.0, 1.0, 4.6), 9000, 0.16, materials, rng, 0.9)
    round_tree = canopy("round tree", (2.4, 2.4, 1.9), 9000, 0.17, materials, rng)
    spots = [(7.2, 33, -7), (9.0, 34, -7), (-4.5, 42, -8), (2.4, 56, -9), (15, 52, -9), (-14, 64, -10), (20, 70, -10),
             (-26, 84, -11), (8, 88, -11.5), (30, 96, -11.5), (-3, 106, -12)]
    for x, y, z in spots:
        scale = float(rng.uniform(0.85, 1.25))
        instance(cypress, (x, y, z), float(rng.uniform(0, 360)), (scale, scale, scale * float(rng.uniform(0.9, 1.25))))
    for _ in range(110):
        y = float(rng.uniform(22, 190))
        x, scale = float(rng.uniform(-0.65, 0.65)) * y, float(rng.uniform(0.7, 1.7))
        if y < 26 and x < -3:
            continue
        instance(round_tree, (x, y, -6.9 - y * 0.038 - 0.4), float(rng.uniform(0, 360)), (scale, scale, scale))


def build_tower(materials: Materials) -> None:
    """The bell tower in the middle distance."""
    into = Builder()
    yaw, centre = 24.0, np.array([-9.5, 82.0, 0.0])

    def put(offset: tuple[float, float, float], size: tuple[float, float, float], material: int,
            tint: float = 0.6) -> None:
        into.box(turn(np.array([offset]), yaw)[0] + centre, size, material, tint, yaw)
    put((0, 0, -3), (5.0, 5.0, 20), WALL, 0.35)
    for level in (1.0, 7.0, 11.2):
        put((0, 0, level), (5.5, 5.5, 0.35), STONE, 0.9)
    for x in (-2.0, 0.0, 2.0):
        for y in (-2.0, 0.0, 2.0):
            if x or y:
                put((x, y, 9.1), (0.9 if x else 0.5, 0.9 if y else 0.5, 4.0), WALL, 0.35)
    put((0, 0, 9.0), (2.4, 2.4, 3.0), GLASS)
    put((0, 0, 11.8), (4.6, 4.6, 1.0), WALL, 0.35)
    tip = centre + np.array([0, 0, 16.0])
    foot = turn(np.array([(-2.7, -2.7, 12.3), (2.7, -2.7, 12.3), (2.7, 2.7, 12.3), (-2.7, 2.7, 12.3)]), yaw) + centre
    into.add(np.vstack([foot, tip]), [(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)], TILE, 0.45)
    into.tube([tip, tip + np.array([0, 0, 2.0])], 0.07, 6, IRON)
    into.tube([tip + np.array([-0.5, 0, 1.4]), tip + np.array([0.5, 0, 1.4])], 0.06, 6, IRON)
    put((0, -2.52, 4.0), (0.8, 0.1, 2.2), GLASS)
    put((2.52, 0, 4.0), (0.1, 0.8, 2.2), GLASS)
    into.build("tower", [materials[n] for n in HOUSE_MATERIALS])


def build_corner_house(materials: Materials) -> None:
    """The old house at the left with its roof terrace: worn plaster, brick, railing, aerial."""
    into = Builder()
    low, high, front, right = -7.0, 4.35, 13.0, -4.9
    into.box(((right - 12.0) / 2 - 3.0, front + 4.0, (low + high) / 2), (abs(right + 18.0), 8.0, high - low), WALL, 0.4)
    middle = (right - 18.0) / 2
    into.box((middle, front + 4.0, high + 0.06), (13.5, 8.4, 0.16), STONE, 0.9)
    into.box((middle, front + 4.0, high - 0.10), (13.3, 8.2, 0.18), STONE, 0.8)
    rng = np.random.default_rng(11)
    for n in range(26):
        wide = 0.62 if n % 2 else 0.38
        z = low + 0.22 + n * 0.437
        into.box((right - wide / 2 + 0.03, front - 0.03 + 0.3, z), (wide, 0.66 if n % 2 == 0 else 0.40, 0.42), STONE,
                 float(rng.uniform(0.4, 1.0)))
    for level in (2.35, -1.0, -4.2):
        window(into, np.array([-6.35, front, level]), 0.0, 0.95, 1.65, rng, level > 0)
        window(into, np.array([-9.2, front, level]), 0.0, 0.95, 1.65, rng, True)
        window(into, np.array([right, front + 2.2, level]), 90.0, 0.9, 1.6, rng, level < 0)
        window(into, np.array([right, front + 5.6, level]), 90.0, 0.9, 1.6, rng, True)
    _roof_railing(into, right, front, high + 0.14)
    pipe = right - 0.35
    into.tube([(pipe, front + 0.02, high), (pipe, front - 0.06, high - 0.4), (pipe, front - 0.06, low)], 0.055, 8, IRON)
    aerial(into, np.array([-6.0, front + 2.0, high]), 2.7)
    aerial(into, np.array([-8.3, front + 4.5, high]), 3.2, 60.0)
    into.box((-7.4, front + 3.5, high + 0.8), (1.2, 0.9, 1.6), WALL, 0.1)
    names = list(HOUSE_MATERIALS)
    names[WALL] = "old plaster"
    into.build("corner house", [materials[n] for n in names])


def _roof_railing(into: Builder, right: float, front: float, foot: float) -> None:
    corner = (right - 0.15, front - 0.05)
    for start, end in (((-12.0, corner[1]), corner), (corner, (corner[0], front + 8.0))):
        a, b = np.array([*start, foot]), np.array([*end, foot])
        count = int(np.linalg.norm(b - a) / 0.13)
        for n in range(count + 1):
            p = a + (b - a) * n / count
            into.tube([p, p + (0, 0, 0.95)], 0.022 if n % 12 == 0 else 0.011, 6, IRON)
        for level, radius in ((0.10, 0.014), (0.95, 0.022)):
            into.tube([a + (0, 0, level), b + (0, 0, level)], radius, 6, IRON)


def aerial(into: Builder, foot: Array, height: float, yaw: float = -20.0) -> None:
    """A television aerial: a mast, a boom and its rods."""
    into.tube([foot, foot + (0, 0, height)], 0.022, 6, IRON)
    for level, boom, rods in ((height - 0.12, 1.3, 9), (height - 0.75, 0.9, 5)):
        ends = turn(np.array([(-boom / 2, 0, level), (boom / 2, 0, level)]), yaw) + foot
        into.tube(ends, 0.013, 6, IRON)
        for n in range(rods):
            x = (n / (rods - 1) - 0.5) * boom
            reach = 0.16 + 0.22 * n / rods
            into.tube(turn(np.array([(x, -reach, level), (x, reach, level)]), yaw) + foot, 0.007, 5, IRON)


def build_bay(materials: Materials, seed: int = 3) -> None:
    """The slope under the town, the water, and the hills across the bay with a few white houses."""
    rng = np.random.default_rng(seed)
    land = Builder()
    y, x = np.meshgrid(np.linspace(7, 205, 80), np.linspace(-190, 190, 120), indexing="ij")
    z = -6.9 - 0.038 * y - np.clip((y - 165) / 30, 0, 1) ** 2 * 7 + 0.5 * np.sin(x * 0.21) * np.sin(y * 0.17)
    land.grid(np.stack([x, y, z], -1))
    land.build("slope", [materials["ground"]], smooth=True)
    water = Builder()
    water.grid(np.array([[(-9000, 170, SEA_LEVEL), (9000, 170, SEA_LEVEL)],
                         [(-9000, 14000, SEA_LEVEL), (9000, 14000, SEA_LEVEL)]], dtype=float))
    water.build("sea", [materials["sea"]])
    for distance, height, phase, step in ((1500.0, 210.0, 0.4, 30.0), (2900.0, 470.0, 2.1, 60.0),
                                          (5600.0, 980.0, 4.0, 120.0)):
        across = np.arange(-distance * 0.9, distance * 0.9, step)
        away = np.linspace(0, distance * 0.35, 40)
        yy, xx = np.meshgrid(away, across, indexing="ij")
        ridge = np.zeros_like(xx)
        for octave in range(7):
            f = 2.0 ** octave / distance * 2.2
            ridge += np.sin(xx * f + phase * (octave + 1) * 1.7 + np.sin(yy * f + octave)) * np.cos(
                yy * f * 0.8 + phase * octave) * 0.55 ** octave
        shore = np.clip(yy / away[-1] * 2.2, 0, 1) ** 0.8
        side = 0.35 + 0.65 / (1 + np.exp(-(xx * np.sign(np.sin(phase)) / distance) * 4.0))
        zz = SEA_LEVEL - 2 + height * shore * np.clip(side * (0.62 + 0.36 * ridge), 0.02, None)
        hill = Builder()
        hill.grid(np.stack([xx, yy + distance + 120 * np.sin(xx / distance * 5 + phase), zz], -1))
        hill.build("hill", [materials["hillside"]], smooth=True)
        if distance < 3000:
            _far_houses(xx, yy + distance + 120 * np.sin(xx / distance * 5 + phase), zz, rng, materials)


def _far_houses(x: Array, y: Array, z: Array, rng: np.random.Generator, materials: Materials) -> None:
    into = Builder()
    for _ in range(90):
        row = int(rng.beta(1.0, 12.0) * (x.shape[0] - 1))
        column = int(np.clip(rng.normal(0.56, 0.13), 0.02, 0.98) * (x.shape[1] - 1))
        size = rng.uniform((6, 6, 4), (13, 10, 8))
        into.box((x[row, column] + rng.uniform(-20, 20), y[row, column], z[row, column] + 3), tuple(size), 0, 0.5,
                 float(rng.uniform(0, 90)))
    into.build("far houses", [materials["white wall"]])
