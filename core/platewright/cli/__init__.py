"""The command line: `platewright …`, the same verbs without a host."""

from __future__ import annotations

import gc
from collections.abc import Sequence

__all__ = ["main"]

_LOADING = 50_000
"""Objects made before those that refer to each other are looked for. A program that loads makes tens of thousands, of
functions and classes, and none of them goes; looking through them every 700 took a sixth of a second."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; the console script."""
    if arguments is None:
        gc.set_threshold(_LOADING)

    from .leaving import leave
    from .program import run

    code = run(arguments)
    if arguments is None:
        leave(code)
    return code
