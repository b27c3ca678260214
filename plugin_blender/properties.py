# SPDX-License-Identifier: GPL-3.0-or-later
"""The controls as properties of a scene, made from the one table that every host's panel is made from."""

from __future__ import annotations

from typing import Any

import bpy

from platewright.panel.field import Field, Value
from platewright.panel.fields import FIELDS, OPERATIONS, field_named

from .compat import path_options

__all__ = [
    "HIDDEN", "PlatewrightSettings", "choosable", "key_of", "plain", "property_of", "put", "register", "unregister",
    "values_of",
]  # fmt: skip

HIDDEN = frozenset({"operation.grow_display", "plate.colour_space", "matte.channel"})
"""What Blender decides itself: the format always grows, the tag says the colour space, the source says the channel."""


_NOTHING = "-"
"""Blender takes a choice without a name for a heading, which nobody can choose."""


def key_of(name: str) -> str:
    """The property of a field: `operation.pads.left` is `operation__pads__left`."""
    return name.replace(".", "__")


def values_of(settings: Any) -> dict[str, Value]:
    """What the controls say, by the table's names."""
    found: dict[str, Value] = {}
    for field in FIELDS:
        if field.name in HIDDEN:
            continue
        automatic = field.optional and getattr(settings, f"{key_of(field.name)}__auto")
        value = None if automatic else plain(field, getattr(settings, key_of(field.name)))
        # Blender's numbers are 32 bits: 0.3 comes back as 0.30000001192, which is another request.
        found[field.name] = round(value, 5) if isinstance(value, float) else value
    if not found["element"]:
        found.pop("element")  # the operation's own name
    return found


def plain(field: Field, shown: Any) -> Any:
    """A property's value as the table has it."""
    return "" if field.choices and shown == _NOTHING else shown


def choosable(field: Field, value: Value) -> Value:
    """A field's value as its property has it."""
    return _NOTHING if field.choices and value == "" else value


def put(settings: Any, name: str, value: Value) -> None:
    """Set a control by the table's name."""
    if value is None:
        setattr(settings, f"{key_of(name)}__auto", True)
        return
    setattr(settings, key_of(name), choosable(field_named(name), value))
    if hasattr(settings, f"{key_of(name)}__auto"):
        setattr(settings, f"{key_of(name)}__auto", False)


def property_of(field: Field, **more: Any) -> Any:
    """The property of a field, with its default and bounds. more: what Blender is told beside that."""
    words: dict[str, Any] = {"name": field.label, "description": field.help.rstrip("."), **more}
    if field.kind == "switch":
        return bpy.props.BoolProperty(default=bool(field.default), **words)
    if field.kind in ("whole", "number"):
        bounds: dict[str, Any] = {}
        if field.least is not None:
            bounds["min"] = field.least
        if field.most is not None:
            bounds["max"] = field.most
        default = field.default if isinstance(field.default, (int, float)) else 0
        if field.kind == "whole":
            whole = {name: int(value) for name, value in bounds.items()}
            return bpy.props.IntProperty(default=int(default), step=1, **whole, **words)
        return bpy.props.FloatProperty(
            default=float(default), step=int(field.step * 100), precision=field.digits, **bounds, **words
        )
    if field.kind == "choice" and field.choices:
        items = [(choice.value or _NOTHING, choice.label, choice.help.rstrip(".")) for choice in field.choices]
        if "get" not in words:  # what reads and writes elsewhere has no default of its own
            words["default"] = str(field.default or _NOTHING)
        return bpy.props.EnumProperty(items=items, **words)
    subtype = {"folder": "DIR_PATH", "file": "FILE_PATH"}.get(field.kind, "NONE")
    # An element's name depends on the operation while nobody has typed one.
    text = "" if field.name == "element" else str(field.default or "")
    return bpy.props.StringProperty(
        default=text, subtype=subtype, maxlen=1000, options=path_options(field.kind), **words
    )


def _annotations() -> dict[str, Any]:
    made: dict[str, Any] = {
        "operation": bpy.props.EnumProperty(
            name="Operation",
            items=[(one.value, one.label, one.help.rstrip(".")) for one in OPERATIONS],
            default="regenerate",
        ),
        "matte_from": bpy.props.EnumProperty(
            name="Matte",
            description="Where the matte comes from",
            items=[
                ("mask", "Mask", "A mask drawn in the Image or Movie Clip Editor, tracked or animated"),
                ("alpha", "Alpha", "The plate's own alpha"),
                ("image", "Image's alpha", "The alpha of another image or image sequence of the plate's size"),
                ("collection", "Collection", "What the camera sees of a collection; all else holds it out"),
                ("objects", "Selected objects", "What the camera sees of the selected objects"),
                ("tracks", "Selected tracks", "The patterns of the clip's selected tracks"),
                (
                    "strokes",
                    "Grease pencil",
                    "The active grease pencil object's strokes, closed, as the camera sees them",
                ),
                ("none", "None", "No matte: the sky is found by itself"),
            ],
            default="mask",
        ),
        "mask": bpy.props.PointerProperty(name="Mask", type=bpy.types.Mask),
        "matte_image": bpy.props.PointerProperty(name="Image", type=bpy.types.Image),
        "mask_feather": bpy.props.BoolProperty(
            name="Mask feather", description="Use the feather that was drawn on the mask's points", default=False
        ),
        "collection": bpy.props.PointerProperty(name="Collection", type=bpy.types.Collection),
        "into": bpy.props.EnumProperty(
            name="Extended scene",
            description="Where an extension goes",
            items=[
                ("scene", "New scene", "A linked copy of this scene with a camera of its own; nothing here is changed"),
                ("comp", "This comp", "Nodes in this scene's comp only; camera and resolution stay"),
            ],
            default="scene",
        ),
        "sky_layers": bpy.props.BoolProperty(
            name="Sky and matte apart",
            description="Place the new sky with its own matte, to balance it in the comp",
            default=False,
        ),
        "inputs": bpy.props.StringProperty(
            name="Inputs", description="What was typed into generators' own inputs", options={"HIDDEN"}
        ),
        "at_once": bpy.props.BoolProperty(
            name="Place when done", description="Place the take by itself when the job is done", default=False
        ),
    }
    for field in FIELDS:
        if field.name in HIDDEN:
            continue
        made[key_of(field.name)] = property_of(field)
        if field.optional:
            made[f"{key_of(field.name)}__auto"] = bpy.props.BoolProperty(
                name=f"Automatic {field.label.lower()}", description="Platewright chooses", default=True
            )
    return made


PlatewrightSettings = type(
    "PlatewrightSettings",
    (bpy.types.PropertyGroup,),
    {"__doc__": "The controls of a scene.", "__annotations__": _annotations(), "__module__": __name__},
)


def register() -> None:
    """Give every scene its controls."""
    bpy.utils.register_class(PlatewrightSettings)
    bpy.types.Scene.platewright_settings = bpy.props.PointerProperty(type=PlatewrightSettings)


def unregister() -> None:
    """Take them back."""
    del bpy.types.Scene.platewright_settings
    bpy.utils.unregister_class(PlatewrightSettings)
