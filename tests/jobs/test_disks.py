"""Disks that are full, read-only or somebody else's: a clear error, nothing half done, no version used up.

A small disk is a tmpfs in a mount namespace of the test's own; where the system gives none, the test is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import platewright
from tests.jobs.small_shot import SmallShot, small_shot

CHECKOUT = Path(platewright.__file__).parents[2]

SCRIPT = textwrap.dedent(
    """
    import json, os, sys
    from pathlib import Path
    from platewright.contract.errors import PlatewrightError
    from platewright.contract.progress import Silent
    from platewright.jobs import run as jobs_run
    from platewright.jobs.takes import TakeStore
    from platewright.provenance.settings import IdentitySettings
    from tests.jobs.small_shot import SmallShot, fill_with_grey
    from platewright.contract.frames import FrameRange

    shot_folder, root, home, user, ballast = sys.argv[1:]
    request = SmallShot(Path(shot_folder), FrameRange.parse("1001-1003")).request()
    settings = IdentitySettings(home=Path(home))

    def attempt():
        try:
            record = jobs_run.run(request, Path(root), settings, Silent(), operate=fill_with_grey)
        except PlatewrightError as error:
            return {**error.as_dict(), "exit": error.exit_code}
        return {"version": record.version}

    def left():
        if not Path(root).exists():
            return ["nothing, not even the folder"]
        return sorted(str(path.relative_to(root)) for path in Path(root).rglob("*"))

    if user == "other" and os.geteuid() == 0:
        import numpy, platewright.provenance.local_identity  # what is loaded late could not be read afterwards
        from platewright.imaging.halves import lay_in
        lay_in(numpy.zeros((2, 2), numpy.float32), numpy.zeros((2, 2, 4), numpy.float16), 0)
        os.setgroups([]); os.setegid(65534); os.seteuid(65534)
    first = {"error": attempt(), "left": left()}
    if ballast:
        os.unlink(ballast)
        first["again"] = attempt()
    print(json.dumps(first))
    """
)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{CHECKOUT / 'core'}{os.pathsep}{CHECKOUT}"}


def words(shot: SmallShot, root: Path, home: Path, user: str = "", ballast: str = "") -> list[str]:
    return [sys.executable, "-c", SCRIPT, str(shot.folder), str(root), str(home), user, ballast]


def on_small_disk(folder: Path, setup: str, command: list[str]) -> dict[str, object]:
    """Run with a tmpfs on `folder`; `setup` is shell that may fill it or make it read-only."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("no mount namespace of our own here; run as root or allow user namespaces")
    script = f'mount -t tmpfs -o size=512k tmpfs "$0" && {setup} && exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, str(folder), *command],
        capture_output=True, text=True, timeout=120, check=False, env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


@pytest.fixture
def shot(tmp_path: Path) -> SmallShot:
    return small_shot(tmp_path / "shot")


@pytest.mark.parametrize("free", ["0k", "8k", "12k", "16k", "20k", "24k"])
def test_a_full_disk_leaves_nothing_and_the_same_run_works_once_there_is_room(
    tmp_path: Path, shot: SmallShot, free: str
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    kept = 512 - int(free[:-1])
    setup = f'head -c {kept}k /dev/zero > "$0"/ballast'
    command = words(shot, disk / "elements", tmp_path / "home", ballast=str(disk / "ballast"))
    said = on_small_disk(disk, setup, command)
    error = said["error"]
    assert isinstance(error, dict)
    assert error["code"] == "disk_full", error
    assert error["exit"] == 3
    assert error["hint"]
    assert said["left"] == ["nothing, not even the folder"]
    assert said["again"] == {"version": 1}


def test_a_read_only_disk_is_refused_before_the_work(tmp_path: Path, shot: SmallShot) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    said = on_small_disk(disk, 'mount -o remount,ro "$0"', words(shot, disk / "elements", tmp_path / "home"))
    error = said["error"]
    assert isinstance(error, dict)
    assert (error["code"], error["exit"]) == ("disk_read_only", 3)
    assert error["hint"]
    assert said["left"] == ["nothing, not even the folder"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of this machine may enter and write to."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def test_a_folder_of_somebody_else_is_refused_and_left_alone(open_folder: Path) -> None:
    shot = small_shot(open_folder / "shot")
    root = open_folder / "elements"
    root.mkdir()
    root.chmod(0o555)
    command = words(shot, root, open_folder / "home", "other")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment())
    root.chmod(0o755)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["error"]["code"] == "not_permitted", said
    assert said["error"]["hint"]
    assert said["left"] == []


def test_a_plate_of_somebody_else_is_refused_with_its_frame(open_folder: Path) -> None:
    shot = small_shot(open_folder / "shot")
    (shot.folder / "plate.1002.exr").chmod(0o000)
    command = words(shot, open_folder / "elements", open_folder / "home", "other")
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment())
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["error"]["exit"] == 2, said
    assert said["error"]["frame"] == 1002
    assert said["left"] == ["nothing, not even the folder"]
