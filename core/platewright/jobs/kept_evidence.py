"""Copies of what proves where takes come from: every record and manifest that was entered, by its hash.

    <root>/.evidence/<sha256>

A manifest lies beside its take, where hosts, people and clean-up scripts come by. What the ledger knows by a hash can
be brought back from here bit for bit. A copy counts only while its bytes still have the hash that names it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from platewright.contract.mapper import MOST_BYTES

from .storage import replace_file

__all__ = ["EVIDENCE", "copy_of", "keep"]

EVIDENCE = ".evidence"


def keep(root: Path, *files: bytes) -> None:
    """Keep copies of some files' bytes; those that are there already stay. Raises StorageError."""
    for data in files:
        path = root / EVIDENCE / hashlib.sha256(data).hexdigest()
        if _read(path) != data:
            replace_file(path, data)


def copy_of(root: Path, sha256: str, name: str, sources: Iterable[Path] = ()) -> bytes | None:
    """The bytes of that hash: kept under the root, else in a source by its hash or its name; None where there is none.

    sources: folders of a backup or a server; a file there counts by its content alone.
    """
    element = name.rpartition("_v")[0]
    places = [root / EVIDENCE / sha256]
    for source in sources:
        places += [source / EVIDENCE / sha256, source / sha256, source / name, source / element / name]
    for path in places:
        data = _read(path)
        if data is not None and hashlib.sha256(data).hexdigest() == sha256:
            return data
    return None


def _read(path: Path) -> bytes | None:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        return path.read_bytes()
    except OSError:
        return None
