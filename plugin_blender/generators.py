# SPDX-License-Identifier: GPL-3.0-or-later
"""Who makes the pixels: a menu of what the engine told of, what it can do and does with pixels, and a bake-off.

Drawing asks nobody; what the engine has not told yet is said to be unknown.
"""

from __future__ import annotations

from typing import Any

import bpy

from platewright.contract.conditioning import left_out
from platewright.contract.request import Reference
from platewright.contract.wire import Backend
from platewright.panel.asking import rivals_of
from platewright.panel.backend_words import caution_of, title_of

from . import pump
from .backend_inputs import draw_inputs, forget_odd, odd_inputs
from .drawing import draw_text
from .properties import values_of

__all__ = ["CLASSES", "are_ready", "chosen", "draw_generators", "draw_unseen", "known", "reads_a_prompt", "titles"]


def known() -> tuple[Backend, ...]:
    """The generators that the engine has told of."""
    return pump.flow().link.backends


def titles() -> dict[str, str]:
    """Their names for people."""
    return {one.name: one.title for one in known()}


def chosen(settings: Any) -> tuple[str, ...]:
    """The names of the generators that are to make it: the chosen one, then those of the bake-off."""
    values = values_of(settings)
    return (str(values["backend"]), *(one.backend for one in rivals_of(values)))


def are_ready(settings: Any) -> bool:
    """Whether each of them can be used, for this operation; True where nobody has told."""
    told = {one.name: one for one in known()}
    mine = [told.get(name) for name in chosen(settings)] if told else []
    return all(one is not None and one.available and settings.operation in one.operations for one in mine)


def reads_a_prompt(settings: Any) -> bool:
    """Whether one of them does; where nobody has told, whether it may."""
    names, told = chosen(settings), {one.name: one.prompt for one in known()}
    return any(told.get(name, name != "builtin") for name in names)


def draw_generators(layout: Any, scene: Any) -> None:
    """The menu, the card of the chosen one, its inputs, and the bake-off with theirs."""
    settings, told = scene.platewright_settings, {one.name: one for one in known()}
    name, *others = chosen(settings)
    row = _labelled(layout, "Generator")
    row.menu("PLATEWRIGHT_MT_generators", text=title_of(told[name]) if name in told else name)
    if not told:
        draw_text(layout, "The engine tells which there are.", "INFO")
        layout.operator("platewright.start_engine", text="Ask the Engine", icon="FILE_REFRESH")
    elif name not in told:
        draw_text(layout, f"The engine has no generator {name}.", "ERROR")
    else:
        _draw_card(layout.box(), told[name], settings.operation)
    draw_inputs(layout, scene, name, "Its own inputs")
    _draw_odd(layout, scene, name)
    if settings.base__how != "all":
        return
    row = _labelled(layout, "Bake-Off")
    row.menu("PLATEWRIGHT_MT_rivals", text=f"With {len(others)} More" if others else "No Other")
    for other in others:
        box = layout.box()
        line = box.row()
        line.label(text=title_of(told[other]) if other in told else f"{other} (not there now)")
        line.operator("platewright.toggle_rival", text="", icon="X").backend = other
        if other in told:
            _draw_card(box, told[other], settings.operation)
        draw_inputs(box, scene, other, "Its own inputs")
        _draw_odd(box, scene, other)


def draw_unseen(layout: Any, settings: Any, references: tuple[Reference, ...]) -> bool:
    """What generators will not see of the pictures; False where one takes none, and would refuse."""
    fine = True
    for one in known():
        told = left_out(one.title, one.pictures, references) if one.name in chosen(settings) else ""
        if told:
            fine = fine and bool(one.pictures)
            draw_text(layout, f"{told}.", "INFO" if one.pictures else "ERROR")
    return fine


def _labelled(layout: Any, label: str) -> Any:
    """A row whose label stands where those of properties do."""
    split = layout.split(factor=0.4)
    before = split.row()
    before.alignment = "RIGHT"
    before.label(text=label)
    return split.row(align=True)


