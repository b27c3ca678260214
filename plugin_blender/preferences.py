# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's preferences: where the engine is, and how it is set up. Nothing is installed into Blender."""

from __future__ import annotations

import os
from typing import Any

import bpy

from platewright.client.starting import COMMAND_VARIABLE

from . import engine_setup

__all__ = ["PlatewrightPreferences", "checkout", "engine_command", "own"]


class PlatewrightPreferences(bpy.types.AddonPreferences):  # type: ignore[misc]
    """What holds for every file."""

    bl_idname = __package__ or "platewright"
    __annotations__ = {
        "program": bpy.props.StringProperty(
            name="Engine",
            description="The platewright program; empty: it is found by itself",
            subtype="FILE_PATH",
        ),
        "checkout": bpy.props.StringProperty(
            name="Platewright's folder",
            description="A checkout of Platewright to set the engine up from; empty: the extension brings it along",
            subtype="DIR_PATH",
        ),
        "python": bpy.props.StringProperty(
            name="Python",
            description="A Python 3.11 or newer of the system for the engine, never Blender's; empty: it is looked for",
        ),
        "who": bpy.props.StringProperty(name="Your name", description="Who asks; it stands in the ledger"),
    }

    def draw(self, context: Any) -> None:
        """The preferences in Blender's own window."""
        from . import pump
        from .link import CONNECTION_WORDS

        layout = self.layout
        layout.prop(self, "program")
        layout.prop(self, "who")
        box = layout.box()
        link = pump.flow().link
        box.label(text=CONNECTION_WORDS[link.state], icon="INFO")
        if link.failure is not None:
            box.label(text=link.failure.message, icon="ERROR")
            if link.failure.hint:
                box.label(text=link.failure.hint)
        box.operator("platewright.start_engine", icon="PLAY")
        box.separator()
        box.operator("platewright.set_up_engine", icon="IMPORT")
        if engine_setup.progress():
            box.label(text=engine_setup.progress())
        box.prop(self, "checkout")
        box.prop(self, "python")


def own() -> Any | None:
    """The preferences; None where the extension runs without being enabled."""
    addon = bpy.context.preferences.addons.get(__package__ or "")
    return addon.preferences if addon is not None else None


def engine_command() -> tuple[str, ...]:
    """The program of the preferences, else the one set up from here, else nothing: then the client looks for it."""
    preferences = own()
    program = bpy.path.abspath(preferences.program) if preferences is not None else ""
    if program and os.path.isfile(program):
        return (program,)
    made = engine_setup.program()
    # Where the command's own variable names an engine, that one is meant.
    return (made,) if made and not os.environ.get(COMMAND_VARIABLE) else ()


def checkout() -> str:
    """The folder to set the engine up from, or an empty text."""
    preferences = own()
    folder = os.path.normpath(bpy.path.abspath(preferences.checkout)) if preferences and preferences.checkout else ""
    return folder if os.path.isfile(os.path.join(folder, "install", "run.py")) else ""
