"""Which frame of takes is looked at, and what of it: play, a choice and a slider, for windows that show pictures."""

from __future__ import annotations

from .explained import explained
from .qt import Qt, QtCore, QtWidgets, Signal
from .words import tr

__all__ = ["FrameBar"]

_PLAY_EVERY_MS = 66


class FrameBar(QtWidgets.QWidget):
    """changed: another frame, or another part of it, is to be shown."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._frames: tuple[int, ...] = ()
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.play = QtWidgets.QToolButton()
        self.play.setObjectName("pwFlat")
        self.play.setText(tr("Play"))
        self.play.setCheckable(True)
        self.play.setShortcut("Space")
        explained(self.play, tr("Play"), tr("Play the frames that are here (Space)."))
        self.what = QtWidgets.QComboBox()
        for label, value in (
            (tr("Result"), "composite"), (tr("Patch alone"), "patch"), (tr("Matte"), "matte"),
            (tr("Where pixels come from"), "sources"),
        ):  # fmt: skip
            self.what.addItem(label, value)
        explained(self.what, tr("What is shown"), tr("The take over its plate, or a part of it."))
        self.scrub = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        explained(self.scrub, tr("Frame"), tr("The frame that is shown; the arrow keys step."))
        self.number = QtWidgets.QLabel()
        for widget in (self.play, self.what):
            row.addWidget(widget)
        row.addWidget(self.scrub, 1)
        row.addWidget(self.number)
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(_PLAY_EVERY_MS)
        self._timer.timeout.connect(self._next)
        self.play.toggled.connect(lambda on: self._timer.start() if on else self._timer.stop())
        self.scrub.valueChanged.connect(lambda value: self._tell())
        self.what.currentIndexChanged.connect(lambda index: self._tell())

    def show_frames(self, frames: tuple[int, ...]) -> None:
        """These frames can be shown, the first of them now. Tells nobody."""
        self._frames = frames
        blocker = QtCore.QSignalBlocker(self.scrub)
        self.scrub.setRange(0, max(0, len(frames) - 1))
        self.scrub.setValue(0)
        blocker.unblock()
        self._name()

    def frame(self) -> int | None:
        """The frame to be shown; None where there is none."""
        return self._frames[min(self.scrub.value(), len(self._frames) - 1)] if self._frames else None

    def part(self) -> str:
        """What of it: composite, patch, matte or sources."""
        return str(self.what.currentData())

    def stop(self) -> None:
        """Play no longer."""
        self.play.setChecked(False)

    def _tell(self) -> None:
        self._name()
        self.changed.emit()

    def _name(self) -> None:
        frame = self.frame()
        self.number.setText("" if frame is None else str(frame))

    def _next(self) -> None:
        last = self.scrub.maximum()
        self.scrub.setValue(0 if self.scrub.value() >= last else self.scrub.value() + 1)
