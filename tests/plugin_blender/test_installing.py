"""`platewright install blender` and `uninstall blender`, obeyed by Blender's own code for its command line."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from platewright.cli import main
from tests.plugin_blender.test_in_blender import VERSIONS, python_of

OBEY = """
import os, sys
import bpy
from bl_pkg import bl_extension_cli
words = sys.argv[1:]
assert words[:4] == ["--background", "--offline-mode", "--command", "extension"], words
code = bl_extension_cli.cli_extension_handler(words[4:])
sys.stdout.flush()
os._exit(code)
"""
"""What `blender --command extension` does: a Blender that is a Python module has no program of its own."""


def program(folder: Path, version: str) -> Path:
    """That Blender as a program, with a user folder of the test's own."""
    file = folder / "blender"
    python, user = shlex.quote(str(python_of(version))), shlex.quote(str(folder / "user"))
    file.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "Blender {version}.0" && exit 0\n'
        f'exec env -u PYTHONPATH BLENDER_USER_RESOURCES={user} {python} -c {shlex.quote(OBEY)} "$@"\n',
        encoding="utf-8",
    )
    file.chmod(0o755)
    (folder / "user").mkdir()
    return file


def said(*words: object) -> tuple[int, Any]:
    """The exit code and the document."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main([*map(str, words), "--json"])
    return code, json.loads(out.getvalue())


@pytest.mark.timeout(580)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_real_blender_has_the_extension_and_then_has_it_no_more(version: str, tmp_path: Path) -> None:
    blender = program(tmp_path, version)
    home = tmp_path / "user" / "extensions" / "user_default"
    other = home / "other" / "kept.txt"
    assert said("uninstall", "blender", "--blender", blender, "--dry-run")[0] == 0
    code, document = said("install", "blender", "--blender", blender)
    assert (code, document["blenders"][0]["action"]) == (0, "installed")
    assert (home / "platewright" / "blender_manifest.toml").is_file()
    other.parent.mkdir()
    other.write_text("an extension of somebody else")
    code, document = said("uninstall", "blender", "--blender", blender)
    assert (code, document["blenders"][0]["action"]) == (0, "removed")
    assert not (home / "platewright").exists() and other.is_file()
    code, document = said("uninstall", "blender", "--blender", blender)
    assert (code, document["blenders"][0]["action"]) == (0, "nothing"), "the next Blender of the machine has its turn"
