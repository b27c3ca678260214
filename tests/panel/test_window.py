"""The panel in a real window on an X server, on the newest and on the oldest host's Qt, in a process of its own.

The other tests of the panel are run without a screen, so that they need none; with `QT_QPA_PLATFORM=xcb` and a DISPLAY
they too show real windows.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from platewright.client.stopping import stop_engine
from tests.jobs.small_shot import small_shot

HERE = Path(__file__).resolve().parent
# Read before the tests' fixtures clear the shell's variables. `.ci/run` sets it where there is a Python 3.10.
OLDEST = os.environ.get("PYSIDE2_PYTHON", "")
_OPENS = "import sys; sys.path.insert(0, {core!r}); from platewright.panel.qt import QtWidgets as w; w.QApplication([])"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """The name of an X server of the tests' own; empty where there is no Xvfb."""
    program = shutil.which("Xvfb")
    if program is None:
        yield ""
        return
    words = [program, "-displayfd", "1", "-screen", "0", "1600x1400x24", "-nolisten", "tcp"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    with server.stdout:
        number = server.stdout.readline().strip()
        yield f":{number}" if number else ""
    server.kill()
    server.wait()


def platform_for(python: str, screen: str) -> dict[str, str]:
    """What makes Qt open a real window, where this Python's Qt finds all it needs for that; else nothing."""
    asked = {**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": screen}
    asked.pop("PYTHONPATH", None)
    code = _OPENS.format(core=str(HERE.parents[1] / "core"))
    probe = [python, "-B", "-c", code]
    if not screen or subprocess.run(probe, env=asked, capture_output=True, timeout=120, check=False).returncode != 0:
        return {}
    return {"QT_QPA_PLATFORM": "xcb", "DISPLAY": screen}


@pytest.mark.parametrize(("binding", "python"), [("PySide6", sys.executable), ("PySide2", OLDEST)])
def test_a_take_is_made_and_frames_of_it_made_again_in_a_window(
    binding: str, python: str, screen: str, tmp_path: Path
) -> None:
    if binding == "PySide2" and (not python or not Path(python).exists()):
        pytest.skip("PYSIDE2_PYTHON names no Python 3.10 with PySide2 (pip install PySide2 in one)")
    if binding == "PySide6" and importlib.util.find_spec("PySide6") is None:
        pytest.skip("no Qt here; `install/run.py setup --tests` brings it")
    platform = platform_for(python, screen)
    if binding == "PySide6" and not platform:
        pytest.skip("no X server for a real window: it takes Xvfb and Qt's xcb libraries (see .ci/run)")
    shot = small_shot(tmp_path / "shot")
    home = tmp_path / "home"
    home.mkdir()
    words = [sys.executable, str(HERE.parent / "fakes" / "grey_engine.py"), str(home), shot.plate, shot.matte]
    environment = {**os.environ, "PLATEWRIGHT_HOME": str(home), **platform}
    environment.pop("PYTHONPATH", None)
    try:
        done = subprocess.run(
            [python, "-B", str(HERE / "in_a_window.py"), *words],
            capture_output=True, text=True, timeout=560, check=False, env=environment, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    finally:
        stop_engine(home / "state", now=True)
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["binding"] == binding and answer["platform"] == platform.get("QT_QPA_PLATFORM", "offscreen")
    assert binding == "PySide6" or answer["python"] == [3, 10]
    assert answer["settled"] == ["done", "done", "refused"]
    assert answer["controls"] == {"behaviour": "refused", "restless": "0.25"} and answer["inputs_left"] == []
    assert answer["failure"] == "send_refused" and answer["troubles"] == ["send_refused"]
    first, spoiled, mended = answer["publish"]
    assert first == mended == "3 findings hold this up.", "the grey patch says no colour space on any of its frames"
    assert spoiled not in ("", first)
    assert (home / "publish.png").stat().st_size > 5000
    assert (home / "panel.png").stat().st_size > 5000
