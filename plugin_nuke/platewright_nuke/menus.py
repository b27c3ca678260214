"""Platewright's menu: a few commands, each of which can only fail into a message."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import nuke

from platewright.contract.errors import PlatewrightError, RequestError

from . import actions, feeding

__all__ = ["build_menu", "guarded", "opened"]


def build_menu() -> None:
    """Add the menu and the pane, and look at each script that is opened."""
    menu = nuke.menu("Nuke").addMenu("Platewright")
    menu.addCommand("Place a take...", guarded(_place_a_take))
    menu.addCommand("Next take", guarded(lambda: actions.step_take(1)), "alt+shift+up")
    menu.addCommand("Previous take", guarded(lambda: actions.step_take(-1)), "alt+shift+down")
    menu.addCommand("Takes in this script", guarded(_tell_takes))
    nuke.addOnScriptLoad(opened)
    feeding.register()
    try:
        from .panel import register

        register()
    except Exception as problem:  # a Nuke without Qt, or with one of its own making, keeps the commands
        nuke.tprint(f"Platewright's panel is not available: {type(problem).__name__}: {problem}")


def guarded(action: Callable[[], object]) -> Callable[[], None]:
    """An action whose errors become a message; a mistake of ours goes to the terminal too."""

    def run() -> None:
        try:
            action()
        except PlatewrightError as error:
            nuke.message(f"{error.message}.\n\n{error.hint}".strip() if error.hint else f"{error.message}.")
        except Exception as error:  # a command must never leave the host in the middle of something
            nuke.tprint(traceback.format_exc())
            nuke.message(f"Platewright made a mistake: {error}\n\nThe terminal has the details; please report them.")

    return run


def opened() -> None:
    """A script was opened: say in the terminal what of it is not there. Runs as a callback, so it never raises."""
    try:
        takes, jobs = actions.reattach()
        for one in takes:
            if one.status == "missing":
                nuke.tprint(f"Platewright: {one.node}: the take {one.element}_v{one.version:03d} is missing")
        if jobs:
            nuke.tprint(f"Platewright: this script waits for {len(jobs)} job(s)")
    except Exception:
        nuke.tprint(traceback.format_exc())


def _place_a_take() -> None:
    node = actions.look(needs_matte=False)
    if node.trouble:
        raise RequestError(node.trouble, code="nothing_selected", hint=node.hint)
    record = nuke.getFilename("The record of a take", "*.take.json")
    if record:
        placed = actions.place_take(Path(record), actions.selected_plate())
        if placed.notes:
            nuke.message("\n".join(placed.notes))


def _tell_takes() -> None:
    takes, jobs = actions.reattach()
    lines = [f"{one.node}: {one.element}_v{one.version:03d}, {one.status.replace('_', ' ')}" for one in takes]
    lines += [f"waiting for {one.element} ({one.job})" for one in jobs]
    nuke.message("\n".join(lines) or "This script holds no take of Platewright.")
