"""The history: takes grouped by the request they came from, with pictures that play, and what may be done with each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from platewright.contract.decisions import DecisionKind, TakeSummary

from .explained import explained
from .flow_row import FlowRow
from .look import em
from .panel_model import PanelModel
from .pictures import PictureStore
from .qt import Qt, QtCore, QtWidgets, Signal, point_of
from .small_parts import TroubleBox, flat_button
from .take_history import frames_to_play
from .take_rows import GROUP, TAKE, TakePainter, TakeRows
from .take_words import label_of
from .words import tr

__all__ = ["TakesPage"]

_PLAY_EVERY_MS = 140
_MOST_FRAMES = 100_000


def _ask_note(parent: QtWidgets.QWidget, take: TakeSummary) -> str:
    title = tr("Note on {take}", take=label_of(take))
    text, accepted = QtWidgets.QInputDialog.getText(parent, title, tr("In your own words; it stays in the ledger."))
    return str(text).strip() if accepted else ""


def _ask_frame(parent: QtWidgets.QWidget, take: TakeSummary) -> int | None:
    frames = frames_to_play(take.frames, _MOST_FRAMES)
    title = tr("Anchor from {take}", take=label_of(take))
    text, accepted = QtWidgets.QInputDialog.getItem(
        parent, title, tr("The frame that the others are to follow"), [str(one) for one in frames], 0, True
    )
    return int(text) if accepted and str(text).strip().lstrip("-").isdigit() else None


class TakesPage(QtWidgets.QWidget):
    """compare: the artist wants to wipe between two takes; line_up: to see several side by side;
    chosen: another take was chosen (or None)."""

    compare = Signal(object, object)
    line_up = Signal(object)
    chosen = Signal(object)

    def __init__(self, model: PanelModel, pictures: PictureStore) -> None:
        super().__init__()
        self._model = model
        self.ask_note: Callable[[QtWidgets.QWidget, TakeSummary], str] = _ask_note
        self.ask_frame: Callable[[QtWidgets.QWidget, TakeSummary], int | None] = _ask_frame
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, em(self, 0.5), 0, 0)
        layout.setSpacing(em(self, 0.4))
        layout.addLayout(self._top())
        self.trouble = TroubleBox("history")
        self.trouble.dismissed.connect(model.board.dismiss)
        layout.addWidget(self.trouble)
        self.rows = TakeRows(model.takes.history)
        self.list = _List()
        self.list.setModel(self.rows)
        self.painter = TakePainter(self.list, model.takes.history, pictures)
        self.list.setItemDelegate(self.painter)
        explained(
            self.list, tr("Takes"),
            tr("Takes, the latest request first. Return brings one in, S stars it, Ctrl+click chooses a second."),
        )  # fmt: skip
        self.list.selectionModel().selectionChanged.connect(lambda *ignored: self._selected())
        self.list.doubleClicked.connect(lambda index: self.apply())
        self.list.starred.connect(self._toggle_star)
        self.list.key.connect(self._key)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.empty = QtWidgets.QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("muted", True)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        layout.addLayout(self._actions())
        self._play = QtCore.QTimer(self)
        self._play.setInterval(_PLAY_EVERY_MS)
        self._play.timeout.connect(self._next_frame)
        self._play.start()
        pictures.arrived.connect(lambda wanted: self.list.viewport().update())
        self._show()

    def changed(self, topics: frozenset[str]) -> None:
        """Show what has changed."""
        if topics & {"history", "standing"}:
            self._show()
        if "troubles" in topics:
            self.trouble.show_troubles(self._model.board.troubles.at("history"))

    def takes(self) -> list[TakeSummary]:
        """The chosen takes, in the order of the list."""
        found = [index.data(TAKE) for index in self.list.selectionModel().selectedIndexes()]
        rows = {id(take): place for place, take in enumerate(self.rows.takes())}
        return sorted((one for one in found if one is not None), key=lambda take: rows.get(id(take), 0))

    def choose(self, label: str) -> bool:
        """Choose a take by its label. Returns whether it is in the list."""
        for place in range(self.rows.rowCount()):
            index = self.rows.index(place)
            take = index.data(TAKE)
            if take is not None and label_of(take) == label:
                self.list.setCurrentIndex(index)
                return True
        return False

    def apply(self) -> None:
        """Bring the chosen take in."""
        found = self.takes()
        if found:
            self._model.takes.apply(found[0])

    # Building.

    def _top(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self.search = QtWidgets.QLineEdit()
        self.search.setPlaceholderText(tr("Search takes"))
        self.search.setClearButtonEnabled(True)
        explained(self.search, tr("Search"), tr("Find takes by element, version, frames, prompt, seed, note or name."))
        self.starred = flat_button(tr("★"), tr("Show only starred takes."))
        self.starred.setCheckable(True)
        self.starred.setAccessibleName(tr("Starred only"))
        self.search.textChanged.connect(lambda text: self._search())
        self.starred.toggled.connect(lambda on: self._search())
        row.addWidget(self.search, 1)
        row.addWidget(self.starred)
        return row

    def _actions(self) -> QtWidgets.QLayout:
        row = FlowRow(em(self, 0.2))
        places = self._model.host.can_place
        self.bring = flat_button(
            tr("Bring in") if places else tr("Export"),
            tr("Place the take in the comp; where one stands already, it is switched.")
            if places
            else tr("Copy the take's files to a folder of yours."),
            tr("Return"),
        )
        self.bring.clicked.connect(self.apply)
        self.compare_button = flat_button(
            tr("Compare"), tr("Wipe between two chosen takes, or one and its plate."), tr("C")
        )
        self.compare_button.clicked.connect(self._compare)
        self.line = flat_button(
            tr("Side by side"),
            tr("All takes of this request beside each other, or those you chose, with their scores, to choose one."),
            tr("B"),
        )
        self.line.clicked.connect(self._line_up)
        self.copy = flat_button(tr("Copy settings"), tr("Put what the take was asked for with into the controls."))
        self.copy.clicked.connect(self._copy)
        self.again = flat_button(
            tr("Make again…"),
            tr("Go on from the take: some of its frames, or a smaller matte; all else stays as it is."),
        )
        self.again.clicked.connect(self._again)
        self.more = flat_button(tr("More"), tr("Star, note, approve, reject or choose the take."))
        self.more.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._make_menu(self.more))
        for button in (self.bring, self.compare_button, self.line, self.again, self.copy, self.more):
            row.addWidget(button)
        return row

    def _make_menu(self, parent: QtWidgets.QWidget) -> QtWidgets.QMenu:
        menu = QtWidgets.QMenu(parent)
        menu.setToolTipsVisible(True)
        explained(menu, tr("More"), tr("What else can be done with the take."))
        for label, help, act in (
            (tr("Star or unstar"), tr("Mark it for yourself."), lambda: self._each(self._toggle_star)),
            (tr("Note…"), tr("A note in the ledger."), self._note),
            (tr("Approve"), tr("In your name; a final needs an approved draft."), lambda: self._decide("approve")),
            (tr("Reject"), tr("In your name."), lambda: self._decide("reject")),
            (
                tr("Use a frame as an anchor…"),
                tr("Give a frame that you like to the next regeneration; the others follow it."),
                self._anchor,
            ),
            (tr("Choose for this element"), tr("The take that hosts bring in."), lambda: self._decide("choose")),
        ):
            action = menu.addAction(label)
            action.setToolTip(help)
            action.triggered.connect(lambda checked=False, act=act: act())
        return menu

    # Showing.

    def _show(self) -> None:
        kept = [label_of(take) for take in self.takes()]
        if self.rows.refresh():
            for label in kept[:1]:
                self.choose(label)
        shown = self.rows.rowCount() > 0
        self.list.setVisible(shown)
        self.empty.setVisible(not shown)
        if not shown:
            self.empty.setText(self._why_empty())
        self._selected()

    def _why_empty(self) -> str:
        if self._model.takes.history.takes:
            return tr("No take fits the search.")
        if self._model.standing.state.value != "connected":
            return tr("Takes are listed as soon as the engine answers.")
        return tr("No takes yet.") + "\n" + tr("They are kept with the shot, not in the script.")

    def _selected(self) -> None:
        found = self.takes()
        one = bool(found)
        known = one and self._model.takes.history.request_of(found[0]) is not None
        for button in (self.bring, self.compare_button, self.more):
            button.setEnabled(one)
        self.line.setEnabled(len(self._beside()) > 1)
        self.copy.setEnabled(known)
        self.again.setEnabled(one and len(found) == 1)
        self.painter.playing = found[0].record if len(found) == 1 else ""
        self.chosen.emit(found[0] if found else None)

    def _next_frame(self) -> None:
        if self.isVisible() and self.painter.advance():
            self.list.viewport().update()

    def _search(self) -> None:
        self._model.takes.search(self.search.text(), self.starred.isChecked())
        self._model.board.tell()

    # What is done.

    def _each(self, act: Callable[[TakeSummary], None]) -> None:
        for take in self.takes():
            act(take)

    def _toggle_star(self, take: TakeSummary) -> None:
        self._model.takes.decide(take, "unstar" if take.starred else "star")

    def _decide(self, kind: DecisionKind) -> None:
        self._each(lambda take: self._model.takes.decide(take, kind))
        self._model.board.tell()

    def _note(self) -> None:
        for take in self.takes()[:1]:
            text = self.ask_note(self, take)
            if text:
                self._model.takes.decide(take, "note", text)

    def _anchor(self) -> None:
        for take in self.takes()[:1]:
            frames = frames_to_play(take.frames, _MOST_FRAMES)
            frame = self.ask_frame(self, take) if frames else None
            if frame in frames:
                self._model.takes.use_as_anchor(take, frame)
                self._model.board.tell()

    def _copy(self) -> None:
        for take in self.takes()[:1]:
            self._model.takes.copy_settings(take)
            self._model.board.tell()

    def _again(self) -> None:
        for take in self.takes()[:1]:
            self._model.takes.make_again(take)
            self._model.board.tell()

    def _compare(self) -> None:
        found = self.takes()
        if found:
            self.compare.emit(found[0], found[1] if len(found) > 1 else None)

    def _beside(self) -> tuple[TakeSummary, ...]:
        """The chosen takes where they are several, else all of the chosen one's request."""
        found = self.takes()
        return tuple(found) if len(found) != 1 else self._model.takes.history.beside(found[0])

    def _line_up(self) -> None:
        found = self._beside()
        if len(found) > 1:
            self.line_up.emit(found)

    def _menu(self, point: QtCore.QPoint) -> None:
        if self.takes():
            self._make_menu(self).popup(self.list.viewport().mapToGlobal(point))

    def _key(self, key: int) -> None:
        if key == int(Qt.Key.Key_S):
            self._each(self._toggle_star)
        elif key == int(Qt.Key.Key_C):
            self._compare()
        elif key == int(Qt.Key.Key_B):
            self._line_up()
        else:
            self.apply()


class _List(QtWidgets.QListView):
    """A list that tells of its star and its keys."""

    starred = Signal(object)
    key = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)

    def mousePressEvent(self, event: Any) -> None:
        point = point_of(event).toPoint()
        index = self.indexAt(point)
        painter = self.itemDelegate()
        take = index.data(TAKE)
        if take is not None and isinstance(painter, TakePainter):
            box = painter.star_box(self.visualRect(index), self.fontMetrics().height())
            if box.contains(point):
                self.starred.emit(take)
                return
        if index.data(GROUP) is not None:
            return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: Any) -> None:
        keys = {int(key) for key in (Qt.Key.Key_S, Qt.Key.Key_C, Qt.Key.Key_B, Qt.Key.Key_Return, Qt.Key.Key_Enter)}
        if int(event.key()) in keys and not event.modifiers():
            self.key.emit(int(event.key()))
            return
        super().keyPressEvent(event)
