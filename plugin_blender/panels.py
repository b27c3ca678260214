# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel, the same in four editors: how things stand, the controls, the jobs, the takes. Drawing never asks anybody.

The sidebar is narrow, so every control has a row of its own.
"""

from __future__ import annotations

from typing import Any

import bpy

from platewright.client.messages import State
from platewright.contract.errors import PlatewrightError
from platewright.contract.jobs import JobState
from platewright.panel.field import Capability, Field
from platewright.panel.fields import GROUPS, fields_of

from . import engine_setup, pump
from .choosing import seen_plate
from .drawing import draw_progress, draw_text
from .extending import origin_of
from .generators import are_ready, chosen, draw_generators, draw_unseen, reads_a_prompt, titles
from .link import CONNECTION_WORDS, JobView
from .offers import draw_offers
from .presets import draw_presets
from .properties import HIDDEN, key_of, values_of
from .reference_cards import draw_cards, looks_of
from .take_panel import draw_takes

__all__ = ["CLASSES", "draw_status"]

_BUTTON = {"regenerate": "Regenerate", "extend": "Extend", "replace_sky": "Replace Sky"}
_OPEN_WORDS = {
    JobState.PREPARED: "Prepared", JobState.WAITING: "Waits for approval", JobState.QUEUED: "Queued",
    JobState.SENDING: "Sending", JobState.RUNNING: "Running", JobState.COLLECTING: "Collecting",
    JobState.FINISHING: "Finishing", JobState.UNKNOWN: "Unknown: a person decides",
    JobState.DONE: "Done", JobState.CANCELLED: "Cancelled", JobState.REFUSED: "Refused", JobState.FAILED: "Failed",
}  # fmt: skip
_SHOWN_JOBS = 6
_OWN_ROWS = frozenset({"backend", "host.also"})


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
        draw_presets(layout)
        plate = _draw_plate(layout, context)
        if settings.operation != "extend":
            _draw_matte(layout, settings)
        _draw_fields(layout, context.scene)
        draw_cards(layout, context.scene, settings.operation, settings.sky__from)
        seen = draw_unseen(layout, settings, looks_of(context.scene, settings.operation))
        fit = are_ready(settings)
        if not fit:
            draw_text(layout, "A generator can't be used for this: see Generator above.", "ERROR")
        row = layout.row()
        row.scale_y = 1.4
        row.enabled = plate and seen and fit
        by = len(chosen(settings))
        words = f"{_BUTTON[settings.operation]} by {by} Generators" if by > 1 else _BUTTON[settings.operation]
        row.operator("platewright.run", text=words, icon="PLAY").operation = "panel"
        draw_offers(layout, pump.flow().offers, titles())
        layout.prop(settings, "at_once")
        _draw_jobs(layout)
        draw_takes(layout, context)


def _draw_connection(layout: Any) -> None:
    link = pump.flow().link
    good = link.state in (State.CONNECTED, State.ASLEEP, State.STARTING)
    row = layout.row()
    row.label(text=CONNECTION_WORDS[link.state], icon="LINKED" if good else "UNLINKED")
    if good:
        return
    if link.failure is not None:
        draw_text(layout, link.failure.message)
        draw_text(layout, link.failure.hint)
    if engine_setup.progress():
        draw_text(layout, engine_setup.progress())
    if not engine_setup.is_running():
        layout.operator("platewright.start_engine", text="Find or Start", icon="FILE_REFRESH")
        layout.operator("platewright.set_up_engine", icon="IMPORT")
    layout.operator("preferences.addon_show", text="Preferences…", icon="PREFERENCES").module = __package__


def _draw_troubles(layout: Any) -> None:
    troubles = pump.flow().troubles
    if not troubles:
        return
    box = layout.box()
    for trouble in troubles[-3:]:
        draw_text(box, trouble.text, "ERROR" if trouble.code else "INFO")
        draw_text(box, trouble.hint)
    box.operator("platewright.dismiss", text="Dismiss", icon="X")


def _draw_plate(layout: Any, context: Any) -> bool:
    """The plate that would be worked on; False where there is none."""
    found = seen_plate(context)
    box = layout.box()
    if isinstance(found, PlatewrightError):
        draw_text(box, found.message, "INFO")
        draw_text(box, found.hint)
        return False
    box.label(text=found.name, icon="IMAGE_DATA")
    box.label(text=f"{found.size[0]} x {found.size[1]}, {found.frames}, {found.tag}")
    for note in found.notes:
        draw_text(box, note)
    if found.misplaced:
        cutting = any(one.plate.pattern == found.pattern for one in pump.flow().cuttings)
        row = box.row()
        row.enabled = not cutting
        row.operator(
            "platewright.cut_plate", text="Cutting…" if cutting else "Show in Its Format", icon="FULLSCREEN_EXIT"
        )
    return not found.misplaced


def _draw_matte(layout: Any, settings: Any) -> None:
    layout.prop(settings, "matte_from")
    if settings.matte_from == "mask":
        layout.prop(settings, "mask")
        layout.prop(settings, "mask_feather")
    elif settings.matte_from == "image":
        layout.prop(settings, "matte_image")
    elif settings.matte_from == "collection":
        layout.prop(settings, "collection")


def _draw_fields(layout: Any, scene: Any) -> None:
    settings = scene.platewright_settings
    values = values_of(settings)
    can: frozenset[Capability] = frozenset({"prompt"}) if reads_a_prompt(settings) else frozenset()
    for group in GROUPS:
        shown = [
            one for one in fields_of(settings.operation, group.name)
            if one.name not in HIDDEN | _OWN_ROWS and one.shown(settings.operation, values, can)
        ]  # fmt: skip
        if not shown:
            continue
        closed = group.advanced or group.name in ("context", "generator", "matte")
        header, body = layout.panel(f"platewright_{group.name}", default_closed=closed)
        header.label(text=group.label)
        if body is not None:
            if group.name == "generator":
                draw_generators(body, scene)
            for one in shown:
                _draw_field(body, settings, one)
            if group.name == "size":
                body.operator("platewright.pads_for_size", text="To a Size…", icon="FULLSCREEN_ENTER")
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
    if not jobs and not flow.drawings and not flow.cuttings:
        return
    header, body = layout.panel("platewright_jobs")
    header.label(text="Jobs")
    if body is None:
        return
    for cutting in flow.cuttings:
        draw_progress(body, f"{cutting.name}: cutting to its format", cutting.done / max(cutting.total, 1))
        body.operator("platewright.cancel", text="Stop", icon="CANCEL").job = cutting.name
    for drawing in flow.drawings:
        export = drawing.export
        draw_progress(body, f"{drawing.prepared.asked.element}: drawing the matte", export.done / max(export.total, 1))
        body.operator("platewright.cancel", text="Stop", icon="CANCEL").job = drawing.prepared.asked.element
    for job in reversed(jobs):
        _draw_job(body.box(), job, job.id in flow.placing)


def _draw_job(layout: Any, job: JobView, placing: bool) -> None:
    step = f", {job.step.stage} {job.step.done}/{job.step.total}" if job.step is not None and job.state.is_open else ""
    words = f"{job.title}: {_OPEN_WORDS[job.state]}{step}"
    if job.state.is_open and job.state not in (JobState.WAITING, JobState.UNKNOWN):
        draw_progress(layout, words, job.share)
        layout.operator("platewright.cancel", text="Cancel", icon="CANCEL").job = job.id
        return
    layout.label(text=words, icon="CHECKMARK" if job.state is JobState.DONE else "ERROR")
    for text in (*job.waits_for, job.text, job.hint):
        draw_text(layout, text)
    row = layout.row(align=True)
    if job.state is JobState.DONE:
        row.operator("platewright.place", text="Placing…" if placing else "Place", icon="NODETREE").job = job.id
    elif job.state in (JobState.FAILED, JobState.CANCELLED, JobState.UNKNOWN):
        row.operator("platewright.retry", text="Retry", icon="FILE_REFRESH").job = job.id
    row.operator("platewright.forget", text="", icon="X").job = job.id


def draw_status(header: Any, context: Any) -> None:
    """What is under way, in the status bar, with a way to stop it."""
    going = [job for job in pump.flow().link.jobs.values() if job.state.is_open]
    if going:
        share = sum(job.share for job in going) / len(going)
        row = header.layout.row()
        row.ui_units_x = 12  # else the words are cut off
        draw_progress(row, f"Platewright: {len(going)} job(s) {share:.0%}", share)
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
