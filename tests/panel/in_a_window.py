"""The panel in a window of its own process, by mouse and keyboard, one take made, and frames of it made again.

    python3.10 tests/panel/in_a_window.py ENGINE_PYTHON ENGINE_FILE FOLDER PLATE MATTE

Also run by a Python 3.10 with PySide2, as in the oldest host: nothing but the standard library, Qt and the light rooms
is needed. What it has seen it prints as one JSON document.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT)]

from platewright.client.session import Session  # noqa: E402
from platewright.contract.checks import CheckAsk  # noqa: E402
from platewright.panel.kept_values import KeptValues  # noqa: E402
from platewright.panel.panel_model import PanelModel  # noqa: E402
from platewright.panel.panel_widget import PanelWidget  # noqa: E402
from platewright.panel.qt import BINDING, Qt, QtWidgets  # noqa: E402
from tests.panel.stand_in import StandIn  # noqa: E402

QtTest = importlib.import_module(f"{BINDING}.QtTest")


def sent_by_mock(widget: PanelWidget, host: StandIn, until: object) -> None:
    """Choose the mock, let one of its own inputs say that it refuses, and press the button; then back to ours."""
    make, choose = widget.make, QtTest.QTest
    host.select()
    widget.model.put("base.how", "all")
    backend = make.fields.rows["backend"].control.focus
    until(lambda: backend.findData("mock") >= 0)
    backend.setCurrentIndex(backend.findData("mock"))
    until(lambda: "behaviour" in make.inputs.rows and make.inputs.rows["behaviour"].control.focus.isVisible())
    others = make.fields.rows["host.also"].control.focus
    until(lambda: "Built-in generator" in [one.text() for one in others.ticks.actions()])
    for chosen in ("builtin", ""):  # ticked, and unticked again
        next(one for one in others.ticks.actions() if one.text() == "Built-in generator").trigger()
        until(lambda wanted=chosen: widget.model.form.values["host.also"] == wanted)
    prompt = make.fields.rows["prompt"].control.focus
    until(prompt.isVisible)
    prompt.setFocus()
    choose.keyClicks(prompt, "a wall")
    behaviour, restless = (make.inputs.rows[name].control.focus for name in ("behaviour", "restless"))
    behaviour.setCurrentIndex(behaviour.findData("refused"))
    restless.setFocus()
    restless.selectAll()
    choose.keyClicks(restless, restless.locale().toString(0.25))
    choose.keyClick(restless, Qt.Key.Key_Return)
    until(lambda: widget.model.form.asked().controls == {"behaviour": "refused", "restless": "0.25"})
    until(lambda: make.price.text().startswith("at most") and make.main.isEnabled())
    before = len(host.settled)
    choose.mouseClick(make.main, Qt.MouseButton.LeftButton)
    until(lambda: len(host.settled) > before, 240)
    backend.setCurrentIndex(backend.findData("builtin"))
    until(lambda: not make.inputs.rows)


def published(widget: PanelWidget, host: StandIn, home: Path, until: Callable[..., None]) -> list[str]:
    """A take is checked, spoiled, checked, mended by a button and checked: what the page showed each time."""
    page, work = widget.work.publish, widget.model.publishing
    record = widget.model.takes.history.takes[0].record
    host.asks = CheckAsk((record,), (str(home),))
    (home / "platewright.toml").write_text("")
    widget.work.tabs.setCurrentWidget(page)
    left, seen = Qt.MouseButton.LeftButton, []

    def check(button: QtWidgets.QWidget) -> None:
        QtTest.QTest.mouseClick(button, left)
        until(lambda: work.standing in ("open", "shut", "failed"), 120)
        until(lambda: page.verdict.text() == work.sentence)
        seen.append(page.verdict.text())

    check(page.check)
    manifest = Path(record + ".c2pa")
    then = manifest.read_bytes()
    manifest.unlink()
    check(page.check)
    place = next(place for place, row in enumerate(work.rows) if row.code == "manifest_missing")
    QtTest.QTest.mouseClick(page.list.viewport(), left, Qt.KeyboardModifier.NoModifier,
                            page.list.visualItemRect(page.list.item(place)).center())  # fmt: skip
    until(page.repairs["fetch"].isVisible)
    widget.grab().save(str(home / "publish.png"))
    QtTest.QTest.mouseClick(page.jump, left)
    until(lambda: host.gone_to == [("", None, record)])
    widget.work.tabs.setCurrentWidget(widget.work.record)
    QtTest.QTest.keyClicks(widget.work.record.rows["person.ref"].control.focus, "Jane Doe")
    until(lambda: not widget.work.record.errors["person.ref"].isHidden())
    widget.grab().save(str(home / "rights.png"))
    widget.work.tabs.setCurrentWidget(page)
    check(page.repairs["fetch"])
    assert manifest.read_bytes() == then
    return seen


def main() -> int:
    python, engine, folder, plate, matte = sys.argv[1:]
    home = Path(folder)
    application = QtWidgets.QApplication([])
    host = StandIn(home / "elements", plate, matte)
    (home / "elements").mkdir()
    session = Session("nuke 15", state=home / "state", command=(python, engine), environment=dict(os.environ))
    widget = PanelWidget(PanelModel(session, host, KeptValues(home / "panel.json")))
    widget.resize(widget.sizeHint())
    widget.show()

    def until(happened: object, within_s: float = 90.0) -> None:
        end = time.monotonic() + within_s
        while not happened():  # type: ignore[operator]
            assert time.monotonic() < end, "it did not happen"
            application.processEvents()
            time.sleep(0.005)

    until(lambda: widget.make.chip.text() == "Asleep")
    host.select()
    until(lambda: widget.make.main.isEnabled())
    line = widget.make.fields.rows["element"].control.focus
    line.setFocus()
    line.selectAll()
    QtTest.QTest.keyClicks(line, "rig")
    QtTest.QTest.mouseClick(widget.make.main, Qt.MouseButton.LeftButton)
    until(lambda: host.settled != [], 120)
    until(lambda: len(widget.model.takes.history.takes) == 1)
    widget.work.takes.choose("rig_v001")
    until(lambda: len(widget.pictures._kept) > 0)
    QtTest.QTest.keyClick(widget.work.takes.list, Qt.Key.Key_S)
    until(lambda: widget.model.takes.history.takes[0].starred)
    widget.work.tabs.setCurrentIndex(1)
    widget.compare(widget.model.takes.history.takes[0], None)
    until(lambda: not widget._compare.view.is_empty)
    widget.work.tabs.setCurrentIndex(0)
    QtTest.QTest.mouseClick(widget.work.takes.again, Qt.MouseButton.LeftButton)
    frames = widget.make.fields.rows["base.frames"].control.focus
    until(frames.isVisible)
    frames.setFocus()
    QtTest.QTest.keyClicks(frames, "1002")
    until(lambda: widget.make.main.text() == "Regenerate again" and widget.make.main.isEnabled())
    QtTest.QTest.mouseClick(
        widget.make.main, Qt.MouseButton.LeftButton
    )  # without a window manager no key is a shortcut
    until(lambda: len(widget.model.takes.history.takes) == 2, 120)
    publish_seen = published(widget, host, home, until)
    sent_by_mock(widget, host, until)
    for kind in ("extend", "replace_sky", "regenerate"):
        QtTest.QTest.mouseClick(widget.make.segments[kind], Qt.MouseButton.LeftButton)
        until(lambda kind=kind: widget.model.form.operation == kind)
    application.processEvents()
    widget.grab().save(str(home / "panel.png"))
    troubles = [
        one.failure.code for place in ("button", "queue", "history") for one in widget.model.board.troubles.at(place)
    ]
    widget.close_session()
    print(json.dumps({
        "binding": BINDING, "python": sys.version_info[:2],
        "platform": application.platformName(), "settled": [job.state.value for job in host.settled],
        "said": widget.make.said.text(), "troubles": troubles, "publish": publish_seen,
        "controls": host.settled[-1].submission.request.controls,
        "failure": host.settled[-1].failure.code if host.settled[-1].failure else "",
        "inputs_left": list(widget.make.inputs.rows),
    }))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
