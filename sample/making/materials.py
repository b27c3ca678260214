"""The sample scene's materials, all procedural: plaster, brick, clay tiles, stone, iron, bark, leaves, hills, sea.

Every material ends in the same aerial haze, a function of the distance from the camera alone, so that depth reads
as on a real plate without a volume to render. Colours are scene-linear Rec.709 reflectances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bpy

Socket = bpy.types.NodeSocket
Colour = tuple[float, float, float]

__all__ = ["Graph", "HAZE_COLOUR", "HAZE_DISTANCE", "library"]

HAZE_COLOUR: Colour = (0.60, 0.66, 0.74)
"""Scene-linear radiance that very distant things tend to: the sky's, just above the horizon."""

HAZE_DISTANCE = 5200.0
"""Metres over which all but 1/e of a thing's own light is lost to haze."""


class Graph:
    """A thin hand on one material's nodes: every call adds one node and gives back its output."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def add(self, kind: str, values: Mapping[str | int, Any], **settings: Any) -> bpy.types.Node:
        node = self.tree.nodes.new(kind)
        for key, value in settings.items():
            setattr(node, key, value)
        for name, value in values.items():
            if isinstance(value, Socket):
                self.tree.links.new(value, node.inputs[name])
            elif isinstance(value, tuple) and len(value) == 3 and node.inputs[name].type == 'RGBA':
                node.inputs[name].default_value = (*value, 1.0)
            else:
                node.inputs[name].default_value = value
        return node

    def position(self, stretch: Colour = (1.0, 1.0, 1.0), local: bool = True) -> Socket:
        """The point being shaded in metres, in the object's own space or the world's, stretched."""
        where = (self.add("ShaderNodeTexCoord", {}).outputs["Object"] if local
                 else self.add("ShaderNodeNewGeometry", {}).outputs["Position"])
        return self.add("ShaderNodeMapping", {"Vector": where, "Scale": stretch}).outputs[0]

    def noise(self, scale: float, detail: float = 3.0, rough: float = 0.55, at: Socket | None = None) -> Socket:
        values: dict[str | int, Any] = {"Scale": scale, "Detail": detail, "Roughness": rough}
        values["Vector"] = at if at is not None else self.position()
        return self.add("ShaderNodeTexNoise", values).outputs["Fac"]

    def tint(self) -> Socket:
        return self.add("ShaderNodeAttribute", {}, attribute_name="tint").outputs["Fac"]

    def ramp(self, value: Socket, stops: Sequence[tuple[float, Colour | float]]) -> Socket:
        node = self.add("ShaderNodeValToRGB", {"Fac": value})
        while len(node.color_ramp.elements) < len(stops):
            node.color_ramp.elements.new(0.5)
        for element, (at, colour) in zip(node.color_ramp.elements, stops, strict=True):
            element.position = at
            element.color = (*colour, 1.0) if isinstance(colour, tuple) else (colour, colour, colour, 1.0)
        return node.outputs["Color"]

    def mix(self, factor: Socket | float, a: Socket | Colour, b: Socket | Colour, how: str = 'MIX') -> Socket:
        node = self.add("ShaderNodeMixRGB", {"Fac": factor, "Color1": a, "Color2": b}, blend_type=how)
        return node.outputs[0]

    def maths(self, how: str, a: Socket | float, b: Socket | float = 0.0) -> Socket:
        return self.add("ShaderNodeMath", {0: a, 1: b}, operation=how).outputs[0]

    def bump(self, height: Socket, depth: float, strength: float = 1.0, normal: Socket | None = None) -> Socket:
        values: dict[str | int, Any] = {"Height": height, "Distance": depth, "Strength": strength}
        if normal is not None:
            values["Normal"] = normal
        return self.add("ShaderNodeBump", values).outputs[0]

    def surface(self, colour: Socket | Colour, rough: Socket | float = 0.8, normal: Socket | None = None,
                **more: Any) -> Socket:
        values: dict[str | int, Any] = {"Base Color": colour, "Roughness": rough}
        if normal is not None:
            values["Normal"] = normal
        values.update({key.replace("_", " "): value for key, value in more.items()})
        return self.add("ShaderNodeBsdfPrincipled", values).outputs[0]

    def finish(self, shader: Socket, haze: bool = True, bounce: Colour | None = None) -> bpy.types.Material:
        """Add the haze and the output; light that bounces sees the flat colour `bounce`, which costs far less."""
        if haze:
            distance = self.add("ShaderNodeCameraData", {}).outputs["View Distance"]
            left = self.maths('POWER', 2.718281828, self.maths('DIVIDE', distance, -HAZE_DISTANCE))
            seen = self.add("ShaderNodeLightPath", {}).outputs["Is Camera Ray"]
            share = self.maths('MULTIPLY', self.maths('SUBTRACT', 1.0, left), seen)
            air = self.add("ShaderNodeEmission", {"Color": HAZE_COLOUR}).outputs[0]
            shader = self.add("ShaderNodeMixShader", {0: share, 1: shader, 2: air}).outputs[0]
        if bounce is not None:
            direct = self.add("ShaderNodeLightPath", {}).outputs["Is Camera Ray"]
            flat = self.add("ShaderNodeBsdfDiffuse", {"Color": bounce}).outputs[0]
            shader = self.add("ShaderNodeMixShader", {0: direct, 1: flat, 2: shader}).outputs[0]
        self.add("ShaderNodeOutputMaterial", {"Surface": shader})
        self.material.cycles.emission_sampling = 'NONE'  # haze is no lamp: without this every face becomes one
        return self.material


def plaster(name: str, tones: Sequence[Colour], worn: float = 0.0) -> bpy.types.Material:
    """Lime plaster with stains and rain streaks; with `worn` above 0 brick shows where it fell off."""
    g = Graph(name)
    stops = [(i / max(1, len(tones) - 1), tone) for i, tone in enumerate(tones)]
    base = g.ramp(g.tint(), stops)
    clouds = g.noise(0.55, 4.0, 0.62)
    streaks = g.noise(1.0, 3.0, 0.6, g.position((2.6, 2.6, 0.16)))
    fine = g.noise(14.0, 3.0, 0.65)
    colour = g.mix(g.ramp(clouds, [(0.36, 0.0), (0.70, 0.75)]), base, g.mix(1.0, base, (0.58, 0.50, 0.42), 'MULTIPLY'))
    colour = g.mix(g.ramp(streaks, [(0.50, 0.0), (0.74, 0.62)]), colour, (0.15, 0.13, 0.11))
    colour = g.mix(0.35, colour, g.ramp(fine, [(0.2, 0.35), (0.8, 1.0)]), 'MULTIPLY')
    height = g.maths('ADD', g.maths('MULTIPLY', fine, 0.35), g.maths('MULTIPLY', clouds, 0.4))
    normal = g.bump(height, 0.03, 0.7)
    if worn > 0.0:
        # The brick texture lives in a plane: fold the wall's two directions into x, the height into y.
        split = g.add("ShaderNodeSeparateXYZ", {"Vector": g.position()})
        across = g.maths('ADD', split.outputs[0], split.outputs[1])
        flat = g.add("ShaderNodeCombineXYZ", {0: across, 1: split.outputs[2]}).outputs[0]
        brick = g.add("ShaderNodeTexBrick", {
            "Vector": flat, "Color1": (0.30, 0.105, 0.055), "Color2": (0.40, 0.19, 0.10), "Mortar": (0.36, 0.31, 0.26),
            "Scale": 1.0, "Mortar Size": 0.010, "Brick Width": 0.24, "Row Height": 0.075, "Mortar Smooth": 0.3})
        ragged = g.maths('ADD', g.noise(0.38, 3.0, 0.5), g.maths('MULTIPLY', g.noise(2.4, 3.0, 0.6), 0.42))
        bare = g.ramp(ragged, [(0.80 - worn, 0.0), (0.815 - worn, 1.0)])
        dirty = g.mix(0.55, brick.outputs["Color"], g.ramp(g.noise(5.0), [(0.3, 0.45), (0.75, 1.15)]), 'MULTIPLY')
        colour = g.mix(bare, colour, dirty)
        relief = g.maths('MULTIPLY', g.maths('SUBTRACT', 1.0, brick.outputs["Fac"]), bare)
        normal = g.bump(relief, 0.012, 0.8, g.bump(bare, -0.035, 0.9, normal))
    return g.finish(g.surface(colour, 0.92, normal, Specular_IOR_Level=0.2), bounce=(0.42, 0.33, 0.23))


def clay_tiles() -> bpy.types.Material:
    """Fired clay, each tile with its own tone (`tint`), with lichen and soot."""
    g = Graph("clay tiles")
    own = g.ramp(g.tint(), [(0.0, (0.15, 0.068, 0.040)), (0.35, (0.33, 0.135, 0.070)), (0.65, (0.43, 0.205, 0.105)),
                            (0.88, (0.50, 0.30, 0.17)), (1.0, (0.23, 0.16, 0.11))])
    patches = g.noise(0.9, 4.0, 0.6)
    colour = g.mix(g.ramp(patches, [(0.50, 0.0), (0.74, 0.60)]), own, (0.155, 0.125, 0.085))
    spots = g.noise(9.0, 3.0, 0.6)
    colour = g.mix(g.ramp(spots, [(0.60, 0.0), (0.70, 0.55)]), colour, (0.34, 0.31, 0.22))
    return g.finish(g.surface(colour, 0.88, g.bump(g.noise(30.0), 0.006, 0.6), Specular_IOR_Level=0.25),
                    bounce=(0.30, 0.15, 0.085))


def stone(name: str, tones: tuple[Colour, Colour, Colour], scale: float = 1.0) -> bpy.types.Material:
    """Cut limestone with pits, lichen and darker runs."""
    g = Graph(name)
    large, fine = g.noise(1.7 * scale, 4.0, 0.65), g.noise(22.0 * scale, 4.0, 0.7)
    colour = g.ramp(large, [(0.25, tones[0]), (0.52, tones[1]), (0.78, tones[2])])
    colour = g.mix(g.tint(), g.mix(0.5, colour, (0.55, 0.50, 0.45), 'MULTIPLY'), colour)
    lichen = g.add("ShaderNodeTexVoronoi", {"Scale": 6.5 * scale, "Vector": g.position()}).outputs["Distance"]
    crust = g.maths('ADD', lichen, g.maths('MULTIPLY', g.noise(5.0 * scale), 0.9))
    colour = g.mix(g.ramp(crust, [(0.50, 0.75), (0.60, 0.0)]), colour, (0.45, 0.36, 0.14))
    colour = g.mix(0.6, colour, g.ramp(fine, [(0.25, 0.4), (0.7, 1.1)]), 'MULTIPLY')
    runs = g.noise(1.0, 3.0, 0.6, g.position((5.0, 5.0, 0.4)))
    colour = g.mix(g.ramp(runs, [(0.52, 0.0), (0.75, 0.7)]), colour, (0.06, 0.055, 0.05))
    height = g.maths('ADD', fine, g.maths('MULTIPLY', large, 1.5))
    return g.finish(g.surface(colour, 0.9, g.bump(height, 0.02, 0.9), Specular_IOR_Level=0.3),
                    bounce=(0.36, 0.33, 0.27))


def painted(name: str, paint: Colour, under: Colour, rough: float = 0.5, worn: float = 0.62,
            metal: float = 0.0) -> bpy.types.Material:
    """Old paint that chips and shows what is under it."""
    g = Graph(name)
    chips = g.ramp(g.noise(9.0, 4.0, 0.7), [(worn, 0.0), (worn + 0.05, 1.0)])
    faded = g.mix(0.5, paint, g.ramp(g.noise(2.0), [(0.3, 0.55), (0.7, 1.2)]), 'MULTIPLY')
    normal = g.bump(g.maths('ADD', g.maths('MULTIPLY', chips, -0.5), g.noise(40.0)), 0.004, 0.6)
    return g.finish(g.surface(g.mix(chips, faded, under), rough, normal, Metallic=metal), bounce=paint)


def plain(name: str, colour: Colour, rough: float = 0.5, metal: float = 0.0, **more: Any) -> bpy.types.Material:
    g = Graph(name)
    return g.finish(g.surface(colour, rough, None, Metallic=metal, **more))


def bark() -> bpy.types.Material:
    g = Graph("bark")
    ridges = g.noise(9.0, 4.0, 0.7, g.position((2.2, 2.2, 0.45)))
    colour = g.ramp(ridges, [(0.3, (0.045, 0.036, 0.028)), (0.55, (0.15, 0.125, 0.10)), (0.8, (0.27, 0.245, 0.20))])
    return g.finish(g.surface(colour, 0.92, g.bump(ridges, 0.03, 1.0), Specular_IOR_Level=0.2),
                    bounce=(0.13, 0.11, 0.09))


def leaf(name: str, tones: Sequence[Colour], through: Colour) -> bpy.types.Material:
    """A thin leaf: its own tone by `tint`, a waxy upper side, and light that comes through."""
    g = Graph(name)
    colour = g.ramp(g.tint(), [(i / (len(tones) - 1), tone) for i, tone in enumerate(tones)])
    top = g.surface(colour, 0.48, None, Specular_IOR_Level=0.35)
    glow = g.add("ShaderNodeBsdfTranslucent", {"Color": g.mix(0.7, colour, through)}).outputs[0]
    return g.finish(g.add("ShaderNodeMixShader", {0: 0.36, 1: top, 2: glow}).outputs[0])


def hillside() -> bpy.types.Material:
    """Macchia, fields and rock on the far shore."""
    g = Graph("hillside")
    where = g.position(local=False)
    woods, fields = g.noise(0.010, 6.0, 0.68, where), g.noise(0.0032, 3.0, 0.5, where)
    green = g.ramp(woods, [(0.34, (0.016, 0.030, 0.014)), (0.52, (0.045, 0.062, 0.026)), (0.70, (0.125, 0.115, 0.055))])
    colour = g.mix(g.ramp(fields, [(0.52, 0.0), (0.60, 0.8)]), green, (0.19, 0.165, 0.085))
    return g.finish(g.surface(colour, 1.0, g.bump(woods, 14.0, 0.9), Specular_IOR_Level=0.0),
                    bounce=(0.06, 0.065, 0.03))


def sea() -> bpy.types.Material:
    g = Graph("sea")
    waves = g.noise(0.35, 3.0, 0.62, g.position((0.45, 1.0, 1.0), local=False))
    swell = g.noise(0.03, 3.0, 0.5, g.position((0.4, 1.0, 1.0), local=False))
    colour = g.ramp(swell, [(0.3, (0.010, 0.040, 0.060)), (0.7, (0.022, 0.075, 0.095))])
    return g.finish(g.surface(colour, 0.16, g.bump(waves, 0.35, 0.55), Specular_IOR_Level=0.5),
                    bounce=(0.03, 0.07, 0.09))


def ground() -> bpy.types.Material:
    g = Graph("ground")
    where = g.position(local=False)
    colour = g.ramp(g.noise(0.25, 5.0, 0.65, where), [(0.3, (0.055, 0.06, 0.03)), (0.5, (0.14, 0.12, 0.075)),
                                                       (0.72, (0.25, 0.21, 0.15))])
    return g.finish(g.surface(colour, 1.0, g.bump(g.noise(3.0, 4.0, 0.6, where), 0.1, 0.8)),
                    bounce=(0.13, 0.115, 0.07))


def library() -> dict[str, bpy.types.Material]:
    """Every material of the scene by its name."""
    warm = [(0.62, 0.54, 0.42), (0.66, 0.47, 0.28), (0.70, 0.64, 0.55), (0.60, 0.37, 0.25), (0.68, 0.57, 0.37),
            (0.55, 0.50, 0.45)]
    return {
        "plaster": plaster("plaster", warm),
        "old plaster": plaster("old plaster", [(0.66, 0.50, 0.31), (0.70, 0.55, 0.36)], worn=0.07),
        "tiles": clay_tiles(),
        "stone": stone("stone", ((0.22, 0.19, 0.15), (0.38, 0.34, 0.27), (0.50, 0.46, 0.38))),
        "pale stone": stone("pale stone", ((0.34, 0.31, 0.26), (0.47, 0.43, 0.36), (0.58, 0.54, 0.46))),
        "iron": painted("iron", (0.020, 0.024, 0.024), (0.15, 0.055, 0.022), 0.45, 0.60),
        "shutter": painted("shutter", (0.055, 0.135, 0.105), (0.26, 0.21, 0.16), 0.55, 0.66),
        "blue shutter": painted("blue shutter", (0.10, 0.17, 0.24), (0.28, 0.24, 0.19), 0.55, 0.66),
        "frame": painted("frame", (0.55, 0.52, 0.46), (0.22, 0.17, 0.12), 0.6, 0.68),
        "glass": plain("glass", (0.012, 0.014, 0.016), 0.08),
        "cable": plain("cable", (0.014, 0.014, 0.015), 0.55),
        "aluminium": plain("aluminium", (0.55, 0.56, 0.57), 0.38, 1.0),
        "terracotta": painted("terracotta", (0.42, 0.17, 0.085), (0.50, 0.36, 0.25), 0.85, 0.58),
        "bark": bark(),
        "leaves": leaf("leaves", [(0.045, 0.085, 0.018), (0.085, 0.125, 0.024), (0.20, 0.175, 0.03),
                                  (0.30, 0.15, 0.03)], (0.36, 0.38, 0.04)),
        "dark leaves": leaf("dark leaves", [(0.018, 0.040, 0.014), (0.040, 0.070, 0.022), (0.075, 0.095, 0.030)],
                            (0.10, 0.14, 0.02)),
        "petals": leaf("petals", [(0.42, 0.02, 0.10), (0.60, 0.04, 0.20)], (0.75, 0.10, 0.30)),
        "hillside": hillside(),
        "sea": sea(),
        "ground": ground(),
        "white wall": plain("white wall", (0.42, 0.36, 0.30), 0.9),
    }
