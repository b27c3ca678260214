"""Packages by pip: what a lock file names, what an environment holds, and installing the one into the other.

pip has no interface but its command line; its words are shown to people here and never decide anything.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from console import Problem, Stage

__all__ = ["install_lock", "install_project", "installed", "locked", "run_quietly"]

PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$")
# Published as source only (pure Python): built with the locked setuptools, never with one fetched for the purpose.
FROM_SOURCE = "data-url"
# Collecting is by far the longer part on a first run, installing on one with a filled cache.
SHARE_OF_COLLECTING = 0.6
REMEDIES = {
    "No space left on device": "The disk is full. Free some, and run this again; it goes on from a clean state.",
    "DO NOT MATCH THE HASHES": "A package differs from what the lock file names. Don't install it: if a mirror or a "
    "proxy stands between, ask who runs it; otherwise report this.",
    "Could not find a version": "The package index has no such version: a mirror that is behind, or no index at all "
    "(see `pip config list`).",
    "Failed to establish a new connection": "There is no way to the package index. Check the network and the proxy "
    "(https_proxy); without any network, see 'Without a network' in README.md.",
    "Temporary failure in name resolution": "There is no way to the package index. Check the network and the proxy "
    "(https_proxy); without any network, see 'Without a network' in README.md.",
    "CERTIFICATE_VERIFY_FAILED": "The network puts a certificate of its own in between. Point PIP_CERT at your "
    "studio's certificate file.",
}


def normal(name: str) -> str:
    """A package's name in the one spelling that all its spellings share."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: Path) -> dict[str, str]:
    """Name to version of all that a lock file wants on Linux; names are normalised."""
    wanted = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        match = PINNED.match(line)
        if match and "win32" not in (match["marker"] or ""):
            wanted[normal(match["name"])] = match["version"]
    return wanted


def installed(environment: Path) -> dict[str, str]:
    """Name to version of all that an environment holds, read from its folders without starting it."""
    found = {}
    for folder in _records(environment):
        name, _, version = folder.name.removesuffix(".dist-info").rpartition("-")
        found[normal(name)] = version
    return found


def install_lock(python: Path, lock: Path, stage: Stage, lock_file: int) -> None:
    """Install exactly what `lock` names, hashes checked, into the environment of `python`.

    `lock_file` is an open file that pip holds too: should this process be killed, the set-up counts as going on
    until pip has ended. Raises Problem with pip's own last words.
    """
    wanted = len(locked(lock))
    environment = python.parent.parent
    before = len(_records(environment))
    command = [
        *(str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"),
        *("--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-binary", FROM_SOURCE),
        *("--no-build-isolation", "--retries", "2", "--requirement", str(lock)),
    ]
    collected = 0

    def show(line: str) -> None:
        nonlocal collected
        if line.startswith(("Collecting ", "Processing ", "Requirement already satisfied")):
            collected += 1
            stage.at(SHARE_OF_COLLECTING * collected / wanted, "collecting")
        elif line.startswith("Installing collected packages"):
            _watch_installing(stage, environment, before, wanted)

    _run_pip(command, environment, lock_file, show)


def install_project(python: Path, checkout: Path, lock_file: int) -> None:
    """Put the checkout itself into the environment, editable, without asking the network for anything."""
    command = [
        *(str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--quiet", "--no-deps"),
        *("--no-index", "--no-build-isolation", "--editable", str(checkout)),
    ]
    _run_pip(command, python.parent.parent, lock_file, lambda line: None)


def run_quietly(command: Sequence[str], environ: Mapping[str, str], lock_file: int, what: str) -> None:
    """Run a command whose words matter only when it fails. Raises Problem with the last of them."""
    done = subprocess.run(
        command, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(lock_file,),
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        raise Problem(f"{what} failed (exit code {done.returncode}):\n{tail}")


def _records(environment: Path) -> list[Path]:
    """The folders in which an environment keeps what it knows of each installed package."""
    return list(environment.glob("lib/python3.*/site-packages/*.dist-info"))


def _watch_installing(stage: Stage, environment: Path, before: int, wanted: int) -> None:
    """Show how many packages have arrived, in a thread until the stage ends: pip says nothing in this part."""

    def look() -> None:
        while not stage.wait(0.5):
            arrived = len(_records(environment)) - before
            stage.at(SHARE_OF_COLLECTING + (1 - SHARE_OF_COLLECTING) * arrived / wanted, "unpacking")

    threading.Thread(target=look, daemon=True).start()


def _run_pip(command: Sequence[str], environment: Path, lock_file: int, show: Callable[[str], None]) -> None:
    """Run pip, showing each of its lines. Raises Problem, with what can be done, when it fails."""
    environ = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET")}
    said: list[str] = []
    with tempfile.TemporaryDirectory(dir=environment, prefix="tmp-") as room:
        # pip unpacks on the disk that was measured, not in a /tmp that may be a small one in memory.
        environ |= {"TMPDIR": room, "PIP_USER": "0", "PYTHONNOUSERSITE": "1"}
        with subprocess.Popen(
            command, env=environ, text=True, errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, pass_fds=(lock_file,),
        ) as pip:  # fmt: skip
            try:
                for line in pip.stdout or ():
                    said.append(line.rstrip())
                    show(said[-1])
            except BaseException:
                pip.terminate()
                raise
    if pip.returncode:
        _explain(said)


def _explain(said: list[str]) -> None:
    words = "\n".join(said)
    errors = [line for line in said if line.startswith(("ERROR", "error"))] or said[-10:]
    remedy = next((remedy for phrase, remedy in REMEDIES.items() if phrase in words), "")
    raise Problem("pip could not install the libraries:\n" + "\n".join(errors[:12]), remedy)
