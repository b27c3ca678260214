"""What every test may use: the checkout's root, a clean process environment, and Pythons other than this one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# Two cores are shared by two workers: no deadline for an example, and the same examples for everybody in CI.
settings.register_profile("local", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("local"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(autouse=True)
def _no_studio_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take away what a person's shell may set, so that a test means the same everywhere."""
    for name in ("OCIO", "OCIO_ACTIVE_DISPLAYS", "NUMBA_DISABLE_JIT", "PYTHONHOME"):
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.startswith("PLATEWRIGHT_")]:
        monkeypatch.delenv(name)
    yield


@pytest.fixture(scope="session")
def python_of() -> Callable[[str], str]:
    """`python_of("3.10")` is a Python of that version on this machine; the test is skipped where there is none."""

    def find(version: str) -> str:
        for candidate in _candidates(version):
            if _is_version(candidate, version):
                return candidate
        pytest.skip(f"no Python {version} here; it runs with python{version} on PATH or in pyenv's versions")

    return find


def _candidates(version: str) -> Iterator[str]:
    """Where a Python of a version may be: on PATH, beside other pyenv versions, in uv's folder."""
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    homes = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions", Path("/usr/local/bin")]
    homes.append(Path.home() / ".local/share/uv/python")
    for home in homes:
        yield from (str(path) for path in sorted(home.glob(f"*{version}*/bin/python{version}")))


def _is_version(python: str, version: str) -> bool:
    """Whether it starts at all (a pyenv shim may not) and is what its name says."""
    try:
        asked = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, timeout=90, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return False
    return asked.returncode == 0 and asked.stdout.strip() == version
