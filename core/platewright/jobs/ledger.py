"""The ledger: `<root>/ledger.jsonl`, what was produced and spent, one line each, only ever added to.

Each line is canonical JSON: `body` (what happened), `prev` (the line before's `entry`; 64 zeros at the start) and
`entry` (SHA-256 of the canonical JSON of body and prev). Changing, removing or inserting a line breaks the chain,
and `check` says where. Lines are added under a lock and brought to the disk; a line that a crash has cut off is
dropped at the next addition and reported, and the take it was about, which stands on the disk, is entered again.

The ledger outlives the takes: a stripped picture is looked up here by its hash, then by its fingerprints.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from platewright.contract.errors import ManifestError, StorageError
from platewright.contract.findings import Finding, Severity
from platewright.contract.mapper import canonical, from_bytes

from .entries import (
    CostEntry,
    DecisionEntry,
    JobEntry,
    LedgerBody,
    LedgerFrame,
    RepairEntry,
    RightsEntry,
    TakeEntry,
)
from .places import TakePlace
from .storage import lock_within, storage_errors

__all__ = ["FIRST", "LEDGER_NAME", "CostEntry", "Ledger", "LedgerFrame", "LedgerLine", "TakeEntry"]

LEDGER_NAME = "ledger.jsonl"
FIRST = "0" * 64
_BLOCK = 1 << 16
_LOCK_WITHIN_S = 20.0
_ELEMENT = re.compile(rb'"element":"([A-Za-z0-9_-]+)"')
_VERSION = re.compile(rb'"version":(\d{1,9})')


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line: what happened, and its place in the chain."""

    body: LedgerBody
    prev: str
    entry: str

    @classmethod
    def after(cls, prev: str, body: LedgerBody) -> LedgerLine:
        """The line that follows the one whose entry is `prev`."""
        return cls(body, prev, _entry_hash(prev, body))

    @property
    def is_whole(self) -> bool:
        """Whether the entry is the hash of what the line says."""
        return self.entry == _entry_hash(self.prev, self.body)


def _entry_hash(prev: str, body: LedgerBody) -> str:
    return hashlib.sha256(canonical({"body": body, "prev": prev})).hexdigest()


