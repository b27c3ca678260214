"""A show's rights folder: a YAML file for each record, by kind, and evidence by its hash.

    rights/consents/consent-0412.yaml    the file's name is the record's id
    rights/models/…  licences/…  references/…  sets/…  approvals/…  waivers/…  statements/…
    rights/profiles/….yaml               rules of the show's own: see profiles
    rights/evidence/<sha256>             copies of what the records rest on, where the show keeps them here
    rights/ledger.jsonl                  every record's hash each time it was entered (the jobs room's)

A file that can't be read, is no plain file, or is not the one that was entered is damage. It is reported, and its
record counts for nothing: whoever looks for it finds none.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from platewright.contract.errors import ManifestError, StorageError
from platewright.contract.mapper import from_json

from .plain_yaml import MOST_BYTES, read_yaml
from .record_words import is_sha256
from .records import KINDS, Record

__all__ = ["EVIDENCE", "Damage", "Filed", "Records", "parse_record", "read_folder", "read_plain_file"]

EVIDENCE = "evidence"
_MOST_FILES = 20_000
_MOST_EVIDENCE = 256 * 1024 * 1024
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filed:
    """A record and the file it stands in. kind: the folder's name. sha256: of the file."""

    record: Record
    kind: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Damage:
    """A record that counts for nothing, and why. id: empty where not even that is known."""

    id: str
    path: Path
    why: str


@dataclass(frozen=True)
class Records:
    """All records of a show as they lie there now."""

    folder: Path
    filed: Mapping[str, Filed] = field(default_factory=dict)
    damage: tuple[Damage, ...] = ()

    def find(self, id_: str, kind: type[T]) -> T | None:
        """The record with an id, if it is of a kind; None where there is none."""
        found = self.filed.get(id_)
        return found.record if found is not None and isinstance(found.record, kind) else None

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """All records of a kind, by id."""
        return tuple(one.record for _, one in sorted(self.filed.items()) if isinstance(one.record, kind))

    def damaged(self, id_: str) -> str:
        """Why a record counts for nothing; empty where nothing is known against it."""
        return next((one.why for one in self.damage if one.id == id_), "")

    def evidence_missing(self, sha256: str) -> str:
        """What is wrong with the copy of a piece of evidence; empty where it is there and whole."""
        try:
            found = _hash_of(self.folder / EVIDENCE / sha256) if is_sha256(sha256) else ""
        except StorageError as error:
            return error.message
        return "" if found == sha256 else "its bytes are not those that were recorded"


def read_folder(folder: Path, entered: Mapping[str, str] | None = None) -> Records:
    """All records in a folder; none where there is no folder. Raises StorageError where it can't be listed.

    entered: id to the hash that the ledger has last, where a ledger is kept; then only such records count.
    """
    filed: dict[str, Filed] = {}
    damage: list[Damage] = []
    for kind, path in _files(folder):
        id_ = path.name.removesuffix(".yaml")
        try:
            data = read_plain_file(path)
            record = parse_record(kind, data, id_)
            if id_ in filed:
                raise ManifestError(f"another record has the id {id_}", code="record_twice")
        except (ManifestError, StorageError) as error:
            damage.append(Damage(id_, path, error.message))
            continue
        filed[id_] = Filed(record, kind, path, hashlib.sha256(data).hexdigest())
    if entered is not None:
        damage += _not_as_entered(folder, filed, entered)
    bad = {one.id for one in damage}
    kept = {id_: one for id_, one in filed.items() if id_ not in bad}
    return Records(folder, MappingProxyType(kept), tuple(damage))


@lru_cache(maxsize=4096)
def parse_record(kind: str, data: bytes, id_: str = "") -> Record:
    """The record in a file's bytes; kept by content. Raises ManifestError.

    id_: the one it must have, empty for any.
    """
    record: Record = from_json(KINDS[kind], read_yaml(data))
    if id_ and record.id != id_:
        raise ManifestError(f"it says it is {record.id}, which is not its file's name", code="record_misnamed")
    return record


def read_plain_file(path: Path, most: int = MOST_BYTES) -> bytes:
    """A small file's bytes, if it is a plain file and no link. Raises StorageError, ManifestError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ManifestError(f"{path.name} is no plain file", code="record_malformed")
            data = file.read(most + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(data) > most:
        raise ManifestError(f"{path.name} is too large for a record", code="record_too_large")
    return data


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """`(kind, file)` of every file that should hold a record, in an order that is always the same."""
    for kind in KINDS:
        try:
            names = sorted(os.listdir(folder / kind))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _unreadable(folder / kind, error) from error
        if len(names) > _MOST_FILES:
            raise StorageError(f"{folder / kind} holds more than {_MOST_FILES} files", code="rights_too_many")
        yield from ((kind, folder / kind / name) for name in names if not name.startswith("."))


def _not_as_entered(folder: Path, filed: Mapping[str, Filed], entered: Mapping[str, str]) -> Iterator[Damage]:
    for id_, one in filed.items():
        if id_ not in entered:
            yield Damage(id_, one.path, "it was never entered; `platewright rights add` does that")
        elif entered[id_] != one.sha256:
            yield Damage(id_, one.path, "it was changed after it was entered")
    for id_ in sorted(entered.keys() - filed.keys()):
        yield Damage(id_, folder, "it was entered, and its file is gone or can't be read")


def _hash_of(path: Path) -> str:
    found = hashlib.sha256()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode) or os.fstat(descriptor).st_size > _MOST_EVIDENCE:
                return ""
            while block := file.read(1 << 20):
                found.update(block)
    except OSError as error:
        raise _unreadable(path, error) from error
    return found.hexdigest()


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path.name} can't be read: {(error.strerror or 'it is not there').lower()}",
        code="rights_unreadable",
        hint="Check the show's rights folder and its permissions.",
    )
