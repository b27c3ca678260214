# SPDX-License-Identifier: GPL-3.0-or-later
"""References as cards of a scene: a clean plate, a painted frame, marks, each with what allows its use.

Made from the one table that every host's panel is made from. A sky's picture has one card of its own, for its words.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import bpy

from platewright.contract.request import CONDITIONING, Reference
from platewright.panel.field import Value
from platewright.panel.fields import REFERENCE_FIELDS, field_named

from .properties import choosable, key_of, plain, property_of

__all__ = [
    "MOST", "PlatewrightReference", "add_set", "cards_of", "draw_cards", "looks_of", "register", "remove_cards",
    "set_of", "unregister",
]  # fmt: skip

MOST = 16
_PREFIX = "references."


def _annotations() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in REFERENCE_FIELDS:
        made[_key(field.name)] = property_of(field)
    for name, words in (("of_set", "The reference set that it is of"), ("of_file", "The set's own picture")):
        made[name] = bpy.props.StringProperty(name=name, description=words, options={"HIDDEN"})
    return made


def _key(name: str) -> str:
    return key_of(name.removeprefix(_PREFIX))


PlatewrightReference = type(
    "PlatewrightReference",
    (bpy.types.PropertyGroup,),
    {"__doc__": "A picture that conditions the generator.", "__annotations__": _annotations(), "__module__": __name__},
)


def cards_of(scene: Any, operation: str) -> tuple[dict[str, Value], ...]:
    """What the cards say, by the table's names; paths are full ones. An extension has those of sets alone."""
    if operation == "replace_sky":
        return (_card(scene.platewright_sky),)
    return tuple(_card(one) for one in scene.platewright_references if operation == "regenerate" or set_of(one))


def looks_of(scene: Any, operation: str) -> tuple[Reference, ...]:
    """The pictures of how something is to look, as far as they can be told without asking; for what is drawn."""
    cards = () if operation == "replace_sky" else cards_of(scene, operation)
    found = []
    for card in cards:
        role, of_set = str(card["references.role"]), str(card["references.of_set"])
        if role in CONDITIONING and card["references.pattern"]:
            found.append(Reference(role, str(card["references.pattern"]), of_set=of_set))  # type: ignore[arg-type]
    return tuple(found)


def set_of(one: Any) -> str:
    """The reference set that a card's picture is of; empty once another picture was chosen."""
    return str(one.of_set) if one.of_set and one.of_file == one.pattern else ""


def add_set(scene: Any, named: str, pictures: Iterable[Reference]) -> None:
    """Cards of a set's pictures, in place of those of another version of it."""
    name = named.partition("@")[0]
    remove_cards(scene, lambda one: set_of(one).partition("@")[0] == name)
    for picture in pictures:
        card = scene.platewright_references.add()
        card.role, card.pattern, card.of_file, card.of_set = (
            picture.role,
            picture.pattern,
            picture.pattern,
            picture.of_set,
        )
        card.licence, card.colour_space = picture.licence, picture.colour_space
        card.source_type = choosable(field_named("references.source_type"), picture.source_type)


def remove_cards(scene: Any, which: Callable[[Any], bool]) -> None:
    """Take cards away; their files stay."""
    cards = scene.platewright_references
    for place in reversed([place for place, one in enumerate(cards) if which(one)]):
        cards.remove(place)


def _card(one: Any) -> dict[str, Value]:
    values: dict[str, Value] = {field.name: plain(field, getattr(one, _key(field.name))) for field in REFERENCE_FIELDS}
    values["references.of_set"] = set_of(one)
    picture = values["references.pattern"]
    if isinstance(picture, str) and picture.strip():
        values["references.pattern"] = os.path.normpath(str(bpy.path.abspath(picture.strip())))
    return values


def draw_cards(layout: Any, scene: Any, operation: str, sky_from: str) -> None:
    """The cards of an operation; nothing where it takes no reference."""
    if operation == "replace_sky" and sky_from == "picture":
        _draw(layout, scene.platewright_sky, operation)
    if operation == "replace_sky":
        return
    header, body = layout.panel("platewright_references", default_closed=True)
    cards = scene.platewright_references
    header.label(text=f"References ({len(cards)})" if len(cards) else "References")
    if body is None:
        return
    _draw_sets(body, scene, cards)
    if operation != "regenerate":
        return
    for place, one in enumerate(cards):
        if not set_of(one):
            box = body.box()
            _draw(box, one, operation)
            box.operator("platewright.remove_reference", text="Remove", icon="X").place = place
    row = body.row()
    row.enabled = sum(not set_of(one) for one in cards) < MOST
    row.operator("platewright.add_reference", icon="ADD")


def _draw_sets(layout: Any, scene: Any, cards: Any) -> None:
    """The sets that are among the references, a line each, and the menu of the show's."""
    counted: dict[str, list[Any]] = {}
    for one in cards:
        if set_of(one):
            counted.setdefault(set_of(one), []).append(one)
    for named, mine in counted.items():
        row = layout.box().row()
        row.label(text=f"{named}: {len(mine)} pictures, by {mine[0].licence or 'no right'}", icon="RENDERLAYERS")
        row.operator("platewright.remove_set", text="", icon="X").named = named
    layout.menu("PLATEWRIGHT_MT_sets", icon="ADD")


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
        if sum(not set_of(one) for one in cards) >= MOST:
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
