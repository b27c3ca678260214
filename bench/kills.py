"""Kill the worker with signal 9 at every named commit point and at N random moments, and balance the books after.

python bench/kills.py [N] [--seed SEED] [--folder FOLDER] [--workers W]     (N: 500)

With --workers: so many workers at once on a PostgreSQL, of which one dies at each of N moments, and which crashes
itself at every fiftieth.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.jobs.kills import main

if __name__ == "__main__":
    sys.exit(main())
