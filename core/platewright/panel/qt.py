"""The one door to Qt: PySide6 or PySide2, whichever the host has, with the few names that moved between them.

Everything else of the panel imports Qt from here. Enums are written in full (`Qt.AlignmentFlag.AlignLeft`), which
both understand; what only one of them has is not used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from platewright.contract.errors import RequestError

__all__ = [
    "BINDING",
    "QAction",
    "QShortcut",
    "Qt",
    "QtCore",
    "QtGui",
    "QtWidgets",
    "Signal",
    "drop_widgets",
    "point_of",
]

if TYPE_CHECKING:
    from PySide6 import QtCore, QtGui, QtWidgets

    BINDING = "PySide6"
else:
    try:
        # A host that has loaded the older one already can't have both.
        if "PySide2" in sys.modules and "PySide6" not in sys.modules:
            raise ImportError("PySide2 is in use")
        from PySide6 import QtCore, QtGui, QtWidgets

        BINDING = "PySide6"
    except ImportError:
        try:
            from PySide2 import QtCore, QtGui, QtWidgets
        except ImportError as problem:
            raise RequestError(
                "there is no Qt in this Python",
                code="qt_missing",
                hint="Nuke brings its own. On the desktop, run `install/run.py setup --desktop` once.",
            ) from problem
        BINDING = "PySide2"

Qt = QtCore.Qt
Signal = QtCore.Signal
if TYPE_CHECKING:
    QAction = QtGui.QAction
    QShortcut = QtGui.QShortcut
else:
    QAction = QtGui.QAction if hasattr(QtGui, "QAction") else QtWidgets.QAction
    QShortcut = QtGui.QShortcut if hasattr(QtGui, "QShortcut") else QtWidgets.QShortcut


def point_of(event: Any) -> QtCore.QPointF:
    """Where a mouse, wheel or drop event happened, in the widget's own coordinates."""
    found = event.position() if hasattr(event, "position") else None
    if found is None:
        found = event.localPos() if hasattr(event, "localPos") else QtCore.QPointF(event.pos())
    return QtCore.QPointF(found)


def drop_widgets(layout: Any, but_last: int = 0) -> None:
    """Take the widgets out of a layout, but for the last ones."""
    while layout.count() > but_last:
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
