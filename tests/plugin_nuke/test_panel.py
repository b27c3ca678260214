"""The panel docked in Nuke: opened from its menu, driven by mouse and keyboard, with a real engine's real takes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6", reason="no Qt here; `install/run.py setup --tests` brings it")

from PySide6 import QtTest

from platewright.client.session import Session
from platewright.client.stopping import stop_engine
from platewright.panel.qt import Qt, QtWidgets
from tests.fakes.nuke.application import FakeNuke
from tests.jobs.small_shot import HEIGHT, WIDTH, small_shot
from tests.plugin_nuke.comps import check_same_outside

ROOT = Path(__file__).resolve().parents[2]
ENGINE = (sys.executable, str(ROOT / "tests/fakes/grey_engine.py"))
pytestmark = pytest.mark.timeout(200)


@pytest.fixture
def application() -> QtWidgets.QApplication:
    found = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    assert isinstance(found, QtWidgets.QApplication)
    return found


@pytest.fixture
def panel(
    request: pytest.FixtureRequest,
    application: QtWidgets.QApplication,
    adapter: Callable[[str], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Any]:
    """The panel over this Nuke, with an engine of the test's own that starts with the first call."""
    state = tmp_path / "home" / "state"
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(tmp_path / "home"))
    command = getattr(request, "param", ENGINE)
    session = Session("nuke 16", state=state, command=command, environment=dict(os.environ))
    made = adapter("panel").PlatewrightPanel(session)
    made.show()
    yield made
    made.close_session()
    session.close(wait_s=2.0)
    made.deleteLater()
    stop_engine(state, now=True)


def until(happened: Callable[[], Any], within_s: float = 60.0) -> None:
    end = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < end, [str(w) for w in QtWidgets.QApplication.topLevelWidgets()]
        QtWidgets.QApplication.processEvents()
        time.sleep(0.005)


def press(button: Any) -> None:
    assert button.isEnabled(), button.toolTip()
    QtTest.QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def type_into(widget: Any, text: str) -> None:
    widget.setFocus()
    widget.selectAll()
    QtTest.QTest.keyClicks(widget, text)


def control(panel: Any, name: str) -> Any:
    return panel.make.fields.rows[name].control.focus


def plate_with_roto(app: FakeNuke, nuke: Any, tmp_path: Path) -> tuple[Any, Any]:
    shot = small_shot(tmp_path / "shot")
    plate = nuke.nodes.Read(file=str(shot.folder / "plate.%04d.exr"), first=1001, last=1003, raw=True, name="plate")
    roto = nuke.nodes.Roto(inputs=[plate])
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    app.matte_of[roto.name()] = lambda frame: np.clip(9 - np.hypot(xs - 40, ys - 30), 0, 1)
    nuke.frame(1001)
    return plate, roto


def test_selecting_asking_placing_stepping_and_undoing_from_the_panel(
    app: FakeNuke, nuke: Any, panel: Any, adapter: Callable[[str], Any], tmp_path: Path
) -> None:
    plate, roto = plate_with_roto(app, nuke, tmp_path)
    until(lambda: panel.make.what.text() == "Nothing selected")
    assert not panel.make.main.isEnabled()
    roto.setSelected(True)
    until(lambda: panel.make.what.text() == "plate  ·  Roto1")
    before = app.script_text()
    type_into(control(panel, "element"), "rig")
    type_into(control(panel, "host.root"), str(tmp_path / "elements"))
    until(panel.make.main.isEnabled)
    press(panel.make.main)
    model = panel.model
    until(lambda: adapter("attaching").attached(), 120)
    (found,) = adapter("attaching").attached()
    assert (found.status, found.element, found.version) == ("there", "rig", 1)
    keymix = next(node for node in app.every_node() if node.Class() == "Keymix")
    output = next((node for node in app.every_node() if node.Class() == "ModifyMetaData"), keymix)
    assert check_same_outside(app, plate, output, roto, (1001, 1002, 1003)) > 300
    until(lambda: [one.version for one in model.takes.history.takes] == [1])
    assert model.board.troubles.at("button") == () and adapter("attaching").waiting() == ()

    roto_again = [node for node in app.every_node() if node.Class() == "Roto"]
    for node in app.every_node():
        node.setSelected(node in roto_again)
    seed = control(panel, "seed")
    type_into(seed, "7")
    QtTest.QTest.keyClick(seed, Qt.Key.Key_Tab)
    until(lambda: model.form.values["seed"] == 7)
    until(panel.make.main.isEnabled)
    press(panel.make.main)
    until(lambda: len(adapter("attaching").attached()) == 2, 120)
    until(lambda: len(model.takes.history.takes) == 2)

    first = next(one for one in adapter("attaching").attached() if one.version == 1)
    for node in app.every_node():
        node.setSelected(node.fullName() == first.node)
    until(lambda: model.selection.element == "rig")
    assert panel.make.which.text().startswith("rig_v001")
    QtTest.QTest.keyClick(panel, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier)
    until(lambda: sorted(one.version for one in adapter("attaching").attached()) == [2, 2])
    press(panel.work.difference.ask)
    until(lambda: model.takes.check is not None, 60)
    assert panel.work.difference.answer.text()
    while app.script_text() != before:
        app.undo.undo()
    assert app.script_text() == before


