"""The lock files are complete, exact, hashed, agree with each other and with pyproject.toml, and name no registry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ["requirements-build.lock", "requirements.lock", "requirements-desktop.lock", "requirements-test.lock"]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(root: Path, name: str) -> dict[str, str]:
    """Package to version."""
    return {canonicalize_name(n): v for n, v in PIN.findall((root / "install" / name).read_text())}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_an_exact_version_and_hashes_and_no_address(root: Path, name: str) -> None:
    text = (root / "install" / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=sha256:)", text, re.MULTILINE), "no index, no option but hashes"
    blocks = re.split(r"\n(?=\S)", text.split("\n", 1)[1])
    for block in blocks:
        assert re.match(r"[a-z0-9._-]+==[^=]", block), block[:60]
        assert "--hash=sha256:" in block, block[:60]


def test_the_locks_hold_what_pyproject_asks_for(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    asked = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-test.lock": project["dependency-groups"]["test"],
        "requirements-build.lock": [*project["dependency-groups"]["build"], *project["build-system"]["requires"]],
        "requirements-desktop.lock": project["dependency-groups"]["desktop"],
    }
    assert project["dependency-groups"]["desktop"] == project["project"]["optional-dependencies"]["desktop"]
    for name, lines in asked.items():
        held = pins(root, name)
        for requirement in map(Requirement, lines):
            assert requirement.specifier.contains(held[canonicalize_name(requirement.name)]), (name, requirement)


def test_the_test_lock_can_be_installed_over_the_run_time_one(root: Path) -> None:
    for name in ("requirements.lock", "requirements-desktop.lock"):
        assert pins(root, name).items() <= pins(root, "requirements-test.lock").items()


def test_exactly_one_opencv_is_locked_because_they_all_own_the_same_folder(root: Path) -> None:
    found = [name for name in pins(root, "requirements-test.lock") if name.startswith("opencv")]
    assert found == ["opencv-contrib-python-headless"]
