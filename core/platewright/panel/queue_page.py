"""The queue: jobs of this script or of all, by phase with time left, and what may be done with each."""

from __future__ import annotations

from typing import Any

from .explained import explained
from .look import Tones, em, muted
from .panel_model import PanelModel
from .qt import Qt, QtCore, QtGui, QtWidgets
from .queue_book import JobRow
from .row_painting import cut_text, row_ground, share_bar
from .small_parts import TroubleBox, flat_button
from .words import money, tr

__all__ = ["QueuePage"]

_ROW = int(Qt.ItemDataRole.UserRole)


class _Rows(QtCore.QAbstractListModel):
    """The rows; only those that changed are told, so that 200 jobs cost what one costs."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[JobRow, ...] = ()

    def rowCount(self, parent: Any = None) -> int:
        return len(self._rows)

    def data(self, index: Any, role: int = 0) -> Any:
        """What a row is, in the roles of this module and of Qt."""
        row = self._rows[index.row()] if 0 <= index.row() < len(self._rows) else None
        if row is None:
            return None
        if role == _ROW:
            return row
        if role in (int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.AccessibleTextRole)):
            return f"{row.title}, {row.state}, {row.detail}, {row.left}"
        if role == int(Qt.ItemDataRole.ToolTipRole):
            hint = row.failure.hint if row.failure is not None else ""
            return "\n".join(word for word in (row.detail, hint, row.id) if word)
        return None

    def show(self, rows: tuple[JobRow, ...]) -> None:
        """Show these."""
        before, self._rows = self._rows, rows
        if [row.id for row in before] == [row.id for row in rows]:
            for place, (old, new) in enumerate(zip(before, rows, strict=True)):
                if old != new:
                    index = self.index(place)
                    self.dataChanged.emit(index, index)
            return
        self.layoutAboutToBeChanged.emit()
        self._rows = before
        places = {row.id: place for place, row in enumerate(rows)}
        for index in self.persistentIndexList():
            known = before[index.row()].id if index.row() < len(before) else ""
            place = places.get(known, -1)
            self.changePersistentIndex(index, self.index(place) if place >= 0 else QtCore.QModelIndex())
        self._rows = rows
        self.layoutChanged.emit()


class _Painter(QtWidgets.QStyledItemDelegate):
    """Two lines and a bar."""

    def sizeHint(self, option: Any, index: Any) -> QtCore.QSize:
        line = option.fontMetrics.height()
        return QtCore.QSize(line * 12, round(line * 3.1))

    def paint(self, painter: Any, option: Any, index: Any) -> None:
        """Draw a row."""
        row = index.data(_ROW)
        if row is None:
            return
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        tone = Tones(option.palette)[row.tone]
        row_ground(painter, option, tone)
        line = option.fontMetrics.height()
        box = option.rect.adjusted(round(line * 0.7), round(line * 0.35), -round(line * 0.5), 0)
        text, quiet = option.palette.color(QtGui.QPalette.ColorRole.WindowText), muted(option.palette)
        first = QtCore.QRect(box.x(), box.y(), box.width(), line)
        price = money(row.cost)
        state = row.state if price == tr("free") else f"{row.state}  ·  {price}"
        width = cut_text(painter, first, state, tone, right=True)
        first.setWidth(first.width() - width - line // 2)
        cut_text(painter, first, row.title, text, strong=True)
        second = QtCore.QRect(box.x(), box.y() + round(line * 1.15), box.width(), line)
        width = cut_text(painter, second, row.left, quiet, right=True)
        second.setWidth(second.width() - width - line // 2)
        cut_text(painter, second, row.detail, quiet)
        if row.share is not None:
            ground = QtGui.QColor(text)
            ground.setAlpha(30)
            bar = QtCore.QRectF(box.x(), box.y() + line * 2.3, box.width(), max(2.0, line * 0.18))
            share_bar(painter, bar, row.share, tone, ground)
        painter.restore()


class QueuePage(QtWidgets.QWidget):
    """Chooses whose jobs are shown; the buttons below act on the chosen one."""

    def __init__(self, model: PanelModel) -> None:
        super().__init__()
        self._model = model
        layout = QtWidgets.QVBoxLayout(self)
        pad = em(self, 0.5)
        layout.setContentsMargins(0, pad, 0, 0)
        layout.setSpacing(em(self, 0.4))
        top = QtWidgets.QHBoxLayout()
        self.whose = QtWidgets.QComboBox()
        self.whose.addItem(tr("This script"), True)
        self.whose.addItem(tr("All scripts"), False)
        explained(self.whose, tr("Whose jobs"), tr("The jobs of the script that is open, or all of this engine."))
        self.whose.currentIndexChanged.connect(lambda index: self._show())
        self.cancel_all = flat_button(tr("Cancel all"), tr("Ask every open job in the list to stop."))
        self.cancel_all.clicked.connect(lambda: model.jobs.cancel_all(self.only_mine))
        top.addWidget(self.whose)
        top.addStretch(1)
        top.addWidget(self.cancel_all)
        layout.addLayout(top)
        self.trouble = TroubleBox("queue")
        self.trouble.dismissed.connect(model.board.dismiss)
        layout.addWidget(self.trouble)
        self.rows = _Rows()
        self.list = QtWidgets.QListView()
        self.list.setModel(self.rows)
        self.list.setItemDelegate(_Painter(self.list))
        self.list.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        explained(self.list, tr("Jobs"), tr("Jobs, the working ones first. Choose one to cancel, retry or decide."))
        self.list.selectionModel().currentChanged.connect(lambda now, before: self._enable())
        self.empty = QtWidgets.QLabel()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("muted", True)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        layout.addLayout(self._actions())
        self._show()

    @property
    def only_mine(self) -> bool:
        """Whether only this script's jobs are shown."""
        return bool(self.whose.currentData())

    def changed(self, topics: frozenset[str]) -> None:
        """Show what has changed."""
        if topics & {"queue", "standing"}:
            self._show()
        if "troubles" in topics:
            self.trouble.show_troubles(self._model.board.troubles.at("queue"))

    def chosen(self) -> JobRow | None:
        """The chosen job."""
        found = self.list.currentIndex().data(_ROW)
        return found if isinstance(found, JobRow) else None

    def _actions(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self.buttons: dict[str, QtWidgets.QToolButton] = {}
        for verb, label, help in (
            ("cancel", tr("Cancel"), tr("Ask the chosen job to stop; its finished frames stay usable.")),
            ("retry", tr("Retry"), tr("Try a failed, cancelled or unknown job again.")),
            ("pause", tr("Hold"), tr("Hold a queued job back.")),
            ("go_on", tr("Go on"), tr("Let a held job go on.")),
            ("approve", tr("Approve"), tr("Say yes to a waiting job, in your name.")),
            ("refuse", tr("Refuse"), tr("Say no to a waiting job, in your name.")),
        ):
            button = flat_button(label, help)
            button.clicked.connect(lambda checked=False, verb=verb: self._act(verb))
            row.addWidget(button)
            self.buttons[verb] = button
        row.addStretch(1)
        return row

    def _act(self, verb: str) -> None:
        row = self.chosen()
        if row is not None:
            self._model.jobs.change(row.id, verb)

    def _show(self) -> None:
        rows = self._model.jobs.book.rows(self.only_mine)
        self.rows.show(rows)
        self.list.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        if not rows:
            words = tr("No jobs of this script.") if self.only_mine else tr("No jobs.")
            self.empty.setText(words + "\n" + tr("What you ask for appears here, and stays through a restart."))
        self.cancel_all.setEnabled(any(row.can_cancel for row in rows))
        self._enable()

    def _enable(self) -> None:
        row = self.chosen()
        can = {
            "cancel": row is not None and row.can_cancel,
            "retry": row is not None and row.can_retry,
            "pause": row is not None and row.can_pause and not row.paused,
            "go_on": row is not None and row.can_pause and row.paused,
            "approve": row is not None and row.can_decide,
            "refuse": row is not None and row.can_decide,
        }
        for verb, button in self.buttons.items():
            button.setEnabled(can[verb])
            button.setVisible(can[verb] or verb in ("cancel", "retry"))
