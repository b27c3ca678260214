"""The plug-in never breaks Nuke's start, needs nothing but Python and Nuke, and works on every host's Python."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platewright.cli.nuke_startup import install
from tests.fakes.nuke.application import FakeNuke
from tests.plugin_nuke.comps import Shot, plate_read
from tests.plugin_nuke.conftest import PLUGIN, ROOT, forget_adapter


@pytest.fixture
def started(app: FakeNuke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., FakeNuke]:
    """A Nuke that was started with an installed plug-in."""
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one != str(PLUGIN)])

    def start(plugin: Path = PLUGIN) -> FakeNuke:
        forget_adapter()
        install(tmp_path / "nuke", plugin)
        app.start(tmp_path / "nuke")
        # A Python without Qt says so once; what these tests are about comes after it.
        app.said[:] = [line for line in app.said if "no Qt in this Python" not in line]
        return app

    return start


def test_an_installed_plug_in_gives_the_menu(started: Any) -> None:
    app = started()
    menu = app.menus["Nuke"].findItem("Platewright")
    assert menu is not None and "Next take" in menu.items and len(app.on_load) == 1
    menu.press("Next take")
    assert app.said == ["select one node of a take.\n\nIts Read, for example."]
    menu.press("Takes in this script")
    assert app.said[-1] == "This script holds no take of Platewright."


def test_a_menu_command_steps_a_take(started: Any, shot: Shot) -> None:
    app = started()
    from platewright_nuke import placing, takes

    placed = placing.place(takes.load(shot.record("rig")), plate_read(app.module, shot))
    placed.read.setSelected(True)
    app.menus["Nuke"].findItem("Platewright").press("Next take")
    assert placed.read["file"].value().endswith("rig_v002.%d.exr") and app.said == []


def test_a_menu_command_places_a_take(started: Any, shot: Shot) -> None:
    app = started()
    menu = app.menus["Nuke"].findItem("Platewright")
    menu.press("Place a take...")
    assert app.said.pop().startswith("select the plate")
    plate = plate_read(app.module, shot)
    plate.setSelected(True)
    before = app.script_text()
    menu.press("Place a take...")
    assert app.script_text() == before, "nothing was named"
    app.files_named += [str(shot.record("rig")), str(shot.root / "rig" / "rig_v009.take.json")]
    menu.press("Place a take...")
    assert app.module.toNode("PW_rig") is not None and app.said == []
    menu.press("Place a take...")
    assert "rig_v009.take.json can't be read" in app.said[0]


def test_without_a_window_there_is_no_menu_and_no_trouble(started: Any, app: FakeNuke) -> None:
    app.GUI = False
    started()
    assert "platewright_nuke" not in sys.modules and app.said == []


@pytest.mark.parametrize("harm", ["no core", "syntax", "missing module", "no window"])
def test_nuke_starts_whatever_is_wrong(
    started: Any, tmp_path: Path, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "lonely" / "plugin_nuke"
    shutil.copytree(PLUGIN, broken, ignore=shutil.ignore_patterns("__pycache__"))
    if harm == "no core":
        for name in [name for name in sys.modules if name.partition(".")[0] == "platewright"]:
            monkeypatch.setitem(sys.modules, name, None)
    elif harm == "syntax":
        (broken / "platewright_nuke" / "menus.py").write_text("def (")
    elif harm == "missing module":
        (broken / "platewright_nuke" / "state.py").unlink()
    else:
        monkeypatch.setattr(FakeNuke, "menus", None, raising=False)
        monkeypatch.delattr("tests.fakes.nuke.application._Module.menu")
    app = started(broken)
    assert len(app.said) == 1 and app.said[0].startswith("Platewright is not available: ")


def test_a_mistake_of_ours_in_a_command_is_a_message(app: FakeNuke, adapter: Any) -> None:
    def broken() -> None:
        raise ZeroDivisionError("of ours")

    adapter("menus").guarded(broken)()
    assert "ZeroDivisionError" in app.said[0] and app.said[1].startswith("Platewright made a mistake: of ours")


def imported(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module))
    return found


def test_the_adapter_knows_only_nuke_python_and_the_light_rooms() -> None:
    files = sorted(PLUGIN.rglob("*.py"))
    assert len(files) > 15
    for file in files:
        for name in imported(file):
            top, room = name.partition(".")[0], ".".join(name.split(".")[:2])
            allowed = top in sys.stdlib_module_names or top in ("nuke", "nukescripts", "platewright_nuke")
            light = ("platewright.contract", "platewright.client", "platewright.panel", "platewright.publish")
            assert allowed or room in light, f"{file.name} imports {name}"


def test_every_module_of_the_adapter_says_why_and_what_it_gives() -> None:
    for file in sorted((PLUGIN / "platewright_nuke").glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), file.name
        public = {
            node.name: ast.get_docstring(node)
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
        }
        assert all(public.values()), file.name
        exported = next((set(ast.literal_eval(node.value)) for node in tree.body if isinstance(node, ast.Assign)
                         and ast.unparse(node.targets[0]) == "__all__"), set())  # fmt: skip
        assert set(public) <= exported, file.name


ON_A_HOSTS_PYTHON = """
import json, sys
root, record = sys.argv[1:3]
sys.path[:0] = [root, root + "/core", root + "/plugin_nuke"]
from tests.fakes.nuke.application import FakeNuke
app = FakeNuke(15)
sys.modules["nuke"] = app.module
from pathlib import Path
from tests.fakes.nuke.values import Format
import platewright_nuke.actions, platewright_nuke.menus
from platewright_nuke import placing, stepping, takes, attaching
read = app.module.nodes.Read(name="plate")
type(read).format = lambda self: Format(104, 64)
type(read).metadata = lambda self, *words: None
before = app.script_text()
placed = placing.place(takes.load(Path(record)), read)
stepping.step(placed.read, 1)
found = attaching.attached()
app.undo.undo()
app.undo.undo()
assert app.script_text() == before
print(json.dumps([placed.read.name(), found[0].version, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.13"])
def test_it_places_a_take_on_a_bare_python(python_of: Callable[[str], str], shot: Shot, version: str) -> None:
    command = [python_of(version), "-I", "-S", "-B", "-c", ON_A_HOSTS_PYTHON, str(ROOT), str(shot.record("rig"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    name, shown, modules = json.loads(done.stdout)
    assert (name, shown) == ("PW_rig", 2)
    assert not {"numpy", "OpenImageIO", "PySide6", "PySide2"} & set(modules)


def test_a_script_s_text_says_nothing_of_the_plug_in(app: FakeNuke, adapter: Any, shot: Shot) -> None:
    adapter("placing").place(adapter("takes").load(shot.record("sky")), plate_read(app.module, shot))
    text = app.script_text()
    assert "platewright_nuke" not in text and "import " not in text.replace("import sequence", "")
    for line in text.splitlines():
        assert not line.strip().startswith(("knobChanged", "onCreate", "onDestroy", "updateUI", "autolabel"))
