"""A publish is stopped by what the engine finds, by what it could not look at, and by an engine that is not there."""

from __future__ import annotations

import importlib
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyblish import api, plugin

from platewright.contract.checks import CheckAsk, SealedFile, Subject
from platewright.contract.rules import Weight
from platewright.publish import feeding, roster
from platewright.publish.gate import require_open_gate
from platewright.publish.refusing import Refused, refusal_for_host
from platewright.publish.runner import publish as publish_files
from tests.publish.conftest import failed
from tests.publish.engines import AnEngine, NoEngine, caught

Publish = Callable[..., Any]


def test_a_clean_render_is_published_with_its_reports(publish: Publish, render: Path) -> None:
    engine = AnEngine()
    context = publish(engine)
    assert failed(context) == {}
    assert context.data["platewrightGateOpen"] is True
    assert [one.paths for one in engine.asked] == [(str(render),)]
    assert json.loads((render.parent / "platewright.gate.json").read_text())["report"]["exit_code"] == 0
    assert json.loads((render.parent / "platewright.disclosure.json").read_text())["schema"]


@pytest.mark.parametrize(("group", "prefix"), roster.GROUPS.items())
def test_each_group_is_held_up_by_its_own_validator_and_nothing_is_integrated(
    publish: Publish, group: str, prefix: str
) -> None:
    context = publish(AnEngine(caught(f"{prefix}01")))
    assert list(failed(context)) == [group]
    assert "frame 1003, node Read4" in failed(context)[group]
    assert "platewrightGateOpen" not in context.data


def test_what_could_not_run_fails_and_a_warning_does_not(publish: Publish) -> None:
    assert list(failed(publish(AnEngine(unrun="PW601")))) == ["PlatewrightValidatePictures"]
    assert failed(publish(AnEngine(caught("PW609", Weight.WARN)))) == {}

    def strict(context: Any, instance: Any) -> None:
        instance.data["platewright"]["strict"] = True

    assert list(failed(publish(AnEngine(caught("PW609", Weight.WARN)), strict))) == ["PlatewrightValidateEvidence"]


def test_an_engine_that_can_t_be_reached_fails_every_validator(publish: Publish) -> None:
    context = publish(NoEngine())
    assert set(failed(context)) == set(roster.GROUPS)
    assert "none can be started" in failed(context)["PlatewrightValidatePictures"]


def test_an_instance_that_names_no_file_fails(publish: Publish) -> None:
    context = publish(change=lambda context, instance: instance.data.pop("platewright"))
    assert "names no file" in failed(context)["PlatewrightValidateEvidence"]


def test_a_file_that_was_changed_after_the_check_is_not_integrated(publish: Publish, render: Path) -> None:
    sealed = SealedFile(str(render), 6, "0" * 64)
    context = publish(AnEngine(files=(sealed,)))
    assert "is not the file that was checked" in failed(context)["PlatewrightIntegrateGate"]
    assert context.data["platewrightGateOpen"] is False
    assert all(one.data["publish"] is False for one in context)


def test_a_report_that_the_engine_did_not_sign_or_that_is_old_opens_nothing(publish: Publish) -> None:
    engine = AnEngine()
    engine.opens = False
    assert list(failed(publish(engine))) == ["PlatewrightIntegrateGate"]
    context = publish()
    ours = next(one for one in context if one.data["family"] == roster.FAMILY)
    signed = ours.data["platewrightGate"]
    for report in (
        replace(signed.report, made="2026-01-01T00:00:00Z"),
        replace(signed.report, made="nonsense"),
        replace(signed.report, complete=False),
        replace(signed.report, runs=()),
        replace(signed.report, exit_code=2),
    ):
        ours.data["platewrightGate"] = replace(signed, report=report)
        with pytest.raises(Refused):
            require_open_gate(ours)


def test_the_repair_writes_the_disclosure_report_and_the_next_check_is_told_of_it(
    publish: Publish, render: Path
) -> None:
    engine = AnEngine(caught("PW501"))
    context = publish(engine)
    (validator,) = [one for one in api.discover() if one.__name__ == "PlatewrightValidateDisclosure"]
    repair = next(action for action in validator.actions if action.__name__ == "WriteDisclosure")
    plugin.process(validator, context, None, repair.id)
    engine.found = ()
    ours = next(one for one in context if one.data["family"] == roster.FAMILY)
    result = plugin.process(validator, context, ours)
    assert result["success"], result["error"]
    assert engine.asked[-1].disclosure == str(render.parent / "platewright.disclosure.json")


@pytest.mark.parametrize(("name", "kind"), [("FetchManifest", "fetch"), ("SignAgain", "stamp")])
def test_a_repair_asks_the_engine_about_the_ill_takes_alone_and_everything_is_checked_again(
    publish: Publish, name: str, kind: str
) -> None:
    found = replace(caught("PW001"), code="manifest_missing")
    engine = AnEngine(found)
    context = publish(engine)
    ours = next(one for one in context if one.data["family"] == roster.FAMILY)
    signed = ours.data["platewrightGate"]
    takes = (Subject("rig_v001", "take", "/show/rig_v001.take.json"), Subject("sky_v001", "take", "/show/sky.json"))
    ours.data["platewrightGate"] = replace(signed, report=replace(signed.report, subjects=takes))
    (validator,) = [one for one in api.discover() if one.__name__ == "PlatewrightValidateEvidence"]
    action = next(action for action in validator.actions if action.__name__ == name)
    result = plugin.process(validator, context, None, action.id)
    assert result["success"], result["error"]
    assert [(one.kind, one.records) for one in engine.mended] == [(kind, ("/show/rig_v001.take.json",))]
    assert plugin.process(validator, context, ours)["success"]
    assert len(engine.asked) == 2


