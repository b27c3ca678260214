"""The form for a consent, a licence, a reference right or an approval: errors stand at the field they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from platewright.contract.recording import RecordKind

from .control import make_control
from .explained import explained
from .field_form import Row
from .look import Tones, em
from .panel_model import PanelModel
from .qt import Qt, QtCore, QtWidgets, Signal
from .record_forms import FORMS
from .small_parts import TroubleBox, flat_button, framed
from .tick_box import TickBox
from .words import tr

__all__ = ["DropBox", "RecordPage"]

_AFTER_MS = 300


class DropBox(QtWidgets.QLabel):
    """Files are dropped here, or chosen with a click. dropped: their full paths."""

    dropped = Signal(tuple)

    def __init__(self, words: str, pick: Callable[[], tuple[str, ...]]) -> None:
        super().__init__(words)
        self._words, self._pick = words, pick
        self.setObjectName("pwCard")
        self.setAcceptDrops(True)
        self.setWordWrap(True)
        self.setMargin(em(self, 0.4))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        explained(self, words, tr("Drop files here, or press Enter to choose. Their hashes go into the record."))

    def show_files(self, paths: tuple[str, ...]) -> None:
        """Say which files are held; only this panel shows their names."""
        names = ", ".join(path.replace("\\", "/").rpartition("/")[2] for path in paths)
        self.setText(names or self._words)

    def dragEnterEvent(self, event: Any) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:
        paths = tuple(url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile())
        if paths:
            self.dropped.emit(paths)
            event.acceptProposedAction()

    def mousePressEvent(self, event: Any) -> None:
        self._choose()

    def keyPressEvent(self, event: Any) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._choose()
        else:
            super().keyPressEvent(event)

    def _choose(self) -> None:
        paths = self._pick()
        if paths:
            self.dropped.emit(paths)


class RecordPage(QtWidgets.QWidget):
    """Over the model's `recording`. pick: asks for files, for tests."""

    def __init__(self, model: PanelModel, pick: Callable[[], tuple[str, ...]] | None = None) -> None:
        super().__init__()
        self._model = model
        self._pick = pick or self._dialog
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, em(self, 0.5), 0, 0)
        layout.setSpacing(em(self, 0.4))
        self.kinds = QtWidgets.QComboBox()
        for kind, form in FORMS.items():
            self.kinds.addItem(tr(form.label), kind)
        explained(self.kinds, tr("Kind of record"), tr("What is filed. Other kinds: `platewright rights add`."))
        self.kinds.currentIndexChanged.connect(lambda index: self._chosen())
        layout.addWidget(self.kinds)
        self.trouble = TroubleBox("record")
        self.trouble.dismissed.connect(model.board.dismiss)
        layout.addWidget(self.trouble)
        self._scroll = QtWidgets.QScrollArea()
        self._scroll.setObjectName("pwScroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        layout.addWidget(self._scroll, 1)
        self.said = QtWidgets.QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self.said)
        layout.addLayout(self._bottom())
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(model.recording.check)
        self._build()

    def changed(self, topics: frozenset[str]) -> None:
        """Show what has changed."""
        if topics & {"record", "standing"}:
            self._show()
        if "troubles" in topics:
            self.trouble.show_troubles(self._model.board.troubles.at("record"))

    def _bottom(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self.supersede = TickBox(tr("Supersede the one of that id"))
        explained(self.supersede, tr("Supersede"), tr("The record that is there is kept in the show's history."))
        self.supersede.toggled.connect(self._superseding)
        self.file = framed(flat_button(tr("File it"), tr("File the record for the show, in your name: an opaque id.")))
        self.file.clicked.connect(self._model.recording.file)
        row.addWidget(self.supersede, 1)
        row.addWidget(self.file)
        return row

    def _build(self) -> None:
        """The fields of the chosen kind, each with a line for what is wrong with it."""
        work = self._model.recording
        content = QtWidgets.QWidget()
        grid = QtWidgets.QGridLayout(content)
        grid.setContentsMargins(0, 0, em(self, 0.4), 0)
        grid.setVerticalSpacing(em(self, 0.2))
        grid.setColumnStretch(1, 1)
        self.rows: dict[str, Row] = {}
        self.errors: dict[str, QtWidgets.QLabel] = {}
        for field in work.shape.fields:
            row = Row(field, make_control(field))
            row.control.put(work.values[field.name])
            line = grid.rowCount()
            high = Qt.AlignmentFlag.AlignTop if field.kind == "long_text" else Qt.AlignmentFlag.AlignVCenter
            grid.addWidget(row.label, line, 0, high)
            if isinstance(row.control.focus, (QtWidgets.QLineEdit, QtWidgets.QPlainTextEdit)):
                row.control.focus.setPlaceholderText(tr(field.help))  # nobody guesses how an id or a day is written
            grid.addWidget(row.control.widget, line, 1)
            error = QtWidgets.QLabel()
            error.setWordWrap(True)
            error.setTextFormat(Qt.TextFormat.PlainText)
            error.hide()
            grid.addWidget(error, line + 1, 1)
            row.control.changed.connect(lambda name=field.name: self._typed(name))
            self.rows[field.name], self.errors[field.name] = row, error
        self.evidence = DropBox(tr("Drop {what} here", what=tr(work.shape.evidence)), self._pick)
        self.evidence.dropped.connect(lambda paths: work.drop(paths))
        self.pictures = DropBox(tr("Drop the pictures here"), self._pick)
        self.pictures.dropped.connect(lambda paths: work.drop(paths, pictures=True))
        self.pictures.setVisible(work.shape.pictures)
        for box in (self.evidence, self.pictures):
            grid.addWidget(box, grid.rowCount(), 0, 1, 2)
        grid.setRowStretch(grid.rowCount(), 1)
        self._scroll.setWidget(content)
        self._show()

    def _chosen(self) -> None:
        kind: RecordKind = self.kinds.currentData()
        self._model.recording.choose(kind)
        self.supersede.setChecked(False)
        self._build()

    def _typed(self, name: str) -> None:
        self._model.recording.put(name, self.rows[name].control.value())
        self._timer.start()

    def _superseding(self, on: bool) -> None:
        self._model.recording.replace = on
        self._timer.start()

    def _show(self) -> None:
        work = self._model.recording
        answer, tones = work.answer, Tones(self.palette())
        wrong = work.wrong
        for name, label in self.errors.items():
            label.setText(wrong.get(name, ""))
            # What nobody has filled in yet is no mistake: it is told in grey what goes there.
            label.setStyleSheet(f"color: {tones['bad' if work.is_filled(name) else 'quiet'].name()};")
            label.setVisible(name in wrong)
        said, tone = "", "quiet"
        beside = [message for name, message in wrong.items() if name not in self.errors]
        if beside:
            said, tone = "\n".join(beside), "bad"
        elif answer is not None and not answer.wrong:
            said, tone = (answer.message, "good") if answer.filed else (tr("It can be filed as it is."), "good")
        self.said.setText(said)
        self.said.setVisible(bool(said))
        self.said.setStyleSheet(f"color: {tones[tone].name()};")
        self.evidence.show_files(work.evidence)
        self.pictures.show_files(work.pictures)
        self.file.setEnabled(answer is not None and not answer.wrong and not answer.filed and not work.filing)

    def _dialog(self) -> tuple[str, ...]:
        return tuple(QtWidgets.QFileDialog.getOpenFileNames(self, tr("What it rests on"))[0])
