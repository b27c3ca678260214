"""The desktop in a real window over a real engine: open, draw by mouse, make, wipe, export."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platewright.client.session import Session
from platewright.contract.drawing import Drawing, Key, Shape
from platewright.contract.frames import FrameRange
from platewright.contract.windows import Box
from platewright.contract.wire import SequenceLook
from platewright.imaging.reading import read_frame
from platewright.panel.desktop_shot import DesktopShot, file_of_frame
from platewright.panel.take_words import label_of
from tests.jobs.small_shot import SmallShot

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="no Qt here; `install/run.py setup --tests` brings it")
from PySide6 import QtCore, QtTest  # noqa: E402

LEFT, PLAIN = QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.KeyboardModifier.NoModifier
LOOK = SequenceLook("/p/plate.####.exr", FrameRange.parse("1001-1010"), Box(0, 0, 96, 64), Box(0, 0, 96, 64))


@pytest.fixture
def window(application: Any, session: Callable[..., Session], tmp_path: Path) -> Iterator[Any]:
    from platewright.panel.desktop_window import DesktopWindow
    from platewright.panel.kept_values import KeptValues

    (tmp_path / "elements").mkdir()
    made = DesktopWindow(session("grey_engine"), DesktopShot(tmp_path / "d.json"), KeptValues(tmp_path / "p.json"))
    made.resize(1500, 900)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def click(view: Any, x: float, y: float) -> None:
    place = view.from_plate(QtCore.QPointF(x, y)).toPoint()
    QtTest.QTest.mouseClick(view, LEFT, PLAIN, place)


def drag(view: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    one, two = (view.from_plate(QtCore.QPointF(*point)).toPoint() for point in (start, end))
    QtTest.QTest.mousePress(view, LEFT, PLAIN, one)
    QtTest.QTest.mouseMove(view, (one + two) / 2)
    QtTest.QTest.mouseMove(view, two)
    QtTest.QTest.mouseRelease(view, LEFT, PLAIN, two)


def test_a_sequence_is_opened_drawn_on_made_wiped_and_exported(
    window: Any, shot: SmallShot, until: Callable[..., None], tmp_path: Path
) -> None:
    assert not window.viewer.tools["polygon"].isEnabled()
    window.ask_file = lambda: str(shot.folder / "plate.1002.exr")
    QtTest.QTest.mouseClick(window.viewer.open, LEFT)
    until(lambda: window.shot.plate is not None and not window.viewer.view.is_empty)
    assert window.shot.plate.frames == shot.frames and "Platewright" in window.windowTitle()
    assert window.model.form.values["host.root"].endswith("elements")
    window.model.choose("regenerate")
    until(lambda: "Nothing is drawn" in window.panel.make.why.text())

    view = window.viewer.view
    window.viewer.tools["polygon"].click()
    for x, y in ((20, 20), (60, 20), (60, 50), (20, 50)):
        click(view, x, y)
    click(view, 20, 20)  # the first point closes it
    assert not view.is_drawing and len(window.shot.drawing.shapes) == 1
    until(window.panel.make.main.isEnabled)
    QtTest.QTest.mouseClick(window.panel.make.main, LEFT)
    until(lambda: len(window.model.takes.history.takes) == 1, 90)
    (take,) = window.model.takes.history.takes
    assert window.model.board.troubles.at("button") == () and take.element == "regenerated"

    assert window.panel.work.takes.choose("regenerated_v001")
    until(lambda: window.viewer.view._two is not None)
    window.viewer.tools["look"].click()
    frame = view.frame()
    middle = QtCore.QPoint(round(frame.x() + frame.width() / 2), round(frame.center().y()))
    QtTest.QTest.mousePress(view, LEFT, PLAIN, middle)
    QtTest.QTest.mouseMove(view, QtCore.QPoint(round(frame.x() + frame.width() / 4), middle.y()))
    QtTest.QTest.mouseRelease(view, LEFT, PLAIN, middle)
    assert abs(view.wipe - 0.25) < 0.02

    QtTest.QTest.mouseClick(window.panel.work.difference.ask, LEFT)
    until(lambda: window.model.takes.check is not None)
    assert window.model.takes.check.state == "passed", window.model.takes.check
    until(lambda: window.panel.work.difference.answer.text() == "Nothing but what the matte covers.")
    window.ask_folder = lambda take: (str(tmp_path / "out"), True)
    QtTest.QTest.mouseClick(window.panel.work.takes.bring, LEFT)
    until(lambda: (tmp_path / "out").is_dir() and len(list((tmp_path / "out").glob("*.exr"))) == len(shot.frames))
    plate = read_frame(shot.folder / "plate.1001.exr", 1001)
    comp = read_frame(tmp_path / "out" / "regenerated_v001_comp.1001.exr", 1001)
    same = (plate.pixels.view(np.uint16) == comp.pixels.view(np.uint16)).all(axis=2)
    assert same[:18].all() and same[53:].all() and not same[22:48, 22:58].all()


def test_points_moved_on_another_frame_set_a_key_and_undo_takes_it_back(
    window: Any, shot: SmallShot, until: Callable[..., None]
) -> None:
    window.open_file(str(shot.folder / "plate.####.exr"))
    until(lambda: window.shot.plate is not None)
    view = window.viewer.view
    window.viewer.tools["polygon"].click()
    for x, y in ((20, 20), (60, 20), (40, 50)):
        click(view, x, y)
    QtTest.QTest.keyClick(view, QtCore.Qt.Key.Key_Return)
    window.viewer.tools["look"].click()
    window.viewer.scrub.setValue(1003)
    drag(view, (20, 20), (30, 24))
    (shape,) = window.shot.drawing.shapes
    assert [key.frame for key in shape.keys] == [1001, 1003] == list(window.viewer.scrub.marks)
    assert abs(shape.keys[1].points[0][0] - 30) < 1 and shape.keys[0].points != shape.keys[1].points
    window.viewer.undo.click()
    assert len(window.shot.drawing.shapes[0].keys) == 1
    window.viewer.redo.click()
    assert window.shot.drawing.shapes == (shape,)


def test_a_brush_paints_on_one_frame_and_files_can_be_dropped(
    window: Any, shot: SmallShot, until: Callable[..., None]
) -> None:
    mime = QtCore.QMimeData()
    mime.setUrls([QtCore.QUrl.fromLocalFile(str(shot.folder / "plate.1001.exr"))])
    from PySide6 import QtGui

    action, buttons = QtCore.Qt.DropAction.CopyAction, QtCore.Qt.MouseButton.LeftButton
    window.dropEvent(QtGui.QDropEvent(QtCore.QPointF(5, 5), action, mime, buttons, PLAIN))
    until(lambda: window.shot.plate is not None)
    window.viewer.tools["brush"].click()
    window.viewer.brush.setValue(12)
    drag(window.viewer.view, (20, 30), (70, 30))
    (shape,) = window.shot.drawing.shapes
    assert shape.kind == "stroke" and shape.width == 12 and [key.frame for key in shape.keys] == [1001]
    assert len(shape.keys[0].points) >= 2
    QtTest.QTest.keyClick(window.viewer.view, QtCore.Qt.Key.Key_Delete)
    assert window.shot.drawing.shapes == ()


def test_what_was_drawn_is_there_after_a_restart_and_goes_with_another_sequence(tmp_path: Path) -> None:
    shot = DesktopShot(tmp_path / "d.json")
    shot.open(LOOK)
    shot.tool = "polygon"
    for point in ((1.0, 1.0), (9.0, 1.0), (5.0, 9.0)):
        shot.begin(point) if shot.chosen is None else shot.add(point)
    shot.go_to(1004)
    shot.keep()
    again = DesktopShot(tmp_path / "d.json")
    assert (again.plate, again.drawing, again.frame) == (LOOK, shot.drawing, 1004)
    again.open(SequenceLook("/q/other.####.exr", FrameRange.parse("1-5"), LOOK.display, LOOK.data))
    assert again.drawing == Drawing() and again.frame == 1
    (tmp_path / "d.json").write_text("{")
    assert DesktopShot(tmp_path / "d.json").plate is None


def test_a_shape_moved_as_a_whole_and_softened_stays_one_shape(tmp_path: Path) -> None:
    shot = DesktopShot(tmp_path / "d.json")
    shot.open(LOOK)
    shot.drawing = Drawing((Shape("polygon", (Key(1001, ((1.0, 1.0), (9.0, 1.0), (5.0, 9.0))),)),))
    shot.chosen = 0
    shot.shift((2.0, 3.0), first=True)
    shot.feather(4.0)
    assert shot.drawing.shapes[0].keys[0].points[0] == (3.0, 4.0) and shot.drawing.feather == 4.0


@pytest.mark.parametrize(
    ("pattern", "file"), [("/p/a.####.exr", "/p/a.0007.exr"), ("/p/a.#.exr", "/p/a.7.exr"), ("/p/s.png", "/p/s.png")]
)
def test_a_frames_file_is_found_from_the_pattern(pattern: str, file: str) -> None:
    assert file_of_frame(pattern, 7) == file


def test_a_matte_from_files_takes_the_drawings_place_and_gives_it_back(
    window: Any, shot: SmallShot, until: Callable[..., None]
) -> None:
    window.open_file(str(shot.folder / "plate.1001.exr"))
    until(lambda: window.shot.plate is not None)
    window.ask_file = lambda: str(shot.folder / "matte.1002.exr")
    QtTest.QTest.mouseClick(window.viewer.matte, LEFT)
    until(lambda: window.shot.matte.endswith("matte.####.exr") and window.viewer.matte.isChecked())
    until(lambda: window.panel.make.main.text() == "Regenerate" and window.panel.make.main.isEnabled())
    window.model.put("element", "rig")
    QtTest.QTest.mouseClick(window.panel.make.main, LEFT)
    until(lambda: [label_of(one) for one in window.model.takes.history.takes] == ["rig_v001"], 120)
    request = window.model.takes.history.request_of(window.model.takes.history.takes[0])
    assert request is not None and request.matte is not None and request.matte.pattern == window.shot.matte
    QtTest.QTest.mouseClick(window.viewer.matte, LEFT)
    until(lambda: window.shot.matte == "" and not window.viewer.matte.isChecked())
