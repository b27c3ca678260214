"""`platewright doctor`: whether what the panel and the hosts need is there, and what to do where it is not.

Looks and changes nothing: it starts no engine, no host and no download.
"""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platewright import __version__
from platewright.client.finding import find_endpoint
from platewright.contract.endpoint import state_folder
from platewright.contract.errors import PlatewrightError

from . import blender_programs, nuke_programs, nuke_startup
from .console import Console
from .install import nuke_plugin

__all__ = ["EXAMPLE", "Answer", "add_options", "run"]

EXAMPLE = """\
  platewright doctor
  platewright doctor --nuke-dir /studio/nuke
"""
_LIBRARIES = (
    ("pictures", "OpenImageIO"), ("colour", "PyOpenColorIO"), ("numbers", "numpy"), ("generator", "numba"),
    ("signing", "c2pa"), ("server", "fastapi"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that was looked at. state: `missing` is to be mended; `absent` only matters to who wants it."""

    name: str
    state: Literal["ok", "missing", "absent"]
    found: str
    remedy: str = ""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("--nuke-dir", default="", metavar="FOLDER", help="where Nuke's init.py is (default: ~/.nuke)")


def run(options: argparse.Namespace, console: Console) -> int:
    """Say what is there and what is not. Returns 0 where nothing is missing, else 7."""
    answers = [*_libraries(), _state(), _engine(), _window(), *_nuke(options.nuke_dir), *_blender()]
    for answer in answers:
        mark = {"ok": "ok     ", "missing": "MISSING", "absent": "-      "}[answer.state]
        console.say(f"{mark}  {answer.name}: {answer.found}")
        if answer.remedy:
            console.say(f"         {answer.remedy}")
    met = all(answer.state != "missing" for answer in answers)
    console.document({"met": met, "answers": answers})
    return 0 if met else 7


def _libraries() -> Iterator[Answer]:
    for use, name in _LIBRARIES:
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            remedy = "Run `python3 install/run.py setup` in the checkout."
            yield Answer(use, "missing", f"{name}: {str(error)[:200]}", remedy)
            continue
        version = getattr(module, "__version__", "") or getattr(module, "VERSION_STRING", "")
        yield Answer(use, "ok", f"{name} {version}".strip())


def _state() -> Answer:
    folder = state_folder()
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if os.access(there, os.W_OK | os.X_OK):
        return Answer("state", "ok", str(folder))
    return Answer("state", "missing", f"{there} can't be written", "Set PLATEWRIGHT_STATE to a folder of yours.")


def _engine() -> Answer:
    found = find_endpoint(state_folder())
    if found is None:
        return Answer("engine", "ok", "not running; the first request starts it")
    if found.version != __version__:
        remedy = "Run `platewright engine stop`; the next request starts this version."
        return Answer("engine", "missing", f"version {found.version} runs, this is {__version__}", remedy)
    return Answer("engine", "ok", f"version {found.version}, since {found.started[:16]}")


def _window() -> Answer:
    try:
        binding = importlib.import_module("platewright.panel.qt").BINDING
    except (ImportError, PlatewrightError):
        return Answer("desktop", "absent", "no Qt here", "Run `python3 install/run.py setup --desktop` to have one.")
    return Answer("desktop", "ok", str(binding))


def _nuke(named: str) -> Iterator[Answer]:
    """The Nukes there are, and the line that lets them find the plug-in."""
    programs = nuke_programs.find_programs()
    for program in programs:
        if program.is_supported:
            yield Answer("Nuke", "ok", f"{program.title} ({program.file})")
        else:
            yield Answer("Nuke", "absent", f"{program.title} ({program.file})", "The plug-in is for Nuke 15 to 17.")
    folders = [Path(named).expanduser().absolute()] if named else nuke_startup.looked_through()
    lines = [(folder, nuke_startup.installed(folder)) for folder in folders]
    known = [(folder, plugin) for folder, plugin in lines if plugin is not None]
    if not known:
        wanted = bool(programs) or bool(named)
        remedy = "Run `platewright install nuke`."
        yield Answer("plug-in for Nuke", "missing" if wanted else "absent", f"no line in {folders[0]}/init.py", remedy)
    for folder, plugin in known:
        yield _plugin(folder, plugin)


def _plugin(folder: Path, plugin: Path) -> Answer:
    again = "Run `platewright install nuke` again."
    for name in ("init.py", "menu.py", "platewright_nuke/panel.py", "../core/platewright/client/session.py"):
        if not (plugin / name).is_file():
            return Answer("plug-in for Nuke", "missing", f"{folder}/init.py names {plugin}, which has no {name}", again)
    if plugin.resolve() != nuke_plugin().resolve():
        return Answer("plug-in for Nuke", "ok", f"{plugin}, which is another checkout than this one")
    return Answer("plug-in for Nuke", "ok", f"{plugin}, by {folder}/init.py")


def _blender() -> Iterator[Answer]:
    try:
        programs = blender_programs.find_programs()
    except PlatewrightError:
        return
    for program in programs:
        old = program.version < blender_programs.OLDEST
        remedy = "Extensions begin with Blender 4.2." if old else "`platewright install blender` puts the extension in."
        yield Answer("Blender", "absent" if old else "ok", f"{program.title} ({program.file})", remedy)