def test_the_pane_opens_from_nukes_menu_by_a_name_that_needs_no_menu_file(
    application: QtWidgets.QApplication, app: FakeNuke, adapter: Callable[[str], Any], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(tmp_path / "home"))
    adapter("menus").build_menu()
    assert app.said == []
    pane = app.menus["Pane"].press("Platewright")
    assert pane.identity == "org.platewright.panel"  # type: ignore[attr-defined]
    widget = pane.widget  # type: ignore[attr-defined]
    widget.show()
    until(lambda: widget.make.chip.text() == "Asleep")
    assert widget.make.what.text() == "Nothing selected"
    widget.close_session()
    widget.model.session.close(wait_s=2.0)
    widget.deleteLater()


def test_a_nuke_without_qt_keeps_its_menu(app: FakeNuke, adapter: Callable[[str], Any], monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "platewright.panel.panel_widget", None)
    adapter("menus").build_menu()
    menu = app.menus["Nuke"].findItem("Platewright")
    assert menu is not None and "Next take" in menu.items
    assert app.menus["Pane"].items == {}


def test_what_nuke_reports_while_exporting_is_shown_in_its_place(
    app: FakeNuke, nuke: Any, panel: Any, tmp_path: Path
) -> None:
    _, roto = plate_with_roto(app, nuke, tmp_path)
    roto.setSelected(True)

    def fail(frame: int) -> None:
        raise RuntimeError("Roto1: out of memory")

    app.render_trouble = fail
    type_into(control(panel, "host.root"), str(tmp_path / "elements"))
    until(panel.make.main.isEnabled)
    before = app.script_text()
    press(panel.make.main)
    until(lambda: panel.make.trouble.isVisible())
    (trouble,) = panel.model.board.troubles.at("button")
    assert trouble.failure.code == "render_failed" and "out of memory" in trouble.text
    assert app.script_text() == before


def test_another_script_brings_its_own_jobs_and_folder(app: FakeNuke, nuke: Any, panel: Any, tmp_path: Path) -> None:
    app.save(tmp_path / "sh010_comp_v003.nk")
    until(lambda: panel.model.host.script == "sh010_comp_v003")
    until(lambda: panel.model.form.values["host.root"] == str(tmp_path / "elements"))
    assert panel.make.which.text()


REAL = (
    sys.executable,
    "-c",
    f"import sys; sys.path.insert(0, {str(ROOT / 'core')!r}); from platewright.cli import main; sys.exit(main())",
)


@pytest.mark.slow
@pytest.mark.parametrize("panel", [REAL], indirect=True)
def test_the_sample_shot_goes_the_whole_way_with_the_real_generator(
    app: FakeNuke, nuke: Any, panel: Any, adapter: Callable[[str], Any], tmp_path: Path
) -> None:
    sample = ROOT / "sample"
    plate = nuke.nodes.Read(file=str(sample / "plate/plate.%04d.exr"), first=1001, last=1020, raw=True, name="plate")
    matte = nuke.nodes.Read(file=str(sample / "matte/matte.%04d.exr"), first=1001, last=1020, raw=True, name="drone")
    nuke.frame(1001)
    for node in (plate, matte):
        node.setSelected(True)
    before = app.script_text()
    until(lambda: panel.make.what.text() == "plate  ·  drone")
    type_into(control(panel, "element"), "rig")
    type_into(control(panel, "host.frames"), "1001-1003")
    type_into(control(panel, "host.root"), str(tmp_path / "elements"))
    until(panel.make.main.isEnabled)
    press(panel.make.main)
    until(lambda: adapter("attaching").attached(), 180)
    keymix = next(node for node in app.every_node() if node.Class() == "Keymix")
    output = next((node for node in app.every_node() if node.Class() == "ModifyMetaData"), keymix)
    assert check_same_outside(app, plate, output, matte, (1001, 1003)) > 10_000
    assert check_same_outside(app, plate, output, matte, (1000, 1004)) == 0
    until(lambda: len(panel.model.takes.history.takes) == 1)
    assert panel.model.board.troubles.at("button") == ()
    while app.script_text() != before:
        app.undo.undo()
    assert app.script_text() == before
