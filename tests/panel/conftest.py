"""A Qt application without a screen, real engines, and a panel over a host that the test is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from platewright.client.session import Session
from platewright.client.stopping import stop_engine
from tests.jobs.small_shot import SmallShot, small_shot
from tests.panel.stand_in import StandIn

FAKES = Path(__file__).parents[1] / "fakes"


@pytest.fixture
def application() -> Any:
    """The one application of this process; skipped where no Qt is installed."""
    widgets = pytest.importorskip("PySide6.QtWidgets", reason="no Qt here; `install/run.py setup --tests` brings it")
    return widgets.QApplication.instance() or widgets.QApplication([])


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def host(shot: SmallShot, tmp_path: Path) -> StandIn:
    """Nothing is selected yet; its files are a small shot's."""
    return StandIn(tmp_path / "elements", shot.plate, shot.matte, str(shot.frames))


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Session]]:
    """`session("quick_engine")`: a session whose engine, started by the first call, is that file of tests/fakes."""
    home = tmp_path / "home"
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(home))
    made: list[Session] = []

    def make(engine: str = "quick_engine", **said: Any) -> Session:
        command = (sys.executable, str(FAKES / f"{engine}.py"))
        environment = {**os.environ, "PLATEWRIGHT_HOME": str(home)}
        made.append(Session("panel", state=home / "state", command=command, environment=environment, **said))
        return made[-1]

    yield make
    for one in made:
        one.close(wait_s=2.0)  # no thread of it may run into the next test
    stop_engine(home / "state", now=True)


@pytest.fixture
def until(application: Any) -> Callable[..., None]:
    """Let the application work until something is so."""

    def wait(happened: Callable[[], Any], within_s: float = 90.0) -> None:
        end = time.monotonic() + within_s
        while not happened():
            assert time.monotonic() < end, "it did not happen"
            application.processEvents()
            time.sleep(0.004)

    return wait


@pytest.fixture
def panel(application: Any, host: StandIn, session: Callable[..., Session], tmp_path: Path) -> Iterator[Any]:
    """`panel()`: a panel over the stand-in and a quick engine, whole, as it is some turns of the loop later."""
    from platewright.panel.kept_values import KeptValues
    from platewright.panel.panel_model import PanelModel
    from platewright.panel.panel_widget import PanelWidget

    made = []

    def make(engine: str = "quick_engine", **said: Any) -> Any:
        (tmp_path / "elements").mkdir(exist_ok=True)
        model = PanelModel(session(engine, **said), host, KeptValues(tmp_path / "panel.json"))
        widget = PanelWidget(model, lambda field: str(tmp_path / "picked.exr"))
        widget.resize(widget.sizeHint())
        made.append(widget)
        assert widget.make.fields is not None and widget.work is not None
        widget.show()
        return widget

    yield make
    for widget in made:
        widget.close_session()
        widget.deleteLater()
    application.processEvents()
