# SPDX-License-Identifier: GPL-3.0-or-later
"""Menu entries, which are search entries too, and shortcuts; all of them only call operators."""

from __future__ import annotations

from typing import Any

import bpy

__all__ = ["register", "unregister"]

_MENUS = ("NODE_MT_node", "IMAGE_MT_image", "CLIP_MT_clip", "VIEW3D_MT_view", "SEQUENCER_MT_strip")
_VERBS = (("regenerate", "Regenerate Region"), ("extend", "Extend Plate"), ("replace_sky", "Replace Sky"))
_EDITORS = (
    ("Node Editor", "NODE_EDITOR"), ("Image", "IMAGE_EDITOR"), ("Clip", "CLIP_EDITOR"), ("3D View", "VIEW_3D"),
    ("Sequencer", "SEQUENCE_EDITOR"),
)  # fmt: skip
"""Keymaps, as Blender names them, of the editors that the panel stands in."""
_SHORTCUTS: tuple[tuple[str, str, dict[str, int]], ...] = (
    ("platewright.step_take", "UP_ARROW", {"by": 1}),
    ("platewright.step_take", "DOWN_ARROW", {"by": -1}),
    ("platewright.toggle", "RIGHT_ARROW", {}),
)
"""Each with Alt and Shift, which Blender's own keymap leaves free, save for `_TAKEN`."""
_TAKEN = {("CLIP_EDITOR", "RIGHT_ARROW")}
_keys: list[tuple[Any, Any]] = []


class PLATEWRIGHT_MT_menu(bpy.types.Menu):  # type: ignore[misc]
    """Everything that Platewright does."""

    bl_label = "Platewright"

    def draw(self, context: Any) -> None:
        """The entries."""
        layout = self.layout
        for operation, label in _VERBS:
            layout.operator("platewright.run", text=label).operation = operation
        layout.separator()
        layout.operator("platewright.place_file")
        layout.operator("platewright.step_take", text="Next Take").by = 1
        layout.operator("platewright.step_take", text="Previous Take").by = -1
        layout.operator("platewright.toggle")
        layout.operator("platewright.compare")
        layout.operator("platewright.mark_frame")
        layout.operator("platewright.remove")
        layout.separator()
        layout.operator("platewright.back")
        layout.operator("platewright.match_world")
        layout.operator("platewright.cut_plate")


def _draw_entry(menu: Any, context: Any) -> None:
    menu.layout.separator()
    menu.layout.menu("PLATEWRIGHT_MT_menu")


def register() -> None:
    """Add the menu to the editors, and the shortcuts."""
    bpy.utils.register_class(PLATEWRIGHT_MT_menu)
    for name in _MENUS:
        getattr(bpy.types, name).append(_draw_entry)
    configuration = bpy.context.window_manager.keyconfigs.addon
    if configuration is None:  # a Blender without any keymap
        return
    for name, space in _EDITORS:
        keymap = configuration.keymaps.new(name=name, space_type=space)
        for operator, key, values in _SHORTCUTS:
            if (space, key) in _TAKEN:
                continue
            item = keymap.keymap_items.new(operator, key, "PRESS", alt=True, shift=True)
            for one, value in values.items():
                setattr(item.properties, one, value)
            _keys.append((keymap, item))


def unregister() -> None:
    """Take them back."""
    for keymap, item in _keys:
        keymap.keymap_items.remove(item)
    _keys.clear()
    for name in _MENUS:
        getattr(bpy.types, name).remove(_draw_entry)
    bpy.utils.unregister_class(PLATEWRIGHT_MT_menu)
