# SPDX-License-Identifier: GPL-3.0-or-later
"""The button that marks frames of a take as bad; the large button then makes just these again."""

from __future__ import annotations

import os
from typing import Any

import bpy

from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Extend

from .backend_inputs import keep_texts
from .operators import said
from .placing import Placement
from .sequencer import Laid
from .take_operators import needed_take
from .takes import load

__all__ = ["PLATEWRIGHT_OT_mark_frame"]


class PLATEWRIGHT_OT_mark_frame(bpy.types.Operator):  # type: ignore[misc]
    """Mark this frame of the take to be made again, or not; the button then makes just the marked ones"""

    bl_idname = "platewright.mark_frame"
    bl_label = "Platewright: Make This Frame Again"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Set the controls to go on from the shown take."""
        return said(self, lambda: self._mark(context.scene, needed_take(context)))

    def _mark(self, scene: Any, found: Placement | Laid) -> None:
        settings = scene.platewright_settings
        number = scene.frame_current + int(found.values.get("shift", 0))
        same = settings.base__how == "frames" and settings.element == found.element
        marked = set(FrameRange.parse(settings.base__frames).numbers) if same and settings.base__frames else set()
        marked ^= {number}
        operation = str(found.values.get("operation", "regenerate"))
        if operation == "replace_sky":
            raise RequestError(
                "a sky is one model of the whole shot, so single frames of it can't be made again",
                code="operation_not_for_takes",
                hint="Make the sky again as a whole.",
            )
        record = os.path.join(found.root, found.element, f"{found.element}_v{found.version:03d}.take.json")
        then = load(record).record.request
        if isinstance(then.operation, Extend):
            for side in ("left", "right", "top", "bottom"):
                setattr(settings, f"operation__pads__{side}", getattr(then.operation.pads, side))
        settings.backend, settings.prompt = (
            then.backend,
            then.prompt or settings.prompt,
        )  # no other can make parts of it
        keep_texts(scene, then.backend, then.controls)
        settings.operation, settings.element, settings.into = operation, found.element, "comp"
        settings.base__how = "frames" if marked else "all"
        settings.base__version = found.version if marked else 0
        settings.base__frames = str(FrameRange.of(marked)) if marked else ""
