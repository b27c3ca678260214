"""`platewright install nuke`: one line of ours in a file that is somebody else's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from platewright.cli.nuke_startup import MARK
from tests.cli.conftest import Command

THEIRS = b"import os\r\n# m\xfcller's own, in latin-1\r\nnuke.pluginAddPath('./gizmos')"


@pytest.fixture
def nuke_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "dot nuke"
    folder.mkdir()
    return folder


def test_the_line_goes_in_once_and_comes_out_without_a_trace(command: Command, nuke_dir: Path, root: Path) -> None:
    file = nuke_dir / "init.py"
    file.write_bytes(THEIRS + b"\r\n")
    file.chmod(0o640)
    first = command("install", "nuke", "--nuke-dir", nuke_dir, "--json")
    assert first.json["action"] == "added"
    assert first.json["line"] == f"import nuke; nuke.pluginAddPath({str(root / 'plugin_nuke')!r})  {MARK.decode()}"
    text = file.read_bytes()
    assert text == THEIRS + b"\r\n" + first.json["line"].encode() + b"\r\n"
    assert command("install", "nuke", "--nuke-dir", nuke_dir, "--json").json["action"] == "nothing"
    assert file.read_bytes() == text and file.stat().st_mode & 0o777 == 0o640
    assert command("uninstall", "nuke", "--nuke-dir", nuke_dir, "--json").json["action"] == "removed"
    assert file.read_bytes() == THEIRS + b"\r\n"
    assert command("uninstall", "nuke", "--nuke-dir", nuke_dir, "--json").json["action"] == "nothing"
    assert [one.name for one in nuke_dir.iterdir()] == ["init.py"]


def test_a_file_that_was_only_ours_goes_with_the_line(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "nuke"
    assert command("install", "nuke", "--nuke-dir", folder).code == 0
    assert (folder / "init.py").is_file()
    assert command("uninstall", "nuke", "--nuke-dir", folder).code == 0
    assert not (folder / "init.py").exists()


def test_a_last_line_without_an_end_gets_one(command: Command, nuke_dir: Path) -> None:
    (nuke_dir / "init.py").write_bytes(THEIRS)
    command("install", "nuke", "--nuke-dir", nuke_dir)
    assert (nuke_dir / "init.py").read_bytes().startswith(THEIRS + b"\r\nimport nuke;")


def test_a_dry_run_says_and_does_nothing(command: Command, tmp_path: Path) -> None:
    said = command("install", "nuke", "--nuke-dir", tmp_path / "x", "--dry-run")
    assert said.code == 0 and "would be done" in said.out and "pluginAddPath" in said.out
    assert not (tmp_path / "x").exists()
    command("install", "nuke", "--nuke-dir", tmp_path / "x")
    before = (tmp_path / "x" / "init.py").read_bytes()
    assert "would be done" in command("uninstall", "nuke", "--nuke-dir", tmp_path / "x", "--dry-run").out
    assert (tmp_path / "x" / "init.py").read_bytes() == before


def test_a_plug_in_that_moved_is_followed(command: Command, nuke_dir: Path, tmp_path: Path) -> None:
    other = tmp_path / 'it\'s "moved" \n'
    other.mkdir()
    (other / "menu.py").touch()
    command("install", "nuke", "--nuke-dir", nuke_dir)
    said = command("install", "nuke", "--nuke-dir", nuke_dir, "--plugin", other, "--json")
    assert said.json["action"] == "replaced"
    paths: list[str] = []

    class Nuke:
        pluginAddPath = staticmethod(paths.append)

    text = (nuke_dir / "init.py").read_text().replace("import nuke; ", "")
    exec(compile(text, "init.py", "exec"), {"nuke": Nuke})
    assert paths == [str(other)]


def test_a_link_stays_a_link(command: Command, nuke_dir: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.py"
    real.write_text("# mine\n")
    (nuke_dir / "init.py").symlink_to(real)
    command("install", "nuke", "--nuke-dir", nuke_dir)
    assert (nuke_dir / "init.py").is_symlink() and MARK in real.read_bytes()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ours_is_said(command: Command, nuke_dir: Path) -> None:
    nuke_dir.chmod(0o500)
    said = command("install", "nuke", "--nuke-dir", nuke_dir, "--json")
    nuke_dir.chmod(0o700)
    assert said.code == 3 and said.json["error"]["code"] == "startup_unwritable"


def test_what_can_not_be_is_said(command: Command, nuke_dir: Path, tmp_path: Path) -> None:
    said = command("install", "nuke", "--nuke-dir", nuke_dir, "--plugin", tmp_path, "--json")
    assert said.code == 2 and said.json["error"]["code"] == "plugin_missing"
    (nuke_dir / "init.py").mkdir()
    said = command("install", "nuke", "--nuke-dir", nuke_dir, "--json")
    assert said.code == 3 and said.json["error"]["code"] == "startup_unreadable"
    (nuke_dir / "init.py").rmdir()
    (nuke_dir / "init.py").write_bytes(b"\0\1")
    assert command("uninstall", "nuke", "--nuke-dir", nuke_dir).code == 3
    assert command("install", "maya").code == 2
