# SPDX-License-Identifier: GPL-3.0-or-later
"""Outlines for a matte that no mask holds: the patterns of tracks, and grease pencil strokes as the camera sees them.

An outline is a closed polygon in pixels of the plate, y from the bottom; each frame has its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bpy_extras.object_utils import world_to_camera_view

from platewright.contract.errors import MatteError
from platewright.contract.frames import FrameRange

from .compat import stroke_points
from .plates import HostPlate

__all__ = ["Outline", "Outlines", "outlines_of_strokes", "outlines_of_tracks"]

Outline = tuple[tuple[float, float], ...]
Outlines = dict[int, tuple[Outline, ...]]
"""By the number of the plate's file."""


def outlines_of_tracks(clip: Any, plate: HostPlate, frames: FrameRange) -> Outlines:
    """The patterns of the clip's selected tracks, frame by frame; a frame without a marker has none.

    Raises MatteError `matte_missing`.
    """
    tracks = [track for track in clip.tracking.tracks if track.select]
    width, height = plate.size
    found: Outlines = {}
    for number in frames:
        # Markers count the clip's own frames: 1 is its first file.
        at = plate.numbering.scene(number) - clip.frame_start + 1
        markers = [marker for track in tracks if (marker := track.markers.find_frame(at)) and not marker.mute]
        found[number] = tuple(
            tuple(((marker.co[0] + x) * width, (marker.co[1] + y) * height) for x, y in marker.pattern_corners)
            for marker in markers
        )
    return _checked(found, "no selected track has a marker there", "Select the tracks whose patterns are the matte.")


def outlines_of_strokes(pencil: Any, scene: Any, plate: HostPlate, frames: FrameRange) -> Outlines:
    """The strokes of a grease pencil object, closed, as the scene's camera sees them at each frame.

    The scene goes through the frames and comes back. Raises MatteError `matte_missing`.
    """
    now, found = scene.frame_current, Outlines()
    try:
        for number in frames:
            scene.frame_set(plate.numbering.scene(number))
            found[number] = tuple(_seen(pencil, scene, plate))
    finally:
        scene.frame_set(now)
    return _checked(found, f"{pencil.name} has no stroke there", "Draw around the region in grease pencil.")


def _seen(pencil: Any, scene: Any, plate: HostPlate) -> Iterator[Outline]:
    width, height = plate.size
    for points in stroke_points(pencil.data, scene.frame_current):
        seen = [world_to_camera_view(scene, scene.camera, pencil.matrix_world @ point) for point in points]
        if len(seen) > 2 and all(one.z > 0 for one in seen):
            yield tuple((one.x * width, one.y * height) for one in seen)


def _checked(found: Outlines, message: str, hint: str) -> Outlines:
    if not any(found.values()):
        raise MatteError(message, code="matte_missing", hint=hint)
    return found
