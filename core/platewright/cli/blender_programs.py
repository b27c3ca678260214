"""The Blenders of this machine, and the extension put into each by its own command line; nothing of Blender is touched
by hand, so that what it knows of its extensions stays true."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platewright.contract.errors import RequestError, StorageError

__all__ = ["OLDEST", "Change", "Program", "find_programs", "install", "program_at", "uninstall"]

_VERSION = re.compile(r"Blender (\d+)\.(\d+)(?:\.(\d+))?")
OLDEST = (4, 2, 0)
_WITHIN_S = 180.0
_PLACES = (
    "/usr/bin/blender",
    "/usr/local/bin/blender",
    "/snap/bin/blender",
    "/opt/blender*/blender",
    "~/blender*/blender",
    "~/Applications/blender*/blender",
    "/Applications/Blender*.app/Contents/MacOS/Blender",
)
_ID = "platewright"
_NOT_THERE = f'Package "{_ID}" not installed'
"""What every Blender from 4.2 to 5.2 says of an extension that it hasn't."""


@dataclass(frozen=True, slots=True)
class Program:
    """A Blender: its file and its version."""

    file: str
    version: tuple[int, int, int]

    @property
    def title(self) -> str:
        """`Blender 4.5.15`."""
        return "Blender " + ".".join(map(str, self.version))


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to one Blender, or would be, and by which command."""

    program: str
    title: str
    action: Literal["installed", "removed", "nothing", "too old"]
    command: tuple[str, ...] = ()


def find_programs(named: Sequence[str] = ()) -> tuple[Program, ...]:
    """The Blenders that were named, else those on PATH and in the usual places, each once.

    Raises RequestError `blender_missing`.
    """
    if named:
        return tuple(program_at(Path(one).expanduser()) for one in named)
    found: dict[str, Program] = {}
    for file in (shutil.which("blender"), *_usual()):
        if file and os.path.realpath(file) not in found and os.access(file, os.X_OK):
            try:
                found[os.path.realpath(file)] = program_at(Path(file))
            except RequestError:
                continue
    if not found:
        raise RequestError(
            "no Blender was found on this machine",
            code="blender_missing",
            hint="Name its program with --blender, or write the zip with --zip and install that in Blender.",
        )
    return tuple(found.values())


def program_at(file: Path) -> Program:
    """The Blender at a place. Raises RequestError `blender_missing` where there is none that says its version."""
    try:
        done = subprocess.run(
            [str(file), "--version"], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
        said = _VERSION.search(done.stdout)
    except (OSError, subprocess.TimeoutExpired):
        said = None
    if said is None:
        raise RequestError(f"{file} is no Blender", code="blender_missing", hint="Name the program itself, --blender …")
    return Program(str(file), (int(said[1]), int(said[2]), int(said[3] or 0)))


def install(program: Program, archive: Path, dry_run: bool = False) -> Change:
    """Install and enable the extension; a second time puts the new files in place of the old ones.

    Raises StorageError `blender_refused`.
    """
    if program.version < OLDEST:
        return Change(program.file, program.title, "too old")
    words = ("install-file", "--repo", "user_default", "--enable", str(archive))
    return Change(program.file, program.title, "installed", _command(program, words, dry_run))


def uninstall(program: Program, dry_run: bool = False) -> Change:
    """Take the extension out; where there is none, nothing is done. Raises StorageError `blender_refused`."""
    if program.version < OLDEST:
        return Change(program.file, program.title, "too old")
    try:
        return Change(program.file, program.title, "removed", _command(program, ("remove", _ID), dry_run))
    except StorageError as error:
        if _NOT_THERE in error.message:
            return Change(program.file, program.title, "nothing")
        raise


def _command(program: Program, words: Sequence[str], dry_run: bool) -> tuple[str, ...]:
    command = (program.file, "--background", "--offline-mode", "--command", "extension", *words)
    if dry_run:
        return command
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_WITHIN_S, check=False, stdin=subprocess.DEVNULL
        )
        code, said = done.returncode, done.stdout + done.stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        code, said = -1, str(error)
    if code:
        lines = said.strip().splitlines() or [str(code)]
        why = next((line for line in lines if _NOT_THERE in line), lines[-1])
        raise StorageError(
            f"{program.title} did not take it: {why[:300]}",
            code="blender_refused",
            hint=f"Try it by hand: {' '.join(command)}",
        )
    return command


def _usual() -> list[str]:
    found = []
    for place in _PLACES:
        path = Path(place).expanduser()
        found += [str(one) for one in sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))]
    return found
