"""The addon against the part of ayon-core that it documents for addons; the real package is on no index."""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from platewright.publish.roster import PLUGIN_FOLDER


@pytest.fixture
def addon(monkeypatch: pytest.MonkeyPatch, root: Path) -> Any:
    """The addon's class, imported against the interfaces of ayon_core.addon."""

    class AYONAddon:
        name = ""
        version = ""

    class IPluginPaths:
        def get_plugin_paths(self) -> dict[str, list[str]]:
            raise NotImplementedError

        def get_publish_plugin_paths(self, host_name: str) -> list[str]:
            raise NotImplementedError

    module: Any = types.ModuleType("ayon_core.addon")
    module.AYONAddon, module.IPluginPaths = AYONAddon, IPluginPaths
    monkeypatch.setitem(sys.modules, "ayon_core", types.ModuleType("ayon_core"))
    monkeypatch.setitem(sys.modules, "ayon_core.addon", module)
    monkeypatch.syspath_prepend(str(root / "plugin_ayon" / "client"))
    yield importlib.import_module("platewright_ayon").PlatewrightAddon
    for name in [name for name in sys.modules if name.startswith("platewright_ayon")]:
        del sys.modules[name]


@pytest.mark.parametrize("host", ["nuke", "blender", "shell"])
def test_every_host_gets_the_same_plug_ins(addon: Any, host: str) -> None:
    found = addon().get_publish_plugin_paths(host)
    assert [Path(path) for path in found] == [PLUGIN_FOLDER]
    assert addon().get_plugin_paths() == {}


def test_the_addon_and_its_package_say_the_same_version(addon: Any, root: Path) -> None:
    said: dict[str, Any] = {}
    exec((root / "plugin_ayon" / "package.py").read_text(encoding="utf-8"), said)
    assert (said["name"], said["version"]) == (addon.name, addon.version)
