# SPDX-License-Identifier: GPL-3.0-or-later
"""A take in the comp: an Image node and one plain group behind the plate's node, gated to the take's frames.

    plate ──────────────► Plate
    Image (full frame) ─► Result, Result Alpha     group ──► all that read the plate before

Outside the frames the gate is 0, and where a file is missing the result's alpha is: both show the plate, bit for bit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import bpy

from platewright.contract.errors import PlateError, RequestError, StorageError
from platewright.contract.request import Extend

from .colour import is_linear, tag_for
from .compat import compositor_tree
from .exr_header import windows_of
from .groups import extend_group, regen_group
from .numbering import Numbering, file_of, present
from .state import Value, keep, kept
from .takes import Take, copies_pattern, version_of_copy

__all__ = [
    "Placed",
    "Placement",
    "check_full_frame",
    "load_copies",
    "place",
    "placements",
    "portable",
    "remove",
    "set_gate",
    "show",
    "tag_alike",
    "trees",
]


@dataclass(frozen=True)
class Placed:
    """What was placed. notes: sentences for the artist."""

    placement: str
    group: Any
    image: Any
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Placement:
    """A placed take, found in a file. image: None where the artist took its node away."""

    tree: Any
    group: Any
    image: Any
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def element(self) -> str:
        """The element's name."""
        return str(self.values.get("element", ""))

    @property
    def root(self) -> str:
        """The folder of the elements: as the file in the comp lies now, which may have been moved."""
        picture = self.image.image if self.image is not None else None
        if picture is None:
            return str(self.values.get("root", ""))
        path = _absolute(picture)
        folder = os.path.dirname(path)
        return (
            os.path.dirname(os.path.dirname(folder))
            if version_of_copy(path, self.element)
            else str(self.values.get("root", ""))
        )

    @property
    def version(self) -> int:
        """The version that is shown now."""
        picture = self.image.image if self.image is not None else None
        shown = version_of_copy(picture.filepath, self.element) if picture is not None else 0
        return shown or int(self.values.get("version", 0))

    @property
    def plates_tag(self) -> str:
        """The colour space that the result must have to go the plate's way; empty where the plate does not say."""
        feed = next((link.from_node for link in self.group.inputs["Plate"].links), None)
        block = getattr(feed, "image", None) or getattr(feed, "clip", None)
        tag = str(block.colorspace_settings.name) if block is not None and not kept(feed) else ""
        return tag if is_linear(tag) else ""

    @property
    def tagged_apart(self) -> bool:
        """Whether somebody changed the colour space of the result or of the plate, so that they part ways."""
        picture = self.image.image if self.image is not None else None
        return bool(picture and self.plates_tag and picture.colorspace_settings.name != self.plates_tag)

    @property
    def offline(self) -> bool:
        """Whether the files of the shown version are not there."""
        picture = self.image.image if self.image is not None else None
        return picture is None or not os.path.isfile(_absolute(picture))


def place(
    take: Take,
    source: Any,
    numbering: Numbering,
    tag: str,
    *,
    layer: str = "picture",
    job: str = "",
    still: bool = False,
) -> Placed:
    """Put a take behind a node, in the node's own tree; everything that read the node reads the group then.

    source: the plate's node (Image, Movie Clip, or anything that gives a picture of its size). tag: the plate's colour
    space in Blender. Raises RequestError `source_is_ours`; StorageError `copies_missing`; PlateError where a copy is
    not a full frame. The file is then as it was.
    """
    tree = source.id_data
    if kept(source).get("placement") and kept(source).get("role") != "group":
        raise RequestError(
            f"{source.name} belongs to a take itself", code="source_is_ours", hint="Select the plate, or the result."
        )
    picture = load_copies(take, layer, tag, still)
    record, operation = take.record, take.record.request.operation
    pads = operation.pads if isinstance(operation, Extend) else None
    readers = [link.to_socket for link in _picture_of(source).links]
    placement = os.urandom(6).hex()
    image = tree.nodes.new("CompositorNodeImage")
    image.image = picture
    group = tree.nodes.new("CompositorNodeGroup")
    group.node_tree = extend_group(take.label, pads) if pads is not None else regen_group()
    _name(image, group, take, source)
    link = tree.links.new
    link(_picture_of(source), group.inputs["Plate"])
    link(image.outputs["Image"], group.inputs["Result"])
    if pads is None:
        link(image.outputs["Alpha"], group.inputs["Result Alpha"])
    for target in readers:
        link(group.outputs["Image"], target)
    values: dict[str, Value] = {
        "placement": placement,
        "element": record.element,
        "version": record.version,
        "operation": operation.kind,
        "layer": layer,
        "request": record.request_hash,
        "root": take.root,
        "job": job,
        "shift": numbering.shift,
    }
    keep(group, {**values, "role": "group"})
    keep(image, {"placement": placement, "role": "image"})
    if not still:
        _time(image, group, take, numbering)
    return Placed(placement, group, image, tuple(_notes(take)))


def load_copies(take: Take, layer: str, tag: str, still: bool = False) -> Any:
    """The take's full-frame copies as an image block of its own, tagged as the plate."""
    pattern = copies_pattern(take.root, take.record.element, take.record.version, layer)
    numbers = present(pattern)
    check_full_frame(take, pattern, numbers)
    path = file_of(pattern, numbers[0])
    picture = bpy.data.images.load(portable(path), check_existing=False)
    picture.name = take.label if layer == "picture" else f"{take.label} {layer}"
    picture.source = "FILE" if still else "SEQUENCE"
    picture.colorspace_settings.name = tag_for(take.record.colour_space, tag)
    return picture


