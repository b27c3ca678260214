"""The desktop's viewer: the tools above, the picture that is drawn on, the frames below."""

from __future__ import annotations

from platewright.contract.decisions import TakeSummary
from platewright.contract.wire import View

from .desktop_shot import DesktopShot, Tool, file_of_frame
from .draw_view import DrawView
from .explained import explained
from .look import em
from .pictures import PictureStore, Wanted, of_take
from .qt import Qt, QtCore, QtGui, QtWidgets, Signal
from .small_parts import flat_button
from .take_history import TakeHistory
from .take_words import label_of
from .words import tr

__all__ = ["DesktopViewer", "KeyStrip"]

_WIDTH = 1600
_PLAY_EVERY_MS = 60
_TOOLS: tuple[tuple[Tool, str, str, str], ...] = (
    ("look", "Look", "Zoom, pan, wipe, and drag points of polygons.", "V"),
    ("polygon", "Polygon", "Click points; the first one, Return or a double click closes it. Keys come by moving "
     "points on other frames.", "P"),
    ("brush", "Brush", "Paint on this frame alone.", "B"),
    ("erase", "Eraser", "Take away from what is drawn, on this frame alone.", "E"),
)  # fmt: skip


class KeyStrip(QtWidgets.QSlider):
    """The slider of frames, with a mark where a polygon has a key."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.marks: tuple[int, ...] = ()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        if self.maximum() <= self.minimum():
            return
        painter = QtGui.QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(255, 176, 64))
        side, margin = max(2, em(self, 0.16)), em(self, 0.3)
        for mark in self.marks:
            share = (mark - self.minimum()) / (self.maximum() - self.minimum())
            x = margin + share * (self.width() - 2 * margin)
            painter.drawRect(QtCore.QRectF(x - side / 2, self.height() - 2 * side, side, 2 * side))
        painter.end()


class DesktopViewer(QtWidgets.QWidget):
    """drawn: the drawing has changed. wants_open, wants_matte: their buttons were pressed."""

    drawn = Signal()
    wants_open = Signal()
    wants_matte = Signal()

    def __init__(self, shot: DesktopShot, pictures: PictureStore, history: TakeHistory | None = None) -> None:
        super().__init__()
        self._shot, self._pictures, self.history = shot, pictures, history
        self._take: TakeSummary | None = None
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, em(self, 0.5), 0, em(self, 0.5))
        layout.setSpacing(em(self, 0.4))
        layout.addLayout(self._tools())
        self.view = DrawView(shot)
        explained(
            self.view, tr("Viewer"),
            tr("The wheel zooms, the middle button pans, F fits. [ and ] move the wipe, the arrows step frames."),
        )  # fmt: skip
        self.view.drawn.connect(self._drawn)
        layout.addWidget(self.view, 1)
        layout.addLayout(self._transport())
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(_PLAY_EVERY_MS)
        self._timer.timeout.connect(lambda: self._step(1, around=True))
        self.play.toggled.connect(lambda on: self._timer.start() if on else self._timer.stop())
        pictures.arrived.connect(lambda wanted: self._show())
        self.refresh()

    def refresh(self) -> None:
        """The shot has changed: another sequence, another drawing."""
        plate = self._shot.plate
        self.scrub.setEnabled(plate is not None)
        if plate is not None:
            self.view.size_of_plate(plate.display.width, plate.display.height)
            self.scrub.setRange(plate.frames.first, plate.frames.last)
            self.scrub.setValue(self._shot.frame)
        self.scrub.marks = self._shot.keys()
        self.scrub.update()
        for tool, button in self.tools.items():
            button.setEnabled(plate is not None)
            button.setChecked(tool == self._shot.tool)
        self.matte.setEnabled(plate is not None)
        self.matte.setChecked(bool(self._shot.matte))
        self._show()

    def show_take(self, take: TakeSummary | None) -> None:
        """Wipe between the plate and this take; None shows the plate alone."""
        self._take = take
        self._show()

    def go_to(self, frame: int) -> None:
        """Show a frame of the sequence; one that it does not have changes nothing."""
        if self._shot.plate is not None and frame in set(self._shot.plate.frames):
            self.scrub.setValue(frame)

    def views(self, views: tuple[View, ...]) -> None:
        """The displays and views that the engine has."""
        if self.look.count() > 1:
            return
        for view in views:
            self.look.addItem(f"{view.view} ({view.display})", (view.display, view.view))

    # Building.

    def _tools(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self.open = flat_button(tr("Open…"), tr("Open a sequence by one of its files."), "Ctrl+O")
        self.open.clicked.connect(self.wants_open)
        row.addWidget(self.open)
        self.matte = flat_button(tr("Matte…"), tr("Use a sequence of files as the matte, in place of a drawing."), "M")
        self.matte.setCheckable(True)
        self.matte.setShortcut("M")
        self.matte.clicked.connect(lambda checked=False: self.wants_matte.emit())
        row.addWidget(self.matte)
        self.tools: dict[Tool, QtWidgets.QToolButton] = {}
        group = QtWidgets.QButtonGroup(self)
        for tool, label, help, key in _TOOLS:
            button = flat_button(tr(label), tr(help), key)
            button.setCheckable(True)
            button.setShortcut(key)
            button.clicked.connect(lambda checked=False, tool=tool: self._choose(tool))
            group.addButton(button)
            row.addWidget(button)
            self.tools[tool] = button
        self.brush = QtWidgets.QSpinBox()
        self.brush.setRange(1, 2000)
        self.brush.setValue(int(self._shot.brush))
        self.brush.setSuffix(f" {tr('px')}")
        explained(self.brush, tr("Brush size"), tr("How wide the brush and the eraser are, in pixels of the plate."))
        self.brush.valueChanged.connect(self._brush)
        self.soft = QtWidgets.QDoubleSpinBox()
        self.soft.setRange(0, 200)
        self.soft.setSuffix(f" {tr('px')}")
        self.soft.setPrefix(f"{tr('soft')} ")
        self.soft.setValue(self._shot.drawing.feather)
        explained(self.soft, tr("Softness"), tr("How far the edges of all that is drawn are softened."))
        self.soft.valueChanged.connect(self._feather)
        self.undo = flat_button(tr("Undo"), tr("The drawing as it was before."), "Ctrl+Z")
        self.redo = flat_button(tr("Redo"), tr("The drawing before the undo."), "Ctrl+Shift+Z")
        self.undo.setShortcut("Ctrl+Z")
        self.redo.setShortcut("Ctrl+Shift+Z")
        self.undo.clicked.connect(lambda: self._after(self._shot.undo))
        self.redo.clicked.connect(lambda: self._after(self._shot.redo))
        for widget in (self.brush, self.soft, self.undo, self.redo):
            row.addWidget(widget)
        self.overlay = flat_button(tr("Overlay"), tr("Show what is drawn, or only the picture."), "O")
        self.overlay.setCheckable(True)
        self.overlay.setChecked(True)
        self.overlay.setShortcut("O")
        self.overlay.toggled.connect(self._show_drawing)
        row.addWidget(self.overlay)
        row.addStretch(1)
        self.look = QtWidgets.QComboBox()
        self.look.addItem(tr("Default view"), ("", ""))
        explained(self.look, tr("View"), tr("How scene-linear light is shown; the files are never changed by it."))
        self.look.currentIndexChanged.connect(lambda index: self._show())
        row.addWidget(self.look)
        return row

    def _transport(self) -> QtWidgets.QLayout:
        row = QtWidgets.QHBoxLayout()
        self.play = flat_button(tr("Play"), tr("Play the frames."), "Space")
        self.play.setCheckable(True)
        self.play.setShortcut("Space")
        self.back = flat_button("‹", tr("One frame back."), "Left")
        self.back.setAccessibleName(tr("Back"))
        self.on = flat_button("›", tr("One frame on."), "Right")
        self.on.setAccessibleName(tr("On"))
        self.back.setShortcut("Left")
        self.on.setShortcut("Right")
        self.back.clicked.connect(lambda: self._step(-1))
        self.on.clicked.connect(lambda: self._step(1))
        self.scrub = KeyStrip()
        explained(self.scrub, tr("Frame"), tr("The frame that is shown. Marks below are keys of what is drawn."))
        self.scrub.valueChanged.connect(self._go)
        self.number = QtWidgets.QLabel("–")
        self.number.setMinimumWidth(self.fontMetrics().horizontalAdvance("00000000"))
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for widget in (self.play, self.back, self.on):
            row.addWidget(widget)
        row.addWidget(self.scrub, 1)
        row.addWidget(self.number)
        return row

    # What is done.

    def _choose(self, tool: Tool) -> None:
        self.view.finish()
        self._shot.tool = tool
        if tool != "look":
            self.overlay.setChecked(True)
        self.view.setFocus()
        self.refresh()

    def _show_drawing(self, on: bool) -> None:
        self.view.show_drawing = on
        self.view.update()

    def _brush(self, size: int) -> None:
        self._shot.brush = float(size)

    def _feather(self, pixels: float) -> None:
        if pixels != self._shot.drawing.feather:
            self._shot.feather(pixels)
            self._drawn()

    def _after(self, act: object) -> None:
        if callable(act):
            act()
        self._drawn()

    def _drawn(self) -> None:
        self.drawn.emit()
        self.refresh()

    def _step(self, by: int, around: bool = False) -> None:
        plate = self._shot.plate
        if plate is None:
            return
        numbers = plate.frames.numbers
        place = numbers.index(self._shot.frame) + by
        place = place % len(numbers) if around else min(len(numbers) - 1, max(0, place))
        self.scrub.setValue(numbers[place])

    def _go(self, frame: int) -> None:
        self._shot.go_to(frame)
        self._show()

    # Showing.

    def _wanted(self) -> Wanted | None:
        plate = self._shot.plate
        if plate is None:
            return None
        file = file_of_frame(plate.pattern, self._shot.frame)
        folder, _, name = file.rpartition("/")
        return Wanted(folder, path=name, width=_WIDTH, how=self._how())

    def _how(self) -> tuple[tuple[str, str], ...]:
        display, view = self.look.currentData() or ("", "")
        return (("display", display), ("view", view)) if display else ()

    def _show(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            self.view.message = tr("Drop a file of a sequence here, or press Open…")
            self.view.show_picture(None)
            return
        self.number.setText(str(self._shot.frame))
        plate, second = self._pictures.get(wanted), None
        take = self._take
        if take is not None:
            request = self.history.request_of(take) if self.history is not None else None
            second = self._pictures.get(of_take(take, request, self._shot.frame, _WIDTH))
        if plate is not None:
            self.view.label(tr("Plate"), label_of(take) if take is not None and second is not None else "")
            self.view.show_picture(plate, second)
        elif self.view.is_empty:
            self.view.message = self._pictures.failure(wanted) or tr("Loading…")
            self.view.update()
