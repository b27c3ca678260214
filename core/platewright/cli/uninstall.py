"""`platewright uninstall`: take a host's plug-in out again."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import blender_programs
from .console import Console
from .install import add_places, tell, tell_blender
from .nuke_startup import default_folder, uninstall

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright uninstall nuke
  platewright uninstall nuke --nuke-dir /studio/nuke
  platewright uninstall blender
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add_places(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Do it. Raises RequestError, StorageError."""
    if options.host == "blender":
        programs = blender_programs.find_programs(options.blender)
        tell_blender([blender_programs.uninstall(one, options.dry_run) for one in programs], console, options)
        return 0
    folder = Path(options.nuke_dir).expanduser().absolute() if options.nuke_dir else default_folder()
    tell(uninstall(folder, options.dry_run), console, options.dry_run)
    return 0
