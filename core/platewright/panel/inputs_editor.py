"""A row for each input of the chosen generator's own: they come and go with it."""

from __future__ import annotations

from collections.abc import Callable

from .control import make_control
from .field import Field
from .field_form import Row
from .form import Form
from .look import em
from .qt import QtWidgets, Signal, drop_widgets
from .words import tr

__all__ = ["InputsEditor"]


class InputsEditor(QtWidgets.QWidget):
    """edited: an input's name and the value the artist gave it."""

    edited = Signal(str, object)

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self.rows: dict[str, Row] = {}
        self._drawn: tuple[Field, ...] = ()
        self._layout = QtWidgets.QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def refresh(self) -> None:
        """Show the inputs of the backend of now, and what they hold."""
        inputs = self._form.inputs()
        fields = tuple(field for field, _ in inputs)
        if fields != self._drawn:
            self._draw(fields)
        for field, value in inputs:
            control = self.rows[field.name].control
            if not control.focus.hasFocus():
                control.put(value)

    def _draw(self, fields: tuple[Field, ...]) -> None:
        """All rows anew: another backend, or the same one declared otherwise."""
        self._drawn, self.rows = fields, {}
        drop_widgets(self._layout)
        self.setVisible(bool(fields))
        if not fields:
            return
        content = QtWidgets.QWidget()
        grid = QtWidgets.QGridLayout(content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(em(self, 0.7))
        grid.setVerticalSpacing(em(self, 0.35))
        grid.setColumnStretch(1, 1)
        title = QtWidgets.QLabel(tr("Its own inputs"))
        title.setProperty("muted", True)
        grid.addWidget(title, 0, 0, 1, 2)
        for line, field in enumerate(fields, 1):
            row = Row(field, make_control(field))
            row.control.focus.setObjectName(f"input {field.name}")
            grid.addWidget(row.label, line, 0)
            grid.addWidget(row.control.widget, line, 1)
            row.control.changed.connect(self._told(row))
            self.rows[field.name] = row
        self._layout.addWidget(content)

    def _told(self, row: Row) -> Callable[[], None]:
        def told() -> None:
            self.edited.emit(row.field.name, row.control.value())

        return told
