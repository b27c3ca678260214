"""`platewright install`: let a host find its plug-in: a line in Nuke's start-up file, an extension in Blender."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import platewright

from . import blender_package, blender_programs
from .console import Console
from .nuke_startup import Change, default_folder, install, looked_through

__all__ = ["EXAMPLE", "add_options", "add_places", "nuke_plugin", "run", "tell", "tell_blender"]

EXAMPLE = """\
  platewright install nuke
  platewright install nuke --dry-run
  platewright install nuke --nuke-dir /studio/nuke    a folder on every artist's NUKE_PATH
  platewright install blender                         into every Blender of this machine
  platewright install blender --zip platewright.zip   only write the extension, to hand it on
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add_places(parser)
    parser.add_argument("--plugin", default="", metavar="FOLDER", help="the plug-in (default: this checkout's)")
    parser.add_argument("--zip", default="", metavar="FILE", help="Blender: only write the extension to this file")


def add_places(parser: argparse.ArgumentParser) -> None:
    """What `install` and `uninstall` share."""
    parser.add_argument("host", choices=("nuke", "blender"), help="the host")
    parser.add_argument("--nuke-dir", default="", metavar="FOLDER", help="where its init.py is (default: ~/.nuke)")
    parser.add_argument(
        "--blender", action="append", default=[], metavar="PROGRAM", help="a Blender (default: all that are found)"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")


def run(options: argparse.Namespace, console: Console) -> int:
    """Do it. Raises RequestError, StorageError."""
    if options.host == "blender":
        return _into_blender(options, console)
    folder = Path(options.nuke_dir).expanduser().absolute() if options.nuke_dir else default_folder()
    plugin = Path(options.plugin).expanduser().absolute() if options.plugin else nuke_plugin()
    change = install(folder, plugin, options.dry_run)
    tell(change, console, options.dry_run)
    if change.action != "nothing" and not _is_looked_through(folder):
        console.remark(f"Nuke looks there only when NUKE_PATH names it: {folder}")
    return 0


def nuke_plugin() -> Path:
    """This checkout's plug-in for Nuke."""
    return Path(platewright.__file__).resolve().parents[2] / "plugin_nuke"


def _into_blender(options: argparse.Namespace, console: Console) -> int:
    plugin = Path(options.plugin).expanduser().absolute() if options.plugin else blender_package.default_plugin()
    if options.zip:
        target = Path(options.zip).expanduser().absolute()
        if not options.dry_run:
            blender_package.build(plugin, target)
        console.say(f"{'would be written' if options.dry_run else 'written'}: {target}")
        console.document({"zip": str(target), "dry_run": options.dry_run})
        return 0
    programs = blender_programs.find_programs(options.blender)
    with tempfile.TemporaryDirectory(prefix="platewright-") as folder:
        archive = blender_package.build(plugin, Path(folder) / "platewright.zip")
        tell_blender([blender_programs.install(one, archive, options.dry_run) for one in programs], console, options)
    return 0


def tell_blender(changes: Sequence[blender_programs.Change], console: Console, options: argparse.Namespace) -> None:
    """Say what was done to each Blender, in words or as a document."""
    for change in changes:
        said = {
            "installed": "has the extension, enabled",
            "removed": "has the extension no more",
            "nothing": "had no extension of ours",
            "too old": "is too old: extensions begin with 4.2",
        }[change.action]
        console.say(f"{'would be done: ' if options.dry_run else ''}{change.title} ({change.program}) {said}")
        if options.dry_run and change.command:
            console.say(f"  {' '.join(change.command)}")
    done = [{"program": one.program, "version": one.title.split(" ")[1], "action": one.action} for one in changes]
    console.document({"dry_run": options.dry_run, "blenders": done})


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
    return folder in looked_through()
