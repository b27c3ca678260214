# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that differs between Blender 4.2 and 5.2, and nothing else: no other module asks for the version.

What differs was measured on 4.2.23, 4.5.15, 5.0.1 and 5.2.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

__all__ = [
    "Mix",
    "compositor_tree",
    "copied_compositor",
    "curves_of",
    "exact_render",
    "keep_alpha",
    "mask_node",
    "mix_node",
    "multiply_node",
    "new_compositor",
    "output_node",
    "over_node",
    "path_options",
    "stroke_points",
    "strips_of",
    "translate_node",
]

Mix = tuple[Any, Any, Any, Any]
_V = bpy.app.version
_IS5 = _V >= (5, 0, 0)
_SOCKETS = _V >= (4, 5, 0)


def compositor_tree(scene: Any) -> Any | None:
    """The scene's compositor tree; None where it has none."""
    if _IS5:
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def new_compositor(scene: Any) -> Any:
    """The scene's compositor tree, made where there is none; a made one has an output and nothing else."""
    tree = compositor_tree(scene)
    if tree is not None:
        return tree
    if _IS5:
        tree = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
        tree.interface.new_socket(name="Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
    else:
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
    output_node(tree)
    return tree


def copied_compositor(scene: Any) -> Any | None:
    """Give a copied scene a compositor tree of its own (4.x copies it with the scene, 5.x shares it); that tree."""
    if _IS5 and scene.compositing_node_group is not None:
        scene.compositing_node_group = scene.compositing_node_group.copy()
    return compositor_tree(scene)


def output_node(tree: Any) -> Any:
    """The node whose input is what is rendered, made where there is none."""
    kind = "NodeGroupOutput" if _IS5 else "CompositorNodeComposite"
    return next((node for node in tree.nodes if node.bl_idname == kind), None) or tree.nodes.new(kind)


def mix_node(tree: Any) -> Mix:
    """`(factor, a, b, result)`: a where the factor is 0, b where it is 1."""
    if _SOCKETS:
        node = tree.nodes.new("ShaderNodeMix")
        node.data_type = "RGBA"  # first: it decides which sockets are live
        node.clamp_factor, node.clamp_result = True, False
        into = {socket.identifier: socket for socket in node.inputs}
        out = {socket.identifier: socket for socket in node.outputs}
        return into["Factor_Float"], into["A_Color"], into["B_Color"], out["Result_Color"]
    node = tree.nodes.new("CompositorNodeMixRGB")
    return node.inputs[0], node.inputs[1], node.inputs[2], node.outputs[0]


def multiply_node(tree: Any) -> tuple[Any, Any, Any]:
    """`(a, b, product)` of numbers."""
    node = tree.nodes.new("ShaderNodeMath" if _SOCKETS else "CompositorNodeMath")
    node.operation = "MULTIPLY"
    return node.inputs[0], node.inputs[1], node.outputs[0]


def keep_alpha(tree: Any, colour: Any, alpha: Any) -> Any:
    """The output of a node that gives `colour` (an output) with `alpha`: an output, or a number."""
    put = tree.nodes.new("CompositorNodeSetAlpha")
    if _IS5:
        put.inputs["Type"].default_value = "Replace Alpha"
    else:
        put.mode = "REPLACE_ALPHA"
    tree.links.new(colour, put.inputs["Image"])
    if isinstance(alpha, (int, float)):
        put.inputs["Alpha"].default_value = alpha
    else:
        tree.links.new(alpha, put.inputs["Alpha"])
    return put.outputs["Image"]


def translate_node(tree: Any, image: Any, x: float, y: float) -> Any:
    """The output of a node that moves `image` by whole pixels, y up, resampling nothing."""
    move = tree.nodes.new("CompositorNodeTranslate")
    move.inputs["X"].default_value, move.inputs["Y"].default_value = x, y
    if _IS5:
        move.inputs["Interpolation"].default_value = "Nearest"
    else:
        move.interpolation = "NEAREST" if _SOCKETS else "Nearest"
    tree.links.new(image, move.inputs["Image"])
    return move.outputs["Image"]


def over_node(tree: Any, back: Any, front: Any) -> Any:
    """The output of a node that lays `front` over `back`; the picture has the size of `back`."""
    over = tree.nodes.new("CompositorNodeAlphaOver")
    if _IS5:
        under, above, factor = (over.inputs[name] for name in ("Background", "Foreground", "Factor"))
    else:
        factor, under, above = over.inputs[0], over.inputs[1], over.inputs[2]
    factor.default_value = 1.0
    tree.links.new(back, under)
    tree.links.new(front, above)
    return over.outputs["Image"]


def mask_node(tree: Any, mask: Any, width: int, height: int, feather: bool) -> Any:
    """A node that draws a mask at a size of its own; its output `Mask`."""
    node = tree.nodes.new("CompositorNodeMask")
    node.mask = mask
    if _IS5:
        node.inputs["Size Source"].default_value = "Fixed"
        node.inputs["Size X"].default_value, node.inputs["Size Y"].default_value = width, height
    else:
        node.size_source, node.size_x, node.size_y = "FIXED", width, height
    if _SOCKETS:
        node.inputs["Feather"].default_value = feather
    else:
        node.use_feather = feather
    return node


def exact_render(scene: Any, width: int, height: int) -> None:
    """Let a scene's compositor render to float EXR exactly, on any machine, with no view transform."""
    render = scene.render
    render.use_sequencer, render.use_compositing = False, True
    render.compositor_device, render.compositor_precision = "CPU", "FULL"
    render.dither_intensity = 0
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    settings = render.image_settings
    if _IS5:
        settings.media_type = "IMAGE"  # before the format
    settings.file_format, settings.color_depth, settings.color_mode = "OPEN_EXR", "32", "RGBA"
    settings.exr_codec = "ZIP"


def path_options(kind: str) -> set[str]:
    """Options of a text property: from 4.5 on, paths must say that they may begin at the .blend with `//`."""
    return {"PATH_SUPPORTS_BLEND_RELATIVE"} if _SOCKETS and kind in ("folder", "file") else set()


def strips_of(editor: Any) -> Any:
    """The strips of a sequence editor."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def stroke_points(pencil: Any, frame: int) -> Iterator[list[Any]]:
    """The points of every stroke that grease pencil data shows at a frame; 4.3 keeps them another way than 4.2."""
    for layer in pencil.layers:
        shown = [one for one in layer.frames if one.frame_number <= frame]
        if layer.hide or not shown:
            continue
        key = max(shown, key=lambda one: one.frame_number)
        if hasattr(key, "drawing"):
            yield from ([point.position.copy() for point in stroke.points] for stroke in key.drawing.strokes)
        else:
            yield from ([point.co.copy() for point in stroke.points] for stroke in key.strokes)


def curves_of(action: Any) -> Iterator[Any]:
    """The F-curves of an action."""
    if hasattr(action, "fcurves"):
        yield from action.fcurves
        return
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                yield from bag.fcurves
