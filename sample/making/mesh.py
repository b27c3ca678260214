"""Meshes from arrays: everything in the sample scene is built of the few shapes in this module.

A `Builder` gathers vertices, faces, a material index per face and one number per vertex, `tint`, that materials read
as an attribute (a roof tile's own tone, a house's own plaster). It knows nothing of the scene.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

__all__ = ["Array", "Builder", "instance", "turn"]

BOX_CORNERS = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
BOX_FACES = np.array([(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)])


def turn(points: Array, degrees: float) -> Array:
    """`points` (N, 3) turned about the z axis, counter-clockwise seen from above."""
    a = np.radians(degrees)
    matrix = np.array([[np.cos(a), -np.sin(a), 0.0], [np.sin(a), np.cos(a), 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(points) @ matrix.T


class Builder:
    """Gathers faces in one coordinate system and makes one Blender object of them."""

    def __init__(self) -> None:
        self._vertices: list[Array] = []
        self._faces: list[npt.NDArray[np.int64]] = []
        self._materials: list[npt.NDArray[np.int64]] = []
        self._tints: list[Array] = []
        self._count = 0

    def add(self, vertices: Array, faces: npt.ArrayLike, material: int = 0, tint: float | Array = 0.5) -> None:
        """Add `vertices` (N, 3) and `faces` (M, 3 or 4), indices into these vertices."""
        corners = np.asarray(faces, dtype=np.int64)
        self._vertices.append(np.asarray(vertices, dtype=np.float64))
        self._faces.append(corners + self._count)
        self._materials.append(np.full(len(corners), material, dtype=np.int64))
        self._tints.append(np.broadcast_to(np.asarray(tint, dtype=np.float64), (len(vertices),)))
        self._count += len(vertices)

    def box(self, centre: Sequence[float], size: Sequence[float], material: int = 0, tint: float = 0.5,
            yaw: float = 0.0, pitch: float = 0.0) -> None:
        """An axis-aligned box, pitched about x, then turned about z by `yaw` degrees about its own centre."""
        corners = BOX_CORNERS * np.asarray(size)
        if pitch:
            a = np.radians(pitch)
            rolled = corners.copy()
            rolled[:, 1] = corners[:, 1] * np.cos(a) - corners[:, 2] * np.sin(a)
            rolled[:, 2] = corners[:, 1] * np.sin(a) + corners[:, 2] * np.cos(a)
            corners = rolled
        self.add(turn(corners, yaw) + np.asarray(centre), BOX_FACES, material, tint)

    def grid(self, points: Array, material: int = 0, tint: float | Array = 0.5) -> None:
        """A surface through `points` (rows, columns, 3)."""
        rows, columns = points.shape[:2]
        index = np.arange(rows * columns).reshape(rows, columns)
        faces = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
        flat = np.asarray(tint).reshape(-1) if np.ndim(tint) else tint
        self.add(points.reshape(-1, 3), faces, material, flat)

    def tube(self, path: npt.ArrayLike, radius: float | npt.ArrayLike, sides: int = 8, material: int = 0,
             tint: float = 0.5) -> None:
        """A round rod along `path` (N, 3), with one radius or one for each point."""
        points = np.asarray(path, dtype=np.float64)
        radii = np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(points),))
        along = np.gradient(points, axis=0)
        along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-12
        side = np.cross(along, np.array([0.31, 0.17, 0.93]))
        side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-12
        up = np.cross(along, side)
        angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)[None, :, None]
        ring = points[:, None] + radii[:, None, None] * (np.cos(angle) * side[:, None] + np.sin(angle) * up[:, None])
        self.grid(ring, material, tint)

    def lathe(self, profile: npt.ArrayLike, sides: int = 32, centre: Sequence[float] = (0.0, 0.0, 0.0),
              material: int = 0, tint: float = 0.5) -> None:
        """A body of revolution about z: `profile` holds (radius, height) pairs."""
        outline = np.asarray(profile, dtype=np.float64)
        angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
        ring = np.stack([outline[:, :1] * np.cos(angle), outline[:, :1] * np.sin(angle),
                         np.broadcast_to(outline[:, 1:], (len(outline), sides + 1))], axis=-1)
        self.grid(ring + np.asarray(centre), material, tint)

    def build(self, name: str, materials: Sequence[bpy.types.Material], smooth: bool = False,
              bevel: float = 0.0) -> bpy.types.Object:
        """Make the object and link it to the scene."""
        mesh = bpy.data.meshes.new(name)
        vertices = np.concatenate(self._vertices)
        sizes = np.concatenate([np.full(len(f), f.shape[1]) for f in self._faces])
        loops = np.concatenate([f.reshape(-1) for f in self._faces])
        mesh.vertices.add(len(vertices))
        mesh.vertices.foreach_set("co", vertices.astype(np.float32).reshape(-1))
        mesh.loops.add(len(loops))
        mesh.loops.foreach_set("vertex_index", loops.astype(np.int32))
        mesh.polygons.add(len(sizes))
        mesh.polygons.foreach_set("loop_start", (np.cumsum(sizes) - sizes).astype(np.int32))
        mesh.polygons.foreach_set("loop_total", sizes.astype(np.int32))
        mesh.polygons.foreach_set("material_index", np.concatenate(self._materials).astype(np.int32))
        mesh.polygons.foreach_set("use_smooth", np.full(len(sizes), smooth))
        attribute = mesh.attributes.new("tint", 'FLOAT', 'POINT')
        attribute.data.foreach_set("value", np.concatenate(self._tints).astype(np.float32))
        mesh.update(calc_edges=True)
        mesh.validate()
        for material in materials:
            mesh.materials.append(material)
        made = bpy.data.objects.new(name, mesh)
        bpy.context.scene.collection.objects.link(made)
        if bevel:
            modifier = made.modifiers.new("bevel", 'BEVEL')
            modifier.width, modifier.segments, modifier.limit_method = bevel, 2, 'ANGLE'
        return made


def instance(source: bpy.types.Object, location: Sequence[float], yaw: float = 0.0,
             scale: Sequence[float] = (1.0, 1.0, 1.0)) -> bpy.types.Object:
    """Another object that shares `source`'s mesh."""
    made = bpy.data.objects.new(source.name, source.data)
    made.location, made.rotation_euler, made.scale = location, (0.0, 0.0, np.radians(yaw)), scale
    bpy.context.scene.collection.objects.link(made)
    return made