def _draw_card(box: Any, one: Backend, operation: str) -> None:
    if operation not in one.operations:
        draw_text(box, "It can't do this operation.", "ERROR")
    draw_text(box, f"Costs: {one.price or 'not known: write it into prices.toml'}")
    draw_text(box, "Pixels stay on this machine." if one.local else f"Pixels leave this machine, to {one.title}.")
    draw_text(box, caution_of(one), "INFO" if one.available else "ERROR")


def _draw_odd(layout: Any, scene: Any, backend: str) -> None:
    odd = odd_inputs(scene, backend)
    if odd:
        draw_text(layout, f"{odd}.", "INFO")
        layout.operator("platewright.forget_inputs", icon="X").backend = backend


class PLATEWRIGHT_MT_generators(bpy.types.Menu):  # type: ignore[misc]
    """Who makes the pixels."""

    bl_label = "Generator"
    bl_description = "Who makes the pixels: what each costs, can do, and does with them stands below"

    def draw(self, context: Any) -> None:
        """Every generator, the default first."""
        for one in known():
            self.layout.operator("platewright.choose_generator", text=title_of(one)).backend = one.name
        if not known():
            self.layout.label(text="The engine has not answered yet")


class PLATEWRIGHT_MT_rivals(bpy.types.Menu):  # type: ignore[misc]
    """Further generators that make the same request."""

    bl_label = "Bake-Off"
    bl_description = (
        "Further generators that make the same request; each one's price and the sum come before it is sent"
    )

    def draw(self, context: Any) -> None:
        """Those that can do the operation."""
        settings = context.scene.platewright_settings
        first, *others = chosen(settings)
        for one in known():
            if one.name != first and settings.operation in one.operations:
                icon = "CHECKBOX_HLT" if one.name in others else "CHECKBOX_DEHLT"
                self.layout.operator("platewright.toggle_rival", text=title_of(one), icon=icon).backend = one.name


class _OfBackend:
    """An operator about one generator."""

    __annotations__ = {"backend": bpy.props.StringProperty(options={"SKIP_SAVE", "HIDDEN"})}

    @classmethod
    def description(cls, context: Any, properties: Any) -> str:
        """What keeps one from choosing it lightly, beside what the button does."""
        said = next((caution_of(one) for one in known() if one.name == properties.backend), "")
        return f"{cls.__doc__}. {said}".rstrip(". ")


class PLATEWRIGHT_OT_choose_generator(_OfBackend, bpy.types.Operator):  # type: ignore[misc]
    """Let this generator make the pixels"""

    bl_idname = "platewright.choose_generator"
    bl_label = "Platewright: Choose the Generator"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Choose it."""
        context.scene.platewright_settings.backend = self.backend
        return {"FINISHED"}


class PLATEWRIGHT_OT_toggle_rival(_OfBackend, bpy.types.Operator):  # type: ignore[misc]
    """Let this generator make the same request too, or no longer"""

    bl_idname = "platewright.toggle_rival"
    bl_label = "Platewright: Bake-Off with"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Put it among the others, or take it out."""
        settings = context.scene.platewright_settings
        others = chosen(settings)[1:]
        kept = [one for one in others if one != self.backend] + ([] if self.backend in others else [self.backend])
        settings.host__also = ", ".join(kept)
        return {"FINISHED"}


class PLATEWRIGHT_OT_forget_inputs(_OfBackend, bpy.types.Operator):  # type: ignore[misc]
    """Keep no longer what this generator can't take"""

    bl_idname = "platewright.forget_inputs"
    bl_label = "Forget Them"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Forget them."""
        forget_odd(context.scene, self.backend)
        return {"FINISHED"}


CLASSES = (
    PLATEWRIGHT_MT_generators, PLATEWRIGHT_MT_rivals, PLATEWRIGHT_OT_choose_generator, PLATEWRIGHT_OT_toggle_rival,
    PLATEWRIGHT_OT_forget_inputs,
)  # fmt: skip
