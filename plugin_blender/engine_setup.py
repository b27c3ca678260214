# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting the engine up with one button: the project's own set-up, run by the system's Python. Knows no Blender.

The extension brings the engine's source along; it is copied beside the engine's state and set up there, in an
environment of its own. There is no pip in Blender's Python, and no rights are asked for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import platewright
from platewright.contract.endpoint import state_folder
from platewright.contract.errors import EngineError

__all__ = ["has_ended_well", "is_running", "program", "progress", "start"]

_LOG = "set-up.log"
_HERE = Path(__file__).resolve().parent
_PYTHONS = ("python3", "python3.13", "python3.12", "python3.11", "python3.14")
_running: list[subprocess.Popen[bytes]] = []
_told: list[subprocess.Popen[bytes]] = []


def start(folder: str = "", python: str = "") -> str:
    """Start the set-up; what to tell the artist. folder: a checkout rather than the extension's own copy. python:
    rather than one that is looked for. Raises EngineError `engine_not_installed`, `engine_start_failed`.
    """
    if is_running():
        return "The engine is being set up already."
    source = _HERE / "engine"
    if not folder and not (source / "install" / "run.py").is_file():
        raise EngineError(
            "this copy of the extension does not bring the engine along",
            code="engine_not_installed",
            hint="Name Platewright's folder in the add-on's preferences.",
        )
    log = state_folder() / _LOG
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    words = [str(_HERE / "set_up_program.py"), folder or str(source), folder or str(_place())]
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [python or _python(), "-I", *words], env=kept, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise EngineError(
            f"the set-up could not be started: {error.strerror or error}",
            code="engine_start_failed",
            hint="Check Platewright's folder and the Python in the add-on's preferences.",
        ) from error
    _running[:] = [process]
    return "The engine is being set up; that takes some minutes."


def program() -> str:
    """The program that was set up from here, for this version; empty where there is none."""
    file = _place() / ".venv" / "bin" / "platewright"
    return str(file) if os.access(file, os.X_OK) else ""


def is_running() -> bool:
    """Whether a set-up is under way."""
    return bool(_running) and _running[0].poll() is None


def has_ended_well() -> bool:
    """True once for each set-up that has ended well: then the engine is to be looked for."""
    if not _running or _running[0] in _told or _running[0].poll() != 0:
        return False
    _told[:] = [_running[0]]
    return True


def progress() -> str:
    """How the set-up goes, in a line; empty where none was started."""
    if not _running:
        return ""
    code = _running[0].poll()
    try:
        last = (state_folder() / _LOG).read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2][:120]
    except OSError:
        last = ""
    if code is None:
        return f"Setting up the engine: {last}"
    return "The engine is set up." if code == 0 else f"The set-up failed: {last}"


def _place() -> Path:
    return state_folder() / "program" / platewright.__version__.partition("+")[0]


def _python() -> str:
    """A Python of the system, never Blender's own. The set-up says what is wrong with one that is too old."""
    return next((found for name in _PYTHONS if (found := shutil.which(name))), _PYTHONS[0])
