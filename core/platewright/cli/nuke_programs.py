"""The Nukes of this machine, told by where they lie: none is started, because that would take a licence."""

from __future__ import annotations

import glob
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

__all__ = ["NEWEST", "OLDEST", "Program", "find_programs"]

OLDEST, NEWEST = 15, 17
_VERSION = re.compile(r"Nuke(\d+)\.(\d+)(?:v(\d+))?")
_PLACES = (
    "/usr/local/Nuke*/Nuke*", "/opt/Nuke*/Nuke*", "/opt/*/Nuke*/Nuke*", "~/Nuke*/Nuke*",
    "/Applications/Nuke*/Nuke*.app/Contents/MacOS/Nuke*",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Program:
    """A Nuke: its file and its version, as its folder says."""

    file: str
    version: tuple[int, int, int]

    @property
    def title(self) -> str:
        """`Nuke 16.0v6`."""
        return f"Nuke {self.version[0]}.{self.version[1]}v{self.version[2]}"

    @property
    def is_supported(self) -> bool:
        """Whether the plug-in is for it."""
        return OLDEST <= self.version[0] <= NEWEST


def find_programs(places: tuple[str, ...] = _PLACES) -> tuple[Program, ...]:
    """Those in the usual places and on PATH, each once, the newest first."""
    files = [file for place in places for file in glob.glob(os.path.expanduser(place))]
    files += [found for name in ("nuke", "Nuke") if (found := shutil.which(name))]
    programs = {}
    for file in files:
        path = Path(file).resolve()
        named = _VERSION.search(path.name) or _VERSION.search(path.parent.name)
        if named and path.is_file() and os.access(path, os.X_OK) and re.fullmatch(r"Nuke[\d.]*", path.name):
            version = int(named[1]), int(named[2]), int(named[3] or 0)
            folder = _VERSION.search(path.parent.name)
            if folder and folder[3]:
                version = int(folder[1]), int(folder[2]), int(folder[3])
            programs[str(path)] = Program(str(path), version)
    return tuple(sorted(programs.values(), key=lambda one: one.version, reverse=True))
