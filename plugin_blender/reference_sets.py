# SPDX-License-Identifier: GPL-3.0-or-later
"""The show's reference sets in a menu, by name and version: one brings its pictures among the references."""

from __future__ import annotations

from typing import Any

import bpy

from platewright.client.replies import Reply
from platewright.contract.errors import PlatewrightError
from platewright.contract.reference_sets import SetPictures
from platewright.panel.set_words import set_choice, why_not

from . import pump
from .flow import Trouble
from .operators import said
from .preparing import folder_for_elements
from .reference_cards import add_set, remove_cards, set_of

__all__ = ["CLASSES"]


def _root(settings: Any) -> str:
    try:
        return folder_for_elements(str(settings.host__root or ""))
    except PlatewrightError:
        return ""


class PLATEWRIGHT_MT_sets(bpy.types.Menu):  # type: ignore[misc]
    """The pictures by which this show's characters, places and looks are known."""

    bl_label = "Add a Reference Set"
    bl_description = "The pictures by which this show's characters, places and looks are known, by name and version"

    def draw(self, context: Any) -> None:
        """Every version; what can't be used now says why."""
        settings = context.scene.platewright_settings
        found = pump.flow().link.sets_of(_root(settings))
        for one in found:
            choice, why = set_choice(one), why_not(one, str(settings.rights__shot))
            row = self.layout.row()
            row.enabled = not why
            notes = "".join(f" ({text})" for text in (why, choice.help) if text)
            row.operator("platewright.add_set", text=choice.label + notes).named = choice.value
        if not found:
            self.layout.label(text="This show has no reference sets")
        self.layout.operator("platewright.look_for_sets", icon="FILE_REFRESH")


class PLATEWRIGHT_OT_look_for_sets(bpy.types.Operator):  # type: ignore[misc]
    """Ask the engine which reference sets the show has now"""

    bl_idname = "platewright.look_for_sets"
    bl_label = "Look Again"

    def execute(self, context: Any) -> set[str]:
        """Ask; they come into the menu."""
        pump.flow().link.sets_of(_root(context.scene.platewright_settings), anew=True)
        return {"FINISHED"}


class PLATEWRIGHT_OT_add_set(bpy.types.Operator):  # type: ignore[misc]
    """Show this set to the generator, in place of another version of it, each picture as it was entered"""

    bl_idname = "platewright.add_set"
    bl_label = "Platewright: Add a Reference Set"
    __annotations__ = {"named": bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})}

    def execute(self, context: Any) -> set[str]:
        """Ask for its pictures; they come among the references, as a step of undo of its own."""
        return said(self, lambda: self._ask(context.scene))

    def _ask(self, scene: Any) -> None:
        flow, name, named = pump.flow(), scene.name, str(self.named)
        root = folder_for_elements(str(scene.platewright_settings.host__root or ""))

        def came(reply: Reply[SetPictures]) -> None:
            owner = bpy.data.scenes.get(name)
            if reply.value is not None and owner is not None:
                add_set(owner, named, reply.value.references)
                bpy.ops.ed.undo_push(message=f"Platewright: {named}")
            elif reply.failure is not None:
                flow.tell_trouble(Trouble(reply.failure.message, reply.failure.hint, reply.failure.code))

        flow.link.session.set_pictures(root, named).then(came)


class PLATEWRIGHT_OT_remove_set(bpy.types.Operator):  # type: ignore[misc]
    """Take this set away; its files stay where they are"""

    bl_idname = "platewright.remove_set"
    bl_label = "Platewright: Remove a Reference Set"
    bl_options = {"REGISTER", "UNDO"}
    __annotations__ = {"named": bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})}

    def execute(self, context: Any) -> set[str]:
        """Remove its cards."""
        remove_cards(context.scene, lambda one: set_of(one) == self.named)
        return {"FINISHED"}


CLASSES = (
    PLATEWRIGHT_MT_sets, PLATEWRIGHT_OT_look_for_sets, PLATEWRIGHT_OT_add_set, PLATEWRIGHT_OT_remove_set,
)  # fmt: skip
