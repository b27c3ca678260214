# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain node groups that a placement stands on: native nodes only, so a farm without the add-on renders the same.

    Regen    factor = mask x result's alpha x gate;  Image = plate (1 - factor) + result factor, the plate's alpha
    Extend   the plate, moved by whole pixels, over the gated result, which has the larger size

The first input is the plate: a muted group gives it as it is.
"""

from __future__ import annotations

from typing import Any

import bpy

from platewright.contract.request import Pads

from .compat import keep_alpha, mix_node, multiply_node, over_node, translate_node
from .state import keep, kept

__all__ = ["extend_group", "regen_group"]

_REGEN = "regen/1"


def regen_group() -> Any:
    """The group for a picture of the plate's size; made once in a file, and made anew where somebody changed it."""
    for group in bpy.data.node_groups:
        if kept(group).get("group") == _REGEN and kept(group).get("nodes") == _shape(group) and group.library is None:
            return group
    group = _new("Platewright Regen", ("Result Alpha", "Mask", "Active"))
    given, out = group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
    link = group.links.new
    mask, alpha, masked = multiply_node(group)
    matte, active, gated = multiply_node(group)
    factor, a, b, mixed = mix_node(group)
    link(given.outputs["Mask"], mask)
    link(given.outputs["Result Alpha"], alpha)
    link(masked, matte)
    link(given.outputs["Active"], active)
    link(gated, factor)
    link(given.outputs["Plate"], a)
    link(given.outputs["Result"], b)
    # 5.2 mixes the alphas too, which would make holes along a soft edge.
    split = group.nodes.new("CompositorNodeSeparateColor")
    link(given.outputs["Plate"], split.inputs[0])
    link(keep_alpha(group, mixed, split.outputs["Alpha"]), out.inputs["Image"])
    _lay_out(group)
    keep(group, {"group": _REGEN, "nodes": _shape(group)})
    return group


def extend_group(label: str, pads: Pads) -> Any:
    """A group for these pads, whose sums must be even: the plate over the extended picture, its own pixels exact."""
    group = _new(f"Platewright Extend {label}", ("Active",))
    given, out = group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
    link = group.links.new
    active, nothing, wide, gated = mix_node(group)
    # Negative zeros: with them a zero of the result keeps its sign, and through it one of the plate.
    nothing.default_value = (-0.0, -0.0, -0.0, -0.0)
    link(given.outputs["Active"], active)
    link(given.outputs["Result"], wide)
    # The plate's own alpha may be anything; here it is opaque, or the result would shine through it.
    plate = keep_alpha(group, given.outputs["Plate"], 1.0)
    moved = translate_node(group, plate, (pads.left - pads.right) / 2, (pads.bottom - pads.top) / 2)
    link(over_node(group, gated, moved), out.inputs["Image"])
    _lay_out(group)
    keep(group, {"group": "extend/1"})
    return group


def _new(name: str, numbers: tuple[str, ...]) -> Any:
    group = bpy.data.node_groups.new(name, "CompositorNodeTree")
    socket = group.interface.new_socket
    socket(name="Plate", in_out="INPUT", socket_type="NodeSocketColor")  # first: a muted group passes it through
    socket(name="Result", in_out="INPUT", socket_type="NodeSocketColor")
    for label in numbers:
        socket(name=label, in_out="INPUT", socket_type="NodeSocketFloat").default_value = 1.0
    socket(name="Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    return group


def _shape(group: Any) -> str:
    """Nodes and links as text, to see whether somebody worked on the group."""
    nodes = sorted(f"{node.bl_idname}{'/muted' if node.mute else ''}" for node in group.nodes)
    links = sorted(f"{link.from_socket.identifier}>{link.to_socket.identifier}" for link in group.links)
    return " ".join((*nodes, *links))


def _lay_out(group: Any) -> None:
    for place, node in enumerate(group.nodes):
        node.location = (220 * place, 0 if place % 2 else -180)
