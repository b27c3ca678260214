# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel's presets, the same file as in Nuke and on the desktop: choose one, save one, delete one."""

from __future__ import annotations

from typing import Any

import bpy

from platewright.contract.errors import RequestError
from platewright.panel.kept_values import KeptValues
from platewright.panel.presets import check_preset, preset_words

from .backend_inputs import controls_of, keep_texts, texts_in
from .operators import said
from .properties import HIDDEN, put, values_of

__all__ = ["CLASSES", "draw_presets", "save_preset", "use_preset"]


def use_preset(scene: Any, name: str) -> str:
    """Put a preset into the controls; returns what is to be said of it. Raises RequestError `preset_backend_gone`,
    `preset_unknown`."""
    settings, kept = scene.platewright_settings, KeptValues()
    if name not in kept.presets(settings.operation):
        raise RequestError(f"there is no preset {name[:80]}", code="preset_unknown", hint="Choose one of the menu.")
    preset, before = kept.preset(settings.operation, name), str(settings.backend)
    check_preset(name, preset, controls_of())
    for field, value in preset.values.items():
        if field not in HIDDEN:
            put(settings, field, value)
    if preset.inputs is not None:
        keep_texts(scene, str(settings.backend), preset.inputs)
    return preset_words(name, preset, before, controls_of())


def save_preset(scene: Any, name: str) -> str:
    """Save the controls and the generator's own inputs. Returns the name. Raises RequestError, StorageError."""
    settings = scene.platewright_settings
    inputs = texts_in(scene).get(str(settings.backend), {})
    return KeptValues().save(settings.operation, name, values_of(settings), inputs)


def draw_presets(layout: Any) -> None:
    """One row."""
    row = layout.row(align=True)
    row.menu("PLATEWRIGHT_MT_presets", text="Presets")
    row.operator("platewright.save_preset", text="", icon="ADD")


class PLATEWRIGHT_MT_presets(bpy.types.Menu):  # type: ignore[misc]
    """Saved controls, the generator's own inputs too."""

    bl_label = "Presets"
    bl_description = "Saved controls and the generator's own inputs, the same as in Nuke and on the desktop"

    def draw(self, context: Any) -> None:
        """Those of the operation, and those that can be deleted."""
        names = KeptValues().presets(context.scene.platewright_settings.operation)
        for name in names:
            self.layout.operator("platewright.use_preset", text=name).preset = name
        if not names:
            self.layout.label(text="No presets yet")
            return
        self.layout.separator()
        for name in names:
            self.layout.operator("platewright.delete_preset", text=f"Delete {name}", icon="TRASH").preset = name


class PLATEWRIGHT_OT_use_preset(bpy.types.Operator):  # type: ignore[misc]
    """Put this preset into the controls; what belongs to one shot is not in it"""

    bl_idname = "platewright.use_preset"
    bl_label = "Platewright: Use a Preset"
    bl_options = {"REGISTER", "UNDO"}
    __annotations__ = {"preset": bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})}

    def execute(self, context: Any) -> set[str]:
        """Use it, and say what of it can't be held."""
        return said(self, lambda: self.report({"INFO"}, use_preset(context.scene, self.preset)))


class PLATEWRIGHT_OT_save_preset(bpy.types.Operator):  # type: ignore[misc]
    """Save the controls and the generator's own inputs under a name, for Nuke and the desktop too"""

    bl_idname = "platewright.save_preset"
    bl_label = "Platewright: Save a Preset"
    __annotations__ = {"preset": bpy.props.StringProperty(name="Name", maxlen=80)}

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask for the name."""
        found: set[str] = context.window_manager.invoke_props_dialog(self)
        return found

    def execute(self, context: Any) -> set[str]:
        """Save it."""
        return said(self, lambda: self.report({"INFO"}, f"Saved as {save_preset(context.scene, self.preset)}."))


class PLATEWRIGHT_OT_delete_preset(bpy.types.Operator):  # type: ignore[misc]
    """Delete this preset, in Nuke and on the desktop too"""

    bl_idname = "platewright.delete_preset"
    bl_label = "Platewright: Delete a Preset"
    __annotations__ = {"preset": bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})}

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask once more."""
        found: set[str] = context.window_manager.invoke_confirm(self, event)
        return found

    def execute(self, context: Any) -> set[str]:
        """Delete it."""
        operation = context.scene.platewright_settings.operation
        return said(self, lambda: KeptValues().delete(operation, self.preset))


CLASSES = (
    PLATEWRIGHT_MT_presets, PLATEWRIGHT_OT_use_preset, PLATEWRIGHT_OT_save_preset, PLATEWRIGHT_OT_delete_preset,
)  # fmt: skip
