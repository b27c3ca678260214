"""`nukescripts.panels` as far as the plug-in needs it: a widget is named by an expression and made when opened."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from .menus import Menu

__all__ = ["make_nukescripts"]


class _Pane:
    """A pane that holds a widget, made by evaluating its expression, in a scope that knows nothing of menu.py."""

    def __init__(self, expression: str, title: str, identity: str) -> None:
        self.title, self.identity = title, identity
        self.widget: Any = eval(expression, {"__builtins__": __builtins__})()  # as PyCustom_Knob does

    def addToPane(self, pane: object = None) -> _Pane:
        return self


def make_nukescripts(panes: Menu) -> types.ModuleType:
    """The module and its `panels`; entries go into the given menu."""
    module, panels = types.ModuleType("nukescripts"), types.ModuleType("nukescripts.panels")
    known: dict[str, Callable[[], _Pane]] = {}

    def registerWidgetAsPanel(widget: str, name: str, id: str, create: bool = False) -> _Pane | None:
        if not isinstance(widget, str):
            raise TypeError("the widget is named by an expression")
        known[id] = lambda: _Pane(widget, name, id)
        panes.addCommand(name, known[id])
        return known[id]() if create else None

    def restorePanel(id: str) -> _Pane:
        return known[id]()

    panels.registerWidgetAsPanel = registerWidgetAsPanel  # type: ignore[attr-defined]
    panels.restorePanel = restorePanel  # type: ignore[attr-defined]
    module.panels = panels  # type: ignore[attr-defined]
    return module
