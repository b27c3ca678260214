"""An answer that is the result itself: on the disk, whole, before anybody counts on it.

A vendor that has no jobs answers a paid call with what was paid for. Between that answer and the disk a crash would
lose it, so its place is made first, where a full disk still costs nothing; and the file appears only once it is whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from platewright.contract.errors import BackendError
from platewright.contract.vendors import Intent

__all__ = ["fetch_kept", "find_kept", "keep", "make_room"]


def make_room(intent: Intent, size: int) -> None:
    """Make sure that an answer of so many bytes can be kept. Raises BackendError `answer_unkeepable`."""
    folder = Path(intent.folder)
    try:
        if not intent.folder:
            raise OSError("no folder")
        folder.mkdir(parents=True, exist_ok=True)
        if _free(folder) < size or not os.access(folder, os.W_OK | os.X_OK):
            raise OSError("no room")
    except OSError as error:
        raise BackendError(
            "the answer could not be kept, so nothing was sent",
            code="answer_unkeepable",
            hint="Look whether the disk that the takes are on is there, and has room.",
            retry=True,
        ) from error


def keep(intent: Intent, data: bytes) -> str:
    """Put an answer down; the remote id that stands for it."""
    name = _name(intent)
    path = Path(intent.folder) / name
    beside = path.with_name(f".{name}.{os.getpid()}.part")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        _sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)
    return name


def find_kept(intent: Intent) -> str:
    """The remote id of an answer that was kept; empty where none was."""
    return _name(intent) if intent.folder and (Path(intent.folder) / _name(intent)).is_file() else ""


def fetch_kept(remote_id: str, target: Path) -> None:
    """Copy an answer to where results are put. Raises BackendError `result_expired`."""
    if not remote_id.startswith("answer-") or len(remote_id) != 39 or not remote_id[7:].isalnum():
        raise BackendError("that is no answer of ours", code="backend_garbled")
    try:
        shutil.copyfile(target.with_name(remote_id), target)
    except FileNotFoundError as error:
        raise BackendError(
            "the answer that was kept is gone from the job's folder",
            code="result_expired",
            hint="Hand the job in anew; it is paid for again.",
        ) from error


def _free(folder: Path) -> int:
    """Bytes that the folder's disk has room for."""
    return shutil.disk_usage(folder).free


def _name(intent: Intent) -> str:
    return f"answer-{hashlib.sha256(intent.key.encode()).hexdigest()[:32]}"


def _sync(folder: Path) -> None:
    """Bring the folder's entries to the disk, where the system knows that."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)
