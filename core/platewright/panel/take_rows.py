"""The rows of the history and how they are drawn: a heading for each request, a picture and two lines for each take."""

from __future__ import annotations

from typing import Any

from platewright.contract.decisions import TakeSummary

from .look import Tones, muted
from .pictures import PictureStore, of_take
from .qt import Qt, QtCore, QtGui, QtWidgets
from .row_painting import chip, cut_text, row_ground, star
from .take_history import TakeGroup, TakeHistory, frames_to_play
from .take_words import label_of, made_words, score_words
from .words import ago, money, tr

__all__ = ["GROUP", "TAKE", "TakePainter", "TakeRows"]

TAKE = int(Qt.ItemDataRole.UserRole)
GROUP = TAKE + 1
_FRAMES = 12


class TakeRows(QtCore.QAbstractListModel):
    """A heading and its takes, one after the other."""

    def __init__(self, history: TakeHistory) -> None:
        super().__init__()
        self._history = history
        self._rows: list[TakeGroup | TakeSummary] = []

    def refresh(self) -> bool:
        """Take the history as it is now. Returns whether the rows are others than before."""
        rows: list[TakeGroup | TakeSummary] = []
        for group in self._history.groups():
            rows += [group, *group.takes]
        if rows == self._rows:
            return False
        if [_mark(row) for row in rows] == [_mark(row) for row in self._rows]:
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return False
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()
        return True

    def takes(self) -> list[TakeSummary]:
        """The takes in their order."""
        return [row for row in self._rows if isinstance(row, TakeSummary)]

    def rowCount(self, parent: Any = None) -> int:
        return len(self._rows)

    def flags(self, index: Any) -> Any:
        """Takes can be chosen, headings can't."""
        row = self._rows[index.row()] if 0 <= index.row() < len(self._rows) else None
        if isinstance(row, TakeSummary):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return Qt.ItemFlag.ItemIsEnabled

    def data(self, index: Any, role: int = 0) -> Any:
        """What a row is, in the roles of this module and of Qt."""
        row = self._rows[index.row()] if 0 <= index.row() < len(self._rows) else None
        if role == TAKE:
            return row if isinstance(row, TakeSummary) else None
        if role == GROUP:
            return row if isinstance(row, TakeGroup) else None
        if role in (int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.AccessibleTextRole)):
            if isinstance(row, TakeSummary):
                starred = tr("starred") if row.starred else ""
                return ", ".join(word for word in (label_of(row), made_words(row), row.frames, starred) if word)
            return row.heading if row is not None else ""
        if role == int(Qt.ItemDataRole.ToolTipRole) and isinstance(row, TakeSummary):
            notes = [f"{who}: {text}" if who else text for _, who, text in row.notes]
            score = [tr("{score}: how well it sits in its plate; lower is better.", score=score_words(row))]
            return "\n".join([label_of(row), row.pattern, *(score if row.score is not None else []), *notes])
        return None


def _mark(row: TakeGroup | TakeSummary) -> str:
    return row.key if isinstance(row, TakeGroup) else row.record


