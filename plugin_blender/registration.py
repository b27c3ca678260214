# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender is told of when the extension is enabled, in the order it is told; taken back in the reverse order."""

from __future__ import annotations

import sys

import bpy

from . import (
    again_operator,
    api,
    backend_inputs,
    commands,
    feeding,
    generators,
    menus,
    offers,
    operators,
    panels,
    preferences,
    presets,
    properties,
    pump,
    reference_cards,
    reference_sets,
    take_operators,
    thumbnails,
)

__all__ = ["register", "unregister"]

_CLASSES = (
    preferences.PlatewrightPreferences, *operators.CLASSES, *take_operators.CLASSES,
    again_operator.PLATEWRIGHT_OT_mark_frame, *generators.CLASSES, *presets.CLASSES, *offers.CLASSES,
    *reference_sets.CLASSES, *panels.CLASSES,
)  # fmt: skip
_API = "platewright.blender"


def register() -> None:
    """Register everything, and start the pump."""
    for one in _CLASSES:
        bpy.utils.register_class(one)
    properties.register()
    reference_cards.register()
    menus.register()
    commands.register()
    feeding.register()
    bpy.types.STATUSBAR_HT_header.prepend(panels.draw_status)
    sys.modules[_API] = api
    sys.modules["platewright"].blender = api  # type: ignore[attr-defined]
    pump.start()


def unregister() -> None:
    """Take everything back; the engine and its jobs go on."""
    pump.stop()
    thumbnails.clear()
    sys.modules.pop(_API, None)
    sys.modules["platewright"].__dict__.pop("blender", None)
    bpy.types.STATUSBAR_HT_header.remove(panels.draw_status)
    commands.unregister()
    menus.unregister()
    reference_cards.unregister()
    backend_inputs.unregister()
    properties.unregister()
    for one in reversed(_CLASSES):
        bpy.utils.unregister_class(one)
