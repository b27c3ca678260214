# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist has in front of them, looked at cheaply enough for a panel that is drawn many times a second."""

from __future__ import annotations

import time
from typing import Any

import bpy

from platewright.contract.errors import MatteError, PlatewrightError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Matte

from .compat import compositor_tree
from .mattes import Source, matte_of_alpha, matte_of_image
from .outlines import outlines_of_strokes, outlines_of_tracks
from .placing import Placement, placements
from .plates import HostPlate, plate_of_background, plate_of_clip, plate_of_image, plate_of_node
from .sequencer import Laid, laid, plate_of_strip
from .state import kept

__all__ = ["chosen_placement", "matte_source", "plate_of_context", "seen_plate"]

_SECONDS = 2.0
_seen: dict[object, tuple[float, HostPlate | PlatewrightError]] = {}


def seen_plate(context: Any) -> HostPlate | PlatewrightError:
    """The plate, or why there is none; the disk is asked at most every two seconds. For panels: it never raises."""
    key = _key(context)
    now = time.monotonic()
    known = _seen.get(key)
    if known is None or now - known[0] > _SECONDS or not _is_alive(known[1]):
        found: HostPlate | PlatewrightError
        try:
            found = plate_of_context(context)
        except PlatewrightError as error:
            found = error
        if len(_seen) > 50:
            _seen.clear()
        known = _seen[key] = (now, found)
    return known[1]


def plate_of_context(context: Any) -> HostPlate:
    """The plate of the editor that the artist works in. Raises RequestError `nothing_selected` and as those below."""
    space = context.space_data
    kind = getattr(space, "type", "")
    if kind == "SEQUENCE_EDITOR":
        editor = context.scene.sequence_editor
        return plate_of_strip(editor.active_strip if editor is not None else None)
    if kind == "NODE_EDITOR" and space.tree_type == "CompositorNodeTree" and space.edit_tree is not None:
        node = space.edit_tree.nodes.active
        if node is not None and node.select:
            return plate_of_node(node)
    if kind == "IMAGE_EDITOR" and space.image is not None:
        # The comp says which frames are meant; an editor that was only shown the image has frames 1 to 100.
        return plate_of_image(space.image, _user_in_comp(context.scene, space.image) or space.image_user)
    if kind == "CLIP_EDITOR" and space.clip is not None:
        return plate_of_clip(space.clip)
    camera = context.scene.camera
    if kind == "VIEW_3D" and camera is not None and camera.type == "CAMERA":
        return plate_of_background(camera.data)
    raise RequestError(
        "no plate is selected",
        code="nothing_selected",
        hint="Select the plate's Image node, or show the plate in this editor.",
    )


def _user_in_comp(scene: Any, image: Any) -> Any | None:
    tree = compositor_tree(scene)
    nodes = tree.nodes if tree is not None else ()
    return next((one for one in nodes if one.bl_idname == "CompositorNodeImage" and one.image == image), None)


def matte_source(
    settings: Any, context: Any, plate: HostPlate, frames: FrameRange, needed: bool
) -> Source | Matte | None:
    """What the matte is made from, as the controls say. Raises MatteError `matte_missing`."""
    kind = settings.matte_from
    if kind == "alpha":
        return matte_of_alpha(plate)
    if kind == "image" and settings.matte_image is not None:
        return matte_of_image(settings.matte_image, plate, frames)
    mask = settings.mask or getattr(context.space_data, "mask", None)  # the one that is being drawn here
    if kind == "mask" and mask is not None:
        return Source(mask=mask, feather=settings.mask_feather)
    clip = getattr(context.space_data, "clip", None) or context.scene.active_clip
    if kind == "tracks" and clip is not None:
        return Source(outlines=outlines_of_tracks(clip, plate, frames))
    pencil = context.view_layer.objects.active
    if kind == "strokes" and pencil is not None and pencil.type in ("GPENCIL", "GREASEPENCIL") and context.scene.camera:
        return Source(outlines=outlines_of_strokes(pencil, context.scene, plate, frames))
    if kind in ("collection", "objects") and context.scene.camera is not None:
        chosen = settings.collection.all_objects if kind == "collection" and settings.collection else ()
        chosen = context.selected_objects if kind == "objects" else chosen
        names = tuple(sorted(one.name for one in chosen))
        if names:
            return Source(scene=context.scene, objects=names)
    if not needed:
        return None
    raise MatteError(
        "there is no matte yet",
        code="matte_missing",
        hint="Draw a mask in the Image Editor, or choose another source; objects and strokes need the plate's camera.",
    )


def chosen_placement(context: Any) -> Placement | Laid | None:
    """The placed take that the artist means: of the active node or strip, else the last one of the scene."""
    space = context.space_data
    if getattr(space, "type", "") == "SEQUENCE_EDITOR":
        return _chosen_strips(context.scene)
    active = None
    if getattr(space, "type", "") == "NODE_EDITOR" and space.edit_tree is not None:
        active = space.edit_tree.nodes.active
    tree = compositor_tree(context.scene)
    here = [one for one in placements() if one.tree in (tree, getattr(space, "edit_tree", None))]
    mine = kept(active).get("placement") if active is not None else None
    for one in here:
        if mine and one.values.get("placement") == mine:
            return one
    return here[-1] if here else None


def _chosen_strips(scene: Any) -> Laid | None:
    found = list(laid(scene))
    active = scene.sequence_editor.active_strip if found else None
    return next((one for one in found if active in one.strips), found[-1] if found else None)


def _key(context: Any) -> object:
    space = context.space_data
    kind = getattr(space, "type", "")
    tree = space.edit_tree if kind == "NODE_EDITOR" else None
    active = tree.nodes.active if tree is not None else None
    shown = {"IMAGE_EDITOR": "image", "CLIP_EDITOR": "clip"}.get(kind)
    block = getattr(space, shown) if shown else None
    return (
        kind, bpy.data.filepath, tree.as_pointer() if tree else 0, active.name if active and active.select else "",
        block.as_pointer() if block else 0, context.scene.name,
    )  # fmt: skip


def _is_alive(found: HostPlate | PlatewrightError) -> bool:
    if isinstance(found, PlatewrightError):
        return True
    try:
        return bool(found.block.name)
    except ReferenceError:
        return False
