"""The references of a regeneration, or the words about a new sky's picture: one card each, from the same table."""

from __future__ import annotations

from collections.abc import Callable

from .control import make_control
from .field import Field
from .field_form import Row
from .fields import REFERENCE_FIELDS
from .form import Form
from .look import em
from .qt import QtWidgets, Signal, drop_widgets
from .small_parts import flat_button
from .words import tr

__all__ = ["ReferencesEditor"]


class ReferencesEditor(QtWidgets.QWidget):
    """edited: something in it has changed."""

    edited = Signal()

    def __init__(self, form: Form, pick: Callable[[Field], str]) -> None:
        super().__init__()
        self._form, self._pick = form, pick
        self._cards: list[list[Row]] = []
        self._drawn: tuple[str, int] = ("", -1)
        self._layout = QtWidgets.QVBoxLayout(self)
        self._layout.setContentsMargins(0, em(self, 0.2), 0, 0)
        self._layout.setSpacing(em(self, 0.5))
        self.add = flat_button(
            tr("Add a reference"),
            tr("A clean plate of yours, or a frame that you painted, with what allows its use."),
        )
        self.add.clicked.connect(self._add)
        self._layout.addWidget(self.add)

    def refresh(self) -> None:
        """Draw the cards of now."""
        operation = self._form.operation
        picture_sky = operation == "replace_sky" and self._form.values["sky.from"] == "picture"
        if picture_sky and not self._form.references:
            self._form.add_reference()
        self.setVisible(picture_sky or (operation == "regenerate" and "references" in self._form.capabilities))
        self.add.setVisible(operation == "regenerate")
        if self._drawn != (operation, len(self._form.references)):
            self._draw()
        for index, rows in enumerate(self._cards):
            for row in rows:
                values = self._form.references[index]
                row.show(row.field.shown(operation, values, self._form.capabilities))
                if not row.control.focus.hasFocus():
                    row.control.put(values[row.field.name])

    def _draw(self) -> None:
        self._drawn = (self._form.operation, len(self._form.references))
        self._cards = []
        drop_widgets(self._layout, but_last=1)
        for index in range(len(self._form.references)):
            self._layout.insertWidget(index, self._card(index))

    def _card(self, index: int) -> QtWidgets.QWidget:
        card = QtWidgets.QFrame()
        card.setObjectName("pwCard")
        grid = QtWidgets.QGridLayout(card)
        pad = em(self, 0.5)
        grid.setContentsMargins(pad, pad, pad, pad)
        grid.setVerticalSpacing(em(self, 0.3))
        grid.setColumnStretch(1, 1)
        rows = []
        for field in REFERENCE_FIELDS:
            row = Row(field, make_control(field, self._pick))
            row.control.focus.setObjectName(f"field {field.name} {index}")
            line = grid.rowCount()
            grid.addWidget(row.label, line, 0)
            grid.addWidget(row.control.widget, line, 1)
            row.control.changed.connect(self._told(index, row))
            rows.append(row)
        if self._form.operation == "regenerate":
            remove = flat_button(tr("Remove"), tr("Take this reference away; its file stays where it is."))
            remove.clicked.connect(lambda: self._remove(index))
            grid.addWidget(remove, grid.rowCount(), 1)
        self._cards.append(rows)
        return card

    def _told(self, index: int, row: Row) -> Callable[[], None]:
        def told() -> None:
            if index < len(self._form.references):
                self._form.put_reference(index, row.field.name, row.control.value())
                self.edited.emit()

        return told

    def _add(self) -> None:
        self._form.add_reference()
        self.edited.emit()

    def _remove(self, index: int) -> None:
        self._form.remove_reference(index)
        self._drawn = ("", -1)
        self.edited.emit()