class TakePainter(QtWidgets.QStyledItemDelegate):
    """playing: the record of the take whose picture plays."""

    def __init__(self, parent: QtWidgets.QWidget, history: TakeHistory, pictures: PictureStore) -> None:
        super().__init__(parent)
        self._history, self._pictures = history, pictures
        self._line = 0
        self._frame = 0
        self.playing = ""

    def advance(self) -> bool:
        """The next frame of what plays. Returns whether anything does."""
        self._frame += 1
        return bool(self.playing)

    def sizeHint(self, option: Any, index: Any) -> QtCore.QSize:
        line = option.fontMetrics.height()
        tall = 3.0 if index.data(GROUP) is not None else 4.6
        return QtCore.QSize(line * 14, round(line * tall))

    def star_box(self, rect: QtCore.QRect, line: int) -> QtCore.QRect:
        """Where a row's star is, to be clicked."""
        side = round(line * 1.3)
        return QtCore.QRect(rect.right() - round(line * 0.4) - side, rect.y() + round(line * 0.35), side, side)

    def paint(self, painter: Any, option: Any, index: Any) -> None:
        """Draw a row."""
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        group, take = index.data(GROUP), index.data(TAKE)
        if group is not None:
            self._paint_group(painter, option, group)
        elif take is not None:
            self._paint_take(painter, option, take)
        painter.restore()

    def _paint_group(self, painter: Any, option: Any, group: TakeGroup) -> None:
        line = option.fontMetrics.height()
        box = option.rect.adjusted(round(line * 0.4), round(line * 0.7), -round(line * 0.4), 0)
        text = option.palette.color(QtGui.QPalette.ColorRole.WindowText)
        cut_text(painter, QtCore.QRect(box.x(), box.y(), box.width(), line), group.heading, text, strong=True)
        below = QtCore.QRect(box.x(), box.y() + round(line * 1.1), box.width(), line)
        cut_text(painter, below, group.detail, muted(option.palette))

    def _paint_take(self, painter: Any, option: Any, take: TakeSummary) -> None:
        tones = Tones(option.palette)
        row_ground(painter, option, tones["good"] if take.chosen else None)
        line = option.fontMetrics.height()
        box = option.rect.adjusted(round(line * 0.6), round(line * 0.35), -round(line * 0.4), -round(line * 0.35))
        picture = QtCore.QRectF(box.x(), box.y(), box.height() * 16 / 9, box.height())
        self._paint_picture(painter, option, picture, take)
        left = round(picture.right() + line * 0.7)
        mark = self.star_box(option.rect, line)
        text, quiet = option.palette.color(QtGui.QPalette.ColorRole.WindowText), muted(option.palette)
        first = QtCore.QRect(left, box.y(), mark.left() - left, line)
        after = cut_text(painter, first, f"v{take.version:03d}", text, strong=True) + round(line * 0.6)
        cut_text(painter, first.adjusted(after, 0, 0, 0), made_words(take), quiet)
        second = QtCore.QRect(left, box.y() + round(line * 1.2), box.right() - left, line)
        cost = money(take.cost)
        words = [ago(take.created), take.frames, "" if cost == tr("free") else cost]
        cut_text(painter, second, "  ·  ".join(word for word in words if word), quiet)
        self._paint_chips(painter, option, take, left, box.y() + round(line * 2.5), line)
        star(painter, QtCore.QRectF(mark), tones["warn"] if take.starred else quiet, take.starred)

    def _paint_chips(self, painter: Any, option: Any, take: TakeSummary, x: int, y: int, line: int) -> None:
        tones = Tones(option.palette)
        box = QtCore.QRect(x, y, 0, round(line * 1.25))
        if take.chosen:
            x = chip(painter, x, box, tr("in use"), tones["good"])
        if take.approved_by:
            x = chip(painter, x, box, tr("approved by {who}", who=take.approved_by[:20]), tones["good"])
        if take.rejected_by:
            x = chip(painter, x, box, tr("rejected by {who}", who=take.rejected_by[:20]), tones["bad"])
        if take.intent == "final":
            x = chip(painter, x, box, tr("final"), tones["busy"])
        if take.notes:
            left = option.rect.right() - x - line
            cut_text(painter, QtCore.QRect(x, y, left, box.height()), f"“{take.notes[-1][2]}”", tones["quiet"])

    def _paint_picture(self, painter: Any, option: Any, box: QtCore.QRectF, take: TakeSummary) -> None:
        ground = option.palette.color(QtGui.QPalette.ColorRole.Base).darker(120)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRect(box)
        frames = frames_to_play(take.frames, _FRAMES)
        if not frames:
            return
        width = 128 * (1 + round(box.width() * painter.device().devicePixelRatioF()) // 128)
        request = self._history.request_of(take)
        image = None
        if take.record == self.playing:
            image = self._pictures.get(of_take(take, request, frames[self._frame % len(frames)], width))
        if image is None:
            image = self._pictures.get(of_take(take, request, frames[len(frames) // 2], width))
        if image is not None:
            fitted = QtCore.QSizeF(image.size()).scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QtCore.QRectF(QtCore.QPointF(), fitted)
            place.moveCenter(box.center())
            painter.drawImage(place, image)
