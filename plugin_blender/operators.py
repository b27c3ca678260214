# SPDX-License-Identifier: GPL-3.0-or-later
"""The buttons for jobs and the engine: thin, and at once done. What they ask for comes back through the pump.

What starts or steers a job is not undoable: the engine holds the truth about jobs. What changes the comp is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from platewright.contract.errors import EngineError, PlatewrightError
from platewright.contract.jobs import JobState
from platewright.contract.request import Matte

from . import engine_setup, pump
from .again import gone_on
from .backend_inputs import texts_in
from .camera import pads_for_size
from .choosing import chosen_placement, matte_source, plate_of_context
from .mattes import Source
from .preferences import checkout, own
from .preparing import folder_for_elements, prepare
from .properties import values_of
from .reference_cards import cards_of
from .waiting import forget

__all__ = ["CLASSES", "said"]


def said(operator: Any, action: Callable[[], object]) -> set[str]:
    """Do it; an error becomes a message at the mouse and a line in the panel."""
    try:
        action()
    except PlatewrightError as error:
        pump.flow().tell(error)
        operator.report({"ERROR"}, f"{error.message}. {error.hint}".strip())
        return {"CANCELLED"}
    return {"FINISHED"}


class PLATEWRIGHT_OT_run(bpy.types.Operator):  # type: ignore[misc]
    """Send what the controls say to the engine, for the plate in this editor"""

    bl_idname = "platewright.run"
    bl_label = "Platewright: Run"
    __annotations__ = {
        "operation": bpy.props.EnumProperty(
            items=[
                ("panel", "As in the panel", ""),
                ("regenerate", "Regenerate", ""),
                ("extend", "Extend", ""),
                ("replace_sky", "Replace Sky", ""),
            ],
            default="panel",
            options={"SKIP_SAVE"},
        )
    }

    def execute(self, context: Any) -> set[str]:
        """Look, prepare, send."""
        return said(self, lambda: self._run(context))

    def _run(self, context: Any) -> None:
        settings = context.scene.platewright_settings
        if self.operation != "panel":
            settings.operation = self.operation
        operation = settings.operation
        plate = plate_of_context(context)
        values = values_of(settings)
        preferences = own()
        if not values.get("submission.who") and preferences is not None:
            values["submission.who"] = preferences.who
        in_edit = context.space_data.type == "SEQUENCE_EDITOR"
        prepared = prepare(
            operation, values, plate, context.scene,
            into="strip" if in_edit else settings.into, at_once=settings.at_once,
            layer="sky" if operation == "replace_sky" and settings.sky_layers else "picture",
            cards=cards_of(context.scene, operation), inputs=texts_in(context.scene),
        )  # fmt: skip
        prepared = gone_on(prepared, chosen_placement(context))
        source: Source | Matte | None = prepared.matte
        if source is None and operation != "extend":
            source = matte_source(settings, context, plate, prepared.frames, prepared.asked.needs_matte)
        pump.flow().begin(context.scene, prepared, source)
        for note in prepared.notes:
            self.report({"INFO"}, note)


class PLATEWRIGHT_OT_cut_plate(bpy.types.Operator):  # type: ignore[misc]
    """Show this plate in its format: Blender shows one with overscan in a wrong place. Takes keep the overscan"""

    bl_idname = "platewright.cut_plate"
    bl_label = "Platewright: Show the Plate in Its Format"

    def execute(self, context: Any) -> set[str]:
        """Have the engine cut copies; they take the plate's place when they are there, as a step of undo."""
        return said(self, lambda: self._cut(context))

    def _cut(self, context: Any) -> None:
        plate = plate_of_context(context)
        root = folder_for_elements(str(values_of(context.scene.platewright_settings).get("host.root") or ""))
        if not plate.misplaced:
            self.report({"INFO"}, "This plate stands where it belongs.")
        elif not any(one.plate.pattern == plate.pattern for one in pump.flow().cuttings):
            pump.flow().cut(plate, root, lambda _: bpy.ops.ed.undo_push(message="Platewright: Show in Its Format"))
            pump.start()


class _OfJob:
    """An operator about one job."""

    __annotations__ = {"job": bpy.props.StringProperty(options={"SKIP_SAVE"})}


class PLATEWRIGHT_OT_cancel(_OfJob, bpy.types.Operator):  # type: ignore[misc]
    """Stop this job; its finished frames stay usable"""

    bl_idname = "platewright.cancel"
    bl_label = "Platewright: Cancel"

    def execute(self, context: Any) -> set[str]:
        """Ask the engine to stop it, or stop drawing its matte; without a job: everything that goes on."""
        flow = pump.flow()
        for cutting in list(flow.cuttings):
            if self.job in ("", cutting.name):
                cutting.cancel()
                flow.cuttings.remove(cutting)
        for drawing in flow.drawings:
            if self.job in ("", drawing.prepared.asked.element):
                drawing.export.cancel()
        going = [one.id for one in flow.link.jobs.values() if one.state.is_open]
        for job in [self.job] if self.job in flow.link.jobs else going if not self.job else []:
            flow.link.session.cancel(job)
        return {"FINISHED"}


class PLATEWRIGHT_OT_retry(_OfJob, bpy.types.Operator):  # type: ignore[misc]
    """Try this job again"""

    bl_idname = "platewright.retry"
    bl_label = "Platewright: Retry"

    def execute(self, context: Any) -> set[str]:
        """Ask the engine to."""
        pump.flow().link.session.retry(self.job)
        return {"FINISHED"}


