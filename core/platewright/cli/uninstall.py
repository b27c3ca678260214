"""`platewright uninstall`: take a host's line out of its start-up file again."""

from __future__ import annotations

import argparse
from pathlib import Path

from .console import Console
from .install import add_places, tell
from .nuke_startup import default_folder, uninstall

__all__ = ["EXAMPLE", "add_options", "run"]

EXAMPLE = """\
  platewright uninstall nuke
  platewright uninstall nuke --nuke-dir /studio/nuke
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add_places(parser)


def run(options: argparse.Namespace, console: Console) -> int:
    """Do it. Raises StorageError."""
    folder = Path(options.nuke_dir).expanduser().absolute() if options.nuke_dir else default_folder()
    tell(uninstall(folder, options.dry_run), console, options.dry_run)
    return 0
