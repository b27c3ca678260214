"""Blenders as Python modules, found where install/blender_modules.py put them; each runs its tests in a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from platewright.cli.blender_package import build, default_plugin

collect_ignore = ["inside", "window"]


@pytest.fixture(scope="session")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip, built as `platewright install blender` builds it."""
    return build(default_plugin(), tmp_path_factory.mktemp("extension") / "platewright.zip")
