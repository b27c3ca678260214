"""What runs inside a host's Python needs nothing but that Python: 3.10 in the oldest host, 3.13 in the newest."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LIGHT = {"contract", "client", "panel", "publish"}
# panel needs Qt and publish needs pyblish, which their hosts bring.
BARE = ("contract", "client")

IMPORT_ALL = """
import importlib, json, pkgutil, sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
names = []
for room in sys.argv[2:]:
    package = importlib.import_module("platewright." + room)
    names.append(package.__name__)
    names += [found.name for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    importlib.import_module(name)
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import canonical, from_bytes
from platewright.contract.request import Plate, Regenerate, Request
request = Request(Regenerate(), "rig", Plate("plate.####.exr", FrameRange.parse("1001-1016")))
assert from_bytes(Request, canonical(request)) == request
foreign = sorted({name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))
print(json.dumps({"imported": names, "foreign": foreign}))
"""


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_light_rooms_import_and_work_on_a_bare_python(
    root: Path, python_of: Callable[[str], str], version: str
) -> None:
    rooms = [room for room in BARE if (root / "core/platewright" / room).is_dir()]
    # -I: no environment variables, no user's folder. -S: no site-packages at all.
    command = [python_of(version), "-I", "-S", "-B", "-c", IMPORT_ALL, str(root / "core"), *rooms]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["foreign"] == ["platewright"]
    assert "platewright.contract.mapper" in answer["imported"]


def imported_rooms(module: Any) -> set[str]:
    """The rooms that a module imports from, directly."""
    found = set()
    for node in ast.walk(module.tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = module.name.split(".") if module.file.name == "__init__.py" else module.name.split(".")[:-1]
            above = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*above, node.module] if node.module else above)
            names = [f"{stem}.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("platewright.")}
    return found


def test_light_and_heavy_rooms_never_import_each_other_but_for_the_contract(modules: list[Any]) -> None:
    rooms = {module.room for module in modules}
    breaches = []
    for module in modules:
        others = (imported_rooms(module) & rooms) - {module.room, "contract"}
        if module.room in LIGHT:
            breaches += [f"{module.name} imports {room}" for room in others - LIGHT]
        elif module.room != "cli":  # the command line talks to the engine as every host does
            breaches += [f"{module.name} imports {room}" for room in others & LIGHT]
    assert not breaches
    assert any(imported_rooms(module) for module in modules), "the look-up finds imports at all"
