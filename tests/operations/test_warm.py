"""After the set-up no take waits for a compiler: what it compiled is what takes use, on shots it has never seen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.moving_shot import make
from tests.rippled_shot import rippled

KERNELS, STAMP = Path(sys.prefix) / "numba", Path(sys.prefix) / "platewright-setup.json"
SAMPLE = {"plate": "{sample}/plate/plate.####.exr", "matte": "{sample}/matte/matte.####.exr"}
TAKES = {
    "in depth": f"regenerate --plate {SAMPLE['plate']} --matte {SAMPLE['matte']} --frames 1001-1012",
    "beyond the frame": f"extend --plate {SAMPLE['plate']} --frames 1001-1003 --right 48",
    "another sky": f"sky --plate {SAMPLE['plate']} --frames 1001-1003 --sky procedural:sun=120/35,turbidity=3",
    "between pixels": "regenerate --plate {moved} --matte {matte} --frames 1001-1012",
    "on whole pixels": "regenerate --plate {whole} --matte {matte} --frames 1001-1012 --grow 2 --feather 3",
    "locked off": "regenerate --plate {still} --matte {matte} --frames 1001-1012",
    "under waves": "regenerate --plate {waves} --matte {under_waves} --frames 1001-1012",
    "a single frame": "regenerate --plate {still} --matte {matte} --frames 1001",
}


@pytest.fixture(scope="module")
def as_set_up(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the kernels that the set-up compiled, without those that other tests have added since."""
    if not STAMP.exists() or not KERNELS.exists():
        pytest.skip("this environment was not made by install/run.py, which compiles the kernels")
    made = STAMP.stat().st_mtime
    if any(file.stat().st_mtime > made for file in (root / "core/platewright").rglob("*.py")):
        pytest.skip("the code has changed since the set-up; `install/run.py setup` compiles it again")
    copy = tmp_path_factory.mktemp("numba")
    for file in KERNELS.rglob("*.nb?"):
        if file.suffix == ".nbi" or file.stat().st_mtime <= made:
            there = copy / file.relative_to(KERNELS)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, there)
    return copy


@pytest.fixture(scope="module")
def files(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The patterns that the takes name."""
    folder = tmp_path_factory.mktemp("shots")
    steps = {"moved": (2.3, -0.6), "whole": (3.0, 1.0), "still": (0.0, 0.0)}
    written = {name: make(frames=12, step=step).write(folder / name) for name, step in steps.items()}
    patterns = {name: plate for name, (plate, _) in written.items()}
    waves, under_waves = rippled().write(folder / "waves")
    under = {"waves": waves, "under_waves": under_waves}
    return {**patterns, **under, "matte": written["still"][1], "sample": str(root / "sample")}


@pytest.mark.parametrize("what", TAKES)
def test_a_first_take_compiles_nothing(what: str, as_set_up: Path, files: dict[str, str], tmp_path: Path) -> None:
    before = set(as_set_up.rglob("*.nbc"))
    assert before
    words = [word.format_map(files) for word in TAKES[what].split()]
    command = [sys.executable, "-m", "platewright.cli", *words, "--direct", "--quiet", "--element", "first"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")], capture_output=True, text=True, timeout=600,
        env={**os.environ, "NUMBA_CACHE_DIR": str(as_set_up), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    compiled = sorted(file.name for file in set(as_set_up.rglob("*.nbc")) - before)
    assert not compiled, "operations/warm.py leaves these to the artist's first take"
