"""A fake Nuke behind `import nuke`, the adapter imported afresh against it, and real takes made once."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.nuke.application import FakeNuke
from tests.fakes.nuke.panes import make_nukescripts
from tests.plugin_nuke.comps import Shot, make_takes

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "plugin_nuke"


def forget_adapter() -> None:
    """Take the adapter's modules out of this Python, so that the next import sees another Nuke."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "platewright_nuke"]:
        del sys.modules[name]


@pytest.fixture
def app(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeNuke]:
    """A running Nuke; parametrise indirectly with a major version."""
    fake = FakeNuke(getattr(request, "param", 16))
    monkeypatch.setitem(sys.modules, "nuke", fake.module)
    scripts = make_nukescripts(fake.menus["Pane"])
    monkeypatch.setitem(sys.modules, "nukescripts", scripts)
    monkeypatch.setitem(sys.modules, "nukescripts.panels", scripts.panels)
    monkeypatch.syspath_prepend(str(PLUGIN))
    forget_adapter()
    yield fake
    forget_adapter()


@pytest.fixture
def nuke(app: FakeNuke) -> Any:
    """What `import nuke` gives."""
    return app.module


@pytest.fixture
def adapter(app: FakeNuke) -> Callable[[str], Any]:
    """`adapter("placing")` is that module of the adapter, imported against this Nuke."""
    return lambda name: importlib.import_module(f"platewright_nuke.{name}")


@pytest.fixture(scope="session")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """A shot with real takes, made once."""
    return make_takes(tmp_path_factory.mktemp("shot"))
