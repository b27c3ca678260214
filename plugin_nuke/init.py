"""Run by Nuke in every kind of process: makes the adapter and the client importable, and nothing else.

Whatever is wrong, Nuke starts: nothing here raises. Platewright needs nothing at render time, so a farm that has never
heard of it renders the same pixels.
"""

from __future__ import annotations

import os
import sys


def _make_importable() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in (here, os.path.join(os.path.dirname(here), "core")):
        if os.path.isdir(folder) and folder not in sys.path:
            sys.path.append(folder)


try:
    _make_importable()
except Exception as problem:
    sys.stderr.write(f"Platewright is not available: {problem}\n")
