"""Where a version is about to be written: what stands there already under the names that it would take."""

from __future__ import annotations

import os
from collections.abc import Iterable

from platewright.rights.checks.facts import Unknown

__all__ = ["taken_in"]


def taken_in(folder: str, names: Iterable[str]) -> tuple[str, ...] | Unknown:
    """The names that are taken in a folder; none where there is no such folder, or none was named."""
    if not folder:
        return ()
    try:
        there = set(os.listdir(folder))
    except FileNotFoundError:
        return ()
    except OSError as error:
        return Unknown(f"the folder {folder} can't be looked into: {error.strerror}")
    return tuple(sorted(there & set(names)))
