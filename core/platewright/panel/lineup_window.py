"""The takes of one request side by side on the same frame, each with what was measured, and a choice among them.

Likeliest first by the measurements; the eye decides, and what it chose over what lands in the ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from platewright.contract.decisions import TakeSummary

from .explained import explained
from .frame_bar import FrameBar
from .look import em, sheet
from .picture_view import PictureView
from .pictures import PictureStore, Wanted, of_take
from .qt import Qt, QtWidgets, drop_widgets
from .small_parts import flat_button, framed
from .take_history import TakeHistory, frames_to_play
from .take_words import label_of, score_words
from .words import money, tr

__all__ = ["MOST", "LineupWindow"]

MOST = 6
"""Takes that are shown at once: more would be too small to judge."""
_WIDTH = 960
_MOST_FRAMES = 100_000


class _Column(QtWidgets.QWidget):
    """A take: its picture, what made it and how it measured, and the button that chooses it."""

    def __init__(self, take: TakeSummary, choose: Callable[[], None]) -> None:
        super().__init__()
        self.take = take
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(em(self, 0.25))
        self.view = PictureView()
        explained(self.view, label_of(take), tr("The take over its plate. All zoom and pan together."))
        self.view.label(label_of(take), "")
        layout.addWidget(self.view, 1)
        cost = money(take.cost)
        words = (take.backend, score_words(take) or tr("not measured"), "" if cost == tr("free") else cost)
        self.said = QtWidgets.QLabel("  ·  ".join(word for word in words if word))
        self.said.setWordWrap(True)
        explained(
            self.said, tr("Measured"),
            tr("The score says how well it sits in its plate, and nothing of what it shows. Lower is better."),
        )  # fmt: skip
        layout.addWidget(self.said)
        help = tr("The take that hosts bring in; the ledger keeps the choice.")
        self.choose = framed(flat_button(tr("Choose"), help))
        self.choose.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.choose.clicked.connect(choose)
        layout.addWidget(self.choose)
        self.mark(take.chosen)

    def mark(self, chosen: bool) -> None:
        """Show whether it is the chosen one."""
        self.choose.setText(tr("In use: keep it") if chosen else tr("Choose"))


class LineupWindow(QtWidgets.QWidget):
    """A window of its own. chosen: called with a take and those that it was chosen over."""

    def __init__(
        self,
        pictures: PictureStore,
        history: TakeHistory,
        chosen: Callable[[TakeSummary, tuple[TakeSummary, ...]], None],
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._pictures, self._history, self._chosen = pictures, history, chosen
        self.columns: list[_Column] = []
        self.setWindowTitle(tr("Takes side by side"))
        self.setStyleSheet(sheet(self))
        layout = QtWidgets.QVBoxLayout(self)
        self._row = QtWidgets.QHBoxLayout()
        layout.addLayout(self._row, 1)
        self.bar = FrameBar()
        self.bar.changed.connect(self._show)
        layout.addWidget(self.bar)
        pictures.arrived.connect(self._arrived)
        self.resize(em(self, 72), em(self, 30))

    def line_up(self, takes: tuple[TakeSummary, ...]) -> None:
        """Show these, at most `MOST` of them, on the frames that all have."""
        shown = takes[:MOST]
        drop_widgets(self._row)
        self.columns = [_Column(take, self._choose(take, shown)) for take in shown]
        for column in self.columns:
            self._row.addWidget(column, 1)
            column.view.moved.connect(self._follow(column.view))
        frames = [set(frames_to_play(take.frames, _MOST_FRAMES)) for take in shown]
        both = tuple(sorted(set.intersection(*frames))) if frames else ()
        for column in self.columns:
            column.view.message = "" if both else tr("No frame is in all of them.")
        self.bar.show_frames(both)
        self._show()

    def refresh(self) -> None:
        """Show anew which of them is the chosen one."""
        now = {take.record: take for take in self._history.takes}
        for column in self.columns:
            column.mark(now.get(column.take.record, column.take).chosen)

    def _choose(self, take: TakeSummary, takes: tuple[TakeSummary, ...]) -> Callable[[], None]:
        return lambda: self._chosen(take, tuple(one for one in takes if one is not take))

    def _follow(self, view: PictureView) -> Callable[[], None]:
        def follow() -> None:
            for column in self.columns:
                if column.view is not view:
                    column.view.follow(view)

        return follow

    def _wanted(self, take: TakeSummary) -> Wanted | None:
        frame = self.bar.frame()
        if frame is None:
            return None
        return of_take(take, self._history.request_of(take), frame, _WIDTH, self.bar.part())

    def _show(self) -> None:
        for column in self.columns:
            wanted = self._wanted(column.take)
            image = self._pictures.get(wanted) if wanted is not None else None
            if image is not None:
                column.view.size_of_plate(image.width(), image.height())
                column.view.show_picture(image)
            elif wanted is not None:
                failure = self._pictures.failure(wanted)
                if failure:
                    column.view.show_picture(None)
                column.view.message = failure or tr("Loading…")
                column.view.update()

    def _arrived(self, wanted: Wanted) -> None:
        if self.isVisible() and any(self._wanted(column.take) == wanted for column in self.columns):
            self._show()

    def closeEvent(self, event: Any) -> None:
        self.bar.stop()
