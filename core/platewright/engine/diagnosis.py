"""A zip that a user can send: versions, settings, logs and the state of things, with names and paths taken out.

Anonymous by construction: every text goes through one place that replaces the user, the machine, home folders and all
other folders by short marks, the same mark for the same thing, so that a reader can still follow what belongs together.
"""

from __future__ import annotations

import getpass
import hashlib
import importlib.metadata
import io
import json
import os
import platform
import re
import secrets
import shutil
import socket
import sys
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from platewright import __version__
from platewright.contract.errors import PlatewrightError
from platewright.contract.mapper import to_json
from platewright.jobs.storage import storage_errors
from platewright.logs.files import log_folder
from platewright.logs.redaction import redacted
from platewright.settings.layers import layered

__all__ = ["Anonymous", "Part", "write_diagnosis"]

_MOST_OF_A_LOG = 2 << 20
_PATH = re.compile(r"(?<![\w/.:])(?:~|/)(?:[^\s\"'<>|:;,()\[\]{}\\]|\\ )+")
_PLAIN = ("/usr/", "/lib", "/bin/", "/proc/", "/dev/", "/etc/", "/v1/", "/opt/")


@dataclass(frozen=True)
class Part:
    """A file of the zip: its name, size in bytes, and what it holds, in a sentence."""

    name: str
    size: int
    holds: str


class Anonymous:
    """Takes names out of texts. A salt of its own for each zip: the same mark in two zips means nothing."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(16)
        names = {socket.gethostname(), socket.getfqdn(), platform.node(), Path.home().name}
        with suppress(KeyError, OSError):
            names.add(getpass.getuser())
        self._names = sorted((name for name in names if len(name) > 2 and name != "localhost"), key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text with secrets masked and folders, people and machines replaced by marks."""
        text = _PATH.sub(lambda found: self._path(found[0]), redacted(text))
        for name in self._names:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", self._mark("name", name), text)
        return text

    def _path(self, path: str) -> str:
        """A path as marks for its folders; the end of the file's name stays, for it says what kind of file it is."""
        if path.startswith(_PLAIN) and str(Path.home()) not in path:
            return path
        parts = path.rstrip("/").split("/")
        folders = [self._mark("f", part) if part not in ("", "~") else part for part in parts[:-1]]
        suffix = "".join(Path(parts[-1]).suffixes[-2:])[-16:]
        return "/".join([*folders, self._mark("n", parts[-1]) + suffix])

    def _mark(self, kind: str, text: str) -> str:
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), key=self._salt, digest_size=3).hexdigest()
        return f"{kind}-{digest}"


def write_diagnosis(target: Path, state: Path) -> tuple[Part, ...]:
    """Write the zip, which must not be there yet in another form, and return what is in it. Raises StorageError."""
    anonymous = Anonymous()
    files: list[tuple[str, str, str]] = [
        ("versions.json", _versions(), "versions of Platewright, Python, the system and every library"),
        ("settings.json", _settings(), "the settings that hold and which layer each came from"),
        ("state.json", _state(state), "sizes and ages of the files in the state folder, and free disk space"),
    ]
    for path in sorted(log_folder(state).glob("*")) if log_folder(state).is_dir() else ():
        if path.is_file() and not path.is_symlink():
            files.append((f"logs/{path.name}", _tail(path), "what was logged, lately"))
    parts = [(name, anonymous.text(text).encode("utf-8", "replace"), holds) for name, text, holds in files]
    contents = "".join(f"{name}: {holds}\n" for name, _, holds in parts)
    parts.insert(0, ("CONTENTS.txt", contents.encode(), "this list"))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, _ in parts:
            archive.writestr(name, content)
    with storage_errors(target, "write"):
        beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            beside.write_bytes(data.getvalue())
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    return tuple(Part(name, len(content), holds) for name, content, holds in parts)


def _versions() -> str:
    libraries = {found.name: found.version for found in importlib.metadata.distributions() if found.name}
    said = {
        "platewright": __version__,
        "python": sys.version,
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "libraries": dict(sorted(libraries.items())),
    }
    return json.dumps(said, indent=1)


def _settings() -> str:
    try:
        found = layered()
    except PlatewrightError as error:
        return json.dumps({"error": error.as_dict()}, indent=1)
    said = {path: {"layer": s[-1].layer, "value": to_json(s[-1].value)} for path, s in found.sources.items()}
    said["environment"] = {name: "set" for name in sorted(os.environ) if name.startswith(("PLATEWRIGHT_", "OCIO"))}
    return json.dumps(said, indent=1)


def _state(state: Path) -> str:
    said: dict[str, object] = {"there": state.is_dir()}
    if state.is_dir():
        said["files"] = {
            path.name: {"size": path.stat().st_size, "changed": int(path.stat().st_mtime)}
            for path in sorted(state.iterdir())
            if path.is_file()
        }
        said["free_bytes"] = shutil.disk_usage(state).free
    return json.dumps(said, indent=1)


def _tail(path: Path) -> str:
    with storage_errors(path, "read"), open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _MOST_OF_A_LOG))
        return file.read().decode("utf-8", "replace")
