"""What the machine must have before anything is installed, and how to get it. Looks, and changes nothing."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from pathlib import Path

from console import Problem

__all__ = ["NEWEST_PYTHON", "WHOLE_SUITE_MB", "check_free", "check_machine", "check_room", "free_megabytes"]

NEWEST_PYTHON = (3, 14)
MEGABYTE = 1_000_000
# What a run of the whole suite has on the disk at a time, at most, and half as much again.
WHOLE_SUITE_MB = 1000
OLDEST_GLIBC = (2, 28)
# numpy's wheels are built for x86-64-v2, which every server and workstation since about 2010 has.
CPU_FLAGS = frozenset({"ssse3", "sse4_1", "sse4_2", "popcnt", "cx16"})


def check_machine() -> None:
    """Raise Problem for a system, processor or Python on which the libraries can't be installed."""
    _check_system()
    _check_processor()
    _check_python()


def check_room(folder: Path, megabytes: int) -> None:
    """Raise Problem where `folder` can't be written or its disk has less free than `megabytes`."""
    if not os.access(folder, os.W_OK) or os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise Problem(
            f"The folder {folder} can't be written, and the private environment (.venv) belongs into it.",
            "Clone Platewright into a folder of your own and run it from there.",
        )
    check_free(folder, megabytes, "setting up", "Free some, or clone Platewright onto another disk.")


def check_free(folder: Path, megabytes: int, what: str, remedy: str) -> None:
    """Raise Problem where the disk of `folder` has less free than `megabytes`, which `what` takes."""
    free = free_megabytes(folder)
    if free < megabytes:
        raise Problem(f"The disk of {folder} has {free} MB free; {what} takes {megabytes} MB.", remedy)


def free_megabytes(folder: Path) -> int:
    """Megabytes (1e6 bytes) that the disk of `folder` has free."""
    return shutil.disk_usage(folder).free // MEGABYTE


def _check_system() -> None:
    if not sys.platform.startswith("linux"):
        raise Problem(
            f"This version of Platewright runs on Linux; this is {platform.system() or sys.platform}.",
            "On Windows, a Linux distribution under WSL 2 (Debian or Ubuntu) works.",
        )
    if platform.machine() not in ("x86_64", "aarch64"):
        raise Problem(f"The libraries are built for x86_64 and aarch64; this machine is {platform.machine()}.")
    name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if name != "glibc" or numbers < OLDEST_GLIBC:
        raise Problem(
            f"The libraries need glibc 2.28 or newer; this system has {name or 'another C library'} {version}".rstrip(),
            "Debian 10, Ubuntu 20.04, Rocky 8 and anything newer have it; Alpine has another C library.",
        )


def _check_processor() -> None:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    flags = next((line.partition(":")[2].split() for line in text.splitlines() if line.startswith("flags")), None)
    missing = sorted(CPU_FLAGS.difference(flags)) if flags else []
    if missing:
        raise Problem(
            f"This processor lacks {', '.join(missing)}, which numpy needs (x86-64-v2).",
            "In a virtual machine, choose the processor type 'host' or 'x86-64-v2'.",
        )


def _check_python() -> None:
    version = sys.version_info[:2]
    if version > NEWEST_PYTHON:
        raise Problem(
            f"Python {version[0]}.{version[1]} is newer than the locked libraries know.",
            "Use Python 3.11 to 3.14, as in: python3.12 install/run.py setup",
        )
    absent = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if absent:
        raise Problem(
            f"This Python comes without {' and '.join(absent)}, which make a private environment.",
            f"Debian and Ubuntu keep it apart: sudo apt install python3-venv\n"
            f"(python3.{version[1]}-venv where python3.{version[1]} isn't the system's own), then run this again.",
        )
