# SPDX-License-Identifier: GPL-3.0-or-later
"""Camera and scene for an extended plate: a linked copy of the scene with a camera of its own.

Nothing of the artist's scene is changed: objects stay shared, the camera is a copy, the size belongs to the new scene.
"""

from __future__ import annotations

from typing import Any

import bpy

from platewright.contract.errors import RequestError
from platewright.contract.request import Pads

from . import camera as maths
from .compat import copied_compositor, curves_of
from .state import keep, kept

__all__ = ["back_from", "check_camera", "extend_scene", "origin_of", "set_background"]

_HELD = ("sensor_width", "sensor_height", "sensor_fit", "ortho_scale")


def check_camera(scene: Any, pads: Pads, camera: Any = None) -> None:
    """Refuse, before anything is made, what could not be lined up afterwards. camera: not the scene's active one.

    Raises RequestError `camera_missing`, `camera_panoramic`, `camera_animated`.
    """
    camera = camera or scene.camera
    if camera is None or camera.type != "CAMERA":
        raise RequestError(
            "the scene has no camera",
            code="camera_missing",
            hint="Make the plate's camera the scene's active one, or extend without a camera from the compositor.",
        )
    data = camera.data
    maths.extended(_camera(data), _frame(scene), pads)
    animation = data.animation_data
    driven = [curve.data_path for curve in animation.drivers] if animation is not None else []
    keyed = [curve.data_path for curve in curves_of(animation.action)] if animation and animation.action else []
    held = [path for path in keyed if path in _HELD] + [
        path for path in driven if path in (*_HELD, "shift_x", "shift_y")
    ]
    nla = animation is not None and any(track.strips for track in animation.nla_tracks)
    if held or nla:
        what = ", ".join(sorted(set(held))) or "its NLA strips"
        raise RequestError(
            f"the camera {camera.name} is animated in a way that can't be carried over: {what}",
            code="camera_animated",
            hint="Bake the camera: keys on lens and shift are carried over, drivers and sensor keys are not.",
        )


def extend_scene(scene: Any, pads: Pads, name: str = "", camera: Any = None) -> Any:
    """A linked copy of the scene that sees the extended frame; returns it. Raises as `check_camera` does.

    Its camera is a copy of the scene's active one, or of `camera`, with the lens unchanged; a point at pixel (x, y) of
    the old frame lands on (x + left, y + bottom) of the new one.
    """
    camera = camera or scene.camera
    if camera is not None:
        check_camera(scene, pads, camera)
    frame = maths.extended_frame(_frame(scene), pads)
    copy = scene.copy()
    copy.use_fake_user = True  # a scene copied by Python has no user, and would not be saved
    copy.name = name or f"{scene.name} extended"
    copied_compositor(copy)
    copy.render.resolution_x, copy.render.resolution_y = frame.width, frame.height
    copy.render.use_border = copy.render.use_crop_to_border = False
    if camera is not None:
        copy.camera = _extended_camera(camera, scene, copy, pads)
    keep(copy, {"extended_from": scene.name, "left": pads.left, "right": pads.right, "top": pads.top,
                "bottom": pads.bottom})  # fmt: skip
    return copy


def origin_of(scene: Any) -> Any | None:
    """The scene that an extended one was made from; None for another scene, or where that one is gone."""
    return bpy.data.scenes.get(str(kept(scene).get("extended_from", "")))


def back_from(scene: Any) -> tuple[Any, Any]:
    """`(the artist's scene, the extended one)`, for a button that leads back and may remove the copy.

    Raises RequestError `not_extended`.
    """
    origin = origin_of(scene)
    if origin is None:
        raise RequestError(
            f"{scene.name} is not an extended scene, or the scene it came from is gone",
            code="not_extended",
            hint="Choose the scene by its name in the header.",
        )
    return origin, scene


def set_background(scene: Any, image: Any, node: Any) -> Any:
    """Show the extended picture behind the extended camera, in the place of the plate's backgrounds."""
    data = scene.camera.data
    data.background_images.clear()
    data.show_background_images = True
    background = data.background_images.new()
    background.image = image
    user = background.image_user
    user.frame_start, user.frame_duration, user.frame_offset = node.frame_start, node.frame_duration, node.frame_offset
    user.use_auto_refresh = True
    background.frame_method, background.display_depth, background.alpha = "STRETCH", "BACK", 1.0
    return background


def _extended_camera(old: Any, scene: Any, copy: Any, pads: Pads) -> Any:
    """The artist's camera copied and re-aimed, in the new scene alone."""
    camera = old.copy()
    camera.data = old.data.copy()
    for one in (camera, camera.data):
        if one.override_library is not None:  # a copy of an override is one too, and would be resynced
            one.make_local(clear_liboverride=True)
    camera.name = camera.data.name = f"{old.name} extended"
    copy.collection.objects.link(camera)
    before, frame = _camera(old.data), _frame(scene)
    after = maths.extended(before, frame, pads)
    _carry_over_keys(camera.data, maths.shift_changes(before, frame, pads))
    data = camera.data
    data.sensor_fit, data.sensor_width = after.fit, after.sensor_width
    data.shift_x, data.shift_y = after.shift_x, after.shift_y
    if after.kind == "ORTHO":
        data.ortho_scale = after.ortho_scale
    return camera


def _carry_over_keys(data: Any, changes: tuple[maths.Linear, maths.Linear]) -> None:
    """Convert every key of an animated shift, in an action of the copy's own."""
    animation = data.animation_data
    if animation is None or animation.action is None:
        return
    by_path = {"shift_x": changes[0], "shift_y": changes[1]}
    if not any(curve.data_path in by_path for curve in curves_of(animation.action)):
        return
    slot = getattr(animation, "action_slot", None)
    animation.action = animation.action.copy()
    if slot is not None:
        animation.action_slot = next(one for one in animation.action.slots if one.identifier == slot.identifier)
    for curve in curves_of(animation.action):
        change = by_path.get(curve.data_path)
        if change is None:
            continue
        for key in curve.keyframe_points:
            key.co.y = change(key.co.y)
            key.handle_left.y, key.handle_right.y = change(key.handle_left.y), change(key.handle_right.y)
        curve.update()


def _camera(data: Any) -> maths.Camera:
    return maths.Camera(
        data.sensor_fit, data.sensor_width, data.sensor_height, data.shift_x, data.shift_y, data.type, data.ortho_scale
    )


def _frame(scene: Any) -> maths.Frame:
    """The scene's size at 100 percent: a smaller percentage stays in force and scales the extended frame alike."""
    render = scene.render
    return maths.Frame(render.resolution_x, render.resolution_y, render.pixel_aspect_x, render.pixel_aspect_y)
