"""The references of a request: a card each from the same table, and the show's reference sets, a line each.

A new sky's picture has one card, for the words about it. Files can be dropped here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .control import make_control
from .explained import explained
from .field import Field
from .field_form import Row
from .fields import REFERENCE_FIELDS, REFERENCE_ROLES
from .form import Form
from .look import em
from .qt import QtWidgets, Signal, drop_widgets
from .set_work import SetWork
from .small_parts import flat_button
from .words import tr

__all__ = ["ReferencesEditor"]


class ReferencesEditor(QtWidgets.QWidget):
    """edited: something in it has changed. looks: the show's reference sets."""

    edited = Signal()

    def __init__(self, form: Form, pick: Callable[[Field], str], looks: SetWork) -> None:
        super().__init__()
        self._form, self._pick, self._looks = form, pick, looks
        self._cards: dict[int, list[Row]] = {}
        self._drawn: object = None
        self._layout = QtWidgets.QVBoxLayout(self)
        self._layout.setContentsMargins(0, em(self, 0.2), 0, 0)
        self._layout.setSpacing(em(self, 0.5))
        self.setAcceptDrops(True)
        buttons = QtWidgets.QWidget()
        row = QtWidgets.QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        self.add = flat_button(
            tr("Add a reference"),
            tr("A clean plate of yours, or a frame that you painted, with what allows its use. Files can be dropped."),
        )
        self.add.clicked.connect(self._add)
        self.sets = flat_button(
            tr("Add a set"),
            tr("A reference set of this show: the pictures by which a character, a place or a look is known."),
        )
        self.sets.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QtWidgets.QMenu(self.sets)
        self.menu.setToolTipsVisible(True)
        explained(self.menu, tr("Reference sets"), tr("The show's sets, by name and version."))
        self.sets.setMenu(self.menu)
        for button in (self.add, self.sets):
            row.addWidget(button)
        row.addStretch(1)
        self._layout.addWidget(buttons)

    def refresh(self) -> None:
        """Draw the cards of now."""
        operation, references = self._form.operation, self._form.references
        picture_sky = operation == "replace_sky" and self._form.values["sky.from"] == "picture"
        if picture_sky and not references:
            self._form.add_reference()
        regenerate = operation == "regenerate" and "references" in self._form.capabilities
        offered = () if operation == "replace_sky" else self._looks.offered()
        self.setVisible(picture_sky or regenerate or bool(offered or (references and operation == "extend")))
        self.add.setVisible(operation == "regenerate")
        self.sets.setVisible(bool(offered))
        self._offer(offered)
        sets = tuple(str(one.get("references.of_set", "")) for one in references)
        drawn = (operation, len(references), sets)
        if self._drawn != drawn:
            self._drawn = drawn
            self._draw(sets)
        for index, rows in self._cards.items():
            for row in rows:
                values = self._form.references[index]
                row.show(row.field.shown(operation, values, self._form.capabilities))
                if not row.control.focus.hasFocus():
                    row.control.put(values[row.field.name])

    def dragEnterEvent(self, event: Any) -> None:
        if event.mimeData().hasUrls() and self._form.operation != "extend":
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        for file in files:
            self._take(file)
        if files:
            event.acceptProposedAction()
            self.edited.emit()

    def _take(self, file: str) -> None:
        """A dropped file: into the first card without a picture, else one of its own; or the new sky's picture."""
        if self._form.operation == "replace_sky":
            self._form.put("sky.picture", file)
            return
        name, cards = "references.pattern", self._form.references
        empty = next((index for index, card in enumerate(cards) if not card[name]), None)
        if empty is None:
            before = len(cards)
            self._form.add_reference()
            if len(cards) == before:
                return
            empty = before
        self._form.put_reference(empty, name, file)

    def _offer(self, offered: Any) -> None:
        if [action.data() for action in self.menu.actions()] == list(offered):
            return
        self.menu.clear()
        for choice, why in offered:
            action = self.menu.addAction(choice.label)
            action.setData((choice, why))
            action.setEnabled(not why)
            action.setToolTip(" ".join(text for text in (why, choice.help) if text))
            action.triggered.connect(lambda *ignored, named=choice.value: self._looks.add(named))

    def _draw(self, sets: tuple[str, ...]) -> None:
        self._cards = {}
        drop_widgets(self._layout, but_last=1)
        place, seen = 0, set[str]()
        for index, named in enumerate(sets):
            if named and named in seen:
                continue
            seen.add(named)
            plain = not named and self._form.operation != "extend"
            self._layout.insertWidget(place, self._card(index) if plain else self._line(index, named))
            place += 1

    def _line(self, index: int, named: str) -> QtWidgets.QWidget:
        """A set, or a picture that has no rows here, in one line."""
        card = QtWidgets.QFrame()
        card.setObjectName("pwCard")
        layout = QtWidgets.QHBoxLayout(card)
        pad = em(self, 0.5)
        layout.setContentsMargins(pad, pad, pad, pad)
        mine = [one for one in self._form.references if named and one.get("references.of_set") == named]
        mine = mine or [self._form.references[index]]
        files = [str(one["references.pattern"]).replace("\\", "/").rpartition("/")[2] for one in mine]
        role = REFERENCE_ROLES[str(mine[0]["references.role"])]
        right = str(mine[0]["references.licence"])
        words = [
            f"{named or files[0]}  ·  {tr(role.label)}", tr("{n} pictures", n=len(files)) if named else "",
            tr("by {right}", right=right) if right else "",
        ]  # fmt: skip
        said = QtWidgets.QLabel("  ·  ".join(word for word in words if word))
        said.setWordWrap(True)
        explained(said, named or files[0], tr("The generator takes the first ones: {files}.", files=", ".join(files)))
        layout.addWidget(said, 1)
        remove = flat_button(tr("Remove"), tr("Take this away; its files stay where they are."))
        remove.clicked.connect(lambda: self._remove_line(index, named))
        layout.addWidget(remove)
        return card

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
        self._cards[index] = rows
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
        self._drawn = None
        self.edited.emit()

    def _remove_line(self, index: int, named: str) -> None:
        if not named:
            self._remove(index)
            return
        self._form.remove_set(named)
        self.edited.emit()
