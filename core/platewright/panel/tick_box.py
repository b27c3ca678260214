"""A check box whose box is to be seen also when it is empty: hosts' dark styles draw it in the ground's own shade."""

from __future__ import annotations

from .look import mixed
from .qt import Qt, QtCore, QtGui, QtWidgets

__all__ = ["TickBox"]


class TickBox(QtWidgets.QCheckBox):
    """Drawn from the palette alone: an outline of the text's colour, the accent's ground and a tick where it is on."""

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        option = QtWidgets.QStyleOptionButton()
        self.initStyleOption(option)
        style, palette, role = self.style(), self.palette(), QtGui.QPalette.ColorRole
        box = QtCore.QRectF(style.subElementRect(style.SubElement.SE_CheckBoxIndicator, option, self))
        side = min(box.width(), box.height())
        box = QtCore.QRectF(box.x(), box.center().y() - side / 2, side, side).adjusted(0.5, 0.5, -0.5, -0.5)
        group = QtGui.QPalette.ColorGroup.Active if self.isEnabled() else QtGui.QPalette.ColorGroup.Disabled
        text, ground = palette.color(group, role.WindowText), palette.color(group, role.Window)
        accent = palette.color(group, role.Highlight)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        marked = self.hasFocus() or self.underMouse()
        painter.setPen(QtGui.QPen(text if marked else mixed(ground, text, 0.6), max(1.0, side / 14)))
        painter.setBrush(accent if self.isChecked() else palette.color(group, role.Base))
        painter.drawRoundedRect(box, side / 6, side / 6)
        if self.isChecked():
            painter.setPen(QtGui.QPen(palette.color(group, role.HighlightedText), max(1.5, side / 7)))
            tick = QtGui.QPolygonF()
            for x, y in _TICK:
                tick.append(box.topLeft() + QtCore.QPointF(x * side, y * side))
            painter.drawPolyline(tick)
        if self.text():
            place = style.subElementRect(style.SubElement.SE_CheckBoxContents, option, self)
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic
            painter.setPen(text)
            painter.drawText(place, int(flags), self.text())
        painter.end()


_TICK = ((0.2, 0.5), (0.4, 0.7), (0.76, 0.26))
