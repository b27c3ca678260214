"""Two takes wiped against each other: each on its own side of the line, on one frame, and under its own name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="no Qt here; `install/run.py setup --tests` brings it")
from PySide6 import QtCore, QtGui, QtTest  # noqa: E402

from platewright.contract.decisions import TakeSummary  # noqa: E402
from platewright.panel.compare_window import CompareWindow  # noqa: E402
from platewright.panel.pictures import PictureStore, Wanted  # noqa: E402
from platewright.panel.take_history import TakeHistory, label_of  # noqa: E402
from platewright.panel.take_rows import TAKE  # noqa: E402
from tests.panel.stand_in import StandIn  # noqa: E402

LEFT = QtCore.Qt.MouseButton.LeftButton
PLAIN, CONTROL = QtCore.Qt.KeyboardModifier.NoModifier, QtCore.Qt.KeyboardModifier.ControlModifier
BOTH, LATER = (40, 26), (29, 26)
"""Pixels of the small shot: in the matte as it was drawn, and in it only after it was grown by 6."""
CENTRE = QtCore.QPointF(0.5, 0.5)


class Kept(PictureStore):
    """Has the pictures that the test puts in, and no engine to ask for others."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]
        self.here: dict[tuple[int, int, str], Any] = {}
        self.why: dict[tuple[int, int, str], str] = {}

    def get(self, wanted: Wanted) -> Any:
        return self.here.get((wanted.version, wanted.frame, wanted.what))

    def failure(self, wanted: Wanted) -> str:
        return self.why.get((wanted.version, wanted.frame, wanted.what), "")


def plain(colour: str) -> Any:
    image = QtGui.QImage(16, 9, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor(colour))
    return image


def take(version: int, frames: str = "1001-1003") -> TakeSummary:
    return TakeSummary("rig", version, f"/e/rig/rig_v{version:03d}.take.json", "/e/rig/x", "2026-01-31", frames)


@pytest.fixture
def kept(application: Any) -> Kept:
    return Kept()


def test_two_chosen_takes_are_wiped_by_the_mouse_each_on_its_own_side(
    panel: Callable[..., Any], host: StandIn, until: Callable[..., None]
) -> None:
    widget = panel("grey_engine")
    host.select()
    widget.model.put("element", "rig")
    for grown in (0.0, 6.0):
        widget.model.put("matte.grow", grown)
        until(widget.make.main.isEnabled)
        made = len(widget.model.takes.history.takes)
        QtTest.QTest.mouseClick(widget.make.main, LEFT)
        until(lambda before=made: len(widget.model.takes.history.takes) > before, 240)
    page = widget.work.takes
    until(lambda: {label_of(one) for one in page.rows.takes()} == {"rig_v001", "rig_v002"})
    for label, key in (("rig_v001", PLAIN), ("rig_v002", CONTROL)):
        rows = map(page.rows.index, range(page.rows.rowCount()))
        (index,) = [one for one in rows if one.data(TAKE) is not None and label_of(one.data(TAKE)) == label]
        page.list.scrollTo(index)
        QtTest.QTest.mouseClick(page.list.viewport(), LEFT, key, page.list.visualRect(index).center())
    assert [label_of(one) for one in page.takes()] == ["rig_v002", "rig_v001"], "as they stand in the list"
    until(lambda: len(widget.model.takes.history.groups()) == 2)  # both requests are known, so the plate is found
    QtTest.QTest.mouseClick(page.compare_button, LEFT)
    window = widget._compare
    view = window.view
    until(lambda: not view.is_empty)
    assert window.isVisible() and view._labels == ("rig_v002", "rig_v001")

    def seen(pixel: tuple[int, int]) -> Any:
        return view.grab().toImage().pixelColor(view.from_plate(QtCore.QPointF(*pixel) + CENTRE).toPoint())

    def pictures() -> tuple[Any, Any]:
        return tuple(window._pictures.get(each) for each in window._wanted())

    def wipe_to(pixel: float) -> None:
        line = QtCore.QPoint(round(view.from_plate(QtCore.QPointF(view.wipe * 96, 0)).x()), view.height() // 2)
        there = QtCore.QPoint(round(view.from_plate(QtCore.QPointF(pixel, 0)).x()), line.y())
        QtTest.QTest.mousePress(view, LEFT, PLAIN, line)
        QtTest.QTest.mouseMove(view, there)
        QtTest.QTest.mouseRelease(view, LEFT, PLAIN, there)
        assert abs(view.wipe * 96 - pixel) < 1

    for frame in (1001, 1003):
        window.bar.scrub.setValue(frame - 1001)
        until(lambda: None not in pictures())
        one, two = pictures()
        until(lambda shown=two: view._two is shown)
        assert window.bar.number.text() == str(frame) and one.pixelColor(*LATER) != two.pixelColor(*LATER)
        for place, shown in ((60, one), (20, two), (60, one)):
            wipe_to(place)
            assert seen(LATER) == shown.pixelColor(*LATER) and seen(BOTH) == shown.pixelColor(*BOTH)
    window.close()


def test_no_picture_of_an_earlier_comparison_stands_under_the_names_of_a_new_one(kept: Kept) -> None:
    window = CompareWindow(kept, TakeHistory())
    kept.here = {(1, 1001, "patch"): plain("red"), (2, 1001, "patch"): plain("blue")}
    window.compare(take(1), take(2))
    assert not window.view.is_empty and window.view._labels == ("rig_v001", "rig_v002")
    window.compare(take(1), take(3))
    assert window.view.is_empty and window.view.message == "Loading…"
    kept.why = {(3, 1001, "patch"): "the file is gone"}
    window._show()
    assert window.view.is_empty and window.view.message == "the file is gone"


def test_only_frames_that_both_takes_have_are_compared(kept: Kept) -> None:
    window = CompareWindow(kept, TakeHistory())
    window.compare(take(1, "1001-1010"), take(2, "1005-1020"))
    assert (window.bar.scrub.minimum(), window.bar.scrub.maximum(), window.bar.number.text()) == (0, 5, "1005")
    window.compare(take(1, "1001-1004"), take(2, "1005-1020"))
    assert window.view.message == "No frame is in both takes." and window.bar.number.text() == ""
