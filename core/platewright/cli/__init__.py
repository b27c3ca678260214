"""The command line: `platewright …`, the same verbs without a host."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; the console script."""
    from .leaving import leave
    from .program import run

    code = run(arguments)
    if arguments is None:
        leave(code)
    return code
