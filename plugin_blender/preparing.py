# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the controls say and what the artist has selected to a submission: everything but sending it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from platewright.contract.errors import PlateError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Submission
from platewright.contract.request import Extend, Matte, Plate
from platewright.panel.asking import Asked, asked_of, with_inputs
from platewright.panel.field import Value

from .backend_inputs import controls_of
from .camera import even
from .cutting import check_in_place
from .extending import check_camera
from .plates import HostPlate

__all__ = ["Prepared", "folder_for_elements", "prepare"]


@dataclass(frozen=True)
class Prepared:
    """What was asked for, on which plate.

    into: `scene` for a linked copy with a camera, `comp` for here, `strip` for the edit. given: the plate as an earlier
    take had it, which is gone on from; matte: that take's own, where it is read again. accepted: its price needs no
    look any more.
    """

    asked: Asked
    plate: HostPlate
    frames: FrameRange
    into: str = "comp"
    layer: str = "picture"
    at_once: bool = False
    notes: tuple[str, ...] = ()
    given: Plate | None = None
    matte: Matte | None = None
    accepted: bool = False

    @property
    def operation(self) -> str:
        """The operation's kind."""
        return self.asked.operation.kind

    def sources(self) -> Path:
        """A new folder of its own for what is exported for this request."""
        return Path(self.asked.root) / ".sources" / self.asked.element / os.urandom(4).hex()

    def submissions(self, matte: Matte | None) -> tuple[Submission, ...]:
        """One for each take that is wanted."""
        return self.asked.submissions(self.given or self.plate.plate(self.frames), matte)


def prepare(
    operation: str, values: Mapping[str, Value], plate: HostPlate, scene: Any, *, into: str = "comp",
    layer: str = "picture", at_once: bool = False, cards: tuple[Mapping[str, Value], ...] = (),
    camera: Any = None, inputs: Mapping[str, Mapping[str, str]] | None = None,
) -> Prepared:  # fmt: skip
    """Put it together and refuse early what can't be. cards: the references' words. camera: not the scene's own.
    inputs: what is kept of generators' own inputs, by their names.

    Raises PlateError `frames_missing`, `data_window_cropped`; RequestError (`root_missing`, `range_invalid`,
    `format_differs`, `camera_…`, and as `asked_of`).
    """
    check_in_place(plate)
    given = dict(values)
    given["host.root"] = folder_for_elements(str(given.get("host.root") or ""))
    picture = given.get("sky.picture")
    if isinstance(picture, str) and picture:
        given["sky.picture"] = os.path.normpath(bpy.path.abspath(picture))
    asked = with_inputs(asked_of(operation, given, cards), controls_of(), inputs or {})
    frames = _frames(asked, plate)
    notes = list(plate.notes)
    if isinstance(asked.operation, Extend) and into == "strip":
        raise RequestError(
            "an edit has one size, so an extension has no place in it",
            code="extend_in_edit",
            hint="Extend the plate in the compositor or behind its camera.",
        )
    if isinstance(asked.operation, Extend):
        pads = even(asked.operation.pads)
        if pads != asked.operation.pads:
            notes.append("A pixel was added, so that both sides together are even: Blender needs that to be exact.")
        # The larger format is what Blender can hold; overscan it would misplace.
        asked = replace(asked, operation=replace(asked.operation, pads=pads, grow_display=True))
        if into == "scene":
            _check_scene(scene, plate, pads, camera)
    elif into == "scene":
        into = "comp"
    return Prepared(asked, plate, frames, into, layer, at_once, tuple(notes))


def _frames(asked: Asked, plate: HostPlate) -> FrameRange:
    """What is typed, or all; handles only where the plate has files."""
    frames = FrameRange.parse(asked.frames) if asked.frames else plate.frames
    if plate.still:
        return frames
    there = set(plate.frames.numbers)
    missing = [number for number in frames.numbers if number not in there]
    if missing:
        raise PlateError(
            f"the plate has no file {missing[0]}; its files are numbered {plate.frames}",
            code="frames_missing",
            hint="Frames are the numbers in the names of the plate's files, wherever they stand in the scene.",
        )
    return FrameRange.of(number for number in frames.with_handles(asked.handles).numbers if number in there)


def folder_for_elements(text: str) -> str:
    """The folder for elements as a full path: as chosen, else beside the .blend. Raises RequestError `root_missing`."""
    if text.strip():
        path = os.path.normpath(str(bpy.path.abspath(text.strip())))
        if os.path.isabs(path):
            return path
    elif bpy.data.filepath:
        return os.path.join(os.path.dirname(str(bpy.data.filepath)), "platewright")
    raise RequestError(
        "there is no folder for elements yet",
        code="root_missing",
        hint="Save the .blend file, or choose the folder where takes are to be kept.",
    )


def _check_scene(scene: Any, plate: HostPlate, pads: Any, camera: Any) -> None:
    render = scene.render
    if (render.resolution_x, render.resolution_y) != plate.size:
        raise RequestError(
            f"the plate is {plate.size[0]} x {plate.size[1]}, but the scene renders "
            f"{render.resolution_x} x {render.resolution_y}",
            code="format_differs",
            hint="Set the scene's resolution to the plate's, so that camera and plate have the same frame.",
        )
    if camera is not None or scene.camera is not None:
        check_camera(scene, pads, camera)
