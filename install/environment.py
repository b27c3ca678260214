"""The private environment `.venv` of a checkout: made from the lock files, known by a stamp, safe to interrupt.

The stamp lists the stages that are done, each with a digest of what it was made from, so a second start compares a
few digests and goes on. It also says while packages are on their way in: an environment found in that state, after
a kill or a power cut, is thrown away and made again. One set-up works at a time; a second one waits for it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from console import Problem, Stage, say
from machine import check_machine, check_room
from packages import install_lock, install_project, installed, locked, run_quietly

__all__ = ["Environment", "Stamp"]

RUN, BUILD, DESKTOP, TEST, PROJECT, KERNELS = (
    "requirements.lock", "requirements-build.lock", "requirements-desktop.lock", "requirements-test.lock",
    "pyproject.toml", "kernels",
)  # fmt: skip
NAMES = {
    BUILD: "Preparing to install",
    RUN: "Installing the libraries",
    DESKTOP: "Installing the window of its own",
    TEST: "Installing the libraries for tests",
}
STAMP = "platewright-setup.json"
MEGABYTES = 1000
MORE_FOR_TESTS = 350
MORE_FOR_DESKTOP = 300
WARM = "platewright.operations.warm"
# Read by every Python of the environment at its start, however it is started: compiled kernels stay in the
# environment, and the set-up, the command and the tests share them.
KEEP_KERNELS = 'import os, sys; os.environ.setdefault("NUMBA_CACHE_DIR", os.path.join(sys.prefix, "numba"))\n'


@dataclass
class Stamp:
    """What a set-up has done: where, with which interpreter, and each finished stage with its digest."""

    checkout: str = ""
    interpreter: str = ""
    installing: str = ""
    done: dict[str, str] = field(default_factory=dict)


class Environment:
    """The environment of one checkout."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.folder = checkout / ".venv"
        self.python = self.folder / "bin" / "python"

    def environ(self) -> dict[str, str]:
        """Variables for programs that run in the environment: nothing leaks in."""
        environ = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
        environ["PYTHONNOUSERSITE"] = "1"
        environ["VIRTUAL_ENV"] = str(self.folder)
        return environ

    def missing(self, tests: bool, desktop: bool = False) -> list[str]:
        """The stages that are still to be done, in their order; empty when the environment is ready."""
        stamp = self.stamp()
        return [stage for stage, digest in self._wanted(tests, desktop).items() if stamp.done.get(stage) != digest]

    def make_ready(self, tests: bool = False, fresh: bool = False, desktop: bool = False) -> None:
        """Bring the environment to what the checkout asks for; returns at once when it is there already.

        desktop: with a window of its own; once installed it is kept up to date. Raises Problem with what is missing
        and how to get it.
        """
        desktop = desktop or DESKTOP in self.stamp().done
        if not fresh and self.is_usable() and not self.missing(tests, desktop):
            return
        check_machine()
        check_room(self.checkout, 0)
        with self._alone() as lock_file:
            if fresh or not (self.is_usable() or self._adopt()):
                self._discard(fresh)
                more = (MORE_FOR_TESTS if tests else 0) + (MORE_FOR_DESKTOP if desktop else 0)
                check_room(self.checkout, MEGABYTES + more)
                self._create(lock_file)
            missing, wanted = self.missing(tests, desktop), self._wanted(tests, desktop)
            if TEST in missing:
                check_room(self.checkout, MORE_FOR_TESTS)
            for stage in missing:
                if stage not in (RUN, DESKTOP) or TEST not in missing:  # the lock for tests holds all of the others
                    self._do(stage, wanted, lock_file)

    def stamp(self) -> Stamp:
        """The stamp as it stands; an empty one where there is none that can be read."""
        try:
            return Stamp(**json.loads((self.folder / STAMP).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return Stamp()

    def _wanted(self, tests: bool, desktop: bool = False) -> dict[str, str]:
        """Stage to the digest of what it is made from."""
        names = [BUILD, RUN, *([DESKTOP] if desktop else []), *([TEST] if tests else [])]
        wanted = {name: _digest(self.checkout / "install" / name) for name in names}
        wanted[PROJECT] = _digest(self.checkout / PROJECT)
        wanted[KERNELS] = _digest(*sorted((self.checkout / "core").glob("platewright/**/*.py")), only=b"numba")
        return wanted

    def is_usable(self) -> bool:
        """Whether what is there can be kept or added to; anything else is made anew."""
        stamp = self.stamp()
        return (
            bool(stamp.interpreter)
            and not stamp.installing
            and stamp.checkout == str(self.checkout)
            and os.path.realpath(self.python) == stamp.interpreter
            and self.python.exists()
            and all(
                stamp.done[name] == _digest(self.checkout / "install" / name)
                for name in (BUILD, RUN, DESKTOP, TEST)
                if name in stamp.done
            )
        )

    def _write(self, stamp: Stamp) -> None:
        beside = self.folder / f"{STAMP}.new"
        beside.write_text(json.dumps(asdict(stamp), indent=1), encoding="utf-8")
        os.replace(beside, self.folder / STAMP)

    def _discard(self, fresh: bool) -> None:
        """Take away an environment that is unfinished or out of date; a foreign one only when told to."""
        gone = self.checkout / ".venv.discarded"
        shutil.rmtree(gone, ignore_errors=True)
        if self.folder.is_symlink() and fresh:
            self.folder.unlink()
        if not self.folder.exists():
            return
        ours = bool(self.stamp().checkout) or not any(self.folder.iterdir())
        if not ours and not fresh:
            raise Problem(
                f"{self.folder} was made by somebody else and holds other packages than the lock files name.",
                "Move it away (mv .venv .venv.mine), or let it be replaced: python3 install/run.py setup --fresh",
            )
        with Stage("Removing the old environment"):
            os.rename(self.folder, gone)
            shutil.rmtree(gone)

    def _create(self, lock_file: int) -> None:
        self.folder.mkdir()
        self._write(Stamp(checkout=str(self.checkout), installing="environment"))
        with Stage("Making a private environment"):
            environ = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
            command = [sys.executable, "-m", "venv", str(self.folder)]
            run_quietly(command, environ, lock_file, "Making the environment with Python's venv")
        self._write(Stamp(checkout=str(self.checkout), interpreter=os.path.realpath(self.python)))

    def _do(self, stage: str, wanted: dict[str, str], lock_file: int) -> None:
        """One stage, marked as begun before and as done after."""
        stamp = self.stamp()
        stamp.done.pop(stage, None)
        stamp.installing = stage if stage in (BUILD, RUN, DESKTOP, TEST) else ""
        self._write(stamp)
        self._run_stage(stage, lock_file)
        stamp.installing = ""
        stamp.done[stage] = wanted[stage]
        if stage == TEST:
            stamp.done.update({name: wanted[name] for name in (RUN, DESKTOP) if name in wanted})
        self._write(stamp)

    def _run_stage(self, stage: str, lock_file: int) -> None:
        if stage in (BUILD, RUN, DESKTOP, TEST):
            with Stage(NAMES[stage]) as shown:
                install_lock(self.python, self.checkout / "install" / stage, shown, lock_file)
        elif stage == PROJECT:
            with Stage("Installing Platewright"):
                install_project(self.python, self.checkout, lock_file)
            site = next(self.folder.glob("lib/python3.*/site-packages"))
            (site / "platewright_kernels.pth").write_text(KEEP_KERNELS, encoding="utf-8")
        elif (self.checkout / "core" / (WARM.replace(".", "/") + ".py")).exists():
            # A kernel that calls one of another file isn't compiled anew when only that file changes: begin from none.
            shutil.rmtree(self.folder / "numba", ignore_errors=True)
            with Stage("Compiling the generator's kernels"):
                command = [str(self.python), "-m", WARM]
                run_quietly(command, self.environ(), lock_file, "Compiling the generator's kernels")

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Hold the checkout's set-up lock; yields the open file that holds it. Waits while another set-up works."""
        try:
            handle = os.open(self.checkout / ".venv.lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise Problem(
                f"The folder {self.checkout} can't be written ({error.strerror}).",
                "Clone Platewright into a folder of your own and run it from there.",
            ) from error
        try:
            if not _try_lock(handle):
                with Stage("Another set-up is at work in this folder; waiting for it"):
                    while not _try_lock(handle):
                        time.sleep(0.2)
            yield handle
        finally:
            os.close(handle)

    def _adopt(self) -> bool:
        """Take over an environment that was made by hand, if it holds exactly what the lock files name.

        Returns whether it did. What is in it beyond that may stay, but no second OpenCV: they share a folder.
        """
        if self.stamp().checkout or not self.python.exists():
            return False
        held, done = installed(self.folder), {}
        for name in (BUILD, RUN, DESKTOP, TEST):
            lock = self.checkout / "install" / name
            if lock.exists() and locked(lock).items() <= held.items():
                done[name] = _digest(lock)
        cv2 = [name for name in held if name.startswith("opencv-") and "python" in name]
        if BUILD not in done or RUN not in done or len(cv2) != 1:
            return False
        say("Taking over the environment that is here: it holds what the lock files name.")
        self._write(Stamp(str(self.checkout), os.path.realpath(self.python), done=done))
        return True


def _digest(*files: Path, only: bytes = b"") -> str:
    """One digest over the bytes of files, leaving out those that don't hold `only`."""
    total = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        if only in content:
            total.update(file.name.encode() + b"\0" + content)
    return total.hexdigest()


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
