"""The panel in a real Qt, by mouse and keyboard, over a real engine process whose jobs make nothing."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from platewright.client.finding import find_endpoint
from platewright.contract.errors import PlateError, RequestError
from platewright.contract.failure import Failure
from platewright.contract.jobs import JobState
from tests.fakes.never_waiting import never_waiting
from tests.panel.stand_in import NOTHING, StandIn

QtWidgets = pytest.importorskip("PySide6.QtWidgets", reason="no Qt here; `install/run.py setup --tests` brings it")
from PySide6 import QtCore, QtTest  # noqa: E402

from platewright.panel import panel_widget, words  # noqa: E402
from platewright.panel.kept_values import KeptValues  # noqa: E402
from platewright.panel.panel_model import PanelModel  # noqa: E402
from platewright.panel.panel_widget import PanelWidget  # noqa: E402

LEFT = QtCore.Qt.MouseButton.LeftButton
Until = Callable[..., None]


def press(button: Any) -> None:
    assert button.isEnabled(), button.toolTip()
    QtTest.QTest.mouseClick(button, LEFT)


def control(panel: Any, name: str) -> Any:
    return panel.make.fields.rows[name].control.focus


def type_into(widget: Any, text: str) -> None:
    widget.setFocus()
    widget.selectAll()
    QtTest.QTest.keyClicks(widget, text)


def connect(panel: PanelWidget, until: Until) -> None:
    press(panel.make.chip)
    until(lambda: panel.make.chip.text() == "Connected" and panel.model.backends)


def all_widgets(panel: Any) -> Iterator[Any]:
    yield panel
    yield from panel.findChildren(QtWidgets.QWidget)


INTERACTIVE = (
    QtWidgets.QAbstractButton, QtWidgets.QLineEdit, QtWidgets.QAbstractSpinBox, QtWidgets.QComboBox,
    QtWidgets.QAbstractItemView, QtWidgets.QPlainTextEdit, QtWidgets.QSlider,
)  # fmt: skip
INNER = (QtWidgets.QComboBox, QtWidgets.QAbstractSpinBox, QtWidgets.QTabBar)


def controls(panel: Any) -> list[Any]:
    """Every widget that an artist can use; what Qt makes inside of another one counts as that one."""
    found = []
    for widget in all_widgets(panel):
        above, inside = widget.parentWidget(), False
        while above is not None:
            inside = inside or isinstance(above, INNER)
            above = above.parentWidget()
        own = "qt_" in widget.objectName() or isinstance(widget.parentWidget(), QtWidgets.QLineEdit)
        if isinstance(widget, INTERACTIVE) and not inside and not own:
            found.append(widget)
    return found


def test_without_an_engine_it_says_so_and_stays_quick(panel: Any, host: StandIn, until: Until) -> None:
    widget = panel()
    until(lambda: widget.make.chip.text() == "Asleep")
    assert "first request starts one" in widget.make.chip.whatsThis()
    host.select()
    until(widget.make.main.isEnabled)
    assert widget.work.takes.empty.text().startswith("Takes are listed as soon as")
    for _ in range(60):
        with never_waiting():  # bench/stalls.py has the figures
            widget.tick()


def test_it_is_built_in_turns_of_the_loop_and_says_what_it_heard_meanwhile(
    application: Any, session: Any, host: StandIn, tmp_path: Path, until: Until
) -> None:
    model = PanelModel(session(), host, KeptValues(tmp_path / "panel.json"))
    widget = PanelWidget(model)
    try:
        assert not widget.make.is_whole and widget.make.main.text(), "the button is there at once, the controls are not"
        model.put("element", "typed_before")
        model.board.trouble("history", Failure("x", "said before the takes were there"))
        model.tick()
        widget.show()
        until(lambda: widget.make.is_whole)
        assert widget.make.fields.rows["element"].control.value() == "typed_before"
        until(lambda: widget.split.count() == 2)
        assert not widget.work.takes.trouble.isHidden()
    finally:
        widget.close_session()
        widget.deleteLater()
        application.processEvents()


def test_an_engine_that_cant_be_started_greys_the_button_and_says_what_to_do(
    panel: Any, host: StandIn, until: Until, application: Any
) -> None:
    widget = panel("no_such_engine")
    host.select()
    until(widget.make.main.isEnabled)
    press(widget.make.main)
    until(lambda: widget.make.chip.text() == "No engine")
    until(lambda: not widget.make.main.isEnabled())
    assert widget.make.why.text() and widget.make.why.isVisible()


def test_the_main_button_follows_the_selection_and_the_artist_overrides_it(
    panel: Any, host: StandIn, until: Until
) -> None:
    widget = panel()
    until(lambda: not widget.make.main.isEnabled() and "Select the node" in widget.make.why.text())
    host.select(matte=True)
    until(lambda: widget.make.main.text() == "Regenerate" and widget.make.main.isEnabled())
    host.select(matte=False)
    until(lambda: widget.make.main.text() == "Extend")
    assert "operation.pads.left" in {f.name for f in widget.model.form.shown()}
    press(widget.make.segments["replace_sky"])
    until(lambda: widget.make.main.text() == "Replace sky")
    until(lambda: not widget.make.main.isEnabled() and "no new sky" in widget.make.why.text())
    sky = widget.make.fields.rows["sky.from"].control.focus
    sky.setFocus()
    QtTest.QTest.keyClick(sky, QtCore.Qt.Key.Key_Down)
    until(widget.make.main.isEnabled)
    assert widget.make.fields.rows["sky.azimuth"].control.widget.isVisibleTo(widget)
    assert not widget.make.fields.rows["sky.picture"].control.widget.isVisibleTo(widget)


def test_a_job_is_sent_watched_and_cancelled_and_the_cost_stands_beside_the_button(
    panel: Any, host: StandIn, until: Until
) -> None:
    widget = panel()
    host.select()
    connect(widget, until)
    until(lambda: widget.make.price.text() == "free")
    widget.model.form.capabilities = frozenset({"prompt"})
    widget.model.put("prompt", "until /nowhere/to/be/found")  # the quick worker is at it until it is cancelled
    type_into(control(widget, "element"), "rig")
    press(widget.make.main)
    book = widget.model.jobs.book
    until(lambda: any(row.state == "Working" and row.share for row in book.rows(True)))
    row = book.rows(True)[0]
    assert row.title == "rig" and row.detail.startswith("Filling") and host.brings == 1
    widget.work.tabs.setCurrentIndex(1)
    until(lambda: widget.work.tabs.tabText(1) == "Queue 1")
    box = widget.work.queue.list.visualRect(widget.work.queue.rows.index(0))
    QtTest.QTest.mouseClick(widget.work.queue.list.viewport(), LEFT, pos=box.center())
    until(lambda: widget.work.queue.chosen() is not None)
    press(widget.work.queue.buttons["cancel"])
    until(lambda: book.rows(True)[0].state == "Cancelled")
    until(lambda: host.settled != [])
    until(lambda: widget.work.queue.buttons["retry"].isEnabled())


def test_several_takes_are_several_jobs_and_all_can_be_cancelled(panel: Any, host: StandIn, until: Until) -> None:
    widget = panel()
    host.select()
    connect(widget, until)
    widget.model.put("prompt", "until /nowhere/to/be/found")
    widget.model.put("host.takes", 4)
    until(lambda: widget.make.main.text() == "Regenerate, 4 takes")
    QtTest.QTest.keyClick(widget, QtCore.Qt.Key.Key_Return, QtCore.Qt.KeyboardModifier.ControlModifier)
    book = widget.model.jobs.book
    until(lambda: book.open_count(True) == 4)
    assert {book.get(row.id).submission.request.take for row in book.rows(True)} == {1, 2, 3, 4}
    widget.work.tabs.setCurrentIndex(1)
    until(widget.work.queue.cancel_all.isEnabled)
    press(widget.work.queue.cancel_all)
    until(lambda: book.open_count(True) == 0)
    assert {book.get(row.id).state for row in book.rows(True)} == {JobState.CANCELLED}


def test_jobs_and_settings_survive_a_restart_of_the_host(panel: Any, host: StandIn, until: Until) -> None:
    first = panel()
    host.select()
    connect(first, until)
    first.model.put("prompt", "2")
    first.model.put("matte.grow", 2.5)
    press(first.make.main)
    until(lambda: len(first.model.jobs.book) == 1 and host.remembered)
    first.close_session()
    second = panel()
    assert second.model.form.values["matte.grow"] == 2.5
    until(lambda: second.model.jobs.book.rows(True) != ())
    until(lambda: host.settled != [], 60)


def test_an_error_is_shown_in_its_place_with_what_to_do_and_can_be_copied(
    panel: Any, host: StandIn, until: Until
) -> None:
    widget = panel()
    host.select()
    host.breaks = PlateError("Nuke could not render the plate", code="render_failed", hint="Look at it.", frame=1003)
    until(widget.make.main.isEnabled)
    press(widget.make.main)
    until(widget.make.trouble.isVisible)
    texts = [label.text() for label in widget.make.trouble.findChildren(QtWidgets.QLabel)]
    assert texts == ["Nuke could not render the plate", "Look at it.", "render_failed"]
    copy, away = widget.make.trouble.findChildren(QtWidgets.QToolButton)
    press(copy)
    copied = QtWidgets.QApplication.clipboard().text()
    assert "code: render_failed" in copied and "frame: 1003" in copied
    press(away)
    until(lambda: not widget.make.trouble.isVisible())


def test_a_mistake_of_ours_is_shown_and_takes_nothing_down(panel: Any, host: StandIn, until: Until) -> None:
    widget = panel()
    host.select()
    host.breaks = ZeroDivisionError("division by zero")
    until(widget.make.main.isEnabled)
    press(widget.make.main)
    until(widget.make.trouble.isVisible)
    host.breaks = None
    until(widget.make.main.isEnabled)


def test_a_hung_and_a_killed_engine_have_names_and_jobs_go_on(panel: Any, host: StandIn, until: Until) -> None:
    widget = panel()
    host.select()
    connect(widget, until)
    endpoint = find_endpoint(widget.model.session._finder.folder)
    assert endpoint is not None
    os.kill(endpoint.pid, signal.SIGSTOP)
    try:
        until(lambda: widget.make.chip.text() == "Not answering")
        assert "jobs are kept" in widget.make.chip.whatsThis().lower()
    finally:
        os.kill(endpoint.pid, signal.SIGCONT)
    until(lambda: widget.make.chip.text() == "Connected")
    os.kill(endpoint.pid, signal.SIGKILL)
    # What it says in between may be gone by the next turn of a busy loop; that another engine is there stays.
    until(lambda: (find_endpoint(widget.model.session._finder.folder) or endpoint).pid != endpoint.pid)
    until(lambda: widget.make.chip.text() == "Connected")


def test_every_control_has_help_a_name_and_can_be_reached_by_tab(panel: Any, host: StandIn, until: Until) -> None:
    widget = panel()
    host.select()
    until(widget.make.main.isEnabled)
    found = controls(widget)
    assert len(found) > 50
    for one in found:
        name = one.objectName() or one.metaObject().className()
        assert one.toolTip() and one.whatsThis() and one.accessibleName(), name
    reached, now = set(), widget.make.chip
    for _ in range(400):
        reached.add(id(now))
        now = now.nextInFocusChain()
    for one in found:
        if one.isVisible() and one.isEnabled():
            assert one.focusPolicy() != QtCore.Qt.FocusPolicy.NoFocus, one.objectName()
            assert id(one) in reached


def untranslated(text: str) -> str:
    """What of a text did not go through the translator, which puts brackets around."""
    while (less := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = less
    return text


def test_every_text_that_is_shown_can_be_translated(
    application: Any, panel: Any, host: StandIn, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel_widget, "translate_by", lambda translate: None)
    words._translate[:] = [lambda text: f"⟦{text}⟧"]
    try:
        widget = panel()
        words._translate[:] = [lambda text: f"⟦{text}⟧"]
        host.selection = NOTHING
        until(lambda: widget.make.what.text())
        own = {host.script, NOTHING.trouble, NOTHING.hint, "…", "–", "‹", "›", "\u2605"}
        plain = []
        for one in all_widgets(widget):
            text = one.text() if hasattr(one, "text") and callable(one.text) else ""
            data = isinstance(one, (QtWidgets.QLineEdit, QtWidgets.QAbstractSpinBox))
            for shown in (("" if data else text), one.whatsThis()):
                words_left = untranslated(str(shown)).strip(" .()+0123456789·\n")
                if words_left and str(shown) not in own and not re.fullmatch(r"(Alt\+\d|[A-Za-z+]{1,12})", words_left):
                    plain.append((one.metaObject().className(), shown))
        assert [row for row in plain if not any(piece in str(row[1]) for piece in own)] == []
    finally:
        words._translate[:] = []


def test_no_size_is_a_fixed_number_of_pixels(panel: Any, application: Any) -> None:
    small = panel()
    font = application.font()
    larger = application.font()
    larger.setPointSizeF(font.pointSizeF() * 2)
    application.setFont(larger)
    try:
        big = panel()
        for part in ("main", "what", "script"):
            assert getattr(big.make, part).sizeHint().height() > 1.4 * getattr(small.make, part).sizeHint().height()
        assert big.sizeHint().width() > 1.6 * small.sizeHint().width()
    finally:
        application.setFont(font)


def test_a_preset_is_saved_chosen_and_deleted_by_its_buttons(panel: Any, host: StandIn, until: Until) -> None:
    widget = panel()
    host.select()
    until(lambda: widget.make.main.text() == "Regenerate")
    bar = widget.make.presets
    bar.ask_name = lambda parent: "wires"
    widget.model.put("matte.feather", 4.0)
    press(bar.save)
    assert bar.box.currentText() == "wires"
    widget.model.put("matte.feather", 0.0)
    bar.box.activated.emit(bar.box.currentIndex())
    assert widget.model.form.values["matte.feather"] == 4.0
    until(lambda: control(widget, "matte.feather").value() == 4.0)
    press(bar.delete)
    assert bar.box.count() == 1


def test_a_reference_is_added_filled_and_reaches_the_request(panel: Any, host: StandIn, until: Until) -> None:
    widget = panel()
    host.select()
    connect(widget, until)
    editor = widget.make.references
    until(editor.add.isVisible)
    press(editor.add)
    until(lambda: editor.findChild(QtWidgets.QLineEdit, "field references.pattern 0") is not None)
    type_into(editor.findChild(QtWidgets.QLineEdit, "field references.pattern 0"), "/p/clean.exr")
    type_into(editor.findChild(QtWidgets.QLineEdit, "field references.licence 0"), "own")
    (reference,) = widget.model.form.asked().references
    assert (reference.role, reference.pattern, reference.licence) == ("clean_plate", "/p/clean.exr", "own")


def test_the_wheel_scrolls_the_page_and_changes_no_number(panel: Any, host: StandIn, until: Until) -> None:
    widget = panel()
    host.select()
    until(widget.make.main.isEnabled)
    spin = control(widget, "operation.window")
    widget.setFocus()
    assert not spin.hasFocus()
    from PySide6 import QtGui

    event = QtGui.QWheelEvent(
        QtCore.QPointF(2, 2), QtCore.QPointF(2, 2), QtCore.QPoint(0, 120), QtCore.QPoint(0, 120),
        QtCore.Qt.MouseButton.NoButton, QtCore.Qt.KeyboardModifier.NoModifier, QtCore.Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QtWidgets.QApplication.sendEvent(spin, event)
    assert spin.value() == 24


def test_what_cant_be_placed_is_said_beside_the_takes(panel: Any, host: StandIn, until: Until) -> None:
    widget = panel()
    host.breaks = RequestError("the node is gone", code="source_gone", hint="Select the plate.")
    from tests.panel.test_queue_and_history import take

    widget.model.takes.apply(take(1))
    until(lambda: widget.work.takes.trouble.isVisibleTo(widget.work.takes))
    assert widget.model.board.troubles.at("history")[0].failure.code == "source_gone"