def test_a_repair_that_fails_says_so_and_leaves_the_report_as_it_is(publish: Publish) -> None:
    context = publish(AnEngine(replace(caught("PW001"), code="manifest_missing")))
    ours = next(one for one in context if one.data["family"] == roster.FAMILY)
    signed = ours.data["platewrightGate"]
    take = Subject("rig_v001", "take", "/show/rig_v001.take.json")
    ours.data["platewrightGate"] = held = replace(signed, report=replace(signed.report, subjects=(take,)))
    context.data["platewrightEngine"] = NoEngine()
    (validator,) = [one for one in api.discover() if one.__name__ == "PlatewrightValidateEvidence"]
    action = next(action for action in validator.actions if action.__name__ == "FetchManifest")
    result = plugin.process(validator, context, None, action.id)
    assert not result["success"] and "no engine runs" in str(result["error"])
    assert ours.data["platewrightGate"] is held


def test_a_host_s_walk_names_the_takes_and_ayon_s_instances_are_understood() -> None:
    class Instance:
        data = {
            "stagingDir": "/show/comp",
            "frameStartHandle": 993,
            "frameEndHandle": 1008,
            "representations": [{"files": ["a.0993.exr", "a.0994.exr"]}, {"files": "a.mov", "stagingDir": "/show/mov"}],
        }

    ask = feeding.ask_of(Instance(), lambda instance: [feeding.ElementUse("/show/rig/rig_v001.take.json", "Read4")])
    assert ask.paths == ("/show/comp/a.####.exr", "/show/mov/a.mov")
    assert (ask.frames, ask.elements[0].node) == ("993-1008", "Read4")
    assert ask.roots == ("/show/comp", "/show/mov", "/show/rig")
    with pytest.raises(ValueError, match="names no file"):
        feeding.ask_of(type("Bare", (), {"data": {}})(), None)


def test_the_runner_tells_the_truth_where_pyblish_returns_0(render: Path) -> None:
    data = {"paths": [str(render)]}
    assert publish_files(data, engine=AnEngine())[0] == 0
    assert publish_files(data, engine=AnEngine(caught("PW101")))[0] == 2
    assert publish_files(data, engine=NoEngine())[0] == 2
    assert publish_files({}, engine=AnEngine())[0] == 2


def test_in_ayon_the_error_is_ayon_s_own_with_title_description_and_detail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Against the contract that ayon-core documents: PublishValidationError(message, title, description, detail)."""
    import sys
    import types

    class PublishValidationError(Exception):
        def __init__(self, message: str, title: str = "", description: str = "", detail: str = "") -> None:
            super().__init__(message)
            self.title, self.description, self.detail = title, description, detail

    module: Any = types.ModuleType("ayon_core.pipeline.publish")
    module.PublishValidationError = PublishValidationError
    for name in ("ayon_core", "ayon_core.pipeline"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "ayon_core.pipeline.publish", module)
    error = refusal_for_host(Refused("Held up", "- by a rule", "its source"))
    assert isinstance(error, PublishValidationError)
    assert (error.title, error.description, error.detail) == ("Held up", "- by a rule", "its source")


ON_A_BARE_PYTHON = """
import sys
sys.path[:0] = sys.argv[1:3]
from platewright.publish.runner import publish
sys.path.insert(0, sys.argv[4])
from tests.publish.engines import AnEngine, NoEngine, caught
from platewright.contract.rules import Weight
ask = {"paths": [sys.argv[3]]}
codes = [publish(ask, engine=engine)[0] for engine in (AnEngine(), AnEngine(caught("PW301")), NoEngine())]
assert codes == [0, 2, 2], codes
foreign = {name.partition(".")[0] for name in sys.modules} & {"numpy", "OpenImageIO", "c2pa", "cryptography", "fastapi"}
assert not foreign, foreign
print("published")
"""


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_it_publishes_and_refuses_on_every_python_of_a_host(
    version: str, python_of: Callable[[str], str], root: Path, render: Path, tmp_path: Path
) -> None:
    import pyblish

    beside = tmp_path / "site"
    beside.mkdir()
    (beside / "pyblish").symlink_to(Path(importlib.import_module(pyblish.__name__).__file__ or "").parent)
    command = [python_of(version), "-I", "-S", "-B", "-W", "ignore", "-c", ON_A_BARE_PYTHON]
    words = [str(root / "core"), str(beside), str(render), str(root)]
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("published")


def test_the_ask_keeps_what_an_instance_declares() -> None:
    own = {
        "paths": ["/a/b.exr"],
        "frames": "1-2",
        "final": True,
        "channels": ["R"],
        "roots": ["/a"],
        "plate": "/a/p.exr",
    }
    ask = feeding.ask_of(type("One", (), {"data": {"platewright": own}})(), None)
    assert ask == CheckAsk(("/a/b.exr",), ("/a",), frames="1-2", final=True, channels=("R",), plate="/a/p.exr")
