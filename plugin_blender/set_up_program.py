# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by the system's Python, beside Blender: copies the engine's source to its place and sets it up there.

    python3 -I set_up_program.py SOURCE TARGET

The two may be the same folder. Written so that an old Python can read it: one that is new enough is looked for then.
"""

import os
import shutil
import subprocess
import sys

__all__ = ["main"]

OLDEST = (3, 11)


def main(source: str, target: str) -> int:
    """Copy what is new, and run the project's own set-up; its exit code."""
    if os.path.realpath(source) != os.path.realpath(target):
        for folder, _, files in os.walk(source):
            place = os.path.join(target, os.path.relpath(folder, source))
            if not os.path.isdir(place):
                os.makedirs(place)
            for name in files:
                shutil.copy2(os.path.join(folder, name), os.path.join(place, name))
    return subprocess.call([new_enough(), "-E", "-s", os.path.join(target, "install", "run.py"), "setup"], cwd=target)


def new_enough() -> str:
    """This Python, or another of the system where this one is too old."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for minor in (13, 12, 11, 14):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            file = os.path.join(folder, f"python3.{minor}")
            if os.access(file, os.X_OK):
                return file
    return sys.executable


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
