"""A control for a field: made from the table, with its help, and nothing that the wheel changes by accident."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .explained import explained
from .field import Field, Value
from .qt import Qt, QtCore, QtGui, QtWidgets, Signal
from .several_box import SeveralBox
from .tick_box import TickBox
from .words import tr

__all__ = ["Control", "make_control"]


class Control(QtCore.QObject):
    """A widget with a value. changed: the artist set it; putting a value in does not tell."""

    changed = Signal()

    def __init__(
        self, widget: QtWidgets.QWidget, get: Callable[[], Value], put: Callable[[Any], None],
        focus: QtWidgets.QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(widget)
        self.widget = widget
        self.focus = focus if focus is not None else widget
        self._get, self._put = get, put
        self._quiet = False

    def value(self) -> Value:
        """What it holds."""
        return self._get()

    def put(self, value: Value) -> None:
        """Show a value, without telling anybody; what is being typed is not disturbed."""
        if value == self._get():
            return
        self._quiet = True
        try:
            self._put(value)
        finally:
            self._quiet = False

    def tell(self, *ignored: object) -> None:
        """For a widget's own signals."""
        if not self._quiet:
            self.changed.emit()


class _Whole(QtWidgets.QSpinBox):
    """A spin box that scrolls with its page unless it has the focus."""

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Number(QtWidgets.QDoubleSpinBox):
    """Likewise."""

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Choice(QtWidgets.QComboBox):
    """Likewise."""

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _PathLine(QtWidgets.QLineEdit):
    """Takes a dropped file by its path; Qt's own line would show the address `file:///…`."""

    def dragEnterEvent(self, event: Any) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: Any) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if not files:
            super().dropEvent(event)
            return
        event.acceptProposedAction()
        self.setText(files[0])
        self.textEdited.emit(files[0])


def make_control(field: Field, pick: Callable[[Field], str] | None = None) -> Control:
    """The control of a field. pick: what its button for files or folders asks; None has no button."""
    if field.kind == "switch":
        control = _switch(field)
    elif field.kind in ("whole", "number"):
        control = _number(field)
    elif field.kind == "choice":
        control = _choice(field)
    elif field.kind == "several":
        control = _several(field)
    elif field.kind == "long_text":
        control = _long_text()
    elif field.kind in ("file", "folder"):
        control = _path(field, pick)
    else:
        control = _text(field)
    help = tr(field.help)
    for widget in {control.widget, control.focus}:
        explained(widget, tr(field.label), help)
    control.focus.setObjectName(control.focus.objectName() or f"field {field.name}")
    return control


def _switch(field: Field) -> Control:
    box = TickBox()
    control = Control(box, box.isChecked, lambda value: box.setChecked(bool(value)))
    box.toggled.connect(control.tell)
    return control


def _number(field: Field) -> Control:
    spin: QtWidgets.QSpinBox | QtWidgets.QDoubleSpinBox
    low = field.least if field.least is not None else -(2.0**31)
    high = field.most if field.most is not None else 2.0**31 - 1
    if field.kind == "whole":
        spin = _Whole()
        spin.setRange(int(low), int(high))
        spin.setSingleStep(int(field.step))
    else:
        spin = _Number()
        spin.setDecimals(field.digits)
        spin.setRange(low, high)
        spin.setSingleStep(field.step)
    spin.setKeyboardTracking(False)
    spin.setMinimumWidth(spin.fontMetrics().horizontalAdvance("0") * 16)
    spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if field.unit:
        spin.setSuffix(tr(field.unit) if field.unit == "°" else f" {tr(field.unit)}")
    if field.optional:
        return _optional(spin)
    control = Control(spin, spin.value, lambda value: spin.setValue(value))
    spin.valueChanged.connect(control.tell)
    return control


def _optional(spin: QtWidgets.QSpinBox | QtWidgets.QDoubleSpinBox) -> Control:
    """A number that Platewright may choose: `Automatic` beside it."""
    row = QtWidgets.QWidget()
    layout = QtWidgets.QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    automatic = TickBox(tr("Automatic"))
    help = tr("Let Platewright find it.")
    explained(automatic, tr("Automatic"), help)
    layout.addWidget(spin, 1)
    layout.addWidget(automatic)
    automatic.setChecked(True)
    spin.setEnabled(False)
    row.setFocusProxy(automatic)

    def put(value: Any) -> None:
        automatic.setChecked(value is None)
        if value is not None:
            spin.setValue(value)

    def get() -> Value:
        return None if automatic.isChecked() else spin.value()

    control = Control(row, get, put, spin)
    automatic.toggled.connect(lambda on: spin.setEnabled(not on))
    automatic.toggled.connect(control.tell)
    spin.valueChanged.connect(control.tell)
    return control


def _choice(field: Field) -> Control:
    box = _Choice()
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    for choice in field.choices:
        box.addItem(tr(choice.label), choice.value)
        if choice.help:
            box.setItemData(box.count() - 1, tr(choice.help), Qt.ItemDataRole.ToolTipRole)

    def put(value: Any) -> None:
        index = box.findData(value)
        if index < 0:
            box.addItem(str(value), value)
            index = box.count() - 1
        box.setCurrentIndex(index)

    control = Control(box, box.currentData, put)
    box.currentIndexChanged.connect(control.tell)
    return control


def _several(field: Field) -> Control:
    box = SeveralBox(tr(field.label), tr(field.help))
    control = Control(box, box.value, box.put)
    box.changed.connect(control.tell)
    return control


def _text(field: Field) -> Control:
    line = QtWidgets.QLineEdit()
    if field.kind == "frames":
        line.setPlaceholderText(tr("all of the plate"))
    if field.kind == "box":
        line.setPlaceholderText(tr("everywhere"))
    control = Control(line, line.text, lambda value: line.setText(str(value or "")))
    line.textEdited.connect(control.tell)
    return control


def _long_text() -> Control:
    text = QtWidgets.QPlainTextEdit()
    text.setTabChangesFocus(True)
    text.setMaximumHeight(text.fontMetrics().lineSpacing() * 4)
    control = Control(text, text.toPlainText, lambda value: text.setPlainText(str(value or "")))
    text.textChanged.connect(control.tell)
    return control


def _path(field: Field, pick: Callable[[Field], str] | None) -> Control:
    row = QtWidgets.QWidget()
    layout = QtWidgets.QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    line = _PathLine()
    layout.addWidget(line, 1)
    control = Control(row, line.text, lambda value: line.setText(str(value or "")), line)
    row.setFocusProxy(line)
    line.textEdited.connect(control.tell)
    if pick is not None:
        button = QtWidgets.QToolButton()
        button.setText("…")
        explained(button, tr("Choose"), tr("Choose {what} from the disk.", what=tr(field.label).lower()))

        def choose() -> None:
            found = pick(field)
            if found:
                line.setText(found)
                control.tell()

        button.clicked.connect(choose)
        layout.addWidget(button)
    return control
