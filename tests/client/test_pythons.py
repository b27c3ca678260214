"""The client's whole day on every Python that a host may have: absent, started twice, hung, killed in the middle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.jobs.small_shot import SmallShot


@pytest.mark.timeout(180)
@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_a_host_of_every_python_works_over_an_engine_that_is_absent_hung_and_killed(
    root: Path, state: Path, shot: SmallShot, tmp_path: Path, python_of: Callable[[str], str], version: str
) -> None:
    command = json.dumps([sys.executable, str(root / "tests/fakes/quick_engine.py")])
    script = str(root / "tests/client/old_host.py")
    words = [python_of(version), "-I", "-S", "-B", script, str(root / "core"), str(state), command]
    done = subprocess.run(
        [*words, shot.plate, str(tmp_path / "elements")],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=160,
        env={**os.environ, "PLATEWRIGHT_HOME": str(state.parent), "PLATEWRIGHT_JOBS_LEASE_S": "3"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["version"] == [int(number) for number in version.split(".")]
    assert said["ended"] == ["done", "done", "done"]
    assert said["foreign"] == ["platewright"]
