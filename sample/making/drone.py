"""The unwanted object: an orange delivery drone with its parcel, which crosses in front of the town."""

from __future__ import annotations

import bpy
import numpy as np

from making.materials import Graph, plain
from making.mesh import Builder

__all__ = ["DRONE", "build_drone", "place_drone"]

DRONE = "drone"


def _card() -> bpy.types.Material:
    g = Graph("cardboard")
    fibre = g.noise(6.0, 8.0, 0.7, g.position((1.0, 1.0, 9.0)))
    colour = g.ramp(fibre, [(0.3, (0.27, 0.155, 0.075)), (0.7, (0.36, 0.215, 0.115))])
    return g.finish(g.surface(colour, 0.85, g.bump(fibre, 0.004, 0.5)), haze=False)


def _blur() -> bpy.types.Material:
    """A spinning rotor: a dark veil with two brighter streaks, mostly seen through."""
    g = Graph("rotor")
    dark = g.surface((0.03, 0.03, 0.032), 0.5)
    clear = g.add("ShaderNodeBsdfTransparent", {}).outputs[0]
    return g.finish(g.add("ShaderNodeMixShader", {0: 0.30, 1: clear, 2: dark}).outputs[0], haze=False)


def _shell() -> bpy.types.Material:
    g = Graph("shell")
    smudge = g.noise(7.0, 6.0, 0.65)
    colour = g.mix(g.ramp(smudge, [(0.45, 0.0), (0.8, 0.45)]), (0.78, 0.155, 0.012), (0.40, 0.12, 0.04))
    return g.finish(g.surface(colour, 0.34, None, Coat_Weight=0.4, Coat_Roughness=0.15), haze=False)


def build_drone() -> bpy.types.Object:
    """The drone with its middle at the origin, nose along +x; about 1.1 m across."""
    shell, carbon = _shell(), plain("carbon", (0.022, 0.022, 0.025), 0.42)
    light = plain("label", (0.72, 0.72, 0.70), 0.7)
    lens, tape = plain("lens", (0.01, 0.01, 0.015), 0.05), plain("tape", (0.50, 0.34, 0.16), 0.3)
    parts = [shell, carbon, light, lens, _card(), tape]
    body = Builder()
    body.box((0, 0, 0.10), (0.56, 0.30, 0.115), 0)
    body.box((-0.03, 0, 0.175), (0.36, 0.22, 0.07), 0)
    body.box((0.0, 0, 0.045), (0.44, 0.24, 0.05), 1)
    body.box((0.285, 0, 0.10), (0.02, 0.20, 0.06), 1)
    for x in (-0.14, 0.02):
        body.box((x, -0.151, 0.10), (0.05, 0.006, 0.085), 2)
    body.box((0, 0, -0.185), (0.48, 0.38, 0.34), 4)
    body.box((0, -0.191, -0.185), (0.06, 0.003, 0.342), 5)
    body.box((0, 0, -0.0138), (0.06, 0.383, 0.003), 5)
    body.box((0.135, -0.1915, -0.13), (0.13, 0.003, 0.09), 2)
    for n in range(9):
        body.box((0.09 + n * 0.011, -0.1935, -0.145), (0.003 + 0.003 * (n % 3 == 0), 0.002, 0.04), 1)
    solid = body.build(DRONE, parts, bevel=0.018)
    thin = Builder()
    for x, y in ((0.47, 0.36), (0.47, -0.36), (-0.47, 0.36), (-0.47, -0.36)):
        thin.tube([(x * 0.45, y * 0.3, 0.10), (x, y, 0.15)], (0.026, 0.020), 12, 1)
        thin.lathe([(0.0, 0.10), (0.045, 0.10), (0.05, 0.12), (0.05, 0.17), (0.04, 0.20), (0.012, 0.205),
                    (0.012, 0.225), (0.0, 0.225)], 24, (x, y, 0), 0)
        thin.lathe([(0.0, 0.095), (0.02, 0.095), (0.018, 0.06), (0.0, 0.055)], 16, (x, y, 0), 2)
    for x in (-0.30, 0.30):
        for y in (-0.24, 0.24):
            thin.tube([(x * 0.6, y * 0.6, 0.03), (x * 0.98, y, -0.36)], 0.014, 10, 1)
    for y in (-0.24, 0.24):
        thin.tube([(-0.40, y, -0.345), (-0.34, y, -0.365), (0.34, y, -0.365), (0.40, y, -0.345)], 0.015, 10, 1)
    thin.lathe([(0.0, 0.03), (0.05, 0.02), (0.06, -0.02), (0.045, -0.06), (0.0, -0.07)], 24, (0.31, 0, 0.06), 1)
    thin.lathe([(0.0, 0.0), (0.03, -0.005), (0.0, -0.03)], 16, (0.355, -0.03, 0.045), 3)
    thin.tube([(-0.2, 0.05, 0.2), (-0.25, 0.05, 0.42)], 0.005, 6, 1)
    frame = thin.build("drone frame", parts, smooth=True)
    blades = Builder()
    for x, y in ((0.47, 0.36), (0.47, -0.36), (-0.47, 0.36), (-0.47, -0.36)):
        angle = np.linspace(0, 2 * np.pi, 49)
        disc = np.stack([x + 0.255 * np.cos(angle), y + 0.255 * np.sin(angle), np.full(49, 0.228)], -1)
        hub = np.stack([x + 0.02 * np.cos(angle), y + 0.02 * np.sin(angle), np.full(49, 0.218)], -1)
        blades.grid(np.stack([hub, disc]))
    rotors = blades.build("drone rotors", [_blur()])
    for part in (frame, rotors):
        part.parent = solid
    return solid


def place_drone(solid: bpy.types.Object, first: int, last: int) -> None:
    """Keys its flight from left to right: steady, with a slight bank into the motion and a bob."""
    start, end = np.array([-1.34, 4.25, 1.97]), np.array([1.36, 4.33, 2.05])
    for frame in range(first - 1, last + 2):
        t = (frame - first) / (last - first)
        bob = 0.022 * np.sin(t * 9.0) + 0.012 * np.sin(t * 23.0 + 1.0)
        solid.location = start + (end - start) * t + np.array([0, 0, bob])
        solid.rotation_euler = (np.radians(4.0 + 1.5 * np.sin(t * 7)), np.radians(8.0 + 1.5 * np.sin(t * 11)),
                                np.radians(-24.0 + 10.0 * t))
        solid.keyframe_insert("location", frame=frame)
        solid.keyframe_insert("rotation_euler", frame=frame)