class PLATEWRIGHT_OT_place(_OfJob, bpy.types.Operator):  # type: ignore[misc]
    """Place this take in the comp, behind its plate"""

    bl_idname = "platewright.place"
    bl_label = "Platewright: Place Take"

    def execute(self, context: Any) -> set[str]:
        """Have full frames made and place them when they are there; that is one step of undo of its own."""
        pump.flow().place(self.job, show=True)
        return {"FINISHED"}


class PLATEWRIGHT_OT_forget(_OfJob, bpy.types.Operator):  # type: ignore[misc]
    """Take this job off the list; its take stays in the folder for elements"""

    bl_idname = "platewright.forget"
    bl_label = "Platewright: Remove from List"

    def execute(self, context: Any) -> set[str]:
        """Forget it here."""
        link = pump.flow().link
        view = link.jobs.get(self.job)
        if view is not None and view.state.is_open and view.state is not JobState.UNKNOWN:
            self.report({"WARNING"}, "It goes on; cancel it first.")
            return {"CANCELLED"}
        link.jobs.pop(self.job, None)
        forget(self.job)
        return {"FINISHED"}


class PLATEWRIGHT_OT_dismiss(bpy.types.Operator):  # type: ignore[misc]
    """Take these messages away"""

    bl_idname = "platewright.dismiss"
    bl_label = "Platewright: Dismiss Messages"

    def execute(self, context: Any) -> set[str]:
        """Forget them."""
        pump.flow().troubles.clear()
        return {"FINISHED"}


class PLATEWRIGHT_OT_start_engine(bpy.types.Operator):  # type: ignore[misc]
    """Find the engine, or start it where none runs"""

    bl_idname = "platewright.start_engine"
    bl_label = "Find or Start the Engine"

    def execute(self, context: Any) -> set[str]:
        """Ask how it is; asking starts it. A changed program in the preferences holds from now on."""
        pump.renew()
        return {"FINISHED"}


class PLATEWRIGHT_OT_set_up_engine(bpy.types.Operator):  # type: ignore[misc]
    """Set the engine up in an environment of its own, with the system's Python. Nothing goes into Blender"""

    bl_idname = "platewright.set_up_engine"
    bl_label = "Set Up the Engine"

    def execute(self, context: Any) -> set[str]:
        """Start the set-up beside Blender; the log says how it goes."""
        return said(self, self._start)

    def _start(self) -> None:
        if not bpy.app.online_access:
            raise EngineError(
                "setting the engine up gets libraries from the internet, and Blender is set to stay offline",
                code="online_access_off",
                hint="Allow Online Access in Preferences > System, or run `python3 install/run.py setup` yourself.",
            )
        preferences = own()
        python = preferences.python if preferences is not None else ""
        self.report({"INFO"}, engine_setup.start(checkout(), python))
        pump.start()


class PLATEWRIGHT_OT_pads_for_size(bpy.types.Operator):  # type: ignore[misc]
    """Set the sides so that the plate gets this size, equal on both sides"""

    bl_idname = "platewright.pads_for_size"
    bl_label = "Platewright: Extend to a Size"
    bl_options = {"REGISTER", "UNDO"}
    __annotations__ = {
        "size": bpy.props.EnumProperty(
            name="Size",
            items=[
                ("own", "Own", "The width and height below"),
                ("1920x1080", "HD  1920 x 1080", ""),
                ("2048x1080", "2K DCI  2048 x 1080", ""),
                ("2048x1556", "2K full  2048 x 1556", ""),
                ("3840x2160", "UHD  3840 x 2160", ""),
                ("4096x2160", "4K DCI  4096 x 2160", ""),
                ("4096x3112", "4K full  4096 x 3112", ""),
                ("7680x4320", "8K UHD  7680 x 4320", ""),
            ],
        ),
        "width": bpy.props.IntProperty(name="Width", default=2048, min=1, max=65536, subtype="PIXEL"),
        "height": bpy.props.IntProperty(name="Height", default=1152, min=1, max=65536, subtype="PIXEL"),
    }

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask which, beginning with a tenth more than the plate."""
        try:
            width, height = plate_of_context(context).size
        except PlatewrightError:
            width, height = 1920, 1080
        self.width, self.height = (even * 11 // 20 * 2 for even in (width, height))
        result: set[str] = context.window_manager.invoke_props_dialog(self)
        return result

    def draw(self, context: Any) -> None:
        """The dialog."""
        self.layout.prop(self, "size")
        if self.size == "own":
            self.layout.prop(self, "width")
            self.layout.prop(self, "height")

    def execute(self, context: Any) -> set[str]:
        """Set the four sides."""
        return said(self, lambda: self._set(context))

    def _set(self, context: Any) -> None:
        width, height = self.width, self.height
        if self.size != "own":
            width, height = map(int, self.size.split("x"))
        pads = pads_for_size(*plate_of_context(context).size, width, height)
        for side in ("left", "right", "top", "bottom"):
            setattr(context.scene.platewright_settings, f"operation__pads__{side}", getattr(pads, side))


CLASSES = (
    PLATEWRIGHT_OT_run, PLATEWRIGHT_OT_cut_plate, PLATEWRIGHT_OT_cancel, PLATEWRIGHT_OT_retry, PLATEWRIGHT_OT_place,
    PLATEWRIGHT_OT_forget, PLATEWRIGHT_OT_dismiss, PLATEWRIGHT_OT_start_engine, PLATEWRIGHT_OT_set_up_engine,
    PLATEWRIGHT_OT_pads_for_size,
)  # fmt: skip
