"""The controls, generated from the table: a section for each group, a row for each field that is to be seen now."""

from __future__ import annotations

from collections.abc import Callable

from .control import Control, make_control
from .field import Field, Value
from .fields import FIELDS, GROUPS
from .form import Form
from .look import em
from .qt import Qt, QtWidgets, Signal
from .section import Section
from .words import tr

__all__ = ["FieldForm", "Row"]


class Row:
    """A field's label and control, shown and hidden together."""

    def __init__(self, field: Field, control: Control) -> None:
        self.field, self.control = field, control
        self.label = QtWidgets.QLabel(tr(field.label))
        self.label.setProperty("muted", True)
        self.label.setBuddy(control.focus)
        self.label.setToolTip(control.focus.toolTip())
        self.label.setWhatsThis(control.focus.whatsThis())

    def show(self, on: bool) -> None:
        """Show or hide both."""
        self.label.setVisible(on)
        self.control.widget.setVisible(on)


class FieldForm(QtWidgets.QWidget):
    """edited: a field's name and the value the artist gave it. extra: widgets that stand at the end of a group."""

    edited = Signal(str, object)

    def __init__(
        self, form: Form, pick: Callable[[Field], str], extra: dict[str, QtWidgets.QWidget] | None = None
    ) -> None:
        super().__init__()
        self._form = form
        self.rows: dict[str, Row] = {}
        self.sections: dict[str, Section] = {}
        self._extra = extra or {}
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, em(self, 0.4), 0)  # clear of the bar that scrolls it
        layout.setSpacing(em(self, 0.6))
        labels = max(self.fontMetrics().horizontalAdvance(tr(field.label)) for field in FIELDS)
        for group in GROUPS:
            content = QtWidgets.QWidget()
            grid = QtWidgets.QGridLayout(content)
            grid.setContentsMargins(em(self, 0.9), 0, 0, em(self, 0.3))
            grid.setHorizontalSpacing(em(self, 0.7))
            grid.setVerticalSpacing(em(self, 0.35))
            grid.setColumnMinimumWidth(0, labels)
            grid.setColumnStretch(1, 1)
            for field in (one for one in FIELDS if one.group == group.name):
                self._add(field, grid, pick)
            if group.name in self._extra:
                grid.addWidget(self._extra[group.name], grid.rowCount(), 0, 1, 2)
            self.sections[group.name] = Section(tr(group.label), tr(group.help), content, not group.advanced)
            layout.addWidget(self.sections[group.name])
        layout.addStretch(1)

    def refresh(self) -> None:
        """Show what the form holds now, and only the fields of now."""
        shown = {field.name for field in self._form.shown()}
        for name, row in self.rows.items():
            visible = name in shown
            row.show(visible)
            if visible and not row.control.focus.hasFocus():
                row.control.put(self._form.values[name])
        for group, section in self.sections.items():
            any_shown = any(self.rows[name].field.group == group for name in shown)
            section.setVisible(any_shown)
            section.note(self._changed_in(group))

    def _changed_in(self, group: str) -> str:
        """What of a group is not as it began, in words."""
        values, words = self._form.values, []
        for field in self._form.shown():
            value = values[field.name]
            if field.group == group and value != field.default_for(self._form.operation):
                words.append(f"{tr(field.label)} {'' if value is True else value}".strip())
        return ", ".join(words)[:80]

    def force(self) -> None:
        """Show the form's values in every control, also where the artist is typing: a preset, a take's settings."""
        for name, row in self.rows.items():
            row.control.put(self._form.values[name])
        self.refresh()

    def _add(self, field: Field, grid: QtWidgets.QGridLayout, pick: Callable[[Field], str]) -> None:
        row = Row(field, make_control(field, pick))
        line = grid.rowCount()
        top = Qt.AlignmentFlag.AlignTop if field.kind == "long_text" else Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(row.label, line, 0, Qt.AlignmentFlag.AlignLeft | top)
        narrow = field.kind in ("whole", "number") and not field.optional
        where = Qt.AlignmentFlag.AlignLeft if narrow else Qt.AlignmentFlag(0)
        grid.addWidget(row.control.widget, line, 1, where)
        self.rows[field.name] = row

        def told() -> None:
            value: Value = row.control.value()
            self.edited.emit(field.name, value)

        row.control.changed.connect(told)
