"""Leaving: how a process of the command line ends, which is not by taking a million objects apart.

Looking through all of them for rings of garbage takes an eighth of a second after every command, for memory that the
system takes back anyway.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress

__all__ = ["leave"]


def leave(code: int) -> None:
    """End this process with an exit code, when its threads are done and all that was to be done at its end is."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads and pools, as the interpreter does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
