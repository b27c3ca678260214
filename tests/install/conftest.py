"""A tiny checkout with the real set-up in it: its lock files name packages that the test made itself.

Real pip and real environments, no network: the wheels lie in a folder, and the tiny project brings its own build
backend, because nothing may be fetched.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

# The interpreter that an environment was made with: one inside an environment brings that one's kernel cache along.
PYTHON: str = getattr(sys, "_base_executable", sys.executable)

BACKEND = """
import zipfile
from pathlib import Path

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "platewright-0.1.0-py3-none-any.whl"
    info = "platewright-0.1.0.dist-info/"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w") as wheel:
        wheel.writestr("platewright.pth", str(Path("core").resolve()))
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: platewright\\nVersion: 0.1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "entry_points.txt", "[console_scripts]\\nplatewright = platewright.cli:main\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "platewright"
version = "0.1.0"
"""
CLI = """
import os, sys
def main():
    print("demo ran with", sys.argv[1:], os.environ["NUMBA_CACHE_DIR"])
    return 3
"""


@dataclass
class Checkout:
    """A tiny checkout, and how to run its set-up."""

    folder: Path
    wheels: Path
    variables: dict[str, str] = field(default_factory=dict)

    def environ(self) -> dict[str, str]:
        """No index, no configuration of pip's, only the wheels that were made here."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON", "NUMBA_"))}
        kept |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull}
        return kept | self.variables

    def start(self, *words: str, python: str = PYTHON) -> subprocess.Popen[str]:
        """Start a verb in a process group of its own, which hears Ctrl-C whatever the tests themselves were told."""
        return subprocess.Popen(
            [python, str(self.folder / "install" / "run.py"), *words], env=self.environ(), text=True, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def run(self, *words: str, python: str = PYTHON) -> tuple[int, str]:
        """Run a verb to its end: the exit code and all that it said."""
        process = self.start(*words, python=python)
        said, _ = process.communicate(timeout=240)
        return process.returncode, said

    def stamp(self) -> dict[str, object]:
        """The stamp of the environment, or nothing."""
        try:
            stamp: dict[str, object] = json.loads((self.folder / ".venv/platewright-setup.json").read_text())
        except (OSError, ValueError):
            return {}
        return stamp

    def wheel(self, name: str, version: str, modules: Sequence[str] = ()) -> str:
        """Make a wheel; returns its line for a lock file."""
        folder = name.replace("-", "_")
        file = self.wheels / f"{folder}-{version}-py3-none-any.whl"
        info = f"{folder}-{version}.dist-info"
        with zipfile.ZipFile(file, "w") as wheel:
            wheel.writestr(f"{folder}/__init__.py", f"version = '{version}'\n")
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
        return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"

    def lock(self, name: str, *lines: str) -> None:
        """Write a lock file of the checkout."""
        (self.folder / "install" / name).write_text("# a lock file\n" + "".join(lines), encoding="utf-8")


@pytest.fixture
def make_checkout(root: Path, tmp_path: Path) -> Callable[[Path], Checkout]:
    """Builds a tiny checkout in a folder that is given."""

    def build(folder: Path) -> Checkout:
        shutil.copytree(root / "install", folder / "install", ignore=shutil.ignore_patterns("__pycache__", "*.lock"))
        wheels = tmp_path / "wheels"
        wheels.mkdir(exist_ok=True)
        checkout = Checkout(folder, wheels)
        (folder / "pyproject.toml").write_text(PROJECT)
        (folder / "backend.py").write_text(BACKEND)
        for package in ("core/platewright", "core/platewright/operations"):
            (folder / package).mkdir(parents=True)
            (folder / package / "__init__.py").touch()
        (folder / "core/platewright/cli.py").write_text(CLI)
        opencv = checkout.wheel("opencv-contrib-python-headless", "1.0")
        checkout.lock("requirements-build.lock", checkout.wheel("part-build", "1.0"))
        run = [checkout.wheel("part-run", "1.0"), opencv]
        checkout.lock("requirements.lock", *run)
        window = checkout.wheel("part-window", "1.0")
        checkout.lock("requirements-desktop.lock", window)
        checkout.lock("requirements-test.lock", *run, window, checkout.wheel("part-test", "1.0"))
        return checkout

    return build


@pytest.fixture
def checkout(make_checkout: Callable[[Path], Checkout], tmp_path: Path) -> Checkout:
    """A tiny checkout that nobody has set up yet."""
    return make_checkout(tmp_path / "checkout")
