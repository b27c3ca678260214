"""The registry: every backend but the built-in one, as a table that is read on one screen.

A row is a word and the module behind it, which is imported when somebody asks for a backend whose name begins with that
word. The module's `generators(home)` gives what it has: one, several, or one for each thing that a user has set up.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from platewright.contract.errors import BackendError, PlatewrightError, RequestError

from .home import Home

if TYPE_CHECKING:
    from .protocol import Generator

__all__ = ["TABLE", "Found", "all_generators", "open_generator"]

# Word, module, and what to do where its library is not here.
TABLE: dict[str, tuple[str, str]] = {
    "comfyui": ("platewright.backends.comfyui", ""),
    "command": ("platewright.backends.command", ""),
    "bria": ("platewright.backends.bria", ""),
    "bfl": ("platewright.backends.bfl", ""),
    "runway": ("platewright.backends.runway", ""),
    "luma": ("platewright.backends.luma", ""),
    "stability": ("platewright.backends.stability", ""),
    "firefly": ("platewright.backends.firefly", ""),
    "router": ("platewright.backends.router", ""),
    "mock": ("platewright.backends.mock", ""),
    "diffusers": ("platewright.backends.diffusers", ""),
}


@dataclass(frozen=True)
class Found:
    """Every backend that could be opened, and by a row's word why what could not be could not."""

    generators: tuple[Generator, ...]
    problems: tuple[tuple[str, PlatewrightError], ...]


def open_generator(name: str, home: Home) -> Generator | None:
    """A backend by its name, None where there is none. Asks nobody. Raises PlatewrightError for a wrong set-up."""
    word = re.split(r"[-:]", name, maxsplit=1)[0]
    if word not in TABLE:
        return None
    return next((one for one in _row(word, home) if one.name == name), None)


def all_generators(home: Home) -> Found:
    """Every backend, in the table's order."""
    generators: list[Generator] = []
    problems: list[tuple[str, PlatewrightError]] = []
    for word in TABLE:
        try:
            generators += _row(word, home)
        except PlatewrightError as error:
            problems.append((word, error))
    return Found(tuple(generators), tuple(problems))


def _row(word: str, home: Home) -> tuple[Generator, ...]:
    module, hint = TABLE[word]
    try:
        found: tuple[Generator, ...] = importlib.import_module(module).generators(home)
    except ImportError as error:
        raise BackendError(
            f"the backend '{word}' can't be loaded: {error.name or error}",
            code="backend_not_installed",
            hint=hint or "Run `install/run.py setup` again.",
        ) from error
    names = [one.name for one in found]
    if len(set(names)) != len(names):
        raise RequestError(
            f"two backends have the name '{max(names, key=names.count)}'",
            code="backend_named_twice",
            hint="Rename one of the files or tables that they come from.",
        )
    return found
