# SPDX-License-Identifier: GPL-3.0-or-later
"""References as cards of a scene: a clean plate, a painted frame, marks, each with what allows its use.

Made from the one table that every host's panel is made from. A sky's picture has one card of its own, for its words.
"""

from __future__ import annotations

import os
from typing import Any

import bpy

from platewright.panel.field import Value
from platewright.panel.fields import REFERENCE_FIELDS

from .properties import key_of, property_of

__all__ = ["MOST", "PlatewrightReference", "cards_of", "draw_cards", "register", "unregister"]

MOST = 16
_PREFIX = "references."


def _annotations() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in REFERENCE_FIELDS:
        made[_key(field.name)] = property_of(field)
    return made


def _key(name: str) -> str:
    return key_of(name.removeprefix(_PREFIX))


PlatewrightReference = type(
    "PlatewrightReference",
    (bpy.types.PropertyGroup,),
    {"__doc__": "A picture that conditions the generator.", "__annotations__": _annotations(), "__module__": __name__},
)


def cards_of(scene: Any, operation: str) -> tuple[dict[str, Value], ...]:
    """What the cards say, by the table's names; paths are full ones. An extension has none."""
    if operation == "replace_sky":
        return (_card(scene.platewright_sky),)
    return tuple(_card(one) for one in scene.platewright_references) if operation == "regenerate" else ()


def _card(one: Any) -> dict[str, Value]:
    values: dict[str, Value] = {field.name: getattr(one, _key(field.name)) for field in REFERENCE_FIELDS}
    picture = values["references.pattern"]
    if isinstance(picture, str) and picture.strip():
        values["references.pattern"] = os.path.normpath(str(bpy.path.abspath(picture.strip())))
    return values


def draw_cards(layout: Any, scene: Any, operation: str, sky_from: str) -> None:
    """The cards of an operation; nothing where it takes no reference."""
    if operation == "replace_sky" and sky_from == "picture":
        _draw(layout, scene.platewright_sky, operation)
    if operation != "regenerate":
        return
    header, body = layout.panel("platewright_references", default_closed=True)
    cards = scene.platewright_references
    header.label(text=f"References ({len(cards)})" if len(cards) else "References")
    if body is None:
        return
    for place, one in enumerate(cards):
        box = body.box()
        _draw(box, one, operation)
        box.operator("platewright.remove_reference", text="Remove", icon="X").place = place
    row = body.row()
    row.enabled = len(cards) < MOST
    row.operator("platewright.add_reference", icon="ADD")


def _draw(layout: Any, one: Any, operation: str) -> None:
    values = _card(one)
    for field in REFERENCE_FIELDS:
        if field.shown(operation, values, frozenset({"references"})):
            layout.prop(one, _key(field.name), text=field.label)


class PLATEWRIGHT_OT_add_reference(bpy.types.Operator):  # type: ignore[misc]
    """Add a clean plate of yours, or a frame that you painted, with what allows its use"""

    bl_idname = "platewright.add_reference"
    bl_label = "Add a Reference"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """One more card; a painted frame is for the frame that is shown now."""
        cards = context.scene.platewright_references
        if len(cards) >= MOST:
            return {"CANCELLED"}
        cards.add().frame = context.scene.frame_current
        return {"FINISHED"}


class PLATEWRIGHT_OT_remove_reference(bpy.types.Operator):  # type: ignore[misc]
    """Take this reference away; its file stays"""

    bl_idname = "platewright.remove_reference"
    bl_label = "Platewright: Remove Reference"
    bl_options = {"REGISTER", "UNDO"}
    __annotations__ = {"place": bpy.props.IntProperty(options={"SKIP_SAVE"})}

    def execute(self, context: Any) -> set[str]:
        """Remove the card."""
        context.scene.platewright_references.remove(self.place)
        return {"FINISHED"}


_CLASSES = (PlatewrightReference, PLATEWRIGHT_OT_add_reference, PLATEWRIGHT_OT_remove_reference)


def register() -> None:
    """Give every scene its cards."""
    for one in _CLASSES:
        bpy.utils.register_class(one)
    bpy.types.Scene.platewright_references = bpy.props.CollectionProperty(type=PlatewrightReference)
    bpy.types.Scene.platewright_sky = bpy.props.PointerProperty(type=PlatewrightReference)


def unregister() -> None:
    """Take them back."""
    del bpy.types.Scene.platewright_references, bpy.types.Scene.platewright_sky
    for one in reversed(_CLASSES):
        bpy.utils.unregister_class(one)
