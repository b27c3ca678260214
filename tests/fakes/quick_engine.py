"""`platewright` with the real engine and the real desk, and workers that make nothing (see quick_worker).

Run as a file, as a host would run the installed program: `quick_engine.py engine run --detach`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / "core"), str(Path(__file__).parents[2])]

from platewright.cli import engine as verb  # noqa: E402
from platewright.cli import main  # noqa: E402
from platewright.engine import opening  # noqa: E402

if __name__ == "__main__":
    opening.WORKER = (sys.executable, str(Path(__file__).with_name("quick_worker.py")))
    verb.own_command = lambda: (sys.executable, str(Path(__file__).resolve()))
    sys.exit(main())
