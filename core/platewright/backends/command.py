"""A program of a studio's own as a backend: pictures in a folder go in, pictures in a folder come out.

`commands.toml` in the home names them, a table each; every key but `argv` has a default:

    [studio-fill]
    argv = ["/studio/bin/fill", "--frames", "{frames}", "--masks", "{masks}", "--out", "{out}", "--seed", "{seed}"]
    title = "Studio fill"
    operations = ["regenerate"]
    sizes = { multiple = 8, least = 64, most = 2048 }
    lengths = { least = 1, most = 48 }
    bits = 16
    within_s = 1800
    card = { name = "fill", version = "3", provider = "the studio", trained = true, training_data = "…", licence = "…" }

There is no shell: each word of `argv` is a word of the program, whatever a prompt holds. `{frames}`, `{masks}` and
`{pictures}` are folders of PNG files, `{out}` the folder for as many pictures in the order of their names; `{prompt}`,
`{seed}`, `{width}`, `{height}`, `{count}` and `{fps}` are texts. The program goes on when its worker dies, and is found
again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomllib

from platewright.contract.capabilities import Capabilities, Carried, Determinism, Lengths, Masks, Sizes, Terms
from platewright.contract.endpoint import state_folder
from platewright.contract.errors import BackendError, ManifestError, RequestError, SendUnknown
from platewright.contract.jobs import Failure
from platewright.contract.mapper import from_json
from platewright.contract.progress import Step
from platewright.contract.request import Request
from platewright.contract.takes import ModelCard
from platewright.contract.vendors import Deadlines, Intent, RemoteStatus

from .body import pack, unpack
from .coding import inputs_as_png
from .declared import Declared, words_of
from .home import Home
from .protocol import ModelInputs

__all__ = ["Command", "Program", "generators"]

_START_S = 60.0
_TERMS = Terms(("this machine",), "in the state folder until the result is fetched", "no", "no", "no", "no")
_CARD = ModelCard("a program's own", "unknown", "unknown", trained=True, training_data="unknown", licence="unknown")
_WORDS = re.compile(r"\{(frames|masks|pictures|out|prompt|seed|width|height|count|fps)\}")


@dataclass(frozen=True, slots=True)
class Program:
    """A table of the file; see the module."""

    argv: tuple[str, ...]
    title: str = ""
    operations: tuple[str, ...] = ("regenerate",)
    sizes: Sizes = field(default_factory=lambda: Sizes(multiple=8, least=64, most=4096, best=1024))
    lengths: Lengths = field(default_factory=Lengths)
    masks: Masks = field(default_factory=lambda: Masks(soft=True))
    bits: int = 16
    references: int = 0
    keyframes: int = 0
    prompt: bool = True
    determinism: Determinism = "none"
    within_s: float = 1800.0
    card: ModelCard = _CARD


def generators(home: Home) -> tuple[Command, ...]:
    """One for each table of the file. Raises RequestError `commands_invalid`."""
    if not home.commands.is_file():
        return ()
    try:
        tables = tomllib.loads(home.commands.read_text(encoding="utf-8"))
        found = {name: from_json(Program, table) for name, table in tables.items()}
    except (OSError, ValueError, ManifestError) as error:
        raise _invalid(home.commands, str(error)[:200]) from error
    for name, program in found.items():
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", name) or not program.argv or program.bits not in (8, 16):
            raise _invalid(home.commands, f"'{name[:60]}' needs a plain name, an argv, and 8 or 16 bits")
    return tuple(Command(name, program) for name, program in found.items())


class Command(Declared):
    """One program. Each send is a folder, named after its key, with a process of its own."""

    def __init__(self, name: str, program: Program, folder: Path | None = None) -> None:
        bits = 8 if program.bits == 8 else 16
        super().__init__(
            Capabilities(
                f"command:{name}", program.title or name, program.card, program.operations,
                local=True, prompt=program.prompt, sizes=program.sizes, lengths=program.lengths, masks=program.masks,
                sent=Carried(8 if bits == 8 else 16), returned=Carried(16), references=program.references,
                keyframes=program.keyframes, determinism=program.determinism, seed_most=2**32 - 1, reconcile="lookup",
                cancel="yes", at_once=1, terms=_TERMS,
                deadlines=Deadlines(sending_s=_START_S * 3, queued_s=60, running_s=program.within_s + 60),
            )
        )  # fmt: skip
        self._program = program
        self._folder = folder

    def prepare(self, request: Request, inputs: ModelInputs) -> bytes:
        """The words and the pictures."""
        words = words_of(self._limits, request, inputs)
        return pack(words, inputs_as_png(inputs, self._program.bits, soft=self._limits.masks.soft))

    def send(self, intent: Intent, body: bytes) -> str:
        """Lay the folder out and start the program in it. Raises BackendError, SendUnknown."""
        words, files = unpack(body)
        remote = _remote(intent)
        folder = self._place(remote)
        if (folder / "started").exists():
            return remote
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("frames", "masks", "pictures", "out"):
            (folder / name).mkdir(parents=True)
        for name, data in files.items():
            kind, _, number = name.partition("_")
            (folder / f"{kind}s" / number).write_bytes(data)
        order = {"argv": self._argv(words, folder), "within_s": self._program.within_s}
        (folder / "order.json").write_text(json.dumps(order), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PLATEWRIGHT_SECRET_")}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        command = [sys.executable, "-m", "platewright.backends.command_process", str(folder)]
        quiet = subprocess.DEVNULL
        subprocess.run(
            command, stdin=quiet, stdout=quiet, stderr=quiet, env=environment, cwd=folder, check=False, timeout=_START_S
        )
        until = time.monotonic() + _START_S
        while not (folder / "started").exists():
            if time.monotonic() > until:
                raise SendUnknown(f"{self._limits.title} has not said that it started")
            time.sleep(0.02)
        return remote

    def find(self, intent: Intent) -> str:
        """Whether the program was started for this send."""
        remote = _remote(intent)
        return remote if (self._place(remote) / "started").exists() else ""

    def poll(self, remote_id: str) -> RemoteStatus:
        """By what its runner has written, and by whether that lives."""
        folder = self._place(remote_id)
        if not (folder / "started").exists():
            return RemoteStatus("missing")
        alive = _alive(folder)
        ended = _ended(folder)
        if ended is None and alive:
            done = sum(1 for _ in (folder / "out").iterdir())
            return RemoteStatus("running", Step("making", done, 0), poll_after_s=0.5)
        code = -1 if ended is None else ended.get("code")
        if code == 0:
            return RemoteStatus("done")
        if (folder / "cancelled").exists():
            return RemoteStatus("cancelled")
        why = "took too long" if code is None else "died" if ended is None else f"ended with {code}"
        hint = f"Look at {folder / 'said.txt'}."
        return RemoteStatus("failed", failure=Failure("backend_failed", f"{self._limits.title} {why}", hint))

    def fetch(self, remote_id: str, target: Path) -> None:
        """What lies in its folder for pictures, as a zip. Raises BackendError `result_expired`."""
        out = self._place(remote_id) / "out"
        files = sorted(file for file in out.glob("*") if file.is_file() and not file.is_symlink())
        if not files:
            raise BackendError(f"{self._limits.title} has left no picture", code="result_expired")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
            for file in files:
                archive.writestr(zipfile.ZipInfo(file.name), file.read_bytes())

    def cancel(self, remote_id: str) -> None:
        """End the program, and all that it started in its session."""
        folder = self._place(remote_id)
        if (folder / "started").exists() and _ended(folder) is None and _alive(folder):
            (folder / "cancelled").touch()
            try:
                os.killpg(int((folder / "started").read_text()), signal.SIGTERM)
            except (ProcessLookupError, ValueError):
                return

    def missing(self) -> str:
        """The program itself."""
        program = self._program.argv[0]
        return "" if shutil.which(program) else f"the program {program[:200]} is not there"

    def _argv(self, words: dict[str, Any], folder: Path) -> list[str]:
        known = {name: str(folder / name) for name in ("frames", "masks", "pictures", "out")}
        known |= {name: str(words[name]) for name in ("prompt", "seed", "width", "height")}
        known |= {"count": str(words["frames"]), "fps": "/".join(map(str, words["fps"]))}
        return [_WORDS.sub(lambda match: known[match[1]], word) for word in self._program.argv]

    def _place(self, remote: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{32}", remote):
            raise BackendError("that is no job of a program's", code="backend_garbled")
        return (self._folder or state_folder() / "commands") / remote


def _remote(intent: Intent) -> str:
    return hashlib.sha256(intent.key.encode()).hexdigest()[:32]


def _ended(folder: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((folder / "ended.json").read_bytes())
    except FileNotFoundError:
        return None
    return found


def _alive(folder: Path) -> bool:
    """Whether the runner holds its lock, which it does for as long as it lives."""
    with open(folder / "lock", "a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


def _invalid(path: Path, why: str) -> RequestError:
    return RequestError(f"{path} can't be used: {why}", code="commands_invalid", hint="Correct the file.")
