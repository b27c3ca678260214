"""`platewright install blender`: the zip, what is wrong with a manifest, and what each Blender is asked to do."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from platewright.cli.blender_package import build, check_manifest, default_plugin
from platewright.contract.errors import RequestError
from tests.cli.conftest import Command

# A Blender that knows exactly the commands that ours have to be, and refuses all others.
PROGRAM = """#!{python}
import json, sys
words = sys.argv[1:]
if words == ["--version"]:
    print("Blender {version}\\n\\tbuild date: 2026-01-31")
    sys.exit(0)
head, rest = words[:4], words[4:]
known = head == ["--background", "--offline-mode", "--command", "extension"] and (
    rest[:4] == ["install-file", "--repo", "user_default", "--enable"] and len(rest) == 5
    or rest == ["remove", "platewright"]
)
if not known:
    print("unknown: " + " ".join(words))
    sys.exit(2)
if rest[0] == "install-file":
    import zipfile
    assert "blender_manifest.toml" in zipfile.ZipFile(rest[-1]).namelist()
with open({log!r}, "a") as file:
    file.write(json.dumps(rest[:-1] if rest[0] == "install-file" else rest) + "\\n")
"""


def blender(folder: Path, version: str) -> Path:
    program = folder / f"blender-{version}"
    text = PROGRAM.format(python=sys.executable, version=version, log=str(folder / "done.log"))
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return program


def test_each_blender_is_asked_once_and_an_old_one_is_left_alone(command: Command, tmp_path: Path) -> None:
    new, old = blender(tmp_path, "4.5.15"), blender(tmp_path, "3.6.2")
    said = command("install", "blender", "--blender", new, "--blender", old, "--json")
    assert [(one["version"], one["action"]) for one in said.json["blenders"]] == [
        ("4.5.15", "installed"), ("3.6.2", "too old")
    ]  # fmt: skip
    assert command("uninstall", "blender", "--blender", new).code == 0
    done = [json.loads(line) for line in (tmp_path / "done.log").read_text(encoding="utf-8").splitlines()]
    assert done == [["install-file", "--repo", "user_default", "--enable"], ["remove", "platewright"]]


def test_a_dry_run_says_the_command_and_does_nothing(command: Command, tmp_path: Path) -> None:
    program = blender(tmp_path, "5.2.3")
    for verb, word in (("install", "install-file"), ("uninstall", "remove")):
        said = command(verb, "blender", "--blender", program, "--dry-run")
        assert said.code == 0 and "would be done" in said.out and word in said.out
    assert not (tmp_path / "done.log").exists()


def test_what_is_no_blender_is_said(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "blender"
    file.write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    file.chmod(0o755)
    said = command("install", "blender", "--blender", file, "--json")
    assert said.code == 2 and said.json["error"]["code"] == "blender_missing"


def test_a_blender_that_refuses_is_said_with_the_command(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "blender"
    file.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Blender 5.0.1" && exit 0\necho no room; exit 1\n')
    file.chmod(0o755)
    said = command("install", "blender", "--blender", file, "--json")
    assert said.code == 3 and said.json["error"]["code"] == "blender_refused"
    assert "no room" in said.json["error"]["message"] and "install-file" in said.json["error"]["hint"]


def test_a_blender_without_the_extension_does_not_keep_it_in_the_next(command: Command, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "Blender 5.0.1" && exit 0\n'
        """echo 'Package "platewright" not installed in local repositories!' >&2; echo bye >&2; exit 1\n"""
    )
    bare.chmod(0o755)
    said = command("uninstall", "blender", "--blender", bare, "--blender", blender(tmp_path, "5.2.3"), "--json")
    assert said.code == 0 and [one["action"] for one in said.json["blenders"]] == ["nothing", "removed"]


def test_the_zip_holds_the_plug_in_and_the_light_rooms_and_nothing_compiled(command: Command, tmp_path: Path) -> None:
    target = tmp_path / "x" / "platewright.zip"
    assert command("install", "blender", "--zip", target).code == 0
    names = zipfile.ZipFile(target).namelist()
    assert {"__init__.py", "blender_manifest.toml", "LICENSE", "light/LICENSE", "light/platewright/client/session.py",
            "light/platewright/contract/wire.py", "light/platewright/panel/fields.py"} <= set(names)  # fmt: skip
    assert not [one for one in names if not one.endswith((".py", ".toml", "LICENSE", ".lock", "README.md"))]
    light = [one for one in names if not one.startswith("engine/")]
    assert not [one for one in light if "qt" in one or "imaging" in one or "synthesis" in one]
    assert {"engine/install/run.py", "engine/install/requirements.lock", "engine/pyproject.toml", "engine/LICENSE",
            "engine/core/platewright/engine/app.py"} <= set(names)  # fmt: skip
    first = target.read_bytes()
    build(default_plugin(), target)
    assert target.read_bytes() == first, "the same sources give the same bytes"


def test_what_goes_in_runs_on_a_bare_python_without_the_checkout(tmp_path: Path) -> None:
    with zipfile.ZipFile(build(default_plugin(), tmp_path / "platewright.zip")) as archive:
        archive.extractall(tmp_path / "unpacked")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import platewright.client.session, platewright.panel.asking, "
        "platewright.contract.wire, platewright; print(platewright.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(tmp_path / "unpacked" / "light")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


def test_every_file_of_the_plug_in_says_its_licence() -> None:
    plugin = default_plugin()
    files = [*plugin.glob("*.py"), plugin / "blender_manifest.toml"]
    first = {file.name: file.read_text(encoding="utf-8").partition("\n")[0] for file in files}
    assert len(first) > 20
    assert set(first.values()) == {"# SPDX-License-Identifier: GPL-3.0-or-later"}
    assert "GNU GENERAL PUBLIC LICENSE" in (plugin / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("type =", "colour = 1\ntype ="), "unknown key 'colour'"),
        (("type =", 'wheels = ["./x.whl"]\ntype ='), "wheels"),
        (('"4.2.0"', '"4.1.0"'), "extensions begin with 4.2.0"),
        (('"SPDX:Apache-2.0"', '"MIT"'), "licences"),
        (('"Render"', '"Rendering"'), "no tag 'Rendering'"),
        (('version = "0.1.0"', 'version = "9.9.9"'), "is 9.9.9"),
        (("network =", "internet ="), "no permission 'internet'"),
        (('only"', 'only."'), "full stop"),
        (("id =", "id "), "no TOML"),
    ],
)
def test_what_blenders_own_validator_lets_through_is_found(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    text = (default_plugin() / "blender_manifest.toml").read_text(encoding="utf-8")
    assert check_manifest(text) == []
    assert change[0] in text
    wrong = check_manifest(text.replace(*change))
    assert any(said in one for one in wrong), wrong


def test_a_wrong_manifest_is_not_built(tmp_path: Path) -> None:
    (tmp_path / "blender_manifest.toml").write_text('id = "x"\n', encoding="utf-8")
    with pytest.raises(RequestError) as refused:
        build(tmp_path, tmp_path / "x.zip")
    assert refused.value.code == "manifest_wrong" and not (tmp_path / "x.zip").exists()
