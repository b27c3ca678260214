# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a finished take lands: in the comp it was asked for from, or in a linked copy with an extended camera."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import bpy

from platewright.contract.errors import PlatewrightError, RequestError
from platewright.contract.request import Extend, Pads

from .compat import compositor_tree
from .cutting import check_in_place
from .extended_clip import extended_clip, follow_clip
from .extending import extend_scene, origin_of, set_background
from .numbering import pattern_of
from .placing import Placed, Placement, load_copies, place, placements, show
from .plates import (
    HostPlate,
    above_takes,
    node_for,
    plate_of_background,
    plate_of_clip,
    plate_of_image,
    plate_of_node,
)
from .sequencer import laid, place_strips, plate_of_strip, show_strips, strip_of
from .takes import Take, version_of_copy
from .waiting import Waiting

__all__ = ["find_plate", "land", "layers_of", "show_take"]


def land(take: Take, scene: Any, wanted: Waiting) -> Placed | None:
    """Place a take for what was waited for; another version of a placed element is shown by its own nodes.

    Returns None where an older version was there and shows the new one now, and for strips of an edit. Raises as
    `place`, `find_plate` and `check_in_place` do; RequestError `format_differs`, `scene_linked`. The file is then as it
    was.
    """
    if scene.library is not None:
        raise RequestError(
            f"the scene {scene.name} is linked from another file, and what is placed in it would not be kept",
            code="scene_linked",
            hint="Open the file that it comes from, or make the scene local.",
        )
    plate = find_plate(scene, wanted.pattern, wanted.into, wanted.camera)
    check_in_place(plate)
    if plate.size != take.plate_size:
        raise RequestError(
            f"{plate.name} is {plate.size[0]} x {plate.size[1]}, but {take.label} is for "
            f"{take.plate_size[0]} x {take.plate_size[1]}",
            code="format_differs",
            hint="Place it on the plate that it was made from.",
        )
    operation = take.record.request.operation
    if wanted.into == "strip":
        there = next((one for one in laid(scene) if one.element == take.record.element), None)
        if there is not None:
            show_strips(there, take, scene)
        else:
            place_strips(take, scene, plate)
        return None
    if isinstance(operation, Extend) and wanted.into == "scene":
        return _in_a_copy(take, scene, plate, wanted)
    tree = compositor_tree(scene)
    for one in placements():
        if one.element == take.record.element and one.tree == tree and one.image is not None:
            show_take(one, take, plate.tag)
            return None
    node = node_for(scene, plate)
    if isinstance(operation, Extend):
        node = above_takes(node)  # what is of the plate's size stays under what is larger
    return place(
        take, node, plate.numbering, plate.tag, layer=wanted.layer, job=wanted.job, still=plate.still
    )  # fmt: skip


def layers_of(take: Take, scene: Any, into: str = "comp", layer: str = "picture") -> list[str]:
    """The copies that a take needs in a scene: behind an extended camera stands the whole picture."""
    behind = isinstance(take.record.request.operation, Extend) and (into == "scene" or origin_of(scene) is not None)
    return [layer, "whole"] if behind else [layer]


def show_take(found: Placement, take: Take, tag: str) -> None:
    """Show another version of a placed element, in an extended scene behind the camera and in its clip too.

    Raises as `load_copies` does.
    """
    show(found, take, tag)
    scenes = [one for one in bpy.data.scenes if compositor_tree(one) == found.tree and origin_of(one) is not None]
    if not scenes or not isinstance(take.record.request.operation, Extend):
        return
    whole = load_copies(take, "whole", tag, found.image.image.source == "FILE")
    stem = f"{take.record.element}_whole"
    for scene in scenes:
        for background in scene.camera.data.background_images if scene.camera is not None else ():
            old = background.image
            if old is not None and version_of_copy(old.filepath, stem):
                background.image = whole
                if old.users == 0:
                    bpy.data.images.remove(old)
        clip = scene.active_clip
        if clip is not None and version_of_copy(clip.filepath, stem):
            clip.frame_offset += pattern_of(bpy.path.abspath(clip.filepath))[1] - take.frames.first
            clip.filepath = bpy.path.abspath(whole.filepath)
    if whole.users == 0:
        bpy.data.images.remove(whole)


def _in_a_copy(take: Take, scene: Any, plate: HostPlate, wanted: Waiting) -> Placed:
    operation = take.record.request.operation
    assert isinstance(operation, Extend)
    whole = load_copies(take, "whole", plate.tag, plate.still)
    camera = bpy.data.objects.get(wanted.camera) if wanted.camera else None
    copy = extend_scene(scene, operation.pads, f"{scene.name} {take.label}", camera)
    cameras = copy.camera
    try:
        placed = place(
            take, above_takes(node_for(copy, plate)), plate.numbering, plate.tag, job=wanted.job, still=plate.still
        )  # fmt: skip
    except PlatewrightError:
        bpy.data.scenes.remove(copy)
        if cameras is not None:
            bpy.data.cameras.remove(cameras.data)
        raise
    if copy.camera is not None:
        set_background(copy, whole, placed.image)
    if not plate.still:
        _extend_clip(take, copy, plate, whole, operation.pads)
    return placed


def _extend_clip(take: Take, copy: Any, plate: HostPlate, whole: Any, pads: Pads) -> None:
    """The scene's clip too, where it is of the same plate."""
    old = copy.active_clip
    of_clip = next(_tried([], plate_of_clip, old), None) if old is not None else None
    if of_clip is None or of_clip.pattern != plate.pattern:
        return
    path, tag = bpy.path.abspath(whole.filepath), whole.colorspace_settings.name
    copy.active_clip = extended_clip(old, of_clip, path, take.frames.first, pads, tag)
    if copy.camera is not None:
        follow_clip(copy.camera, old, copy.active_clip)


def find_plate(scene: Any, pattern: str, into: str = "comp", camera: str = "") -> HostPlate:
    """The plate in a scene by its files: in the edit, or in the comp, behind a camera, or loaded at all.

    Raises RequestError `source_gone`, PlateError `plate_offline` where its files are away.
    """
    strip = strip_of(scene, pattern) if into == "strip" else None
    if strip is not None:
        return plate_of_strip(strip)
    away: list[PlatewrightError] = []
    seen = _plates(scene, bpy.data.objects.get(camera) if camera else scene.camera, away)
    found = [plate for plate in seen if plate.pattern == pattern]
    if found:
        return next((one for one in found if not one.misplaced), found[0])
    name = os.path.basename(pattern)
    offline = next((one for one in away if one.code == "plate_offline" and name in one.message), None)
    if offline is not None:
        raise offline
    raise RequestError(
        "the plate that this was made from is not in the file any more",
        code="source_gone",
        hint="Load the plate again, and place the take once more.",
    )


def _plates(scene: Any, camera: Any, away: list[PlatewrightError]) -> Iterator[HostPlate]:
    tree = compositor_tree(scene)
    for node in tree.nodes if tree is not None else ():
        yield from _tried(away, plate_of_node, node)
    if camera is not None and camera.type == "CAMERA":
        yield from _tried(away, plate_of_background, camera.data)
    for clip in bpy.data.movieclips:
        yield from _tried(away, plate_of_clip, clip)
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            space = area.spaces.active
            if space.type == "IMAGE_EDITOR" and space.image is not None:
                yield from _tried(away, plate_of_image, space.image, space.image_user)


def _tried(away: list[PlatewrightError], look: Any, *given: Any) -> Iterator[HostPlate]:
    try:
        yield look(*given)
    except PlatewrightError as error:
        away.append(error)
