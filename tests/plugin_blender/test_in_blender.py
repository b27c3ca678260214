"""The extension in every real Blender that is here: all of `inside/` runs in its Python, one process for each file.

A Blender that could not be had is skipped by its name, with the reason.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BLENDERS = Path(os.environ.get("PLATEWRIGHT_BLENDERS") or ROOT / ".venv.blender").absolute()
VERSIONS = ("4.2", "4.5", "5.0", "5.2")
FILES = sorted(file.name for file in (HERE / "inside").glob("test_*.py"))
pytestmark = pytest.mark.timeout(580)


def python_of(version: str) -> Path:
    """The Python with that Blender in it; the test is skipped, with the reason, where there is none."""
    python = BLENDERS / version / "bin" / "python"
    if not python.exists():
        why = BLENDERS / version / "why-not.txt"
        said = f"run `python3 install/blender_modules.py {version}`"
        said = why.read_text(encoding="utf-8") if why.is_file() else said
        pytest.skip(f"no Blender {version} here: {said}")
    return python


def engine_program(folder: Path, name: str, what: str) -> Path:
    """A program that is the engine, as a host would find it."""
    program = folder / name
    path = os.pathsep.join((str(ROOT / "core"), str(ROOT)))
    program.write_text(f'#!/bin/sh\nexec env PYTHONPATH={path} {sys.executable} {what} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("version", VERSIONS)
def test_everything_holds_in_a_real_blender(version: str, file: str, extension: Path, tmp_path: Path) -> None:
    python = python_of(version)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))}
    environment |= {
        "BLENDER_USER_RESOURCES": str(tmp_path / "user"),
        "PLATEWRIGHT_ZIP": str(extension),
        "PLATEWRIGHT_ENGINE_PROGRAM": str(engine_program(tmp_path, "quick", f"{ROOT}/tests/fakes/grey_engine.py")),
        "PLATEWRIGHT_REAL_ENGINE": str(engine_program(tmp_path, "real", "-m platewright.cli")),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    (tmp_path / "user").mkdir()
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", ".",
               "--confcutdir", ".", "--basetemp", str(tmp_path / "inside"), file]  # fmt: skip
    done = subprocess.run(
        command, cwd=HERE / "inside", env=environment, capture_output=True, text=True, timeout=560, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, f"Blender {version}, {file}:\n{done.stdout[-12_000:]}\n{done.stderr[-3_000:]}"
    assert " passed" in done.stdout and " skipped" not in done.stdout
