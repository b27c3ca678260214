"""Presets: choose one, save what the controls say under a name, delete one, or begin anew."""

from __future__ import annotations

from collections.abc import Callable

from platewright.contract.errors import PlatewrightError

from .explained import explained
from .form import Form
from .qt import QtWidgets, Signal
from .small_parts import flat_button
from .words import tr

__all__ = ["PresetsBar"]


def _ask_name(parent: QtWidgets.QWidget) -> str:
    text, accepted = QtWidgets.QInputDialog.getText(parent, tr("Save a preset"), tr("Name of the preset"))
    return str(text) if accepted else ""


class PresetsBar(QtWidgets.QWidget):
    """applied: controls were changed; told: what is to be said of that. failed: a file could not be written, or a
    preset not be used. ask_name: for tests, who asks for a name."""

    applied = Signal()
    told = Signal(str)
    failed = Signal(object)

    def __init__(self, form: Form, ask_name: Callable[[QtWidgets.QWidget], str] = _ask_name) -> None:
        super().__init__()
        self._form, self.ask_name = form, ask_name
        self._listed: tuple[str, tuple[str, ...]] = ("", ())
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.box = QtWidgets.QComboBox()
        self.box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(10)
        help = tr("Put saved controls in, the generator's own inputs too. What belongs to one shot is not in it.")
        explained(self.box, tr("Preset"), help)
        self.save = flat_button(tr("Save"), tr("Save the controls as a preset of yours."))
        self.delete = flat_button(tr("Delete"), tr("Delete the chosen preset."))
        self.reset = flat_button(tr("Reset"), tr("All controls as they began; folder, show and your name stay."))
        layout.addWidget(self.box, 1)
        for button in (self.save, self.delete, self.reset):
            layout.addWidget(button)
        self.box.activated.connect(self._load)
        self.save.clicked.connect(self._save)
        self.delete.clicked.connect(self._delete)
        self.reset.clicked.connect(self._reset)
        self.refresh()

    def refresh(self) -> None:
        """List the presets of the operation."""
        now = (self._form.operation, self._form.kept.presets(self._form.operation))
        if now == self._listed:
            return
        self._listed = now
        chosen = self.box.currentText()
        self.box.clear()
        self.box.addItem(tr("Presets") if now[1] else tr("No presets yet"), None)
        for name in now[1]:
            self.box.addItem(name, name)
        self.box.setCurrentIndex(max(0, self.box.findText(chosen)))
        self._enable()

    def _enable(self) -> None:
        self.delete.setEnabled(self.box.currentData() is not None)
        self.box.setEnabled(self.box.count() > 1)

    def _load(self, index: int) -> None:
        name = self.box.itemData(index)
        if name is not None:
            used = self._guarded(lambda: self.told.emit(self._form.use_preset(name)))
            self.box.setCurrentIndex(index if used else 0)
            self.applied.emit()
        self._enable()

    def _save(self) -> None:
        name = " ".join(self.ask_name(self).split())
        if name:
            self._guarded(lambda: self._form.save_preset(name))
            self.refresh()
            self.box.setCurrentIndex(max(0, self.box.findText(name)))
            self._enable()

    def _delete(self) -> None:
        name = self.box.currentData()
        if name is not None:
            self._guarded(lambda: self._form.kept.delete(self._form.operation, name))
            self.refresh()

    def _reset(self) -> None:
        self._form.reset()
        self.box.setCurrentIndex(0)
        self.applied.emit()
        self._enable()

    def _guarded(self, action: Callable[[], object]) -> bool:
        try:
            action()
        except PlatewrightError as error:
            self.failed.emit(error)
            return False
        return True
