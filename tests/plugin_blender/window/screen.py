"""A screen without a monitor, and a Blender in it that is worked by mouse and keyboard: Xvfb, openbox, xdotool.

Buttons are found as an artist finds them, by going over them: Blender's own "copy" keys say what is under the mouse.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SIZE = (1680, 1050)
CHROOT = """
root=$1 place=$2; shift 2
mount --make-rprivate /
mount --rbind /dev "$root/dev"; mount -t proc proc "$root/proc"; mount --rbind /sys "$root/sys"
mkdir -p "$root$place"; mount --bind "$place" "$root$place"
exec chroot "$root" env HOME="$place/home" "$@"
"""


@dataclass
class Screen:
    """Xvfb with a window manager; ends with its `with`."""

    display: str = ""
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Screen:
        read, write = os.pipe()
        words = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "+extension", "GLX"]
        self._running.append(subprocess.Popen(words, pass_fds=(write,), stderr=subprocess.DEVNULL))
        os.close(write)
        with os.fdopen(read) as told:
            self.display = f":{told.readline().strip()}"
        self._running.append(subprocess.Popen(["openbox"], env=self.environment, stderr=subprocess.DEVNULL))
        return self

    def __exit__(self, *_: object) -> None:
        for one in reversed(self._running):
            one.terminate()
            one.wait(30)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.display}

    def do(self, *words: object) -> None:
        """Mouse and keyboard, in xdotool's words."""
        subprocess.run(["xdotool", *map(str, words)], env=self.environment, check=True, timeout=60)

    def keep(self, file: Path) -> None:
        """What is on the screen, as a picture."""
        subprocess.run(["import", "-window", "root", str(file)], env=self.environment, check=True, timeout=60)


class Window:
    """A Blender with a window. place: a folder it shares with us, under the same path."""

    def __init__(self, screen: Screen, place: Path, blender: str, chroot: str) -> None:
        self.screen, self.place = screen, place
        self.heard: list[dict[str, Any]] = []
        self._count = 0
        self._new = threading.Condition()
        (place / "steps").mkdir(parents=True)
        (place / "home").mkdir()
        shutil.copy(HERE / "start_up.py", place)
        words = [
            f"DISPLAY={screen.display}", "LIBGL_ALWAYS_SOFTWARE=1", "PYTHONUNBUFFERED=1",
            f"BLENDER_USER_RESOURCES={place / 'user'}", f"PLATEWRIGHT_STATE={place / 'state'}",
            f"PLATEWRIGHT_WINDOW_TEST={place}", blender, "--factory-startup", "--window-geometry", "0", "0",
            *map(str, SIZE), "-P", str(place / "start_up.py"),
        ]  # fmt: skip
        command = ["env", *words]
        if chroot:
            command = ["unshare", "--mount", "bash", "-c", CHROOT, "_", chroot, str(place), *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._listen, daemon=True).start()
        self.told("READY")

    def _listen(self) -> None:
        log = (self.place / "blender.log").open("w")
        assert self.process.stdout is not None
        for line in self.process.stdout:
            log.write(line)
            log.flush()
            if line.startswith("SAYS "):
                with self._new:
                    self.heard.append(json.loads(line[5:]))
                    self._new.notify_all()

    def told(self, word: str, seconds: float = 180, **values: object) -> dict[str, Any]:
        """Wait for something that Blender says."""
        until = time.monotonic() + seconds
        with self._new:
            while True:
                for one in self.heard:
                    if one["word"] == "failed":
                        raise AssertionError(one["why"])
                    if one["word"] == word and all(one.get(name) == value for name, value in values.items()):
                        return one
                left = until - time.monotonic()
                assert left > 0 and self.process.poll() is None, f"Blender never said {word} {values}"
                self._new.wait(min(left, 1.0))

    def close(self) -> None:
        """End Blender, whatever it is doing."""
        self.process.kill()
        self.process.wait(60)

    def step(self, code: str) -> list[dict[str, Any]]:
        """Run Python in Blender's own timer; what it said meanwhile."""
        self._count += 1
        name, before = f"{self._count:05d}", len(self.heard)
        beside = self.place / "steps" / f"{name}.new"
        beside.write_text(code, encoding="utf-8")
        beside.rename(self.place / "steps" / f"{name}.py")
        self.told("did", step=name)
        return [one for one in self.heard[before:] if one["word"] not in ("did",)]

    def ask(self, expression: str) -> Any:
        """The value of an expression, as JSON has it."""
        return self.step(f"say('value', value={expression})")[-1]["value"]

    def until(self, expression: str, seconds: float = 300) -> Any:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not (value := self.ask(expression)):
            assert time.monotonic() < end, f"never came true: {expression}; {self.ask('troubles()')}"
            time.sleep(0.3)
        return value

    def region(self, kind: str) -> tuple[int, int, int, int]:
        """A region of the large area on the screen: x, y of its upper left corner, width, height."""
        x, y, width, height, window_height = self.ask(f"region({kind!r})")
        left, top = self._corner()
        return left + x, top + window_height - y - height, width, height

    def _corner(self) -> tuple[int, int]:
        """The upper left corner of Blender's window, below its title bar."""
        words = ["xdotool", "search", "--onlyvisible", "--class", "Blender", "getwindowgeometry", "--shell"]
        done = subprocess.run(
            words, env=self.screen.environment, capture_output=True, text=True, timeout=60, check=True
        )
        said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        return int(said["X"]), int(said["Y"])

    def open_tab(self, name: str = "Platewright") -> None:
        """Click the sidebar's tabs from the top until it is this one."""
        x, y, width, height = self.region("UI")
        for down in range(30, height, 20):
            if self.ask("tab()") == name:
                return
            self.click(x + width - 8, y + down)
        raise AssertionError(f"no tab {name}")

    def click(self, x: float, y: float, button: int = 1) -> None:
        """As a hand does: there, a moment, down, up."""
        self.screen.do("mousemove", round(x), round(y))
        time.sleep(0.15)
        self.screen.do("click", button)
        time.sleep(0.35)

    def find(self, wanted: str) -> tuple[int, int]:
        """Where a button of the sidebar is, by its operator or its property; rolls the sidebar where it must."""
        x, y, width, height = self.region("UI")
        self.screen.do("mousemove", x + width // 2, y + height // 2)
        for _ in range(40):
            self.screen.do("click", 4)
        for _ in range(8):
            for across in (0.55, 0.2, 0.8):
                for down in range(10, height - 24, 14):  # on the edge a click would take hold of it
                    at = (x + round(width * across), y + down)
                    text = self.under(at)
                    if text == wanted or ("bpy.ops" in wanted and wanted in text):
                        return at
            self.screen.do("mousemove", x + width // 2, y + height // 2)
            for _ in range(10):
                self.screen.do("click", 5)
        raise AssertionError(f"no button {wanted}")

    def under(self, at: tuple[int, int]) -> str:
        """What is under the mouse there: the Python of an operator's button, or the path of a property's."""
        self.screen.do("mousemove", *at, "sleep", "0.03", "key", "ctrl+c", "key", "ctrl+shift+c")
        return str(self.ask("copied()"))

    def press(self, wanted: str) -> None:
        """Find a button and click it."""
        at = self.find(wanted)
        self.click(*at)
