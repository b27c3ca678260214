"""A button with a menu of things that can be ticked, several at once: the menu stays open while they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .explained import explained
from .field import Choice
from .qt import Qt, QtCore, QtWidgets, Signal
from .words import tr

__all__ = ["SeveralBox"]


class _Menu(QtWidgets.QMenu):
    """A click or the space bar ticks, and closes nothing."""

    def mouseReleaseEvent(self, event: Any) -> None:
        action = self.activeAction()
        if action is not None and action.isCheckable():  # type: ignore[redundant-expr]  # None beside every action
            action.trigger()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: Any) -> None:
        action = self.activeAction()
        ticks = action is not None and action.isCheckable()  # type: ignore[redundant-expr]  # as above
        if ticks and int(event.key()) == int(Qt.Key.Key_Space):
            action.trigger()
        else:
            super().keyPressEvent(event)


class SeveralBox(QtWidgets.QPushButton):
    """changed: the artist ticked or unticked one."""

    changed = Signal()

    def __init__(self, label: str, help: str) -> None:
        super().__init__()
        self._label = label
        self._chosen: tuple[str, ...] = ()
        self._offered: tuple[Choice, ...] = ()
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
        self.ticks = _Menu(self)
        self.ticks.setToolTipsVisible(True)
        explained(self.ticks, label, help)
        self.setMenu(self.ticks)
        self.setStyleSheet("text-align: left;")
        self._show()

    def offer(self, choices: Iterable[Choice]) -> None:
        """What can be chosen; one that was chosen before and isn't offered stays, and can be unticked."""
        offered = tuple(choices)
        if offered != self._offered:
            self._offered = offered
            self._show()

    def value(self) -> str:
        """The chosen ones with commas between."""
        return ", ".join(self._chosen)

    def put(self, value: object) -> None:
        """Choose these."""
        names = (name.strip() for name in str(value or "").split(","))
        self._chosen = tuple(dict.fromkeys(name for name in names if name))
        self._show()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._name()

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(self.fontMetrics().horizontalAdvance("0") * 16, super().sizeHint().height())

    def _show(self) -> None:
        known = {choice.value: choice for choice in self._offered}
        strange = [Choice(name, name, tr("It is not there now.")) for name in self._chosen if name not in known]
        self.ticks.clear()
        for choice in (*self._offered, *strange):
            action = self.ticks.addAction(tr(choice.label))
            action.setCheckable(True)
            action.setChecked(choice.value in self._chosen)
            action.setToolTip(choice.help)
            action.triggered.connect(lambda *ignored, name=choice.value: self._tick(name))
        self._name()

    def _tick(self, name: str) -> None:
        others = tuple(one for one in self._chosen if one != name)
        self._chosen = others if name in self._chosen else (*others, name)
        self._name()
        self.changed.emit()

    def _name(self) -> None:
        labels = {choice.value: tr(choice.label) for choice in self._offered}
        said = ", ".join(labels.get(name, name) for name in self._chosen) or tr("No other")
        room = max(0, self.width() - self.fontMetrics().height() * 2)
        shown = self.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, room)
        self.setText(f" {shown}".replace("&", "&&"))
        self.setAccessibleName(f"{self._label}: {said}")
