"""A part of the panel that folds away under its heading."""

from __future__ import annotations

from .explained import explained
from .look import em
from .qt import Qt, QtWidgets, Signal

__all__ = ["Section"]


class Section(QtWidgets.QWidget):
    """A heading that folds what stands below. folded: the artist folded or opened it."""

    folded = Signal(bool)

    def __init__(self, label: str, help: str, content: QtWidgets.QWidget, is_open: bool = True) -> None:
        super().__init__()
        self._content, self._label, self._note = content, label, ""
        self.heading = QtWidgets.QToolButton()
        self.heading.setObjectName("pwFold")
        self.heading.setText(label)
        self.heading.setCheckable(True)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        explained(self.heading, label, help)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(self, 0.2))
        layout.addWidget(self.heading)
        layout.addWidget(content)
        self.heading.toggled.connect(self._fold)
        self.heading.setChecked(is_open)
        self._fold(is_open)

    def note(self, text: str) -> None:
        """What is set inside, said beside the heading while it is folded: nothing is hidden by folding."""
        self._note = text
        self.heading.setText(f"{self._label}   {text}" if text and not self.is_open else self._label)

    @property
    def is_open(self) -> bool:
        """Whether what stands below is to be seen."""
        return bool(self.heading.isChecked())

    def _fold(self, is_open: bool) -> None:
        self.heading.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._content.setVisible(is_open)
        self.note(self._note)
        self.folded.emit(is_open)
