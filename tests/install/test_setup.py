"""The set-up makes the environment once, starts at once after that, and survives being interrupted anywhere."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Checkout = Any  # tests/install/conftest.py has the class; a conftest can't be imported

MISSING = 69


def wait_until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition, looking often; fails when the time is over."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


def test_first_run_sets_up_and_the_second_starts_at_once(checkout: Checkout) -> None:
    code, said = checkout.run("demo", "--out", "/tmp/x y")
    assert "Making a private environment: done" in said
    assert "demo ran with ['demo', '--out', '/tmp/x y']" in said
    assert str(checkout.folder / ".venv" / "numba") in said, "compiled kernels stay in the private environment"
    assert code == 3, "the demo's own exit code is the command's"

    begin = time.monotonic()
    code, said = checkout.run("setup")
    assert code == 0
    assert said.startswith("Ready."), "nothing is made again"
    assert time.monotonic() - begin < 2.0


def test_a_changed_lock_makes_a_clean_environment_and_changed_metadata_does_not(checkout: Checkout) -> None:
    assert checkout.run("setup", "--tests")[0] == 0
    site = next(checkout.folder.glob(".venv/lib/python3.*/site-packages"))
    assert (site / "part_test").is_dir()
    (site / "left_over.py").touch()

    with (checkout.folder / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    code, said = checkout.run("setup")
    assert code == 0
    assert "Installing Platewright" in said and "Making a private environment" not in said
    assert (site / "left_over.py").exists()

    opencv = checkout.wheel("opencv-contrib-python-headless", "1.0")
    checkout.lock("requirements.lock", checkout.wheel("part-run", "2.0"), opencv)
    code, said = checkout.run("setup")
    assert code == 0
    assert "Removing the old environment: done" in said
    assert not (site / "left_over.py").exists()
    assert list(site.glob("part_run-2.0.dist-info"))
    assert not list(checkout.folder.glob(".venv.discarded"))


def test_the_desktop_is_added_when_asked_for_and_kept_after_that(checkout: Checkout) -> None:
    assert checkout.run("setup")[0] == 0
    site = next(checkout.folder.glob(".venv/lib/python3.*/site-packages"))
    assert not (site / "part_window").exists()
    code, said = checkout.run("setup", "--desktop")
    assert code == 0 and "Installing the window of its own: done" in said and "Removing" not in said
    assert (site / "part_window").is_dir()
    assert "requirements-desktop.lock" in checkout.stamp()["done"]  # type: ignore[operator]
    assert checkout.run("setup")[1].startswith("Ready."), "and nothing is made again"


def test_killed_while_packages_arrive_the_next_run_makes_a_clean_environment(checkout: Checkout) -> None:
    process = checkout.start("setup")
    wait_until(lambda: checkout.stamp().get("installing") == "requirements.lock")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert checkout.stamp()["installing"] == "requirements.lock"

    code, said = checkout.run("setup")
    assert code == 0, said
    assert "Removing the old environment: done" in said
    assert checkout.stamp()["installing"] == ""


def test_ctrl_c_stops_cleanly_and_the_next_run_recovers(checkout: Checkout) -> None:
    process = checkout.start("setup")
    wait_until(lambda: checkout.stamp().get("installing") == "environment")
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped." in said and "Traceback (most recent call last)" not in said
    code, said = checkout.run("setup")
    assert code == 0, said


def test_two_set_ups_at_once_make_one_environment(checkout: Checkout) -> None:
    first = checkout.start("setup")
    wait_until(lambda: bool(checkout.stamp()))
    second = checkout.start("setup")
    said = [process.communicate(timeout=240)[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), said
    assert "Making a private environment" in said[0]
    assert "Another set-up is at work in this folder" in said[1] and "Making a private environment" not in said[1]


def test_a_package_with_another_hash_is_refused_and_the_refusal_says_so(checkout: Checkout) -> None:
    assert checkout.run("setup")[0] == 0
    opencv = checkout.wheel("opencv-contrib-python-headless", "1.0")
    line = checkout.wheel("part-test", "1.0")
    checkout.lock("requirements-test.lock", checkout.wheel("part-run", "1.0"), opencv, line[:-5] + "0000\n")
    code, said = checkout.run("setup", "--tests")
    assert code == MISSING
    assert "differs from what the lock file names" in said
    assert not list(checkout.folder.glob(".venv/lib/python3.*/site-packages/part_test"))


def test_no_package_index_is_said_with_what_to_do(checkout: Checkout) -> None:
    checkout.variables["PIP_FIND_LINKS"] = str(checkout.folder)
    code, said = checkout.run("setup")
    assert code == MISSING
    assert "The package index has no such version" in said
    assert "Traceback" not in said


def test_an_environment_of_somebody_else_is_neither_used_nor_touched(checkout: Checkout) -> None:
    theirs = checkout.folder / ".venv" / "bin"
    theirs.mkdir(parents=True)
    (theirs / "precious").write_text("mine")
    code, said = checkout.run("setup")
    assert code == MISSING
    assert "mv .venv .venv.mine" in said
    assert (theirs / "precious").read_text() == "mine"
    assert [path.name for path in theirs.parent.iterdir()] == ["bin"]

    code, said = checkout.run("setup", "--fresh")
    assert code == 0, said
    assert not (theirs / "precious").exists()


def test_an_environment_made_by_hand_from_the_lock_is_taken_over(checkout: Checkout) -> None:
    folder = checkout.folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    names = ["part-build", "part-run", "opencv-contrib-python-headless"]
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *names]
    subprocess.run(command, env=checkout.environ(), check=True)
    code, said = checkout.run("setup")
    assert code == 0, said
    assert "Taking over the environment that is here" in said
    assert "Making a private environment" not in said


def test_a_moved_checkout_is_set_up_anew(checkout: Checkout) -> None:
    assert checkout.run("setup")[0] == 0
    moved = checkout.folder.with_name("moved")
    shutil.move(checkout.folder, moved)
    checkout.folder = moved
    code, said = checkout.run("demo")
    assert code == 3, said
    assert "Removing the old environment" in said


def test_kernels_are_compiled_at_set_up_again_when_they_change_and_a_failure_is_loud(checkout: Checkout) -> None:
    warm = checkout.folder / "core/platewright/operations/warm.py"
    warm.write_text(
        "# numba\nimport os\nfrom pathlib import Path\nkept = Path(os.environ['NUMBA_CACHE_DIR'])\nkept.mkdir()\n"
        "(kept / 'kernel').touch()\nopen(__file__ + '.ran', 'a').write('x')\n"
    )
    ran = warm.with_name("warm.py.ran")
    assert checkout.run("setup")[0] == 0
    assert checkout.run("setup")[0] == 0
    assert ran.read_text() == "x"
    assert (checkout.folder / ".venv/numba/kernel").exists()
    python = [str(checkout.folder / ".venv/bin/python"), "-c", "import os; print(os.environ['NUMBA_CACHE_DIR'])"]
    asked = subprocess.run(python, capture_output=True, text=True, check=True, env={})
    assert asked.stdout.strip() == str(checkout.folder / ".venv/numba"), "however it is started, it finds them"
    warm.write_text("# numba\nraise SystemExit('no compiler for this processor')\n")
    code, said = checkout.run("setup")
    assert code == MISSING
    assert "Compiling the generator's kernels failed" in said and "no compiler for this processor" in said
    assert not (checkout.folder / ".venv/numba/kernel").exists(), "nothing of the old kernels is used again"


def test_an_environment_whose_python_has_gone_is_made_anew(checkout: Checkout) -> None:
    assert checkout.run("setup")[0] == 0
    python = checkout.folder / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3.11")
    code, said = checkout.run("setup")
    assert code == 0, said
    assert "Making a private environment: done" in said


@pytest.mark.parametrize("missing", ["ensurepip", "venv"])
def test_a_python_without_venv_is_told_which_package_brings_it(checkout: Checkout, missing: str) -> None:
    program = (
        f"import sys, runpy; sys.modules['{missing}'] = None; sys.argv = ['run.py', 'setup'];"
        f"sys.path.insert(0, {str(checkout.folder / 'install')!r});"
        f"runpy.run_path({str(checkout.folder / 'install' / 'run.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == MISSING
    assert f"without {missing}" in done.stderr
    assert "apt install python3-venv" in done.stderr
    assert not (checkout.folder / ".venv").exists()


@pytest.mark.parametrize("options, said_of_it", [("size=64m", "MB free; setting up takes"), ("ro", "can't be written")])
def test_a_disk_that_is_full_or_read_only_is_said_before_anything_is_made(
    make_checkout: Callable[[Path], Checkout], tmp_path: Path, options: str, said_of_it: str
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "none", str(disk)], capture_output=True, check=False)
    if not made or made.returncode:
        pytest.skip("a small disk can't be mounted here; it runs as root")
    try:
        checkout = make_checkout(disk / "checkout")
        subprocess.run([str(mount), "-o", f"remount,{options}", str(disk)], check=True)
        code, said = checkout.run("setup")
        assert code == MISSING
        assert said_of_it in said
        assert not (checkout.folder / ".venv").exists()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.8", "3.10"])
def test_an_old_python_says_what_is_needed_instead_of_a_syntax_error(
    checkout: Checkout, python_of: Callable[[str], str], version: str
) -> None:
    code, said = checkout.run("demo", python=python_of(version))
    assert code == MISSING
    assert f"needs Python 3.11 or newer; this is {version}." in said
    assert "Error" not in said
