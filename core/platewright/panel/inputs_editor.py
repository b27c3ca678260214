"""A row for each input of the chosen generators' own: they come and go with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .control import make_control
from .field import Field
from .field_form import Row
from .form import Form
from .look import em
from .qt import QtWidgets, Signal, drop_widgets
from .small_parts import flat_button
from .words import tr

__all__ = ["InputsEditor"]


class InputsEditor(QtWidgets.QWidget):
    """edited: a generator's name, an input's, and the value the artist gave it. rows: those of the chosen generator by
    their names, those of the bake-off's by generator and name. forgot: what no generator can take was taken away."""

    edited = Signal(str, str, object)
    forgot = Signal()

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self.rows: dict[str, Row] = {}
        self.titles: Mapping[str, str] = {}
        self._drawn: tuple[object, ...] = ()
        self._layout = QtWidgets.QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.odd = QtWidgets.QWidget()
        row = QtWidgets.QHBoxLayout(self.odd)
        row.setContentsMargins(0, 0, 0, 0)
        self.odd_words = QtWidgets.QLabel()
        self.odd_words.setWordWrap(True)
        forget = flat_button(tr("Forget them"), tr("Keep no longer what this generator can't take."))
        forget.clicked.connect(self._forget)
        row.addWidget(self.odd_words, 1)
        row.addWidget(forget)
        self._layout.addWidget(self.odd)
        self.hide()

    def refresh(self) -> None:
        """Show the inputs of the backends of now, and what they hold."""
        first, *others = self._form.backends()
        inputs = {name: self._form.inputs(name) for name in (first, *others)}
        fields = {name: tuple(field for field, _ in found) for name, found in inputs.items() if found}
        drawn = (*fields.items(), tuple(self.titles.get(name, name) for name in fields))
        if drawn != self._drawn:
            self._drawn, self.rows = drawn, {}
            drop_widgets(self._layout, but_last=1)
            for name, wanted in fields.items():
                title = tr("Its own inputs") if name == first else tr("Inputs of {name}", name=self._title(name))
                self._draw(name, "" if name == first else f"{name} ", title, wanted)
        words = [self._form.odd_inputs(name) for name in (first, *others)]
        self.odd_words.setText("\n".join(f"{text}." for text in words if text))
        self.odd.setVisible(any(words))
        self.setVisible(bool(fields) or not self.odd.isHidden())
        for name, found in inputs.items():
            for field, value in found:
                control = self.rows[field.name if name == first else f"{name} {field.name}"].control
                if not control.focus.hasFocus():
                    control.put(value)

    def _forget(self) -> None:
        for name in self._form.backends():
            self._form.forget_odd_inputs(name)
        self.forgot.emit()

    def _title(self, name: str) -> str:
        return self.titles.get(name, name)

    def _draw(self, backend: str, before: str, words: str, fields: tuple[Field, ...]) -> None:
        """A backend's rows."""
        content = QtWidgets.QWidget()
        grid = QtWidgets.QGridLayout(content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(em(self, 0.7))
        grid.setVerticalSpacing(em(self, 0.35))
        grid.setColumnStretch(1, 1)
        title = QtWidgets.QLabel(words)
        title.setProperty("muted", True)
        title.setWordWrap(True)
        grid.addWidget(title, 0, 0, 1, 2)
        for line, field in enumerate(fields, 1):
            row = Row(field, make_control(field))
            row.control.focus.setObjectName(f"input {before}{field.name}")
            grid.addWidget(row.label, line, 0)
            grid.addWidget(row.control.widget, line, 1)
            row.control.changed.connect(self._told(backend, row))
            self.rows[f"{before}{field.name}"] = row
        self._layout.insertWidget(self._layout.count() - 1, content)

    def _told(self, backend: str, row: Row) -> Callable[[], None]:
        def told() -> None:
            self.edited.emit(backend, row.field.name, row.control.value())

        return told
