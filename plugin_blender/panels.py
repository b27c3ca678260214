# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel, the same in four editors: how things stand, the controls, the jobs, the takes. Drawing never asks anybody.

The sidebar is narrow, so every control has a row of its own.
"""

from __future__ import annotations

import os
from typing import Any

import bpy

from platewright.client.messages import State
from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import JobState
from platewright.panel.field import Field
from platewright.panel.fields import GROUPS, fields_of

from . import engine_setup, pump
from .choosing import chosen_placement, seen_plate
from .extending import origin_of
from .link import CONNECTION_WORDS, JobView
from .plates import under_takes
from .properties import HIDDEN, key_of, values_of
from .take_operators import versions_of
from .thumbnails import icon_of

__all__ = ["CLASSES", "draw_status"]

_BUTTON = {"regenerate": "Regenerate", "extend": "Extend", "replace_sky": "Replace Sky"}
_OPEN_WORDS = {
    JobState.PREPARED: "Prepared", JobState.WAITING: "Waits for approval", JobState.QUEUED: "Queued",
    JobState.SENDING: "Sending", JobState.RUNNING: "Running", JobState.COLLECTING: "Collecting",
    JobState.FINISHING: "Finishing", JobState.UNKNOWN: "Unknown: a person decides",
    JobState.DONE: "Done", JobState.CANCELLED: "Cancelled", JobState.REFUSED: "Refused", JobState.FAILED: "Failed",
}  # fmt: skip
_SHOWN_JOBS = 6


class _Panel:
    """What the panel shows, whatever editor it stands in."""

    bl_region_type = "UI"
    bl_category = "Platewright"
    bl_label = "Platewright"

    def draw(self, context: Any) -> None:
        """Everything, from top to bottom."""
        layout = self.layout  # type: ignore[attr-defined]
        layout.use_property_split, layout.use_property_decorate = True, False
        settings = context.scene.platewright_settings
        _draw_connection(layout)
        _draw_troubles(layout)
        if origin_of(context.scene) is not None:
            layout.operator("platewright.back", text="Back to the Original Scene", icon="LOOP_BACK")
        layout.row().prop(settings, "operation", expand=False)
        plate = _draw_plate(layout, context)
        if settings.operation != "extend":
            _draw_matte(layout, settings)
        _draw_fields(layout, settings)
        row = layout.row()
        row.scale_y = 1.4
        row.enabled = plate
        row.operator("platewright.run", text=_BUTTON[settings.operation], icon="PLAY").operation = "panel"
        layout.prop(settings, "at_once")
        _draw_jobs(layout)
        _draw_takes(layout, context)


def _draw_connection(layout: Any) -> None:
    link = pump.flow().link
    good = link.state in (State.CONNECTED, State.ASLEEP, State.STARTING)
    row = layout.row()
    row.label(text=CONNECTION_WORDS[link.state], icon="LINKED" if good else "UNLINKED")
    if good:
        return
    if link.failure is not None:
        _draw_text(layout, link.failure.message)
        _draw_text(layout, link.failure.hint)
    layout.operator("platewright.start_engine", text="Find or Start", icon="FILE_REFRESH")
    layout.operator("preferences.addon_show", text="Set Up…", icon="PREFERENCES").module = __package__
    if engine_setup.progress():
        _draw_text(layout, engine_setup.progress())


def _draw_troubles(layout: Any) -> None:
    troubles = pump.flow().troubles
    if not troubles:
        return
    box = layout.box()
    for trouble in troubles[-3:]:
        _draw_text(box, trouble.text, "ERROR" if trouble.code else "INFO")
        _draw_text(box, trouble.hint)
    box.operator("platewright.dismiss", text="Dismiss", icon="X")


def _draw_plate(layout: Any, context: Any) -> bool:
    """The plate that would be worked on; False where there is none."""
    found = seen_plate(context)
    box = layout.box()
    if isinstance(found, PlatewrightError):
        _draw_text(box, found.message, "INFO")
        _draw_text(box, found.hint)
        return False
    box.label(text=found.name, icon="IMAGE_DATA")
    box.label(text=f"{found.size[0]} x {found.size[1]}, {found.frames}, {found.tag}")
    for note in found.notes:
        _draw_text(box, note)
    return True


def _draw_matte(layout: Any, settings: Any) -> None:
    layout.prop(settings, "matte_from")
    if settings.matte_from == "mask":
        layout.prop(settings, "mask")
        layout.prop(settings, "mask_feather")
    elif settings.matte_from == "collection":
        layout.prop(settings, "collection")


def _draw_fields(layout: Any, settings: Any) -> None:
    values = values_of(settings)
    can = frozenset({"prompt"}) if values.get("backend") != "builtin" else frozenset()
    for group in GROUPS:
        shown = [
            one for one in fields_of(settings.operation, group.name)
            if one.name not in HIDDEN and one.shown(settings.operation, values, can)
        ]  # fmt: skip
        if not shown:
            continue
        closed = group.advanced or group.name in ("context", "generator", "matte")
        header, body = layout.panel(f"platewright_{group.name}", default_closed=closed)
        header.label(text=group.label)
        if body is not None:
            for one in shown:
                _draw_field(body, settings, one)
            if group.name == "size":
                body.prop(settings, "into")
            if group.name == "sky":
                body.prop(settings, "sky_layers")


def _draw_field(layout: Any, settings: Any, field: Field) -> None:
    key = key_of(field.name)
    label = f"{field.label} ({field.unit})" if field.unit else field.label
    if field.optional:
        layout.prop(settings, f"{key}__auto", text=f"Automatic {field.label.lower()}")
        if getattr(settings, f"{key}__auto"):
            return
    if field.name == "element" and hasattr(layout, "prop"):
        layout.prop(settings, key, text=label, placeholder=str(field.default_for(settings.operation)))
        return
    layout.prop(settings, key, text=label)


def _draw_jobs(layout: Any) -> None:
    flow = pump.flow()
    jobs = list(flow.link.jobs.values())[-_SHOWN_JOBS:]
    if not jobs and not flow.drawings:
        return
    header, body = layout.panel("platewright_jobs")
    header.label(text="Jobs")
    if body is None:
        return
    for drawing in flow.drawings:
        export = drawing.export
        _draw_progress(body, f"{drawing.prepared.asked.element}: drawing the matte", export.done / max(export.total, 1))
        body.operator("platewright.cancel", text="Stop", icon="CANCEL").job = drawing.prepared.asked.element
    for job in reversed(jobs):
        _draw_job(body.box(), job, job.id in flow.placing)


def _draw_job(layout: Any, job: JobView, placing: bool) -> None:
    step = f", {job.step.stage} {job.step.done}/{job.step.total}" if job.step is not None and job.state.is_open else ""
    words = f"{job.element}: {_OPEN_WORDS[job.state]}{step}"
    if job.state.is_open and job.state not in (JobState.WAITING, JobState.UNKNOWN):
        _draw_progress(layout, words, job.share)
        layout.operator("platewright.cancel", text="Cancel", icon="CANCEL").job = job.id
        return
    layout.label(text=words, icon="CHECKMARK" if job.state is JobState.DONE else "ERROR")
    for text in (*job.waits_for, job.text, job.hint):
        _draw_text(layout, text)
    row = layout.row(align=True)
    if job.state is JobState.DONE:
        row.operator("platewright.place", text="Placing…" if placing else "Place", icon="NODETREE").job = job.id
    elif job.state in (JobState.FAILED, JobState.CANCELLED, JobState.UNKNOWN):
        row.operator("platewright.retry", text="Retry", icon="FILE_REFRESH").job = job.id
    row.operator("platewright.forget", text="", icon="X").job = job.id


def _draw_takes(layout: Any, context: Any) -> None:
    found = chosen_placement(context)
    if found is None:
        return
    header, body = layout.panel("platewright_takes")
    header.label(text=f"{found.element} v{found.version:03d}")
    if body is None:
        return
    if found.offline:
        _draw_text(body, "Its files are not there; the plate shows.", "ERROR")
    if found.tagged_apart:
        _draw_text(body, "Result and plate have different colour spaces; set both alike.", "ERROR")
    row = body.row(align=True)
    row.operator("platewright.step_take", text="Previous", icon="TRIA_LEFT").by = -1
    row.operator("platewright.step_take", text="Next", icon="TRIA_RIGHT").by = 1
    body.operator(
        "platewright.toggle", text="Show the Take" if found.group.mute else "Show the Plate", icon="ARROW_LEFTRIGHT"
    )
    _draw_grid(body, context, found)
    row = body.row(align=True)
    row.operator("platewright.decide", text="Approve", icon="CHECKMARK").kind = "approve"
    row.operator("platewright.decide", text="Reject", icon="X").kind = "reject"
    if found.values.get("operation") == "replace_sky":
        body.operator("platewright.match_world", text="Light by the New Sky", icon="LIGHT_SUN")
    body.operator("platewright.remove", text="Take out of the Comp", icon="TRASH")


def _draw_grid(layout: Any, context: Any, found: Any) -> None:
    link = pump.flow().link
    known = {one.version: one for one in link.takes.get((found.root, found.element), ())}
    plates = _plates_folder(found)
    grid = layout.grid_flow(columns=2, even_columns=True)
    for version in versions_of(found):
        one = known[version]
        cell = grid.column(align=True)
        first = int(one.frames.partition("-")[0].partition(",")[0] or 0)
        icon = icon_of(link, found.root, found.element, version, first, plates)
        if icon:
            cell.template_icon(icon_value=icon, scale=4.0)
        mark = "approved" if one.approved_by else "rejected" if one.rejected_by else ""
        words = f"v{version:03d}{' *' if one.starred else ''}{' ' + mark if mark else ''}"
        cell.operator("platewright.show_take", text=words, depress=version == found.version).version = version


def _plates_folder(found: Any) -> str:
    """Where the plate's files are, for pictures of the take over it."""
    node = under_takes(found.group)
    block = getattr(node, "image", None) or getattr(node, "clip", None)
    path = bpy.path.abspath(block.filepath, library=block.library) if block is not None else ""
    return os.path.dirname(os.path.normpath(path)) if path else ""


