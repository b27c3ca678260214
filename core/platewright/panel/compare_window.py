"""Two takes, or a take and its plate, wiped against each other, frame by frame."""

from __future__ import annotations

from platewright.contract.decisions import TakeSummary
from platewright.contract.request import Request

from .explained import explained
from .frame_bar import FrameBar
from .look import em, sheet
from .picture_view import PictureView
from .pictures import PictureStore, Wanted, of_take
from .qt import Qt, QtWidgets
from .take_history import TakeHistory, frames_to_play
from .take_words import label_of
from .words import tr

__all__ = ["CompareWindow"]

_WIDTH = 1280
_MOST_FRAMES = 100_000


class CompareWindow(QtWidgets.QWidget):
    """A window of its own, so that it can stand on another screen."""

    def __init__(self, pictures: PictureStore, history: TakeHistory, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._pictures, self._history = pictures, history
        self._one: TakeSummary | None = None
        self._two: TakeSummary | None = None
        self.setWindowTitle(tr("Compare takes"))
        self.setStyleSheet(sheet(self))
        layout = QtWidgets.QVBoxLayout(self)
        self.view = PictureView()
        explained(
            self.view, tr("Comparison"),
            tr("Drag the line, or use [ and ]. The wheel zooms, the middle button pans, F fits."),
        )  # fmt: skip
        layout.addWidget(self.view, 1)
        self.bar = FrameBar()
        self.bar.changed.connect(self._show)
        layout.addWidget(self.bar)
        pictures.arrived.connect(self._arrived)
        self.resize(em(self, 60), em(self, 38))

    def compare(self, one: TakeSummary, two: TakeSummary | None) -> None:
        """Show two takes on the frames that both have, the plate in place of a second one where there is none."""
        self._one, self._two = one, two
        frames, others = (frames_to_play(take.frames, _MOST_FRAMES) for take in (one, two or one))
        both = tuple(sorted(set(frames) & set(others)))
        self.view.show_picture(None)  # never an earlier comparison's pictures under these names
        self.view.message = "" if both else tr("No frame is in both takes.")
        self.bar.show_frames(both)
        self.view.label(label_of(one), label_of(two) if two is not None else tr("Plate"))
        self._show()

    def _wanted(self) -> tuple[Wanted, Wanted] | None:
        frame, what = self.bar.frame(), self.bar.part()
        if self._one is None or frame is None:
            return None
        first = of_take(self._one, self._request(self._one), frame, _WIDTH, what)
        if self._two is None:
            return first, of_take(self._one, self._request(self._one), frame, _WIDTH, "plate")
        return first, of_take(self._two, self._request(self._two), frame, _WIDTH, what)

    def _request(self, take: TakeSummary) -> Request | None:
        return self._history.request_of(take)

    def _show(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            return
        one, two = (self._pictures.get(each) for each in wanted)
        if one is not None:
            self.view.size_of_plate(one.width(), one.height())
        if one is not None and two is not None:
            self.view.show_picture(one, two)
            return
        failure = next((why for why in map(self._pictures.failure, wanted) if why), "")
        if failure:
            self.view.show_picture(None)
        self.view.message = failure or tr("Loading…")
        self.view.update()

    def _arrived(self, wanted: Wanted) -> None:
        now = self._wanted()
        if self.isVisible() and now is not None and wanted in now:
            self._show()

    def closeEvent(self, event: object) -> None:
        self.bar.stop()
