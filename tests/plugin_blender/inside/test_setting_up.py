"""The engine set up by one button with the system's Python; what the extension brings for it; a studio's repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from comps import error

Part = Callable[[str], Any]
# Stands for the project's own set-up: makes the program where that one makes it, or says what is missing.
SET_UP = """
import os, sys
if os.path.exists(os.path.join(os.getcwd(), "broken")):
    sys.exit("The disk is full.")
os.makedirs(".venv/bin", exist_ok=True)
with open(".venv/bin/platewright", "w") as file:
    file.write("#!/bin/sh\\nexit 1\\n")
os.chmod(".venv/bin/platewright", 0o755)
print("Ready.")
"""


@pytest.fixture
def setup(part: Part, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module, with a bundled engine whose set-up is the stand-in."""
    monkeypatch.setenv("PLATEWRIGHT_STATE", str(folder / "state"))
    monkeypatch.delenv("PLATEWRIGHT_ENGINE", raising=False)
    module = part("engine_setup")
    brought = folder / "extension"
    (brought / "engine" / "install").mkdir(parents=True)
    (brought / "engine" / "install" / "run.py").write_text(SET_UP)
    shutil.copy(Path(module.__file__).parent / "set_up_program.py", brought)
    monkeypatch.setattr(module, "_HERE", brought)
    return module


def ended(module: Any) -> None:
    until = time.monotonic() + 60
    while module.is_running():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_what_the_extension_brings_is_set_up_beside_it_and_found(part: Part, setup: Any, folder: Path) -> None:
    assert setup.program() == "" and setup.start(python=sys.executable)
    ended(setup)
    assert setup.progress() == "The engine is set up."
    program = Path(setup.program())
    assert program.is_relative_to(folder / "state" / "program") and os.access(program, os.X_OK)
    assert not list((folder / "extension").rglob(".venv")), "an update of the extension takes nothing away"
    assert part("preferences").engine_command() == (str(program),)
    before = part("pump").flow()
    part("pump").tick()
    assert part("pump").flow() is not before, "the engine is looked for anew, once"
    again = part("pump").flow()
    part("pump").tick()
    assert part("pump").flow() is again
    part("pump").stop()
    part("pump").start()


def test_a_set_up_that_fails_says_its_last_word(setup: Any, folder: Path) -> None:
    (folder / "extension" / "engine" / "broken").write_text("")
    setup.start(python=sys.executable)
    ended(setup)
    assert setup.progress() == "The set-up failed: The disk is full." and setup.program() == ""
    assert not setup.has_ended_well()
    with pytest.raises(error("EngineError")) as refused:
        setup.start(python=str(folder / "no-python"))
    assert refused.value.code == "engine_start_failed" and refused.value.hint
    shutil.rmtree(folder / "extension" / "engine")
    with pytest.raises(error("EngineError")) as refused:
        setup.start()
    assert refused.value.code == "engine_not_installed"


def test_a_blender_that_is_to_stay_offline_is_obeyed(part: Part, setup: Any) -> None:
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="stay offline"):
        bpy.ops.platewright.set_up_engine()
    assert part("pump").flow().troubles[-1].code == "online_access_off"
    part("pump").flow().troubles.clear()


def test_the_zip_brings_the_engine_and_its_set_up(part: Part) -> None:
    brought = Path(part("engine_setup").__file__).parent / "engine"
    assert (brought / "install" / "run.py").is_file() and (brought / "install" / "requirements.lock").is_file()
    assert (brought / "core" / "platewright" / "cli" / "engine.py").is_file() and (brought / "pyproject.toml").is_file()


def test_a_studios_repository_lists_the_extension(folder: Path) -> None:
    """What `blender --command extension server-generate` runs."""
    scripts = Path(bpy.utils.resource_path("LOCAL")) / "scripts"
    tool = scripts / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    shutil.copy(os.environ["PLATEWRIGHT_ZIP"], folder / "platewright-0.1.0.zip")
    command = [sys.executable, str(tool), "server-generate", "--repo-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    (one,) = json.loads((folder / "index.json").read_text())["data"]
    assert (one["id"], one["archive_url"], one["blender_version_min"]) == (
        "platewright", "./platewright-0.1.0.zip", "4.2.0"
    )  # fmt: skip
    assert one["archive_size"] == (folder / "platewright-0.1.0.zip").stat().st_size
