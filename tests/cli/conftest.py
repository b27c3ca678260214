"""A shot, a home for the signing identity, and the command line with a quick operation behind `regenerate`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from platewright.cli import main
from platewright.jobs import run as jobs_run
from tests.jobs.small_shot import SmallShot, small_shot


@dataclass
class Said:
    """What a run of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`command("verify", path)` runs the command line in this process, with the quick operation."""
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jobs_run, "OPERATIONS", {**jobs_run.OPERATIONS, "regenerate": "tests.cli.grey"})
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Said:
        capsys.readouterr()
        if words and words[0] in ("regenerate", "extend", "sky") and "--queue" not in words:
            words += ("--direct",)  # the way through an engine has tests of its own: test_in_engine
        try:
            code = main([str(word) for word in words])
        except SystemExit as done:
            code = int(done.code or 0)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


@pytest.fixture
def made(command: Command, shot: SmallShot, tmp_path: Path) -> Path:
    """The record of a finished take of the shot."""
    said = command("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--json")
    assert said.code == 0, said.err + said.out
    return Path(said.json["takes"][0]["record"])
