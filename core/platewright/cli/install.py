"""`platewright install`: let a host find its plug-in, by one line in its start-up file."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import platewright

from .console import Console
from .nuke_startup import Change, default_folder, install

__all__ = ["EXAMPLE", "add_options", "add_places", "run", "tell"]

EXAMPLE = """\
  platewright install nuke
  platewright install nuke --dry-run
  platewright install nuke --nuke-dir /studio/nuke    a folder on every artist's NUKE_PATH
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add_places(parser)
    parser.add_argument("--plugin", default="", metavar="FOLDER", help="the plug-in (default: this checkout's)")


def add_places(parser: argparse.ArgumentParser) -> None:
    """What `install` and `uninstall` share."""
    parser.add_argument("host", choices=("nuke",), help="the host")
    parser.add_argument("--nuke-dir", default="", metavar="FOLDER", help="where its init.py is (default: ~/.nuke)")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")


def run(options: argparse.Namespace, console: Console) -> int:
    """Do it. Raises RequestError, StorageError."""
    folder = Path(options.nuke_dir).expanduser().absolute() if options.nuke_dir else default_folder()
    beside = Path(platewright.__file__).resolve().parents[2] / "plugin_nuke"
    plugin = Path(options.plugin).expanduser().absolute() if options.plugin else beside
    change = install(folder, plugin, options.dry_run)
    tell(change, console, options.dry_run)
    if change.action != "nothing" and not _is_looked_through(folder):
        console.remark(f"Nuke looks there only when NUKE_PATH names it: {folder}")
    return 0


def tell(change: Change, console: Console, dry_run: bool) -> None:
    """Say what was done, in words or as a document."""
    said = {
        "added": "the line is in {file}; the next start of Nuke has the menu Platewright",
        "replaced": "the line in {file} names the plug-in's new place",
        "removed": "the line is gone from {file}",
        "nothing": "nothing to do: {file} is as it should be",
    }[change.action].format(file=change.file)
    console.say(f"would be done: {said}" if dry_run and change.action != "nothing" else said)
    if change.line and change.action != "nothing":
        console.say(f"  {change.line}")
    console.document({"file": change.file, "action": change.action, "line": change.line, "dry_run": dry_run})


def _is_looked_through(folder: Path) -> bool:
    places = [default_folder(), *(Path(one) for one in os.environ.get("NUKE_PATH", "").split(os.pathsep) if one)]
    return any(folder == place.absolute() for place in places)
