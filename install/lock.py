"""Make the lock files anew, with every package's exact version and hashes; needs the program `uv`.

    python3 install/lock.py            keep the locked versions where pyproject.toml still allows them
    python3 install/lock.py --upgrade  take the newest that it allows

Only for people who change dependencies; a set-up reads the files and never this. The files name no registry, so
that a studio's own mirror serves as well as the public one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = "3.11"
# File, its dependency groups, whether it holds the project's own dependencies, and what it is for.
LOCKS = (
    ("requirements-build.lock", ("build",), False, "to install the project and what comes as source"),
    ("requirements.lock", (), True, "to run"),
    ("requirements-desktop.lock", ("desktop",), False, "for a window of its own"),
    ("requirements-test.lock", ("test",), True, "to run and to test"),
)


def compile_lock(uv: str, name: str, groups: tuple[str, ...], project: bool, purpose: str, upgrade: bool) -> None:
    """Write `install/NAME` for every platform at once: the groups, and with `project` its dependencies too.

    The test lock holds all of the run-time one at the same versions, so that either can be installed over the other.
    """
    target = CHECKOUT / "install" / name
    command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON]
    command += ["--generate-hashes", "--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    command += ["pyproject.toml"] if project else []
    for group in groups:
        command += ["--group", f"pyproject.toml:{group}"]
    if "test" in groups:
        command += ["--constraint", "install/requirements.lock", "--constraint", "install/requirements-desktop.lock"]
    if upgrade:
        command += ["--upgrade"]
    subprocess.run([*command, "--output-file", str(target)], cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL)
    text = target.read_text(encoding="utf-8")
    if "://" in text:
        raise SystemExit(f"{target.name} names a registry or an address; nothing may")
    target.write_text(f"# What Platewright needs {purpose}. Made by install/lock.py from pyproject.toml.\n{text}")


def main() -> int:
    """Make both files. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the lock files anew from pyproject.toml.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    parser.add_argument("--uv", default="uv", help="the uv program (a package of that name has it)")
    arguments = parser.parse_args()
    try:
        for name, groups, project, purpose in LOCKS:
            compile_lock(arguments.uv, name, groups, project, purpose, arguments.upgrade)
    except FileNotFoundError:
        print(f"'{arguments.uv}' is not installed; `pip install uv` has it.", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
