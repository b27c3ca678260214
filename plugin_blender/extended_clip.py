# SPDX-License-Identifier: GPL-3.0-or-later
"""The movie clip of an extended plate: a copy with the larger pictures, its lens and tracks where they were; a
clip that is cut to its format is extended by less than nothing.

Focal length in pixels, distortion and the solved camera stay; sensor, principal point and tracks follow the picture's
new corner. The artist's own clip is not touched.
"""

from __future__ import annotations

from typing import Any

from platewright.contract.request import Pads

from .plates import HostPlate

__all__ = ["extended_clip", "follow_clip"]


def extended_clip(clip: Any, plate: HostPlate, path: str, first: int, pads: Pads, tag: str) -> Any:
    """A copy of a clip that shows the extended pictures at the same frames.

    path: the first of the new files; first: its number. A frame that has no new file shows nothing.
    """
    width, height = plate.size
    copy = clip.copy()
    copy.use_fake_user = True
    copy.name = f"{clip.name} extended"
    copy.frame_offset = clip.frame_start + plate.numbering.shift - first  # the tracks' frames count from the same file
    copy.filepath = path
    copy.colorspace_settings.name = tag
    _extend_camera(clip.tracking.camera, copy.tracking.camera, width, height, pads)
    for tracked in copy.tracking.objects:
        for track in tracked.tracks:
            for marker in track.markers:
                _move_marker(marker, width, height, pads)
        for track in tracked.plane_tracks:
            for marker in track.markers:
                marker.corners = [_moved(x, y, width, height, pads) for x, y in marker.corners]
    return copy


def follow_clip(camera: Any, old: Any, new: Any) -> None:
    """Let the constraints of a copied camera that name the plate's clip follow its extended copy."""
    for constraint in camera.constraints:
        if getattr(constraint, "clip", None) == old:
            constraint.clip = new


def _extend_camera(old: Any, new: Any, width: int, height: int, pads: Pads) -> None:
    """The same lens before a larger sensor: focal length and principal point in pixels stay, from the new corner.

    Blender keeps the focal length in pixels, so the copy has it already; one set in millimetres would be converted by
    the size that the clip had before.
    """
    wide, high = width + pads.left + pads.right, height + pads.top + pads.bottom
    x, y = old.principal_point
    new.sensor_width = old.sensor_width * wide / width
    new.principal_point = (
        ((x + 1) * width / 2 + pads.left) / (wide / 2) - 1,
        ((y + 1) * height / 2 + pads.bottom) / (high / 2) - 1,
    )
    # Nuke's model counts radii in halves of the longer side, all others in focal lengths.
    larger = max(wide, high) / max(width, height)
    new.nuke_k1, new.nuke_k2 = old.nuke_k1 * larger**2, old.nuke_k2 * larger**4


def _move_marker(marker: Any, width: int, height: int, pads: Pads) -> None:
    wide, high = width + pads.left + pads.right, height + pads.top + pads.bottom
    across, up = width / wide, height / high
    low, top = tuple(marker.search_min), tuple(marker.search_max)
    marker.co = _moved(marker.co[0], marker.co[1], width, height, pads)
    marker.pattern_corners = [(x * across, y * up) for x, y in marker.pattern_corners]
    marker.search_min, marker.search_max = (low[0] * across, low[1] * up), (top[0] * across, top[1] * up)


def _moved(x: float, y: float, width: int, height: int, pads: Pads) -> tuple[float, float]:
    """A place in shares of the picture, from its lower left corner, in the extended one."""
    wide, high = width + pads.left + pads.right, height + pads.top + pads.bottom
    return (x * width + pads.left) / wide, (y * height + pads.bottom) / high
