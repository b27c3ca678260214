"""Environments of their own for backends whose libraries don't belong into ours: made by pip, found by their folder.

The versions are those that were tried; what they need in turn is left to pip, for a graphics card decides which torch
fits. Only wheels are taken: a source package could run anything while it is being installed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from platewright.contract.errors import BackendError, RequestError

__all__ = ["PACKAGES", "about", "install", "python_of"]

PACKAGES: Mapping[str, tuple[str, ...]] = {
    "diffusers": (
        "torch>=2.9,<3", "diffusers==0.42.1", "transformers>=5.20,<6", "accelerate>=1.10,<2", "safetensors>=0.6,<1",
        "sentencepiece>=0.2,<1", "ftfy>=6.3,<7", "numpy>=2.2,<3", "pillow>=11",
    ),
}  # fmt: skip
_CPU = "https://download.pytorch.org/whl/cpu"
WITHIN_S = 120.0


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / "bin" / "python"


def install(name: str, folder: Path, tell: Callable[[str], None], *, cpu: bool = False) -> Path:
    """Make the environment of a backend, or bring it up to date; its interpreter.

    tell: gets each line that pip says. cpu: take the torch that knows no graphics card, which is a quarter as large.
    Raises RequestError `environment_unknown`, BackendError `install_failed`.
    """
    if name not in PACKAGES:
        raise RequestError(
            f"there is nothing to install for '{name[:80]}'",
            code="environment_unknown",
            hint="It can be " + ", ".join(sorted(PACKAGES)) + ".",
        )
    python = python_of(folder)
    if not python.exists():
        _run([sys.executable, "-m", "venv", str(folder)], tell)
    pip = [str(python), "-m", "pip", "install", "--only-binary", ":all:", "--no-input"]
    try:
        if cpu:  # torch alone, and from nowhere else: the ordinary index would give the large one without a word
            torch = [one for one in PACKAGES[name] if one.startswith("torch")]
            _run([*pip, "--no-deps", "--retries", "1", "--index-url", _CPU, *torch], tell)
            _check_is_small(python)
        _run([*pip, *PACKAGES[name]], tell)
    except BackendError:
        if not (folder / "installed").exists():
            shutil.rmtree(folder, ignore_errors=True)  # half an environment looks like a whole one
        raise
    (folder / "installed").write_text("\n".join(PACKAGES[name]))
    return python


def about(folder: Path, program: Path) -> dict[str, object]:
    """What an environment and this machine have, as its worker says. Raises BackendError `environment_missing`."""
    try:
        done = subprocess.run(
            [str(python_of(folder)), "-s", "-E", str(program), "--about"], capture_output=True, timeout=WITHIN_S,
            check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        found = json.loads(done.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise BackendError(
            "the environment for diffusers can't be started",
            code="environment_missing",
            hint="Run `platewright backends install diffusers`.",
        ) from error
    return dict(found)


def _check_is_small(python: Path) -> None:
    """Raises BackendError where another index of pip's gave the torch that brings gigabytes of CUDA along."""
    asked = "import importlib.metadata as m; print(m.version('torch'))"
    found = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if sys.platform == "linux" and found.returncode == 0 and "+cpu" not in found.stdout:
        raise BackendError(
            f"pip gave torch {found.stdout.strip()[:40]}, which is not the small one",
            code="install_failed",
            hint="Name the one to take in a file for PIP_CONSTRAINT, as torch==2.13.0+cpu; or leave --cpu out.",
        )


def _run(command: list[str], tell: Callable[[str], None]) -> None:
    try:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        ) as process:  # fmt: skip
            assert process.stdout is not None
            last = ""
            for line in process.stdout:
                last = line.strip() or last
                tell(line.rstrip())
        failed = process.returncode != 0
    except OSError as error:
        failed, last = True, error.strerror or "it could not be started"
    if failed:
        raise BackendError(
            f"the environment could not be installed: {last[:300]}",
            code="install_failed",
            hint="Look at what pip said; it needs a package index, and some GB of disk.",
        )
