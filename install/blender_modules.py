"""Blenders as Python modules, each in an environment of its own, to test the extension in the real thing.

    python3 install/blender_modules.py            the newest LTS of each Python: 4.5 and 5.2
    python3 install/blender_modules.py all        4.2, 4.5, 5.0 and 5.2; about 1 GB each
    python3 install/blender_modules.py --lock     make the lock files anew, with `uv`

They go into `.venv.blender/`, or into $PLATEWRIGHT_BLENDERS, where one machine keeps them for all its checkouts; what
is there already and fits its lock file is kept. A Blender that can't be had here (no such Python, no such wheel) is
said and left out; the tests then skip it by name with the same words.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from machine import WHOLE_SUITE_MB, free_megabytes

__all__ = ["FOLDER", "PYTHONS", "USUAL", "make"]

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("PLATEWRIGHT_BLENDERS") or CHECKOUT / ".venv.blender").absolute()
PYTHONS = {"4.2": "3.11", "4.5": "3.11", "5.0": "3.11", "5.2": "3.13"}
USUAL = ("4.5", "5.2")
BPY = {"4.2": "4.2.23", "4.5": "4.5.15", "5.0": "5.0.1", "5.2": "5.2.3"}
STAMP = "platewright-blender.txt"
WHY = "why-not.txt"
NEEDED_MB = 1400


def make(version: str) -> str:
    """Make one environment; returns an empty text, or why there is none. The reason is kept beside it for the tests."""
    folder = FOLDER / version
    lock = CHECKOUT / "install" / f"blender-{version}.lock"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    why = _make(version, folder, lock)
    if why:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / WHY).write_text(why, encoding="utf-8")
    else:
        stamp.write_text(wanted, encoding="utf-8")
    return why


def _make(version: str, folder: Path, lock: Path) -> str:
    python = _python(PYTHONS[version])
    if not python:
        return f"Blender {version} needs Python {PYTHONS[version]}, and there is none here"
    if free_megabytes(folder) < NEEDED_MB + WHOLE_SUITE_MB:
        return f"Blender {version} takes {NEEDED_MB} MB and the tests {WHOLE_SUITE_MB}, and the disk has less"
    environ = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    own = str(folder / "bin" / "python")
    steps = (
        [python, "-m", "venv", str(folder)],
        [own, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--quiet", "--no-deps",
         "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)],
        [own, "-c", "import bpy, os; os._exit(0)"],
    )  # fmt: skip
    for step in steps:
        done = subprocess.run(
            step, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=900
        )
        if done.returncode:
            last = (done.stderr or done.stdout).strip().rpartition("\n")[2][:300]
            return f"Blender {version} could not be had: {last or done.returncode}"
    return ""


def _python(version: str) -> str:
    """A Python of that version: on PATH, or among pyenv's and uv's."""
    for candidate in _candidates(version):
        try:
            asked = subprocess.run(
                [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=60,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            continue
        if asked.returncode == 0 and asked.stdout.strip() == version:
            return candidate
    return ""


def _candidates(version: str) -> Iterator[str]:
    if ".".join(map(str, sys.version_info[:2])) == version:
        yield sys.executable
    found = shutil.which(f"python{version}")
    if found:
        yield found
    homes = (
        Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions",
        Path.home() / ".local/share/uv/python",
    )
    for home in homes:
        yield from (str(path) for path in sorted(home.glob(f"*{version}*/bin/python{version}")))


def make_lock(version: str, uv: str = "uv") -> None:
    """Write a lock file anew."""
    lock = CHECKOUT / "install" / f"blender-{version}.lock"
    wanted = f"bpy=={BPY[version]}\npytest>=9\npytest-timeout>=2.3\n"
    command = [
        uv,
        "pip",
        "compile",
        "--quiet",
        "--python-version",
        PYTHONS[version],
        "--generate-hashes",
        "--no-annotate",
    ]
    command += ["--no-header", "--no-emit-index-url", "--no-emit-find-links", "-"]
    done = subprocess.run(command, input=wanted, capture_output=True, text=True, check=True)
    head = f"# Blender {version} as a Python module, to test the extension in it. Made by blender_modules.py --lock."
    lock.write_text(f"{head}\n{done.stdout}", encoding="utf-8")


def main() -> int:
    """Make what was asked for. Returns 0, or 1 where one could not be had."""
    parser = argparse.ArgumentParser(description="Blenders as Python modules, for the tests of the extension.")
    parser.add_argument("versions", nargs="*", help=f"of {', '.join(PYTHONS)}, or all (default: {' '.join(USUAL)})")
    parser.add_argument("--lock", action="store_true", help="make the lock files anew instead")
    arguments = parser.parse_args()
    versions = list(PYTHONS) if "all" in arguments.versions else arguments.versions or list(USUAL)
    failed = 0
    for version in versions:
        if version not in PYTHONS:
            parser.error(f"there is no {version}; there are {', '.join(PYTHONS)}")
        if arguments.lock:
            make_lock(version)
            continue
        why = make(version)
        failed += bool(why)
        print(why or f"Blender {version} is ready.", file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
