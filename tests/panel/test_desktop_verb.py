"""`platewright desktop`: says how to get its window where it is absent, and ends cleanly at Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from platewright.client.stopping import stop_engine

WITHOUT_QT = """
import sys
sys.modules["PySide6"] = sys.modules["PySide2"] = None
from platewright.cli import main
sys.exit(main(["desktop", "--json"]))
"""


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PLATEWRIGHT_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}


def test_without_qt_it_says_how_to_get_it(tmp_path: Path, root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_QT], capture_output=True, text=True, check=False, timeout=60,
        env=environment(tmp_path) | {"PYTHONPATH": str(root / "core")}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "desktop_not_installed" and "setup --desktop" in error["hint"]


def test_the_window_opens_and_closes_at_ctrl_c(tmp_path: Path, root: Path) -> None:
    pytest.importorskip("PySide6", reason="no Qt here; `install/run.py setup --tests` brings it")
    process = subprocess.Popen(
        [sys.executable, "-m", "platewright.cli", "desktop"], text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=environment(tmp_path) | {"PYTHONPATH": str(root / "core")},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while not (tmp_path / "state" / "engine.json").exists():  # the window is there: it has asked for an engine
            assert process.poll() is None and time.monotonic() < until, "it did not open"
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=90)
        assert process.returncode == 0, said
    finally:
        process.kill()
        stop_engine(tmp_path / "state", now=True)
