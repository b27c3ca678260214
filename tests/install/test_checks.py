"""`run.py test` is honest: it fails when any check fails, and pytest's own closing line ends a good run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout whose tools are scripts that say how they were called and end as the test wants."""
    bin_folder = tmp_path / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    for tool in ("ruff", "lint-imports"):
        (bin_folder / tool).write_text(f'#!/bin/sh\necho "{tool} says $*"; exit ${{{tool.replace("-", "_")}:-0}}\n')
    (bin_folder / "python").write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        '  *mypy*) echo "mypy says $*"; exit ${mypy:-0} ;;\n'
        '  *lint-imports*) echo "rules say"; exit ${rules:-0} ;;\n'
        '  *) echo "called with $*"; echo "3 passed in 0.1s"; exit ${pytest:-0} ;;\n'
        "esac\n"
    )
    for path in bin_folder.iterdir():
        path.chmod(0o755)
    return tmp_path


def run(root: Path, folder: Path, further: list[str], room: str = "1", **codes: str) -> tuple[int, list[str]]:
    """Run the checks on the folder; each tool ends with the code given for it. room: what the suite takes, in MB."""
    program = (
        f"import sys; from pathlib import Path; import checks; from environment import Environment;"
        f"checks.WHOLE_SUITE_MB = {room};"
        f"sys.exit(checks.run(Environment(Path({str(folder)!r})), {further!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(root / "install"), "PATH": "/usr/bin:/bin", **codes},
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines()


def test_a_good_run_ends_with_the_closing_line_of_pytest(root: Path, folder: Path) -> None:
    code, said = run(root, folder, ["tests/imaging", "-k", "over scan"])
    assert code == 0
    assert said[-1] == "3 passed in 0.1s"
    assert said[-2].startswith("called with -m pytest -n ")
    assert said[-2].endswith("tests/imaging -k over scan")


@pytest.mark.parametrize("tool", ["ruff", "mypy", "rules"])
def test_a_failed_check_fails_the_run_though_all_tests_pass(root: Path, folder: Path, tool: str) -> None:
    code, said = run(root, folder, [], **{tool: "1"})
    assert code == 1
    assert any("FAILED" in line for line in said)
    assert "3 passed in 0.1s" in said, "the tests ran all the same"
    assert "before them failed" in said[-1]


@pytest.mark.parametrize("ending", ["1", "2", "5"])
def test_the_exit_code_of_pytest_is_the_run_s_own(root: Path, folder: Path, ending: str) -> None:
    assert run(root, folder, [], pytest=ending)[0] == int(ending)


def test_a_disk_without_room_for_the_whole_suite_is_said_before_anything_runs(root: Path, folder: Path) -> None:
    code, said = run(root, folder, [], room="10**12")
    assert code == 1
    assert "MB free; the whole test suite takes 1000000000000 MB." in said[-1]
    assert not any("says" in line or "passed" in line for line in said)
    assert run(root, folder, ["tests/imaging"], room="10**12")[0] == 0, "a part needs less"
