"""A short soak (see bench/soak.py for the long one): whatever happens, every job ends right and nothing is left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_jobs_survive_kills_stops_and_a_full_disk_and_the_books_balance(root: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOAK_")}
    done = subprocess.run(
        [sys.executable, str(root / "bench/soak.py"), "30", "--pause", "1", "--folder", str(tmp_path / "soak")],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environment, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing is left" in done.stdout
    assert "kill the engine" in done.stdout
