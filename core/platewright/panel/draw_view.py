"""The viewer that is drawn on: polygons with keys over time, a round brush, an eraser; points are dragged."""

from __future__ import annotations

from typing import Any

from platewright.contract.drawing import Shape, points_at

from .desktop_shot import DesktopShot, Point
from .look import em
from .picture_view import PictureView
from .qt import Qt, QtCore, QtGui, Signal, point_of

__all__ = ["DrawView"]

_EDGE, _FILL, _ERASE = QtGui.QColor(255, 176, 64), QtGui.QColor(255, 120, 40, 70), QtGui.QColor(90, 170, 255, 70)


class DrawView(PictureView):
    """drawn: the drawing has changed. A polygon is closed by its first point, Return, or a double click."""

    drawn = Signal()

    def __init__(self, shot: DesktopShot) -> None:
        super().__init__()
        self._shot = shot
        self._open_polygon = False
        self._dragged: int | None = None
        self._stroking = False
        self._first_move = False
        self._pointer = QtCore.QPointF(-1, -1)
        self.show_drawing = True
        self.overlays.append(self._paint_drawing)

    @property
    def is_drawing(self) -> bool:
        """Whether a polygon waits for its next point."""
        return self._open_polygon

    def finish(self) -> None:
        """Close the polygon that is being drawn."""
        if self._open_polygon:
            self._open_polygon = False
            self.drawn.emit()
            self.update()

    def mousePressEvent(self, event: Any) -> None:
        tool = self._shot.tool
        left = event.button() == Qt.MouseButton.LeftButton
        if not left or self._shot.plate is None or tool == "look" and not self._grab(point_of(event)):
            super().mousePressEvent(event)
            return
        if tool == "look":
            return
        point = self._plate_point(event)
        if tool == "polygon":
            self._polygon_pressed(point, point_of(event))
        else:
            self._shot.begin(point)
            self._stroking = True
        self.update()

    def _polygon_pressed(self, point: Point, where: QtCore.QPointF) -> None:
        if not self._open_polygon:
            if self._grab(where):
                return
            self._shot.begin(point)
            self._open_polygon = True
            return
        shapes = self._shot.drawing.shapes
        points = points_at(shapes[self._shot.chosen], self._shot.frame) if self._shot.chosen is not None else ()
        if len(points) > 2 and self._near(points[0], where):
            self.finish()
            return
        self._shot.add(point)

    def mouseMoveEvent(self, event: Any) -> None:
        self._pointer = point_of(event)
        if self._stroking:
            self._shot.add(self._plate_point(event))
        elif self._dragged is not None:
            self._shot.move(self._dragged, self._plate_point(event), self._first_move)
            self._first_move = False
        else:
            super().mouseMoveEvent(event)
        if self._shot.tool != "look" or self._dragged is not None:
            self.setCursor(Qt.CursorShape.CrossCursor)
            self.update()

    def mouseReleaseEvent(self, event: Any) -> None:
        if self._stroking or self._dragged is not None:
            self._stroking, self._dragged = False, None
            self.drawn.emit()
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        self.finish()

    def keyPressEvent(self, event: Any) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape) and self._open_polygon:
            self.finish()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._open_polygon = False
            self._shot.remove()
            self.drawn.emit()
            self.update()
        else:
            super().keyPressEvent(event)

    # Inside.

    def _plate_point(self, event: Any) -> Point:
        found = self.to_plate(point_of(event))
        box = self._shot.plate.display if self._shot.plate is not None else None
        x0, y0 = (box.x0, box.y0) if box is not None else (0, 0)
        return (round(found.x() + x0, 2), round(found.y() + y0, 2))

    def _place(self, point: Point) -> QtCore.QPointF:
        box = self._shot.plate.display if self._shot.plate is not None else None
        x0, y0 = (box.x0, box.y0) if box is not None else (0, 0)
        return self.from_plate(QtCore.QPointF(point[0] - x0, point[1] - y0))

    def _near(self, point: Point, where: QtCore.QPointF) -> bool:
        away = self._place(point) - where
        return bool(abs(away.x()) + abs(away.y()) <= em(self, 0.6))

    def _grab(self, where: QtCore.QPointF) -> bool:
        """Take hold of a polygon's point under the pointer. Returns whether there was one."""
        for number, shape in reversed(list(enumerate(self._shot.drawing.shapes))):
            for index, point in enumerate(points_at(shape, self._shot.frame) if shape.kind == "polygon" else ()):
                if self._near(point, where):
                    self._shot.chosen, self._dragged, self._first_move = number, index, True
                    self.update()
                    return True
        return False

    def _paint_drawing(self, painter: QtGui.QPainter) -> None:
        if not self.show_drawing or self._shot.plate is None:
            return
        for number, shape in enumerate(self._shot.drawing.shapes):
            places = [self._place(point) for point in points_at(shape, self._shot.frame)]
            if places:
                self._paint_shape(painter, shape, places, number == self._shot.chosen)
        if self._shot.tool in ("brush", "erase") and self.underMouse():
            radius = self._shot.brush / 2 * self.scale()
            painter.setPen(QtGui.QPen(QtGui.QColor(255, 255, 255, 180), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self._pointer, radius, radius)

    def _paint_shape(
        self, painter: QtGui.QPainter, shape: Shape, places: list[QtCore.QPointF], is_chosen: bool
    ) -> None:
        fill = _ERASE if shape.erase else _FILL
        if shape.kind == "stroke":
            pen = QtGui.QPen(fill, max(1.0, shape.width * self.scale()))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QtGui.QPolygonF([*places, places[-1] + QtCore.QPointF(0.01, 0)]))
            return
        growing = is_chosen and self._open_polygon
        painter.setPen(QtGui.QPen(_EDGE, max(1.0, em(self, 0.09))))
        painter.setBrush(Qt.BrushStyle.NoBrush if growing else fill)
        outline = [*places, self._pointer] if growing else places
        if growing:
            painter.drawPolyline(QtGui.QPolygonF(outline))
        else:
            painter.drawPolygon(QtGui.QPolygonF(outline))
        keyed = any(key.frame == self._shot.frame for key in shape.keys)
        painter.setBrush(_EDGE if keyed else QtGui.QColor(30, 30, 32))
        radius = em(self, 0.22)
        for place in places:
            painter.drawEllipse(place, radius, radius)
