"""The panel: what is asked for above (or left), what is on its way and what was made below (or right)."""

from __future__ import annotations

from collections.abc import Callable

from platewright.contract.decisions import TakeSummary

from .board import TOPICS
from .compare_window import CompareWindow
from .difference_row import DifferenceRow
from .explained import explained
from .field import Field
from .lineup_window import LineupWindow
from .look import em, sheet
from .make_page import MakePage, pick_path
from .panel_model import PanelModel
from .pictures import PictureStore
from .publish_page import PublishPage
from .qt import QShortcut, Qt, QtCore, QtGui, QtWidgets
from .queue_page import QueuePage
from .record_page import RecordPage
from .takes_page import TakesPage
from .words import tr, translate_by

__all__ = ["PanelWidget", "TICK_MS", "WorkPage"]

TICK_MS = 60
_SECONDS_A_TICK = 0.012


class WorkPage(QtWidgets.QWidget):
    """Takes, queue, publish and records of rights, and the check of what would change."""

    def __init__(self, model: PanelModel, pictures: PictureStore) -> None:
        super().__init__()
        self._model = model
        layout = QtWidgets.QVBoxLayout(self)
        pad = em(self, 0.5)
        layout.setContentsMargins(pad, pad, pad, pad)
        self.tabs = QtWidgets.QTabWidget()
        self.tabs.setDocumentMode(True)
        self.takes = TakesPage(model, pictures)
        self.queue = QueuePage(model)
        self.tabs.addTab(self.takes, tr("Takes"))
        self.tabs.addTab(self.queue, tr("Queue"))
        self.publish = PublishPage(model)
        self.tabs.addTab(self.publish, tr("Publish"))
        self.record = RecordPage(model)
        self.tabs.addTab(self.record, tr("Rights"))
        help = tr("What was made, what is on its way, and what holds a publish up.")
        explained(self.tabs.tabBar(), tr("Takes, queue and publish"), help)
        layout.addWidget(self.tabs, 1)
        self.difference = DifferenceRow(model)
        layout.addWidget(self.difference)

    def changed(self, topics: frozenset[str]) -> None:
        """Show what has changed."""
        self.takes.changed(topics)
        self.queue.changed(topics)
        self.publish.changed(topics)
        self.record.changed(topics)
        self.difference.changed(topics)
        if topics & {"queue", "history"}:
            count = self._model.jobs.book.open_count(self.queue.only_mine)
            made = len(self._model.takes.history.takes)
            self.tabs.setTabText(0, tr("Takes {n}", n=made) if made else tr("Takes"))
            self.tabs.setTabText(1, tr("Queue {n}", n=count) if count else tr("Queue"))


class PanelWidget(QtWidgets.QWidget):
    """Give it a model; it ticks it from a timer of its own. middle: what stands between the two parts.

    It is built in turns of the event loop, so that a host stands still for none of them: at once the button, then the
    controls in two, then what was made. Whoever asks for a part before has it then.
    """

    def __init__(
        self,
        model: PanelModel,
        pick: Callable[[Field], str] = pick_path,
        middle: QtWidgets.QWidget | None = None,
        pictures: PictureStore | None = None,
    ) -> None:
        super().__init__()
        translate_by(lambda text: QtCore.QCoreApplication.translate("platewright", text))
        self.model = model
        self.setObjectName("platewright")
        self.setStyleSheet(sheet(self))
        self.pictures = pictures if pictures is not None else PictureStore(model.session)
        self._middle = middle
        self.split = QtWidgets.QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.split)
        self.make = MakePage(model, pick)
        self.split.addWidget(self.make)
        if middle is not None:
            self.split.addWidget(middle)
            self.split.setOrientation(Qt.Orientation.Horizontal)
        self._work: WorkPage | None = None
        self._compare: CompareWindow | None = None
        self._lineup: LineupWindow | None = None
        self._keys()
        self.make.changed(frozenset(TOPICS))
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._build_on)
        self._later.start(0)
        model.board.listeners.append(self.changed)
        model.making.pump = self._pump
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        model.session.open()

    @property
    def work(self) -> WorkPage:
        """Takes, queue, publish and rights."""
        return self._with_work()

    def _with_work(self) -> WorkPage:
        if self._work is None:
            self._work = WorkPage(self.model, self.pictures)
            self._work.takes.compare.connect(self.compare)
            self._work.takes.line_up.connect(self.line_up)
            self.split.addWidget(self._work)
            if self._middle is None:
                self.split.setStretchFactor(0, 3)
                self.split.setStretchFactor(1, 2)
                self.split.setSizes([em(self, 33), em(self, 23)])
            else:
                self.split.setStretchFactor(1, 1)
                self.split.setSizes([em(self, 24), em(self, 60), em(self, 21)])
            self._work.changed(frozenset(TOPICS))
        return self._work

    def changed(self, topics: frozenset[str]) -> None:
        """Show what has changed."""
        self.make.changed(topics)
        if self._work is not None:
            self._work.changed(topics)
        if self._lineup is not None and "history" in topics:
            self._lineup.refresh()

    def tick(self) -> None:
        """Let the model work, no longer than a small part of a frame of the host's UI."""
        clock = QtCore.QElapsedTimer()
        clock.start()
        while self.model.tick() and clock.elapsed() < _SECONDS_A_TICK * 1000:
            continue

    def compare(self, one: TakeSummary, two: TakeSummary | None) -> None:
        """Show two takes wiped against each other."""
        if self._compare is None:
            self._compare = CompareWindow(self.pictures, self.model.takes.history, self)
        self._compare.compare(one, two)
        self._compare.show()
        self._compare.raise_()

    def line_up(self, takes: tuple[TakeSummary, ...]) -> None:
        """Show several takes side by side, to choose one."""
        if self._lineup is None:
            takes_work = self.model.takes
            self._lineup = LineupWindow(self.pictures, takes_work.history, takes_work.choose_over, self)
        self._lineup.line_up(takes)
        self._lineup.show()
        self._lineup.raise_()

    def close_session(self) -> None:
        """End what runs for the panel; jobs go on without it."""
        self._timer.stop()
        if self.changed in self.model.board.listeners:
            self.model.board.listeners.remove(self.changed)
        self.model.session.close(wait_s=0.0)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        wide = self.width() > em(self, 52) and self.width() > self.height()
        if self._middle is not None:
            wide = True
        self.split.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        super().resizeEvent(event)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(em(self, 27), em(self, 56))

    def _build_on(self) -> None:
        """The next part that is not there yet."""
        if self.make.is_whole:
            self._with_work()
        else:
            self.make.build_on()
            self._later.start(0)

    def _keys(self) -> None:
        for key, act in (
            ("Alt+Shift+Up", lambda: self.model.takes.step(1)),
            ("Alt+Shift+Down", lambda: self.model.takes.step(-1)),
            ("Ctrl+F", lambda: self.work.takes.search.setFocus()),
            ("F5", self.model.takes.refresh),
            ("Ctrl+Return", self.make.main.click),
            ("Ctrl+Enter", self.make.main.click),
        ):
            shortcut = QShortcut(QtGui.QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _pump(self) -> None:
        """Between exported frames: repaint and let the stop button be pressed, and nothing else of the host's."""
        QtWidgets.QApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 10)
