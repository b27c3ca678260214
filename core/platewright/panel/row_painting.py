"""Drawing rows of the queue and the history: text that is cut with dots, bars, chips and a star."""

from __future__ import annotations

import math
from typing import Any

from .qt import Qt, QtCore, QtGui, QtWidgets

__all__ = ["chip", "cut_text", "row_ground", "share_bar", "star"]


def row_ground(painter: QtGui.QPainter, option: Any, colour: QtGui.QColor | None = None) -> None:
    """The row's ground: marked when it is selected or under the pointer."""
    palette = option.palette
    if option.state & QtWidgets.QStyle.StateFlag.State_Selected:
        marked = QtGui.QColor(palette.color(QtGui.QPalette.ColorRole.Highlight))
        marked.setAlpha(70)
        painter.fillRect(option.rect, marked)
    elif option.state & QtWidgets.QStyle.StateFlag.State_MouseOver:
        hover = QtGui.QColor(palette.color(QtGui.QPalette.ColorRole.WindowText))
        hover.setAlpha(14)
        painter.fillRect(option.rect, hover)
    if colour is not None:
        edge = QtCore.QRectF(option.rect)
        edge.setWidth(max(2.0, option.fontMetrics.height() * 0.18))
        painter.fillRect(edge, colour)
    if option.state & QtWidgets.QStyle.StateFlag.State_HasFocus:
        pen = QtGui.QColor(palette.color(QtGui.QPalette.ColorRole.Highlight))
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(option.rect.adjusted(0, 0, -1, -1))


def cut_text(
    painter: QtGui.QPainter,
    box: QtCore.QRect,
    text: str,
    colour: QtGui.QColor,
    strong: bool = False,
    right: bool = False,
) -> int:
    """A line of text in a box, cut with dots where it is too long; returns its width."""
    font = QtGui.QFont(painter.font())
    font.setWeight(QtGui.QFont.Weight.DemiBold if strong else QtGui.QFont.Weight.Normal)
    painter.setFont(font)
    painter.setPen(colour)
    metrics = QtGui.QFontMetrics(font)
    cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, box.width()))
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), cut)
    return int(metrics.horizontalAdvance(cut))


def share_bar(
    painter: QtGui.QPainter, box: QtCore.QRectF, share: float, colour: QtGui.QColor, ground: QtGui.QColor
) -> None:
    """A thin bar that is filled to a share."""
    radius = box.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, radius, radius)
    filled = QtCore.QRectF(box)
    filled.setWidth(max(box.height(), box.width() * min(1.0, max(0.0, share))))
    painter.setBrush(colour)
    painter.drawRoundedRect(filled, radius, radius)


def chip(painter: QtGui.QPainter, x: int, box: QtCore.QRect, text: str, colour: QtGui.QColor) -> int:
    """A word in a rounded frame at `x`; returns where the next thing may begin."""
    font = QtGui.QFont(painter.font())
    font.setWeight(QtGui.QFont.Weight.Normal)
    painter.setFont(font)
    metrics = QtGui.QFontMetrics(font)
    pad = metrics.height() // 3
    frame = QtCore.QRectF(
        x, box.y() + box.height() * 0.1, metrics.horizontalAdvance(text) + 2 * pad, box.height() * 0.8
    )
    pale = QtGui.QColor(colour)
    pale.setAlpha(40)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pale)
    painter.drawRoundedRect(frame, pad, pad)
    painter.setPen(colour)
    painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), text)
    return int(frame.right() + pad)


def star(painter: QtGui.QPainter, box: QtCore.QRectF, colour: QtGui.QColor, filled: bool) -> None:
    """A five-pointed star, filled or outlined."""
    centre, outer = box.center(), min(box.width(), box.height()) / 2
    shape = QtGui.QPolygonF()
    for corner in range(10):
        radius = outer if corner % 2 == 0 else outer * 0.42
        angle = math.pi * (corner / 5 - 0.5)
        shape.append(QtCore.QPointF(centre.x() + radius * math.cos(angle), centre.y() + radius * math.sin(angle)))
    painter.setPen(QtGui.QPen(colour, max(1.0, outer * 0.14)))
    painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(shape)
