"""A take's record, read by a host from the disk: the comp needs its take also where no engine runs."""

from __future__ import annotations

from pathlib import Path

from platewright.contract.errors import ManifestError, StorageError
from platewright.contract.mapper import MOST_BYTES, from_bytes
from platewright.contract.takes import TakeRecord

__all__ = ["read_record"]


def read_record(path: Path, element: str, version: int) -> TakeRecord:
    """Read the record of a take, strictly. Blocks for as long as the disk does.

    element, version: what the file's name says. Raises StorageError `take_missing`; ManifestError for what is no
    record, is too large (`record_too_large`) or is another take's (`record_name`).
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ManifestError(f"the record {path.name} is too large", code="record_too_large")
        data = path.read_bytes()
    except OSError as error:
        raise StorageError(
            f"the take {path.name} can't be read: {error.strerror or error}",
            code="take_missing",
            hint="Check that the folder of the elements is there and mounted.",
        ) from error
    found = from_bytes(TakeRecord, data)
    if (found.element, found.version) != (element, version) or not found.frames:
        raise ManifestError(f"the record {path.name} is of another take", code="record_name")
    return found
