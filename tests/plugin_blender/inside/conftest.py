"""A real Blender behind `import bpy`, with the extension installed from its zip as an artist installs it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

MODULE = "bl_ext.user_default.platewright"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """The zip, installed and enabled by Blender itself in a user folder of the test's own."""
    assert os.environ["BLENDER_USER_RESOURCES"], "a test never writes into somebody's own Blender"
    bpy.ops.extensions.package_install_files(
        filepath=os.environ["PLATEWRIGHT_ZIP"], repo="user_default", enable_on_install=True, overwrite=True
    )
    assert MODULE in bpy.context.preferences.addons, "Blender has not enabled the extension"


@pytest.fixture(autouse=True)
def fresh_file(installed: None) -> Iterator[None]:
    """A new empty file for every test; keeps the extension registered."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.render.compositor_device = "CPU"
    yield


@pytest.fixture
def part() -> Callable[[str], Any]:
    """`part("placing")` is that module of the installed extension."""
    return lambda name: importlib.import_module(f"{MODULE}.{name}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: Any) -> None:
    config.exit_code = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: Any) -> None:
    """Leave without Blender's teardown, which crashes (4.2) or hangs (4.5) with an add-on registered."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(getattr(config, "exit_code", 1))
