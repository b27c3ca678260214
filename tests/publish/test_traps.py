"""The eight ways in which pyblish fails open, each walked into on purpose: none of them lets anything through."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyblish import api

from platewright.publish import collecting, roster
from tests.publish.conftest import failed
from tests.publish.engines import AnEngine, caught

Publish = Callable[..., Any]
PLUGINS = sorted(roster.PLUGIN_FOLDER.glob("platewright_*.py"))


def copied(folder: Path, *without: str) -> Path:
    """Our plug-in files somewhere else, some of them left out."""
    folder.mkdir()
    for file in PLUGINS:
        if file.stem not in without:
            (folder / file.name).write_bytes(file.read_bytes())
    return folder


def use(folder: Path) -> None:
    api.deregister_all_paths()
    api.register_plugin_path(str(folder))


@pytest.mark.parametrize("broken", ["import what_nobody_has_installed\n", "def (:\n"])
def test_trap_1_a_file_that_can_t_be_imported_is_missed(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    folder = copied(tmp_path / "plugins")
    (folder / "platewright_validate.py").write_text(broken)
    monkeypatch.setattr("platewright.publish.sentinels.PLUGIN_FOLDER", folder)
    use(folder)
    said = failed(publish())
    assert "PlatewrightValidatePictures was not found" in said["PlatewrightFirstSentinel"]


def test_trap_2_a_collector_that_breaks_stops_the_publish(publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*given: Any) -> None:
        raise RuntimeError("the graph is a mess")

    monkeypatch.setattr(collecting, "ask_of", breaks)
    context = publish()
    assert "the graph is a mess" in failed(context)["PlatewrightValidateEvidence"]
    assert "platewrightGateOpen" not in context.data
    monkeypatch.setattr(collecting, "_add", breaks)
    assert "the graph is a mess" in failed(publish())["PlatewrightValidateEvidence"]
    monkeypatch.setattr(collecting, "collect", lambda context, hosts: None)
    assert "did not run to its end" in failed(publish())["PlatewrightLastSentinel"]


def test_trap_3_the_runner_s_exit_code_is_honest_where_pyblish_s_is_0(render: Path) -> None:
    folder = str(roster.PLUGIN_FOLDER)
    command = [sys.executable, "-W", "ignore", "-m", "pyblish", "-ap", folder, "publish", str(render)]
    theirs = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert theirs.returncode == 0  # although nothing was checked: why it is never a gate
    from platewright.publish.runner import publish as publish_files

    assert publish_files({"paths": [str(render)]}, engine=AnEngine(caught("PW001")))[0] == 2


def test_trap_4_every_validator_has_an_order_that_blocks(publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = {one.__name__: one.order for one in api.discover() if one.__name__ in roster.GROUPS}
    assert set(orders) == set(roster.GROUPS)
    assert all(0.51 <= order <= 1.49 for order in orders.values())
    for one in (found := api.discover()):
        if one.__name__ == "PlatewrightValidatePictures":
            one.order = 1.6
    monkeypatch.setattr(api, "discover", lambda: found)
    assert "does not block" in failed(publish(plugins=found))["PlatewrightFirstSentinel"]


def test_trap_5_an_extractor_that_failed_leaves_the_gate_shut(
    publish: Publish, monkeypatch: pytest.MonkeyPatch, render: Path
) -> None:
    monkeypatch.setattr(AnEngine, "gate", lambda self, signed: (_ for _ in ()).throw(OSError("the disk is full")))
    integrated: list[str] = []

    class TheirIntegrator(api.InstancePlugin):
        order = api.IntegratorOrder
        families = ["render"]

        def process(self, instance: Any) -> None:
            integrated.append(str(instance))

    api.register_plugin(TheirIntegrator)
    context = publish()
    assert "PlatewrightIntegrateGate" in failed(context)
    assert integrated == []
    monkeypatch.undo()
    publish()
    assert integrated == ["comp"]


def test_trap_6_a_class_of_the_same_name_from_elsewhere_is_found_out(publish: Publish, tmp_path: Path) -> None:
    impostor = tmp_path / "impostor"
    impostor.mkdir()
    (impostor / "a_friendly_check.py").write_text(
        "from pyblish import api\n"
        "class PlatewrightValidatePictures(api.InstancePlugin):\n"
        "    order = 1.1\n    families = ['platewright.gen']\n"
        "    def process(self, instance):\n        pass\n"
    )
    api.deregister_all_paths()
    api.register_plugin_path(str(impostor))
    api.register_plugin_path(str(roster.PLUGIN_FOLDER))
    found = [one for one in api.discover() if one.__name__ == "PlatewrightValidatePictures"]
    assert len(found) == 1  # one of the two is dropped without a word
    said = failed(publish(AnEngine(caught("PW601"))))
    assert "PlatewrightFirstSentinel" in said or "PlatewrightValidatePictures" in said


def test_trap_7_an_instance_or_a_plug_in_that_is_switched_off_is_missed(publish: Publish) -> None:
    def off(context: Any, instance: Any) -> None:
        class SwitchesOff(api.ContextPlugin):
            order = api.CollectorOrder + 0.495

            def process(self, context: Any) -> None:
                for one in context:
                    one.data["publish"] = one.data["family"] != roster.FAMILY

        api.register_plugin(SwitchesOff)

    assert "did not run on" in failed(publish(change=off))["PlatewrightLastSentinel"]
    api.deregister_all_plugins()
    found = api.discover()
    next(one for one in found if one.__name__ == "PlatewrightValidateData").active = False
    said = failed(publish(plugins=found))
    assert "PlatewrightValidateData did not run" in said["PlatewrightLastSentinel"]


@pytest.mark.parametrize("target", ["default", "local", "farm"])
def test_trap_8_no_target_makes_a_check_disappear(publish: Publish, target: str) -> None:
    api.deregister_all_targets()
    api.register_target(target)
    context = publish(AnEngine(caught("PW601")), targets=[target])
    assert list(failed(context)) == ["PlatewrightValidatePictures"]
    assert all(one.targets == roster.TARGETS and one.match == api.Intersection for one in api.discover())


def test_no_base_class_leaks_and_no_file_holds_a_dataclass() -> None:
    names = [one.__name__ for one in api.discover()]
    assert sorted(names) == sorted(roster.ALL)
    for file in PLUGINS:
        assert "dataclass" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("host", sorted(roster.GRAPHS))
def test_a_host_whose_graph_nobody_can_walk_publishes_nothing(publish: Publish, host: str) -> None:
    api.register_host(host)
    context = publish()
    assert "is not loaded" in failed(context)["PlatewrightValidateEvidence"]
    assert "platewrightGateOpen" not in context.data

    def names_its_takes(context: Any, instance: Any) -> None:
        instance.data["platewright"]["elements"] = []

    assert failed(publish(change=names_its_takes)) == {}
