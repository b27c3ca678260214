"""A picture to look at: fitted or zoomed, panned, wiped against a second one, with what others draw over it."""

from __future__ import annotations

from collections.abc import Callable

from .look import em, muted
from .qt import Qt, QtCore, QtGui, QtWidgets, Signal, point_of
from .words import tr

__all__ = ["PictureView"]

Overlay = Callable[[QtGui.QPainter], None]
_MOST_ZOOM = 64.0


class PictureView(QtWidgets.QWidget):
    """Coordinates are the plate's pixels, whatever the picture's own size is: `size_of_plate` says how many there are.

    wiped: the wipe's place from 0 to 1 changed; moved: the picture was zoomed or panned. The wheel zooms, the middle
    button (or Space with the left) pans, F fits, the wipe's line is dragged or moved by [ and ].
    """

    wiped = Signal(float)
    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.overlays: list[Overlay] = []
        self.message = ""
        self._one: QtGui.QImage | None = None
        self._two: QtGui.QImage | None = None
        self._size = QtCore.QSizeF(16, 9)
        self._zoom = 0.0  # 0 is fitted
        self._centre = QtCore.QPointF(0.5, 0.5)
        self._wipe = 0.5
        self._labels = ("", "")
        self._panning: QtCore.QPointF | None = None
        self._wiping = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(em(self, 40), em(self, 24))

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(em(self, 12), em(self, 8))

    # What is shown.

    def show_picture(self, one: QtGui.QImage | None, two: QtGui.QImage | None = None) -> None:
        """Show a picture, or two to wipe between."""
        self._one, self._two = one, two
        self.update()

    def size_of_plate(self, width: float, height: float) -> None:
        """How many pixels the plate has, so that drawings lie where they belong."""
        self._size = QtCore.QSizeF(max(1.0, width), max(1.0, height))
        self.update()

    def label(self, one: str, two: str = "") -> None:
        """What the two pictures are, in their upper corners."""
        self._labels = (one, two)
        self.update()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is shown."""
        return self._one is None

    @property
    def wipe(self) -> float:
        """Where the wipe stands, 0 to 1 from the left."""
        return self._wipe

    def set_wipe(self, place: float) -> None:
        """Put the wipe there."""
        self._wipe = min(1.0, max(0.0, place))
        self.wiped.emit(self._wipe)
        self.update()

    def fit(self) -> None:
        """Show all of it."""
        self._zoom, self._centre = 0.0, QtCore.QPointF(0.5, 0.5)
        self.moved.emit()
        self.update()

    def follow(self, other: PictureView) -> None:
        """Show the same part, as large as another view does."""
        self._zoom, self._centre = other._zoom, QtCore.QPointF(other._centre)
        self.update()

    # Where things are.

    def frame(self) -> QtCore.QRectF:
        """Where the picture lies in the widget."""
        scale = self.scale()
        width, height = self._size.width() * scale, self._size.height() * scale
        x = self.width() / 2 - self._centre.x() * width
        y = self.height() / 2 - self._centre.y() * height
        return QtCore.QRectF(x, y, width, height)

    def scale(self) -> float:
        """Widget pixels for a pixel of the plate."""
        fitted = min(self.width() / self._size.width(), self.height() / self._size.height())
        return self._zoom if self._zoom else max(1e-6, fitted)

    def to_plate(self, point: QtCore.QPointF) -> QtCore.QPointF:
        """A place in the widget as pixels of the plate."""
        frame, scale = self.frame(), self.scale()
        return QtCore.QPointF((point.x() - frame.x()) / scale, (point.y() - frame.y()) / scale)

    def from_plate(self, point: QtCore.QPointF) -> QtCore.QPointF:
        """Pixels of the plate as a place in the widget."""
        frame, scale = self.frame(), self.scale()
        return QtCore.QPointF(frame.x() + point.x() * scale, frame.y() + point.y() * scale)

    # Qt's own.

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QtGui.QPalette.ColorRole.Base).darker(125))
        frame = self.frame()
        if self._one is None:
            self._paint_message(painter)
        else:
            smooth = self.scale() < 4
            painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(frame, self._one)
            if self._two is not None:
                self._paint_second(painter, frame)
            self._paint_labels(painter)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        for overlay in self.overlays:
            overlay(painter)
        painter.end()

    def _paint_second(self, painter: QtGui.QPainter, frame: QtCore.QRectF) -> None:
        assert self._two is not None
        x = frame.x() + frame.width() * self._wipe
        painter.save()
        painter.setClipRect(QtCore.QRectF(x, 0, self.width() - x, self.height()))
        painter.drawImage(frame, self._two)
        painter.restore()
        line = QtGui.QPen(QtGui.QColor(255, 255, 255, 220), max(1, em(self, 0.1)))
        painter.setPen(line)
        painter.drawLine(QtCore.QPointF(x, max(0.0, frame.y())), QtCore.QPointF(x, min(self.height(), frame.bottom())))
        radius = em(self, 0.45)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setBrush(QtGui.QColor(0, 0, 0, 150))
        painter.drawEllipse(QtCore.QPointF(x, self.height() / 2), radius, radius)

    def _paint_labels(self, painter: QtGui.QPainter) -> None:
        pad = em(self, 0.4)
        for text, right in zip(self._labels, (False, True), strict=True):
            if not text:
                continue
            width = self.fontMetrics().horizontalAdvance(text) + 2 * pad
            height = self.fontMetrics().height() + pad
            x = self.width() - width - pad if right else pad
            box = QtCore.QRectF(x, pad, width, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QtGui.QColor(0, 0, 0, 150))
            painter.drawRoundedRect(box, pad, pad)
            painter.setPen(QtGui.QColor("white"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_message(self, painter: QtGui.QPainter) -> None:
        painter.setPen(muted(self.palette()))
        box = self.rect().adjusted(em(self, 2), 0, -em(self, 2), 0)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), self.message or tr("Nothing to show yet"))

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned:
            self.zoom_at(point_of(event), 1.25 if turned > 0 else 0.8)

    def zoom_at(self, point: QtCore.QPointF, by: float) -> None:
        """Zoom so that the place under the pointer stays there."""
        before = self.to_plate(point)
        self._zoom = min(_MOST_ZOOM, max(0.02, self.scale() * by))
        width, height = self._size.width() * self._zoom, self._size.height() * self._zoom
        x = before.x() / self._size.width() - (point.x() - self.width() / 2) / width
        y = before.y() / self._size.height() - (point.y() - self.height() / 2) / height
        self._centre = QtCore.QPointF(x, y)
        self.moved.emit()
        self.update()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        point = point_of(event)
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panning = point
        elif event.button() == Qt.MouseButton.LeftButton and self._near_wipe(point):
            self._wiping = True
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        point = point_of(event)
        if self._wiping:
            frame = self.frame()
            self.set_wipe((point.x() - frame.x()) / max(1.0, frame.width()))
        elif self._panning is not None:
            moved = point - self._panning
            frame = self.frame()
            self._zoom = self.scale()
            self._centre -= QtCore.QPointF(moved.x() / frame.width(), moved.y() / frame.height())
            self._panning = point
            self.moved.emit()
            self.update()
        else:
            self.setCursor(Qt.CursorShape.SplitHCursor if self._near_wipe(point) else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        self._panning, self._wiping = None, False

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_F:
            self.fit()
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self.set_wipe(self._wipe + (0.05 if key == Qt.Key.Key_BracketRight else -0.05))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            by = 0.8 if key == Qt.Key.Key_Minus else 1.25
            self.zoom_at(QtCore.QPointF(self.width() / 2, self.height() / 2), by)
        else:
            super().keyPressEvent(event)

    def _near_wipe(self, point: QtCore.QPointF) -> bool:
        if self._two is None:
            return False
        frame = self.frame()
        return bool(abs(point.x() - (frame.x() + frame.width() * self._wipe)) <= em(self, 0.6))
