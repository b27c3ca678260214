"""How this very program can be called again: by the user, and by itself."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import platewright

__all__ = ["own_command", "own_name"]


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


def own_command() -> tuple[str, ...]:
    """The words that run this very program again, from wherever it was loaded."""
    program = Path(sys.argv[0])
    if program.name == "platewright" and os.access(program, os.X_OK):
        return (str(program.absolute()),)
    core = str(Path(platewright.__file__).resolve().parents[1])
    code = f"import sys; sys.path.insert(0, {core!r}); from platewright.cli import main; sys.exit(main())"
    return (sys.executable, "-c", code)
