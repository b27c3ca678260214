"""One line in a Nuke start-up file, put in and taken out: what lets Nuke find the plug-in.

Only lines that carry our mark are ever changed; everything else in the file stays byte for byte. The file is replaced
whole or not at all.
"""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platewright.contract.errors import RequestError, StorageError

__all__ = ["Change", "MARK", "default_folder", "install", "installed", "looked_through", "uninstall"]

MARK = b"# platewright-plugin"
_BEGIN = b"import nuke; nuke.pluginAddPath("
_LARGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to the start-up file, or would be. line: what is put in, empty for an uninstallation."""

    file: str
    action: Literal["added", "replaced", "removed", "nothing"]
    line: str = ""


def default_folder() -> Path:
    """Where Nuke looks for a user's own start-up files."""
    return Path.home() / ".nuke"


def looked_through() -> list[Path]:
    """The folders whose start-up files Nuke runs: the user's own, and those of NUKE_PATH."""
    named = [Path(one).absolute() for one in os.environ.get("NUKE_PATH", "").split(os.pathsep) if one]
    return list(dict.fromkeys([default_folder(), *named]))


def installed(folder: Path) -> Path | None:
    """The plug-in that the `init.py` of a folder names by our line; None where there is none, or it can't be read."""
    try:
        ours = [line for line in _lines(_read(folder / "init.py")) if _is_ours(line)]
    except StorageError:
        return None
    if not ours:
        return None
    said = ours[-1].rstrip()[len(_BEGIN) : -len(MARK)].strip().removesuffix(b")")
    try:
        path = ast.literal_eval(said.decode("ascii"))
    except (ValueError, SyntaxError):
        return None
    return Path(path) if isinstance(path, str) else None


def install(folder: Path, plugin: Path, dry_run: bool = False) -> Change:
    """Let the `init.py` of a folder name the plug-in. A second time changes nothing; a moved plug-in is followed.

    Raises RequestError `plugin_missing`; StorageError `startup_unreadable`, `startup_unwritable`.
    """
    if not (plugin / "menu.py").is_file():
        raise RequestError(
            f"there is no plug-in for Nuke at {plugin}",
            code="plugin_missing",
            hint="Name the folder plugin_nuke of the checkout, with --plugin.",
        )
    file = folder / "init.py"
    line = _line(plugin)
    there = _read(file)
    kept = [one for one in _lines(there) if not _is_ours(one)]
    ending = b"\r\n" if b"\r\n" in there else b"\n"
    if kept and not kept[-1].endswith((b"\n", b"\r")):
        kept[-1] += ending
    wanted = b"".join([*kept, line + ending])
    before = [one for one in _lines(there) if _is_ours(one)]
    action: Literal["added", "replaced", "nothing"] = "replaced" if before else "added"
    if [one.rstrip(b"\r\n") for one in before] == [line]:
        return Change(str(file), "nothing", line.decode())
    if not dry_run:
        _replace(file, wanted)
    return Change(str(file), action, line.decode())


def uninstall(folder: Path, dry_run: bool = False) -> Change:
    """Take our line out again; an `init.py` that held nothing else goes with it. Raises StorageError as `install`."""
    file = folder / "init.py"
    there = _read(file)
    kept = [one for one in _lines(there) if not _is_ours(one)]
    if len(kept) == len(_lines(there)):
        return Change(str(file), "nothing")
    if not dry_run:
        if b"".join(kept).strip():
            _replace(file, b"".join(kept))
        else:
            _remove(file)
    return Change(str(file), "removed")


def _line(plugin: Path) -> bytes:
    """The line itself. The path goes in as a Python literal of plain ASCII, whatever signs it holds."""
    return _BEGIN + f"{plugin.absolute().as_posix()!a})  ".encode() + MARK


def _is_ours(line: bytes) -> bool:
    return line.rstrip().endswith(MARK) and line.startswith(_BEGIN)


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def _read(file: Path) -> bytes:
    try:
        with open(file, "rb") as source:
            data = source.read(_LARGEST + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _trouble(file, "read", error) from error
    if len(data) > _LARGEST or b"\0" in data:
        raise StorageError(
            f"{file} is not a start-up file of Nuke", code="startup_unreadable", hint="Look at what it is, first."
        )
    return data


def _replace(file: Path, data: bytes) -> None:
    """Write beside, keep the mode, rename; a link stays one, and what it leads to is written."""
    target = file.resolve()
    beside = target.with_name(f".{target.name}.platewright")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        if target.exists():
            os.chmod(beside, target.stat().st_mode & 0o777)
        os.replace(beside, target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise _trouble(file, "written", error) from error


def _remove(file: Path) -> None:
    try:
        file.unlink()
    except OSError as error:
        raise _trouble(file, "removed", error) from error


def _trouble(file: Path, what: str, error: OSError) -> StorageError:
    return StorageError(
        f"{file} can't be {what}: {error.strerror or error}",
        code="startup_unreadable" if what == "read" else "startup_unwritable",
        hint="Check who owns the folder, or name another with --nuke-dir.",
    )
