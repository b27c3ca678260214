# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting the engine up with one button: the project's own set-up, run by the system's Python. Knows no Blender.

It runs beside Blender with an environment of its own; there is no pip in Blender's Python, and no rights are asked for.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from platewright.contract.endpoint import state_folder
from platewright.contract.errors import EngineError

__all__ = ["progress", "start"]

_LOG = "set-up.log"
_running: list[subprocess.Popen[bytes]] = []


def start(folder: str, python: str) -> str:
    """Start the set-up; what to tell the artist. Raises EngineError `engine_not_installed`, `engine_start_failed`."""
    if not folder:
        raise EngineError(
            "the engine is set up from a checkout of Platewright, and none is named",
            code="engine_not_installed",
            hint="Name Platewright's folder in the add-on's preferences.",
        )
    if _running and _running[0].poll() is None:
        return "The engine is being set up already."
    log = state_folder() / _LOG
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [python, "-I", str(Path(folder) / "install" / "run.py"), "setup"],
                cwd=folder, env=kept, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise EngineError(
            f"the set-up could not be started: {error.strerror or error}",
            code="engine_start_failed",
            hint="Check Platewright's folder and the Python in the add-on's preferences.",
        ) from error
    _running[:] = [process]
    return "The engine is being set up; that takes some minutes."


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
