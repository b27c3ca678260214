"""A worker that is killed anywhere pays nothing twice and loses nothing; `bench/kills.py` does it many more times."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_whenever_a_worker_dies_each_job_is_paid_once_and_nothing_finished_is_lost(root: Path, tmp_path: Path) -> None:
    # A process of its own: it forks, which a test runner with threads should not.
    command = [sys.executable, "bench/kills.py", "30", "--folder", str(tmp_path / "kills")]
    done = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": f"{root}/core:{os.environ.get('PYTHONPATH', '')}"},
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "killed at random moments: 30" in done.stdout
