"""A take that goes on from another, killed with signal 9 at any step: whole or absent, and its base unharmed."""

from __future__ import annotations

import os
import shutil
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
# One process imports everything; a fork of it for each step makes the take and dies there.
KILLER = textwrap.dedent(
    """
    import os, shutil, signal, sys
    from pathlib import Path
    from platewright.contract.frames import FrameRange
    from platewright.contract.progress import Silent
    from platewright.contract.request import Base
    from platewright.jobs import run as jobs_run
    from platewright.jobs import staging
    from platewright.provenance.settings import IdentitySettings
    from tests.jobs.small_shot import SmallShot

    folder, renames = Path(sys.argv[1]), sys.argv[2] == "1"
    jobs_run.OPERATIONS = {**jobs_run.OPERATIONS, "regenerate": "tests.cli.grey"}
    if renames:
        staging.links_work = lambda folder, name: False
    shot = SmallShot(folder / "shot", FrameRange.parse("1001-1004"))
    request = shot.request(base=Base(1, FrameRange.parse("1002")))

    def life(root, at):
        calls = 0
        def counted(real):
            def call(*args, **kwargs):
                nonlocal calls
                calls += 1
                if calls == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **kwargs)
            return call
        for name in ("link", "unlink", "rename", "replace", "mkdir", "rmdir", "fsync"):
            setattr(os, name, counted(getattr(os, name)))
        jobs_run.run(request, root, IdentitySettings(home=folder / "home"), Silent())

    step = 0
    while True:
        step += 1
        root = folder / f"killed-{step}"
        shutil.copytree(folder / "begun", root)
        child = os.fork()
        if child == 0:
            try:
                life(root, step)
            finally:
                os._exit(0)
        if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            break
    print(step)
    """
)
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT / 'core'}{os.pathsep}{ROOT}"}


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("renames", [False, True], ids=["links", "renames"])
def test_killed_at_any_step_it_is_whole_or_absent_and_its_base_stays_as_it_was(tmp_path: Path, renames: bool) -> None:
    shot, settings = small_shot(tmp_path / "shot", 4), IdentitySettings(home=tmp_path / "home")
    run(shot.request(), tmp_path / "begun", settings, Silent(), operate=fill_with_grey)
    command = [sys.executable, "-c", KILLER, str(tmp_path), "1" if renames else "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, env=ENVIRONMENT, check=False)
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout)
    assert steps > 15
    before = {path.name: path.read_bytes() for path in (tmp_path / "begun" / "rig").glob("rig_v001*")}
    outcomes = []
    for step in range(1, steps + 1):
        root = tmp_path / f"killed-{step}"
        store = TakeStore(root)
        outcomes.append(len(store.takes()) == 2)
        with store.reserve("rig"):
            left = {path.name for path in (root / "rig").iterdir() if "_v002" in path.name}
            assert bool(left) is outcomes[-1]
        assert {path.name: path.read_bytes() for path in (root / "rig").glob("rig_v001*")} == before
        if outcomes[-1]:
            for place in store.takes():
                assert verify(place, Silent(), trust=trust_anchors(settings)).state is State.PASSED
        shutil.rmtree(root)
    assert outcomes == sorted(outcomes)
    assert {True, False} == set(outcomes)
