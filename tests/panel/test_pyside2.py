"""The panel on the oldest host's Python and Qt: 3.10 with PySide2, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from platewright.client.stopping import stop_engine
from tests.jobs.small_shot import small_shot

HERE = Path(__file__).resolve().parent
# Read before the tests' fixtures clear the shell's variables. `.ci/run` sets it where there is a Python 3.10.
PYTHON = os.environ.get("PYSIDE2_PYTHON", "")


def test_the_panel_works_on_pyside2_with_python_3_10(tmp_path: Path) -> None:
    if not PYTHON or not Path(PYTHON).exists():
        pytest.skip("PYSIDE2_PYTHON names no Python 3.10 with PySide2 (pip install PySide2 in one)")
    shot = small_shot(tmp_path / "shot")
    home = tmp_path / "home"
    home.mkdir()
    words = [sys.executable, str(HERE.parent / "fakes" / "grey_engine.py"), str(home), shot.plate, shot.matte]
    environment = {**os.environ, "PLATEWRIGHT_HOME": str(home)}
    environment.pop("PYTHONPATH", None)
    try:
        done = subprocess.run(
            [PYTHON, "-B", str(HERE / "on_pyside2.py"), *words],
            capture_output=True, text=True, timeout=200, check=False, env=environment, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    finally:
        stop_engine(home / "state", now=True)
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert (answer["binding"], answer["python"]) == ("PySide2", [3, 10])
    assert answer["settled"] == ["done"] and answer["troubles"] == []
    assert (home / "panel.png").stat().st_size > 5000
