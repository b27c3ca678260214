# SPDX-License-Identifier: GPL-3.0-or-later
"""A generator's own inputs as properties of a scene, typed, bounded and explained, once the engine has told of them.

What is typed is kept as the texts that inputs are, in one property of the scene's controls, so that it is saved, undone
and appended with them, and survives a generator that is away. The properties read and write there and hold nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import bpy

from platewright.contract.capabilities import Control
from platewright.contract.wire import Backend
from platewright.panel.backend_controls import fields_of_controls, odd_texts, text_of, value_of
from platewright.panel.field import Field
from platewright.panel.presets import odd_words

from .properties import property_of

__all__ = ["controls_of", "declare", "draw_inputs", "forget_odd", "keep_texts", "odd_inputs", "texts_in", "unregister"]

_LONGEST = 200_000
_known: dict[str, tuple[Control, ...]] = {}
_keys: dict[tuple[str, str], str] = {}
_made: list[Any] = []


def controls_of() -> Mapping[str, tuple[Control, ...]]:
    """The inputs of every generator that the engine has told of; none at all before it has."""
    return _known


def declare(backends: tuple[Backend, ...]) -> None:
    """Make the properties of these generators' inputs, in place of those before. Not while Blender draws."""
    found = {one.name: one.controls for one in backends}
    if found == _known:
        return
    unregister()
    _known.update(found)
    annotations: dict[str, Any] = {}
    for place, (backend, controls) in enumerate(found.items()):
        for number, field in enumerate(fields_of_controls(controls)):
            key = _keys[backend, field.name] = f"i{place}_{number}"
            annotations[key] = _property(backend, field)
    words = {"__doc__": "Generators' own inputs.", "__annotations__": annotations, "__module__": __name__}
    _made.append(type("PlatewrightInputs", (bpy.types.PropertyGroup,), words))
    bpy.utils.register_class(_made[-1])
    bpy.types.Scene.platewright_inputs = bpy.props.PointerProperty(type=_made[-1])


def unregister() -> None:
    """Take the properties back; what was typed stays in the scenes."""
    _known.clear()
    _keys.clear()
    while _made:
        del bpy.types.Scene.platewright_inputs
        bpy.utils.unregister_class(_made.pop())


def texts_in(scene: Any) -> dict[str, dict[str, str]]:
    """What is kept of every generator's inputs. A .blend comes from outside: checked."""
    text = scene.platewright_settings.inputs
    try:
        found = json.loads(text) if 0 < len(text) <= _LONGEST else {}
    except (ValueError, RecursionError):
        return {}
    tables = found.items() if isinstance(found, dict) else ()
    return {
        backend: {name: said for name, said in texts.items() if isinstance(said, str)}
        for backend, texts in tables
        if isinstance(texts, dict)
    }


def keep_texts(scene: Any, backend: str, texts: Mapping[str, str]) -> None:
    """Keep these for a generator, in place of what was kept."""
    kept = {**texts_in(scene), backend: dict(texts)}
    scene.platewright_settings.inputs = json.dumps(kept, sort_keys=True)


def odd_inputs(scene: Any, backend: str) -> str:
    """What is kept for a generator and not sent as it stands, as a sentence; empty where all is, or nobody knows."""
    return odd_words(_known[backend], texts_in(scene).get(backend, {})) if backend in _known else ""


def forget_odd(scene: Any, backend: str) -> None:
    """Keep no longer what the generator can't take as it stands."""
    kept = texts_in(scene).get(backend, {})
    odd = {name for name, _, _ in odd_texts(_known.get(backend, ()), kept)}
    keep_texts(scene, backend, {name: text for name, text in kept.items() if name not in odd})


def draw_inputs(layout: Any, scene: Any, backend: str, title: str) -> None:
    """A row for each input of a generator; nothing where it has none."""
    fields = fields_of_controls(_known.get(backend, ()))
    if not fields:
        return
    layout.label(text=title)
    for field in fields:
        layout.prop(scene.platewright_inputs, _keys[backend, field.name], text=field.label)


def _property(backend: str, field: Field) -> Any:
    values = [choice.value for choice in field.choices]

    def get(group: Any) -> Any:
        text = texts_in(group.id_data).get(backend, {}).get(field.name)
        value = field.default if text is None else value_of(field, text)
        return values.index(str(value)) if values else value

    def put(group: Any, value: Any) -> None:
        held = field.checked(values[value] if values else round(value, 6) if isinstance(value, float) else value)
        kept = texts_in(group.id_data).get(backend, {})
        keep_texts(group.id_data, backend, {**kept, field.name: text_of(field, held)})

    return property_of(field, get=get, set=put)
