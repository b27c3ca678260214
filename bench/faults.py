"""Vendors that do wrong at random, behind the real desk: no job may be charged twice.

python bench/faults.py [--each N] [--seed SEED] [--only NAME,NAME]     (N: 1000 for each vendor)
python bench/faults.py --kills N                                       (the same, with workers that are killed)
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.backends.faults import main

if __name__ == "__main__":
    sys.exit(main())
