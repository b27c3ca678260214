"""What a widget is, in words that every help of Qt finds."""

from __future__ import annotations

from .qt import QtWidgets

__all__ = ["explained"]


def explained(widget: QtWidgets.QWidget, label: str, help: str) -> None:
    """Give a widget its name and help: for the mouse, for Shift+F1, and for a screen reader."""
    widget.setToolTip(f"<p>{help}</p>")  # rich text, so that long help is wrapped
    widget.setWhatsThis(help)
    widget.setAccessibleName(label)
    widget.setAccessibleDescription(help)
