"""A take that goes on from another, killed with signal 9 at any step: whole or absent, and its base unharmed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import platewright
from platewright.contract.progress import Silent
from platewright.jobs.run import run
from platewright.jobs.takes import TakeStore
from platewright.jobs.verify import State, verify
from platewright.provenance.identity import trust_anchors
from platewright.provenance.settings import IdentitySettings
from tests.jobs.small_shot import fill_with_grey, small_shot

ROOT = Path(platewright.__file__).parents[2]
CHILD = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from platewright.contract.frames import FrameRange
    from platewright.contract.progress import Silent
    from platewright.contract.request import Base
    from platewright.jobs import run as jobs_run
    from platewright.jobs import staging, takes
    from platewright.provenance.settings import IdentitySettings
    from tests.jobs.small_shot import SmallShot

    folder, at, renames = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "1"
    jobs_run.OPERATIONS = {**jobs_run.OPERATIONS, "regenerate": "tests.cli.grey"}
    calls = 0

    def counted(real):
        def call(*args, **kwargs):
            global calls
            calls += 1
            if calls == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)
        return call

    if renames:
        staging.links_work = lambda folder, name: False
    for name in ("link", "unlink", "rename", "replace", "mkdir", "rmdir", "fsync"):
        setattr(os, name, counted(getattr(os, name)))
    shot = SmallShot(folder.parent / "shot", FrameRange.parse("1001-1004"))
    request = shot.request(base=Base(1, FrameRange.parse("1002")))
    jobs_run.run(request, folder, IdentitySettings(home=folder.parent / "home"), Silent())
    print(calls)
    """
)
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT / 'core'}{os.pathsep}{ROOT}"}


def child(folder: Path, at: int, renames: bool) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CHILD, str(folder), str(at), "1" if renames else "0"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=ENVIRONMENT, check=False)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("renames", [False, True], ids=["links", "renames"])
def test_killed_at_any_step_it_is_whole_or_absent_and_its_base_stays_as_it_was(tmp_path: Path, renames: bool) -> None:
    shot, settings = small_shot(tmp_path / "shot", 4), IdentitySettings(home=tmp_path / "home")

    def begun(name: str) -> Path:
        run(shot.request(), tmp_path / name, settings, Silent(), operate=fill_with_grey)
        return tmp_path / name

    done = child(begun("whole"), 0, renames)
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout)
    assert steps > 15
    outcomes = []
    for step in range(1, steps + 1, 1 if steps < 60 else 2):
        root = begun(f"killed-{step}")
        before = {path.name: path.read_bytes() for path in (root / "rig").glob("rig_v001*")}
        done = child(root, step, renames)
        assert done.returncode == -signal.SIGKILL, done.stderr
        store = TakeStore(root)
        outcomes.append(len(store.takes()) == 2)
        with store.reserve("rig"):
            left = {path.name for path in (root / "rig").iterdir() if "_v002" in path.name}
            assert bool(left) is outcomes[-1]
        assert {path.name: path.read_bytes() for path in (root / "rig").glob("rig_v001*")} == before
        for place in store.takes():
            assert verify(place, Silent(), trust=trust_anchors(settings)).state is State.PASSED
    assert outcomes == sorted(outcomes)
    assert {True, False} == set(outcomes)
