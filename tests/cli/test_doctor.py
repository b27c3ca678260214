"""`platewright doctor`: what is there, what is missing, and what to do; it changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from platewright.cli import doctor
from platewright.cli.nuke_programs import Program, find_programs
from platewright.cli.nuke_startup import installed, looked_through
from tests.cli.conftest import Command


def nuke_at(folder: Path, name: str, binary: str) -> Path:
    file = folder / name / binary
    file.parent.mkdir(parents=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


def answers(command: Command, *words: object) -> tuple[int, dict[str, list[tuple[str, str, str]]]]:
    said = command("doctor", *words, "--json")
    found: dict[str, list[tuple[str, str, str]]] = {}
    for one in said.json["answers"]:
        found.setdefault(one["name"], []).append((one["state"], one["found"], one["remedy"]))
    return said.code, found


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No Nuke, no Blender and a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delenv("NUKE_PATH", raising=False)
    monkeypatch.setattr(doctor.nuke_programs, "find_programs", lambda: ())
    monkeypatch.setattr(doctor.blender_programs, "find_programs", lambda: ())


def test_a_machine_without_hosts_misses_nothing(command: Command, tmp_path: Path) -> None:
    code, found = answers(command)
    assert code == 0
    assert found["engine"] == [("ok", "not running; the first request starts it", "")]
    assert found["plug-in for Nuke"][0][0] == "absent"
    assert {found[name][0][0] for name in ("pictures", "colour", "numbers", "generator", "signing")} == {"ok"}
    assert not (tmp_path / "me").exists(), "it looks and makes nothing"


def test_a_nuke_without_the_line_is_told_how_to_get_it(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = (Program("/usr/local/Nuke16.0v6/Nuke16.0", (16, 0, 6)), Program("/opt/Nuke13.2v1/Nuke13.2", (13, 2, 1)))
    monkeypatch.setattr(doctor.nuke_programs, "find_programs", lambda: programs)
    code, found = answers(command)
    assert code == 7 and [state for state, *_ in found["Nuke"]] == ["ok", "absent"]
    state, _, remedy = found["plug-in for Nuke"][0]
    assert (state, remedy) == ("missing", "Run `platewright install nuke`.")
    assert command("install", "nuke").code == 0
    code, found = answers(command)
    assert code == 0 and found["plug-in for Nuke"][0][0] == "ok"
    assert command("doctor").code == 0


def test_a_line_that_names_a_plug_in_that_has_gone_is_told(
    command: Command, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = tmp_path / "studio"
    command("install", "nuke", "--nuke-dir", studio)
    monkeypatch.setenv("NUKE_PATH", str(studio))
    assert installed(studio) == root / "plugin_nuke" and studio in looked_through()
    assert answers(command)[1]["plug-in for Nuke"][0][0] == "ok"
    file = studio / "init.py"
    file.write_text(file.read_text().replace("plugin_nuke", "plugin_gone"))
    code, found = answers(command)
    assert code == 7 and "which has no init.py" in found["plug-in for Nuke"][0][1]
    file.write_text(file.read_text().replace("pluginAddPath('", "pluginAddPath(__import__('os') or '"))
    assert installed(studio) is None, "what is in the line is data, never run"


def test_nukes_are_told_by_their_folders(tmp_path: Path) -> None:
    nuke_at(tmp_path, "Nuke15.1v3", "Nuke15.1")
    nuke_at(tmp_path, "Nuke17.0v3", "Nuke17.0")
    nuke_at(tmp_path, "Nuke17.0v4", "NukeHelper")
    found = find_programs((f"{tmp_path}/Nuke*/Nuke*",))
    assert [(one.title, one.is_supported) for one in found] == [("Nuke 17.0v3", True), ("Nuke 15.1v3", True)]
