"""Hints name a command that works when it is pasted."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from platewright.cli.own_name import own_name


def test_the_name_starts_this_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = subprocess.run([*shlex.split(own_name()), "--version"], capture_output=True, text=True, check=True)
    assert "latewright" in done.stdout


def test_a_script_that_the_shell_does_not_find_is_named_by_its_short_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    (folder / "platewright").write_text("")
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(tmp_path)
    assert own_name() == ".venv/bin/platewright"
    monkeypatch.chdir(folder)
    assert own_name() == "./platewright"


def test_the_plain_name_is_enough_where_the_shell_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "platewright").write_text("#!/bin/sh\n")
    (tmp_path / "platewright").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert own_name() == "platewright"
