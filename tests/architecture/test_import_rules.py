"""The rooms import each other by the rules in pyproject.toml, and the rules do catch what they are there for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def lint_imports(folder: Path, core: Path) -> tuple[int, str]:
    """import-linter's verdict on the package under `core`, by the rules of the project."""
    program = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-logo", "--no-cache"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(core)}, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_every_room_imports_by_the_rules(root: Path) -> None:
    code, said = lint_imports(root, root / "core")
    assert code == 0, said
    assert "0 broken" in said


BREACHES = [
    ("contract", "import numpy", "What runs inside hosts needs nothing but Python, and the panel Qt"),
    ("client", "import numpy", "What runs inside hosts needs nothing but Python, and the panel Qt"),
    ("client", "import platewright.engine", "Each room knows only the rooms below it"),
    ("client", "import platewright.logs", "A host's client and the engine know each other by the contract alone"),
    ("jobs", "import platewright.engine", "Each room knows only the rooms below it"),
    ("settings", "import platewright.jobs", "Each room knows only the rooms below it"),
    ("jobs", "import fastapi", "The web framework stands behind engine"),
    ("cli", "import uvicorn", "The web framework stands behind engine"),
    ("contract", "import platewright.jobs", "Each room knows only the rooms below it"),
    ("imaging", "import platewright.operations", "Each room knows only the rooms below it"),
    ("imaging", "import platewright.provenance", "Making pictures knows nothing of signing"),
    ("provenance", "import platewright.imaging", "Each room knows only the rooms below it"),
    ("synthesis", "import platewright.quality", "Each room knows only the rooms below it"),
    ("operations", "import platewright.jobs", "Each room knows only the rooms below it"),
    ("jobs", "import platewright.cli", "Each room knows only the rooms below it"),
    ("operations", "import OpenImageIO", "OpenImageIO, OpenColorIO and fileseq stand behind imaging"),
    ("jobs", "import PyOpenColorIO", "OpenImageIO, OpenColorIO and fileseq stand behind imaging"),
    ("cli", "import fileseq", "OpenImageIO, OpenColorIO and fileseq stand behind imaging"),
    ("jobs", "import cryptography", "C2PA and cryptography stand behind provenance"),
    ("rights", "import platewright.jobs", "Each room knows only the rooms below it"),
    ("jobs", "import yaml", "YAML is read in one place"),
    ("jobs", "import sqlite3", "Databases stand behind one module of jobs"),
    ("cli", "import pg8000", "Databases stand behind one module of jobs"),
    ("provenance", "import iscc_core", "What only the tests install is never imported by the product"),
    ("synthesis", "import bpy", "No host anywhere, and Qt only behind the panel's one door"),
    ("operations", "import torch", "torch and diffusers live in an environment of their own"),
    ("panel", "import PySide6", "No host anywhere, and Qt only behind the panel's one door"),
    ("panel", "import nuke", "No host anywhere, and Qt only behind the panel's one door"),
    ("panel", "import numpy", "What runs inside hosts needs nothing but Python, and the panel Qt"),
    ("panel", "import platewright.settings", "The panel knows the contract and the client"),
    ("quality", "import scipy", "What only the tests install is never imported by the product"),
    ("a_new_room", "", "Each room knows only the rooms below it"),
]


@pytest.mark.parametrize("room, line, rule", BREACHES)
def test_a_breach_is_caught(root: Path, tmp_path: Path, room: str, line: str, rule: str) -> None:
    package = tmp_path / "core" / "platewright"
    shutil.copytree(root / "core" / "platewright", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    folder = package / room
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    (folder / "breach.py").write_text(f"{line}\n")
    code, said = lint_imports(tmp_path, tmp_path / "core")
    assert code == 1, said
    assert f"{rule} BROKEN" in said or (room == "a_new_room" and room in said), said
