"""Before publish: one button, what was found by severity, what to do about it, who may waive it, and the way there."""

from __future__ import annotations

from typing import Any

from platewright.contract.repairs import RepairKind

from .explained import explained
from .look import Tones, em, muted
from .panel_model import PanelModel
from .publish_rows import PublishRow
from .qt import Qt, QtCore, QtGui, QtWidgets
from .row_painting import cut_text, row_ground
from .small_parts import TroubleBox, flat_button, framed
from .tick_box import TickBox
from .words import tr

__all__ = ["PublishPage"]

_ROW = int(Qt.ItemDataRole.UserRole)
_TONES = {"idle": "quiet", "checking": "busy", "failed": "bad", "shut": "bad", "open": "good"}


class _Painter(QtWidgets.QStyledItemDelegate):
    """Two lines: the rule with its weight, and where it is."""

    def sizeHint(self, option: Any, index: Any) -> QtCore.QSize:
        line = option.fontMetrics.height()
        return QtCore.QSize(line * 12, round(line * 2.8))

    def paint(self, painter: Any, option: Any, index: Any) -> None:
        """Draw a row."""
        row = index.data(_ROW)
        if row is None:
            return
        painter.save()
        tone = Tones(option.palette)[row.tone]
        row_ground(painter, option, tone)
        line = option.fontMetrics.height()
        box = option.rect.adjusted(round(line * 0.7), round(line * 0.3), -round(line * 0.5), 0)
        text, quiet = option.palette.color(QtGui.QPalette.ColorRole.WindowText), muted(option.palette)
        first = QtCore.QRect(box.x(), box.y(), box.width(), line)
        width = cut_text(painter, first, row.weight, tone, right=True)
        first.setWidth(first.width() - width - line // 2)
        cut_text(painter, first, f"{row.rule}  {row.message}", text, strong=row.stops)
        second = QtCore.QRect(box.x(), box.y() + round(line * 1.15), box.width(), line)
        cut_text(painter, second, row.place, quiet)
        painter.restore()


class PublishPage(QtWidgets.QWidget):
    """Over the model's `publishing`."""

    def __init__(self, model: PanelModel) -> None:
        super().__init__()
        self._model = model
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, em(self, 0.5), 0, 0)
        layout.setSpacing(em(self, 0.4))
        layout.addLayout(self._top())
        self.trouble = TroubleBox("publish")
        self.trouble.dismissed.connect(model.board.dismiss)
        layout.addWidget(self.trouble)
        self.verdict = self._label(strong=True)
        layout.addWidget(self.verdict)
        self.list = QtWidgets.QListWidget()
        self.list.setItemDelegate(_Painter(self.list))
        self.list.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        explained(self.list, tr("Findings"), tr("What was found, the heaviest first. Double-click to go there."))
        self.list.currentItemChanged.connect(lambda now, before: self._choose())
        self.list.itemActivated.connect(lambda item: self._jump())
        layout.addWidget(self.list, 1)
        self.detail = self._label()
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(self.detail)
        layout.addLayout(self._actions())
        self.note = self._label()
        self.note.setProperty("muted", True)
        layout.addWidget(self.note)
        self._rest = QtWidgets.QWidget()  # takes the room of the list where there is none
        layout.addWidget(self._rest, 1)
        self._show()

    def changed(self, topics: frozenset[str]) -> None:
        """Show what has changed."""
        if topics & {"publish", "standing"}:
            self._show()
        if "troubles" in topics:
            self.trouble.show_troubles(self._model.board.troubles.at("publish"))

    def chosen(self) -> PublishRow | None:
        """The chosen row."""
        item: Any = self.list.currentItem()
        found = item.data(_ROW) if item is not None else None
        return found if isinstance(found, PublishRow) else None

    def _top(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        help = tr("Run every check that a publish runs, on what is selected: all outputs where none is.")
        self.check = framed(flat_button(tr("Check for publish"), help))
        self.check.clicked.connect(self._model.publishing.check)
        self.final = TickBox(tr("For the final picture"))
        explained(self.final, tr("For the final picture"), tr("Judge it as a final; drafts are judged more lightly."))
        self.final.toggled.connect(self._set_final)
        row.addWidget(self.check)
        row.addWidget(self.final)
        row.addStretch(1)
        return row

    def _actions(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self.jump = flat_button(tr("Go there"), tr("Select the node, or show the frame or take, that it is about."))
        self.jump.clicked.connect(self._jump)
        row.addWidget(self.jump)
        self.repairs: dict[RepairKind, QtWidgets.QToolButton] = {}
        kinds: tuple[tuple[RepairKind, str, str], ...] = (
            ("fetch", tr("Fetch it back"), tr("Bring record and manifest back as the ledger has them, from a copy.")),
            ("stamp", tr("Sign again"), tr("Sign the record again, if it and every frame are what the ledger has.")),
            ("disclose", tr("Write the report"), tr("Write the disclosure report beside what is published.")),
        )
        for kind, label, help in kinds:
            button = flat_button(label, tr("{help} No frame is written, and the ledger says who asked.", help=help))
            button.clicked.connect(lambda checked=False, kind=kind: self._repair(kind))
            row.addWidget(button)
            self.repairs[kind] = button
        row.addStretch(1)
        return row

    def _label(self, strong: bool = False) -> QtWidgets.QLabel:
        label = QtWidgets.QLabel()
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("strong", strong)
        return label

    def _set_final(self, on: bool) -> None:
        self._model.publishing.final = on

    def _jump(self) -> None:
        row = self.chosen()
        if row is not None and row.can_jump:
            self._model.publishing.jump(row)

    def _repair(self, kind: RepairKind) -> None:
        row = self.chosen()
        if row is not None:
            self._model.publishing.repair(row, kind)

    def _show(self) -> None:
        work = self._model.publishing
        before = self.list.currentRow()
        self.list.blockSignals(True)
        self.list.clear()
        for row in work.rows:
            item = QtWidgets.QListWidgetItem(f"{row.rule}, {row.weight}: {row.message}, {row.place}")
            item.setData(_ROW, row)
            item.setToolTip(f"<p>{_plain(row.detail)}</p>")
            self.list.addItem(item)
        if work.rows:
            self.list.setCurrentRow(min(max(before, 0), len(work.rows) - 1))
        self.list.blockSignals(False)
        self.list.setVisible(bool(work.rows))
        self._rest.setVisible(not work.rows)
        self.verdict.setText(work.sentence or tr("Nothing was checked yet."))
        self.verdict.setStyleSheet(f"color: {Tones(self.palette())[_TONES[work.standing]].name()};")
        self.note.setText(work.note)
        self.note.setVisible(bool(work.note))
        self.check.setEnabled(work.standing != "checking")
        self._choose()

    def _choose(self) -> None:
        row, idle = self.chosen(), self._model.publishing.standing != "checking"
        self.detail.setText(row.detail if row is not None else "")
        self.detail.setVisible(row is not None)
        self.jump.setVisible(row is not None and row.can_jump)
        for kind, button in self.repairs.items():
            button.setVisible(row is not None and bool(row.record) and kind in row.repairs)
            button.setEnabled(idle)


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
