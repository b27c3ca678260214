"""The checks of `install/run.py test`: ruff, mypy, the import rules, and the test suite, in that order."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

from console import say
from environment import Environment
from machine import WHOLE_SUITE_MB, check_free

__all__ = ["run"]


def run(environment: Environment, further: list[str], only_tests: bool = False) -> int:
    """Run them all, even after one has failed. Returns 0 only when all passed.

    pytest comes last and speaks for itself, so that its own closing line ends the output of a good run. Raises
    Problem before anything runs where the disk has no room for the whole suite.
    """
    if not further:
        remedy = "Free some, or let TMPDIR name a folder on a larger disk."
        check_free(Path(tempfile.gettempdir()), WHOLE_SUITE_MB, "the whole test suite", remedy)
    environ = environment.environ()
    bin_folder = environment.folder / "bin"
    failed = []
    quick = {
        "ruff": [str(bin_folder / "ruff"), "check", "."],
        "mypy": [str(environment.python), "-m", "mypy"],
        "import rules": [str(environment.python), str(bin_folder / "lint-imports"), "--no-logo"],
    }
    for name, command in {} if only_tests else quick.items():
        begin = time.monotonic()
        done = subprocess.run(
            command, cwd=environment.checkout, env=environ, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        say(f"{name}: {'passed' if done.returncode == 0 else 'FAILED'} ({time.monotonic() - begin:.1f} s)")
        if done.returncode:
            failed.append(name)
            say(done.stdout.rstrip())
    # Two more than two cores: what tests start, stop and wait for leaves a worker idle half of the time. On two cores
    # the whole suite took 12:30 with four workers, 14:57 with three.
    workers = str(min(4, 2 + (os.cpu_count() or 1)))
    command = [str(environment.python), "-m", "pytest", "-n", workers, "--dist", "worksteal", *further]
    code = subprocess.call(command, cwd=environment.checkout, env=environ, stdin=subprocess.DEVNULL)
    if failed:
        say(f"\nThe tests ended with exit code {code}, and before them failed: {', '.join(failed)}.")
    return code or (1 if failed else 0)