def check_full_frame(take: Take, pattern: str, numbers: tuple[int, ...]) -> None:
    """Refuse copies that are not there or are cropped.

    Raises StorageError `copies_missing`, PlateError `not_full_frame`.
    """
    if not numbers:
        raise StorageError(
            f"the full-frame copies of {take.label} are not there",
            code="copies_missing",
            hint="Ask the engine for them: place the take from the panel while the engine runs.",
            retry=True,
        )
    path = file_of(pattern, numbers[0])
    windows = windows_of(path)
    if windows is None or not windows.is_whole:
        raise PlateError(
            f"{os.path.basename(path)} is cropped; Blender would show it in a wrong place",
            code="not_full_frame",
            hint="Place the take from the panel, which asks the engine for full frames.",
        )


def _time(image: Any, group: Any, take: Take, numbering: Numbering) -> None:
    """Let the image show the file that belongs to each frame of the scene, and the gate open for these only."""
    first, last = take.frames.first, take.frames.last
    image.frame_start, image.frame_duration = numbering.scene(first), last - first + 1
    # Blender counts from the number in the name, whatever file was there to load it by.
    image.frame_offset = first - 1
    image.use_cyclic, image.use_auto_refresh = False, True
    set_gate(group.inputs["Active"], numbering.scene(first), numbering.scene(last))


def set_gate(socket: Any, first: int, last: int) -> None:
    """1 inside first..last of the scene, else 0: a simple expression, which works with auto-run of scripts off."""
    socket.driver_remove("default_value")
    curve = socket.driver_add("default_value")
    curve.driver.type = "SCRIPTED"
    curve.driver.expression = f"frame >= {int(first)} and frame <= {int(last)}"


def show(found: Placement, take: Take, tag: str) -> None:
    """Show another version of a placed element: the same nodes, other files. Raises as `load_copies` does."""
    old, before = found.image.image, found.version
    new = load_copies(take, str(found.values.get("layer", "picture")), tag, old is not None and old.source == "FILE")
    found.image.image = new
    _label(found.image, found.group, take)
    said: dict[str, Value] = {"version": take.record.version, "request": take.record.request_hash, "before": before}
    keep(found.group, {**kept(found.group), **said})
    if new.source == "SEQUENCE":
        _time(found.image, found.group, take, Numbering(int(found.values.get("shift", 0))))
    if old is not None and old.users == 0:
        bpy.data.images.remove(old)


def tag_alike(found: Placement) -> None:
    """Give the result the plate's colour space again."""
    if found.tagged_apart:
        found.image.image.colorspace_settings.name = found.plates_tag


def remove(found: Placement) -> None:
    """Take a placement out: what read the group reads again what the group read."""
    tree, group = found.tree, found.group
    feed = next((link.from_socket for link in group.inputs["Plate"].links), None)
    for target in [link.to_socket for link in group.outputs["Image"].links]:
        if feed is not None:
            tree.links.new(feed, target)
    group.inputs["Active"].driver_remove("default_value")
    for node in (found.group, found.image):
        if node is not None:
            tree.nodes.remove(node)


def placements() -> Iterator[Placement]:
    """Every placed take of the file, in scenes and in groups."""
    for tree in trees():
        nodes = {(kept(node).get("placement"), kept(node).get("role")): node for node in tree.nodes if kept(node)}
        for (placement, role), node in nodes.items():
            if role == "group" and node.bl_idname == "CompositorNodeGroup":
                yield Placement(tree, node, nodes.get((placement, "image")), kept(node))


def trees() -> tuple[Any, ...]:
    """Every compositor tree of the file, of scenes and of groups, once."""
    return tuple({tree.as_pointer(): tree for tree in _trees()}.values())


def _trees() -> Iterator[Any]:
    for scene in bpy.data.scenes:
        tree = compositor_tree(scene)
        if tree is not None:
            yield tree
    yield from (tree for tree in bpy.data.node_groups if tree.bl_idname == "CompositorNodeTree")


def _picture_of(node: Any) -> Any:
    return node.outputs["Image"] if "Image" in node.outputs else node.outputs[0]


def _name(image: Any, group: Any, take: Take, source: Any) -> None:
    _label(image, group, take)
    image.name, group.name = f"Platewright {take.record.element} result", f"Platewright {take.record.element}"
    x, y = source.location
    image.location, group.location = (x, y - 420), (x + 320, y - 60)
    group.width = 200
    for node in (image, group):
        node.parent = source.parent
        node.use_custom_color, node.color = True, (0.20, 0.28, 0.37)


def _label(image: Any, group: Any, take: Take) -> None:
    image.label, group.label = take.label, f"Platewright {take.label}"


def _notes(take: Take) -> Iterator[str]:
    numbers = take.frames.numbers
    if numbers[-1] - numbers[0] + 1 != len(numbers):
        yield f"{take.label} has only some frames; between them the plate shows."


def portable(path: str) -> str:
    """Relative to the .blend where the take lies below its folder, so that both can be moved together."""
    blend = os.path.dirname(bpy.data.filepath)
    if blend and os.path.commonpath((blend, path)) == blend:
        return str(bpy.path.relpath(path))
    return path


def _absolute(picture: Any) -> str:
    return os.path.normpath(str(bpy.path.abspath(picture.filepath, library=picture.library)))
