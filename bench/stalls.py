"""How long the host's event loop stands still while the panel works, through a scripted session with a real engine.

    python bench/stalls.py [--jobs 200] [--seconds 6] [--json FILE]

A timer with an interval of 0 counts the gaps between turns of the event loop; whatever the panel does in a turn is in
a gap. The session's parts: no engine, connecting with many jobs in the list, jobs that move, large pictures that come,
a slow engine (it is stopped and let go a hundred times a second), a hung one (SIGSTOP), one that is killed and comes
back, typing in the controls, and switching operations. The bar: no gap over 50 ms, opening the window among them, which
is built in turns of the loop.

Two figures for each part: the longest gap on the clock, and the most processor time that the UI's own thread took in
one. On a machine that others use too the clock counts their work; `bare loop`, without a panel, says how much.

The shot is made in another process: this one holds the light rooms alone, as a host does. Python looks through all of
its objects now and then, which takes a host with the engine's libraries in it several times as long (the bench once
did: 27 ms in one turn, not of the panel's making).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "core"), str(ROOT)]

from platewright.client.finding import find_endpoint  # noqa: E402
from platewright.client.session import Session  # noqa: E402
from platewright.client.stopping import stop_engine  # noqa: E402
from platewright.contract.decisions import TakeSummary  # noqa: E402
from platewright.panel.kept_values import KeptValues  # noqa: E402
from platewright.panel.panel_model import PanelModel  # noqa: E402
from platewright.panel.panel_widget import PanelWidget  # noqa: E402
from platewright.panel.qt import BINDING, QtCore, QtGui, QtWidgets  # noqa: E402
from tests.panel.stand_in import StandIn  # noqa: E402

BAR_MS = 50.0
ENGINE = (sys.executable, str(ROOT / "tests/fakes/quick_engine.py"))


class Gaps:
    """The gaps between turns of the event loop, in milliseconds, by part of the session."""

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[float, float]]] = {}
        self.part = "start"
        self._last, self._own = time.perf_counter(), time.thread_time()
        self._timer = QtCore.QTimer()
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def begin(self, part: str) -> None:
        self.part, self._last, self._own = part, time.perf_counter(), time.thread_time()
        self.found.setdefault(part, [])

    def _turn(self) -> None:
        now, own = time.perf_counter(), time.thread_time()
        self.found.setdefault(self.part, []).append(((now - self._last) * 1000, (own - self._own) * 1000))
        self._last, self._own = now, own

    def rows(self) -> list[dict[str, object]]:
        rows = []
        for part, found in self.found.items():
            gaps = sorted(gap for gap, _ in found) or [0.0]
            most = max((own for _, own in found), default=0.0)
            rows.append({
                "part": part, "turns": len(gaps), "median_ms": round(gaps[len(gaps) // 2], 2),
                "p99_ms": round(gaps[int(len(gaps) * 0.99)], 2), "longest_ms": round(gaps[-1], 2),
                "over": sum(gap > BAR_MS for gap in gaps), "own_ms": round(most, 2),
            })  # fmt: skip
        return rows


class Scene:
    """A panel over a stand-in host and a real engine."""

    def __init__(self, folder: Path, jobs: int, seconds: float) -> None:
        self.jobs, self.seconds, self.folder = jobs, seconds, folder
        self.application = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
        os.environ["PLATEWRIGHT_HOME"] = str(folder)
        shot = folder / "shot"
        made = (
            f"from pathlib import Path; from tests.jobs.small_shot import small_shot; small_shot(Path({str(shot)!r}))"
        )
        search = os.pathsep.join(sys.path[:2])
        subprocess.run([sys.executable, "-c", made], check=True, env={**os.environ, "PYTHONPATH": search})
        self.host = StandIn(folder / "elements", f"{shot}/plate.####.exr", f"{shot}/matte.####.exr", "1001-1003")
        (folder / "elements").mkdir()
        self.session = Session("bench", state=folder / "state", command=ENGINE, environment=dict(os.environ))
        self.gaps = Gaps()
        self.gaps.begin("bare loop")
        self.wait(lambda: False, seconds)
        self.gaps.begin("opening the window")
        self.panel = PanelWidget(PanelModel(self.session, self.host, KeptValues(folder / "panel.json")))
        self.panel.resize(self.panel.sizeHint())
        self.panel.show()
        self.wait(lambda: False, 0.5)

    def wait(self, happened: Callable[[], object], within_s: float) -> bool:
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if happened():
                return True
            self.application.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 5)
            time.sleep(0.0005)
        return bool(happened())

    def part(self, name: str, act: Callable[[], object] = lambda: None) -> None:
        self.gaps.begin(name)
        act()
        self.wait(lambda: False, self.seconds)

    def engine(self) -> int:
        endpoint = find_endpoint(self.folder / "state")
        assert endpoint is not None
        return endpoint.pid

    def connected(self) -> bool:
        return self.panel.make.chip.text() == "Connected"

    def submit_many(self) -> None:
        """From another session, as another script would; the panel hears of them by events and lists."""
        model = self.panel.model
        model.form.put("prompt", "0.4")
        for _ in range(self.jobs // 20):
            model.form.put("host.takes", 20)
            model.make()

    def run(self) -> None:
        self.part("no engine")
        self.host.select()
        self.gaps.begin("starting an engine")
        self.session.health()
        self.wait(self.connected, 60)
        self.panel.work.tabs.setCurrentIndex(1)
        self.part(f"handing in {self.jobs} jobs", self.submit_many)
        self.gaps.begin(f"{self.jobs} jobs moving")
        self.wait(lambda: len(self.panel.model.jobs.book) >= self.jobs, 120)
        self.wait(lambda: False, self.seconds)
        self.part("listing them anew", self.panel.model.jobs.refresh)
        self.part(f"{self.jobs * 2} takes in the history", self._history)
        picture = self._picture()
        self.part("12 large pictures", lambda: self._pictures(picture))
        self.part("typing", self._type)
        self.part("switching operations", self._switch)
        self._slow()
        os.kill(self.engine(), signal.SIGSTOP)
        self.part("engine hung")
        self.part("asking a hung engine", self._ask)
        os.kill(self.engine(), signal.SIGCONT)
        self.gaps.begin("coming back")
        self.wait(self.connected, 60)
        os.kill(self.engine(), signal.SIGKILL)
        self.gaps.begin("engine killed")
        self.wait(lambda: not self.connected(), 20)
        self.wait(self.connected, 60)
        self.part("after a restart")

    def _history(self) -> None:
        """As the engine lists them, each request's takes with pictures to ask for; then searched."""
        work = self.panel.model.takes
        self.panel.work.tabs.setCurrentIndex(0)
        root, stamp = self.folder / "elements", "2026-01-31T12:00:00.000Z"
        takes = [
            TakeSummary("many", one, f"{root}/many/many_v{one:03d}.take.json", f"{root}/many/x", stamp, "1001-1003")
            for one in range(1, self.jobs * 2 + 1)
        ]
        work.history.show(takes)
        self.panel.model.board.mark("history")
        self.wait(lambda: False, self.seconds / 2)
        for text in ("v1", "v12", "v123", ""):
            self.panel.work.takes.search.setText(text)
            self.wait(lambda: False, self.seconds / 8)

    @staticmethod
    def _picture() -> bytes:
        """A JPEG as the viewer gets it, with enough in it to take its time."""
        noise = os.urandom(400 * 225 * 4)
        image = QtGui.QImage(noise, 400, 225, QtGui.QImage.Format.Format_RGB32)
        data = QtCore.QByteArray()
        buffer = QtCore.QBuffer(data)
        buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
        image.scaled(1600, 900).save(buffer, "JPG", 90)
        return bytes(data.data())

    def _pictures(self, picture: bytes) -> None:
        """As they come while frames are wiped: three at a time."""
        arrived: list[int] = []
        for begun in range(0, 12, 3):
            for _ in range(3):
                self.panel.pictures._decoder.decode(picture, lambda image: arrived.append(image.width()))
            self.wait(lambda wanted=begun + 3: len(arrived) >= wanted, 60)  # type: ignore[misc]
        assert arrived == [1600] * 12

    def _type(self) -> None:
        for number in range(200):
            self.panel.model.put("element", f"rig_{number}")
            self.wait(lambda: False, self.seconds / 400)

    def _switch(self) -> None:
        for number in range(30):
            self.panel.model.choose(("regenerate", "extend", "replace_sky")[number % 3])
            self.wait(lambda: False, self.seconds / 60)
        self.panel.model.choose("regenerate")

    def _slow(self) -> None:
        self.gaps.begin("engine slow")
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            os.kill(self.engine(), signal.SIGSTOP)
            self.wait(lambda: False, 0.009)
            os.kill(self.engine(), signal.SIGCONT)
            self.wait(lambda: False, 0.001)

    def _ask(self) -> None:
        model = self.panel.model
        for _ in range(20):
            model.takes.refresh()
            model.jobs.refresh()
            model.put("seed", int(time.monotonic() * 1000) % 1000)
            self.wait(lambda: False, 0.02)

    def close(self) -> None:
        self.panel.close_session()
        stop_engine(self.folder / "state", now=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--json", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(Path(folder), options.jobs, options.seconds)
        try:
            scene.run()
        finally:
            scene.close()
    rows = scene.gaps.rows()
    for row in rows:
        print("{part:26} {turns:7} turns  median {median_ms:6.2f}  p99 {p99_ms:6.2f}  longest {longest_ms:7.2f} ms"
              "  over 50: {over:3}  own {own_ms:6.2f} ms".format(**row))  # fmt: skip
    if options.json:
        Path(options.json).write_text(json.dumps({"binding": BINDING, "rows": rows}, indent=1) + "\n")
    own_parts = [row for row in rows if row["part"] != "bare loop"]
    clock, own = (max(float(str(row[name])) for row in own_parts) for name in ("longest_ms", "own_ms"))
    bare = next(float(str(row["longest_ms"])) for row in rows if row["part"] == "bare loop")
    print(f"longest: {clock:.1f} ms on the clock (bare loop {bare:.1f}), "
          f"{own:.1f} ms of the UI's own thread (bar: {BAR_MS:.0f})")  # fmt: skip
    return 0 if clock <= BAR_MS or (bare > BAR_MS / 2 and own <= BAR_MS) else 6


if __name__ == "__main__":
    sys.exit(main())
