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
from tests.plugin_nuke.placement_checks import check_farm, check_native, check_outside

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


@pytest.fixture
def placed_once(
    app: FakeNuke, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """`placed_once(lambda: …, source)` places, and holds the placement against all that every one of them promises.

    Pixels are the source's, bit for bit, outside the matte, on frames out of range, in overscan, depth and NaN; only
    native classes, no Python; the saved script gives the same without the plug-in; one undo brings the identical
    script back. shift: how far the output's origin lies from the source's; `read_shift` the Read's. views: those that
    the take is for.
    """
    done: list[tuple[str, int]] = []

    def run(
        action: Callable[[], Any], source: Any = None, shift: tuple[int, int] = (0, 0),
        read_shift: tuple[int, int] = (0, 0), views: tuple[str, ...] = ("main",),
    ) -> Any:  # fmt: skip
        done.append((app.script_text(), len(app.undo.steps)))
        placed = action()
        check_native(app)
        assert len(app.undo.steps) == done[-1][1] + 1
        source = source if source is not None else request.getfixturevalue("plate")
        for view in views:
            check_outside(app, source, placed, shift, read_shift, view)
        check_farm(app, placed.output, tmp_path, monkeypatch)
        return placed

    yield run
    assert done
    for text, _ in reversed(done):
        assert app.script_text() != text
        app.undo.undo()
        assert app.script_text() == text
