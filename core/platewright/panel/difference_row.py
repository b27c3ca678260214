"""What would change: the engine compares the take with its plate, and says so bit for bit."""

from __future__ import annotations

from .look import Tones, em
from .panel_model import PanelModel
from .qt import Qt, QtWidgets
from .small_parts import TroubleBox, flat_button
from .words import tr

__all__ = ["DifferenceRow"]


class DifferenceRow(QtWidgets.QWidget):
    """A button and its answer: green where not a bit outside the matte has changed."""

    def __init__(self, model: PanelModel) -> None:
        super().__init__()
        self._model = model
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(self, 0.3))
        self.trouble = TroubleBox("check")
        self.trouble.dismissed.connect(model.board.dismiss)
        layout.addWidget(self.trouble)
        row = QtWidgets.QHBoxLayout()
        self.ask = flat_button(
            tr("What would change?"),
            tr("Compare the selected take with its plate, bit for bit, outside the matte, on every frame."),
        )
        self.ask.clicked.connect(model.takes.check_difference)
        self.answer = QtWidgets.QLabel()
        self.answer.setWordWrap(True)
        self.answer.setTextFormat(Qt.TextFormat.PlainText)
        row.addWidget(self.ask)
        row.addWidget(self.answer, 1)
        layout.addLayout(row)

    def changed(self, topics: frozenset[str]) -> None:
        """Show what has changed."""
        if "troubles" in topics:
            self.trouble.show_troubles(self._model.board.troubles.at("check"))
        if "check" not in topics:
            return
        found = self._model.takes.check
        self.ask.setEnabled(not self._model.takes.checking)
        if self._model.takes.checking:
            self._say(tr("Comparing…"), "quiet", "")
        elif found is None:
            self._say("", "quiet", "")
        else:
            words = {
                "passed": (tr("Nothing but what the matte covers."), "good"),
                "failed": (tr("Something else has changed."), "bad"),
            }.get(found.state, (tr("It could not be checked."), "warn"))
            lines = "\n".join(f"{check.state}: {check.message}" for check in found.checks)
            self._say(*words, lines)

    def _say(self, text: str, tone: str, help: str) -> None:
        self.answer.setText(text)
        self.answer.setToolTip(help)
        self.answer.setStyleSheet(f"color: {Tones(self.palette())[tone].name()};")
