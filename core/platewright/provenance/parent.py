"""The plate's own manifest, where it has one: looked for beside the plate, checked, and carried along.

Existing marks must not be stripped, so a plate that was signed, by a camera, an ingest tool or an earlier take,
keeps its manifest inside the new one. Whatever lies beside a plate comes from outside; a manifest that does not
fit its file is left behind, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from platewright.contract.errors import ManifestError
from platewright.contract.mapper import MOST_BYTES, from_bytes
from platewright.contract.takes import TakeRecord

from .c2pa_store import MOST_MANIFEST_BYTES
from .definition import TAKE_MEDIA_TYPE, media_type_of

__all__ = ["MOST_PARENT_BYTES", "ParentManifest", "find_plate_manifest"]

# The take's own manifest holds the plate's, and must itself stay small enough to be read again.
MOST_PARENT_BYTES = MOST_MANIFEST_BYTES // 2

_MOST_CANDIDATES = 64
_LARGEST_FRAME = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParentManifest:
    """A detached manifest store, and the bytes and media type of the file it is about."""

    manifest: bytes
    asset: bytes
    media_type: str


def find_plate_manifest(first_frame: Path, sha256: str = "") -> ParentManifest | None:
    """The manifest that goes with a plate, or None: `<frame>.c2pa`, or that of a take in the same folder.

    first_frame: the plate's first file. sha256: its hash, so that a take counts only when it lists that very
    frame; without it the name decides. Nothing is checked here beyond that; signing checks it.
    """
    beside = first_frame.with_name(first_frame.name + ".c2pa")
    manifest = _read(beside, MOST_PARENT_BYTES)
    if manifest:
        asset = _read(first_frame, _LARGEST_FRAME)
        return ParentManifest(manifest, asset, media_type_of(first_frame.name)) if asset else None
    for path in _records(first_frame.parent):
        record = _read(path, MOST_BYTES)
        if _lists(record, first_frame.name, sha256):
            manifest = _read(path.with_name(path.name + ".c2pa"), MOST_PARENT_BYTES)
            if manifest:
                return ParentManifest(manifest, record, TAKE_MEDIA_TYPE)
    return None


def _records(folder: Path) -> Iterator[Path]:
    try:
        found = sorted(path for path in folder.glob("*.take.json") if path.is_file())
    except OSError:
        return
    yield from found[-_MOST_CANDIDATES:]


def _lists(record: bytes, name: str, sha256: str) -> bool:
    if not record:
        return False
    try:
        frames = from_bytes(TakeRecord, record).frames
    except ManifestError:
        return False
    return any(frame.file.name == name and sha256 in ("", frame.file.sha256) for frame in frames)


def _read(path: Path, most: int) -> bytes:
    """The file's bytes; empty when there is no plain file, or one too large to be what is looked for."""
    try:
        if not path.is_file() or path.stat().st_size > most:
            return b""
        return path.read_bytes()
    except OSError:
        return b""