class Ledger:
    """The ledger of one root folder; it comes into being with its first line."""

    def __init__(self, root: Path) -> None:
        self.path = root / LEDGER_NAME

    def entries(self, without_takes: bool = False) -> Iterator[LedgerLine]:
        """The lines in their order, one at a time; what can't be read is left to `check`. Raises StorageError.

        without_takes: leave out the entries of takes, whose fingerprints make them long.
        """
        for _, line in self._lines():
            if without_takes and b'"kind":"take"' in line:
                continue
            try:
                yield from_bytes(LedgerLine, line, "ledger's line")
            except ManifestError:
                continue

    def check(self) -> tuple[Finding, ...]:
        """Follow the chain from the start: what was edited, removed, inserted or cut off. Raises StorageError."""
        findings: list[Finding] = []
        prev = FIRST
        for number, raw in self._lines():
            try:
                line = from_bytes(LedgerLine, raw, "line")
            except ManifestError as error:
                findings.append(_damage(number, f"can't be read: {error.message[:120]}"))
                prev = _stand_in(raw)
                continue
            if not line.is_whole:
                findings.append(_damage(number, "was changed after it was written"))
            if line.prev != prev:
                findings.append(_damage(number, "does not follow the line before it"))
            prev = line.entry
        lost = self._torn_bytes()
        if lost:
            with suppress(StorageError), self._locked():  # one that is being written just now is no torn one
                lost = self._torn_bytes()
            if lost:
                findings.append(_torn(lost))
        return tuple(findings)

    def head(self) -> str:
        """The latest entry's hash, which the next manifest carries; FIRST where there is none yet."""
        with storage_errors(self.path, "read"):
            if not self.path.exists():
                return FIRST
            with open(self.path, "rb") as file:
                return _entry_of(_last_line(file, _end_of_last_line(file, file.seek(0, os.SEEK_END))))

    def versions(self, element: str) -> set[int]:
        """The versions of an element that the ledger has ever seen as takes."""
        return {version for name, version in self.takes() if name == element}

    def takes(self) -> set[tuple[str, int]]:
        """`(element, version)` of every take entered.

        Looks only at the two ends of each line, where the canonical form has the element and the version, because
        every run asks and the fingerprints between them are long.
        """
        found = set()
        for _, line in self._lines():
            element, version = _ELEMENT.search(line[:300]), _VERSION.search(line[-300:])
            if element and version and b'"kind":"take"' in line:
                found.add((element[1].decode(), int(version[1])))
        return found

    def append(self, body: LedgerBody) -> tuple[Finding, ...]:
        """Add a line and bring it to the disk; the findings tell of a torn line that was dropped.

        Raises StorageError; the ledger is then as it was.
        """
        with self._locked() as file:
            findings, _ = self._append(file, body)
        return findings

    def append_once(
        self, body: JobEntry | DecisionEntry | RightsEntry | RepairEntry, floor: int = 0
    ) -> tuple[Finding, ...]:
        """Add a line unless one with its `id` stands behind the byte `floor` already: again after a crash is harmless.

        floor: what `end` gave before the id was made up. Raises StorageError; the ledger is then as it was.
        """
        mark = b'"id":"' + body.id.encode() + b'"'
        with self._locked() as file:
            if _stands_behind(file, floor, mark):
                return ()
            findings, _ = self._append(file, body)
        return findings

    def end(self) -> int:
        """Where the last whole line ends, in bytes: what is added from now on stands behind it. Raises StorageError."""
        with storage_errors(self.path, "read"):
            if not self.path.exists():
                return 0
            with open(self.path, "rb") as file:
                return _end_of_last_line(file, file.seek(0, os.SEEK_END))

    def enter_take(self, place: TakePlace, body: TakeEntry) -> tuple[Finding, ...]:
        """Add a finished take, unless it is there already."""
        with self._locked() as file:
            if (place.element, place.version) in self.takes():
                return ()
            findings, _ = self._append(file, body)
        return findings

    def _append(self, file: BinaryIO, body: LedgerBody) -> tuple[tuple[Finding, ...], LedgerLine]:
        findings: tuple[Finding, ...] = ()
        lost = self._torn_bytes()
        size = os.fstat(file.fileno()).st_size
        if lost:
            size -= lost
            os.ftruncate(file.fileno(), size)
            findings = (_torn(lost),)
        line = LedgerLine.after(_entry_of(_last_line(file, size)), body)
        data = canonical(line) + b"\n"
        try:
            _write_all(file.fileno(), data)
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise
        return findings, line

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        with storage_errors(self.path, "write"):
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o666)
            with open(descriptor, "rb", buffering=0, closefd=True) as file:
                lock_within(descriptor, _LOCK_WITHIN_S, self.path)
                yield file

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """`(line number, bytes)` of every whole line."""
        with storage_errors(self.path, "read"):
            if not self.path.exists():
                return
            with open(self.path, "rb") as file:
                for number, line in enumerate(file, start=1):
                    if line.endswith(b"\n"):
                        yield number, line[:-1]

    def _torn_bytes(self) -> int:
        """Bytes after the last line's end; 0 when the ledger ends as it should or does not exist."""
        with storage_errors(self.path, "read"):
            if not self.path.exists():
                return 0
            with open(self.path, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                return size - _end_of_last_line(file, size)


def _stands_behind(file: BinaryIO, floor: int, mark: bytes) -> bool:
    """Whether a text stands in a whole line behind a position of the file; a line cut off by a crash does not count."""
    end = _end_of_last_line(file, os.fstat(file.fileno()).st_size)
    position, before = floor, b""
    while block := os.pread(file.fileno(), min(_BLOCK, max(0, end - position)), position):
        if mark in before + block:
            return True
        before = block[-len(mark) :]
        position += len(block)
    return False


def _end_of_last_line(file: BinaryIO, size: int) -> int:
    """Position just behind the last newline before `size`; 0 when there is none."""
    end = size
    while end > 0:
        begin = max(0, end - _BLOCK)
        file.seek(begin)
        found = file.read(end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _last_line(file: BinaryIO, size: int) -> bytes:
    """The last whole line of a file that ends with one at `size`, without its newline; empty when there is none."""
    if size == 0:
        return b""
    begin = _end_of_last_line(file, size - 1)
    return os.pread(file.fileno(), size - 1 - begin, begin)


def _entry_of(line: bytes) -> str:
    if not line:
        return FIRST
    try:
        return from_bytes(LedgerLine, line, "line").entry
    except ManifestError:
        return _stand_in(line)


def _stand_in(line: bytes) -> str:
    """What the next line names as its `prev` behind a line that can't be read: the hash of its bytes."""
    return hashlib.sha256(line).hexdigest()


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        written = os.write(descriptor, view)
        if written == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        view = view[written:]


def _damage(number: int, what: str) -> Finding:
    return Finding(
        "ledger_damaged",
        Severity.ERROR,
        f"line {number} of the ledger {what}",
        remedy="Compare it with a backup; the takes themselves are checked with `platewright verify`.",
    )


def _torn(lost: int) -> Finding:
    return Finding(
        "ledger_line_torn",
        Severity.WARNING,
        f"the ledger's last line had been cut off ({lost} bytes); a finished take is entered again by itself",
    )
