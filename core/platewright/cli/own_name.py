"""How the user can call this very program again: what the hints that it prints begin with."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

__all__ = ["own_name"]


def own_name() -> str:
    """`platewright` where the shell finds this one under that name, else the path of its script.

    The path is short where it lies below the current folder (`.venv/bin/platewright`), and quoted where it must be.
    """
    script = Path(sys.executable).with_name("platewright")
    found = shutil.which("platewright")
    if not script.exists():
        return "platewright" if found else f"{shlex.quote(sys.executable)} -m platewright.cli"
    if found and os.path.samefile(found, script):
        return "platewright"
    here = Path.cwd()
    if script.parent == here:
        return f"./{script.name}"
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))