def _draw_progress(layout: Any, text: str, share: float) -> None:
    if hasattr(layout, "progress"):
        layout.progress(text=text, factor=share)
    else:
        layout.label(text=f"{text} {share:.0%}")


def _draw_text(layout: Any, text: str, icon: str = "NONE") -> None:
    """A sentence over as many lines as the narrow sidebar needs."""
    words, line = text.split(), ""
    lines: list[str] = []
    if not words:
        return
    for word in words:
        if len(line) + len(word) > 36 and line:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    column = layout.column(align=True)
    for number, one in enumerate([*lines, line]):
        column.label(text=one, icon=icon if not number else "NONE")


def draw_status(header: Any, context: Any) -> None:
    """What is under way, in the status bar, with a way to stop it."""
    going = [job for job in pump.flow().link.jobs.values() if job.state.is_open]
    if going:
        share = sum(job.share for job in going) / len(going)
        row = header.layout.row()
        _draw_progress(row, f"Platewright: {len(going)} job(s) {share:.0%}", share)
        row.operator("platewright.cancel", text="", icon="CANCEL").job = ""


class PLATEWRIGHT_PT_compositor(_Panel, bpy.types.Panel):  # type: ignore[misc]
    """In the compositor, its home."""

    bl_space_type = "NODE_EDITOR"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only for compositor trees."""
        return bool(context.space_data.tree_type == "CompositorNodeTree")


class PLATEWRIGHT_PT_image(_Panel, bpy.types.Panel):  # type: ignore[misc]
    """In the Image Editor, where masks are drawn."""

    bl_space_type = "IMAGE_EDITOR"


class PLATEWRIGHT_PT_clip(_Panel, bpy.types.Panel):  # type: ignore[misc]
    """In the Movie Clip Editor, where the shot is tracked."""

    bl_space_type = "CLIP_EDITOR"


class PLATEWRIGHT_PT_view(_Panel, bpy.types.Panel):  # type: ignore[misc]
    """In the 3D viewport, for the plate behind the camera."""

    bl_space_type = "VIEW_3D"


class PLATEWRIGHT_PT_edit(_Panel, bpy.types.Panel):  # type: ignore[misc]
    """In the sequencer, for the plate that is a strip."""

    bl_space_type = "SEQUENCE_EDITOR"


CLASSES = (
    PLATEWRIGHT_PT_compositor, PLATEWRIGHT_PT_image, PLATEWRIGHT_PT_clip, PLATEWRIGHT_PT_view, PLATEWRIGHT_PT_edit,
)  # fmt: skip
