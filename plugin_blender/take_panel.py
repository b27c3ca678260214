# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes in the panel: which is shown, the others with their pictures, and what is decided about them.

Drawing never asks anybody but for takes and pictures that are not known yet, once each, and never waits for them.
"""

from __future__ import annotations

import os
from typing import Any

import bpy

from platewright.panel.take_words import score_words

from . import pump
from .choosing import chosen_placement
from .drawing import draw_text
from .placing import Placement
from .plates import under_takes
from .sequencer import Laid
from .state import kept
from .take_operators import versions_of
from .thumbnails import icon_of

__all__ = ["draw_takes"]


def draw_takes(layout: Any, context: Any) -> None:
    """The take that is in the comp or the edit, and the others of its element; nothing where there is none."""
    found = chosen_placement(context)
    if found is None:
        return
    header, body = layout.panel("platewright_takes")
    header.label(text=f"{found.element} v{found.version:03d}")
    if body is None:
        return
    edit = isinstance(found, Laid)
    if isinstance(found, Placement) and found.offline:
        draw_text(body, "Its files are not there; the plate shows.", "ERROR")
    if isinstance(found, Placement) and found.tagged_apart:
        draw_text(body, "Result and plate have different colour spaces.", "ERROR")
        body.operator("platewright.tag_alike", icon="COLOR")
    row = body.row(align=True)
    row.operator("platewright.step_take", text="Previous", icon="TRIA_LEFT").by = -1
    row.operator("platewright.step_take", text="Next", icon="TRIA_RIGHT").by = 1
    muted = found.muted if isinstance(found, Laid) else found.group.mute
    body.operator("platewright.toggle", text="Show the Take" if muted else "Show the Plate", icon="ARROW_LEFTRIGHT")
    before = int(found.values.get("before", 0))
    if before not in (0, found.version):
        body.operator("platewright.compare", text=f"Compare with v{before:03d}", icon="UV_SYNC_SELECT")
    _draw_grid(body, context, found)
    if len(versions_of(found)) > 1:
        body.operator("platewright.choose_take", text="Choose This Take", icon="PINNED")
    row = body.row(align=True)
    row.operator("platewright.decide", text="Approve", icon="CHECKMARK").kind = "approve"
    row.operator("platewright.decide", text="Reject", icon="X").kind = "reject"
    known = {one.version: one for one in pump.flow().link.takes.get((found.root, found.element), ())}
    starred = found.version in known and known[found.version].starred
    star = row.operator("platewright.decide", text="", icon="SOLO_ON" if starred else "SOLO_OFF")
    star.kind = "unstar" if starred else "star"
    settings = context.scene.platewright_settings
    if found.values.get("operation") != "replace_sky":
        marked = settings.base__frames if settings.base__how == "frames" and settings.element == found.element else ""
        words = f"Make Again: {marked}" if marked else "Make This Frame Again"
        body.operator("platewright.mark_frame", text=words, icon="KEYFRAME", depress=bool(marked))
    if found.values.get("operation") == "replace_sky":
        body.operator("platewright.match_world", text="Light by the New Sky", icon="LIGHT_SUN")
    body.operator("platewright.remove", text="Take out of the Edit" if edit else "Take out of the Comp", icon="TRASH")


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
        if one.backend:
            cell.label(text=one.backend)
        if one.score is not None or one.chosen:
            cell.label(text=", ".join(word for word in (score_words(one), "in use" if one.chosen else "") if word))


def _plates_folder(found: Any) -> str:
    """Where the plate's files are, for pictures of the take over it."""
    if isinstance(found, Laid):
        return os.path.dirname(str(found.values.get("plate", "")))
    node = under_takes(found.group)
    block = getattr(node, "image", None) or getattr(node, "clip", None)
    if block is None:
        return ""
    shown = os.path.normpath(bpy.path.abspath(block.filepath, library=block.library))
    return os.path.dirname(str(kept(block).get("source", shown)))
