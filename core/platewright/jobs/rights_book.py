"""The book of rights: a show's records with the ledger that they were entered in.

A record counts only as it was entered last. Whoever edits a file, puts an old one back or takes one away is found
out by the ledger beside them; a ledger that was tampered with, or a clock that was put back, stops everything.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from platewright.contract.errors import CheckCouldNotRun, ManifestError, RequestError
from platewright.contract.findings import Severity
from platewright.contract.mapper import from_json, to_json
from platewright.rights.folder import EVIDENCE, Filed, Records, parse_record, read_folder, read_plain_file
from platewright.rights.plain_yaml import read_yaml, write_yaml
from platewright.rights.record_parts import Revocation
from platewright.rights.record_words import require_person
from platewright.rights.records import KINDS, Consent, Record

from .entries import RightsEntry
from .ledger import Ledger
from .rows import utc_now
from .storage import replace_file

__all__ = ["RightsBook", "today"]

_HISTORY = "history"
_AHEAD = timedelta(minutes=10)
_MOST_EVIDENCE = 256 * 1024 * 1024


def today() -> date:
    """The day that terms are compared with, UTC."""
    return datetime.now(timezone.utc).date()


class RightsBook:
    """The records of one rights folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ledger = Ledger(folder)

    def records(self) -> Records:
        """All records as they count now. Raises StorageError, CheckCouldNotRun `rights_ledger_damaged`, `clock_behind`.

        A folder without any record and without a ledger holds nothing.
        """
        broken = [one for one in self._ledger.check() if one.severity is Severity.ERROR]
        if broken:
            raise CheckCouldNotRun(
                f"the ledger of the rights in {self.folder.name} can't be relied on: {broken[0].message}",
                code="rights_ledger_damaged",
                hint="Compare the folder with a backup; until then nothing that needs a right goes on.",
            )
        entered, latest = {}, ""
        for line in self._ledger.entries():
            if isinstance(line.body, RightsEntry):
                entered[line.body.record] = line.body.sha256
                latest = max(latest, line.body.at)
        _require_clock(latest)
        return read_folder(self.folder, entered)

    def add(self, data: bytes, kind: str, who: str, evidence: Iterable[Path] = (), again: bool = False) -> Filed:
        """Enter a record from the bytes of its YAML; copies of the evidence come with it.

        again: it supersedes the record of that id, which is kept in the folder's history. who: opaque id of the person.
        Raises ManifestError, RequestError `record_there`, `kind_unknown`, StorageError.
        """
        require_person(who, "who")
        record = parse_record(kind or _kind_of(data), data)
        earlier = self._file_of(record)
        if earlier is not None and not again:
            raise RequestError(
                f"there is a record {record.id} already",
                code="record_there",
                hint="Give it an id of its own, or say --replace to supersede the one that is there.",
            )
        self._keep(evidence)
        return self._enter(record, earlier, who, "changed" if earlier is not None else "added")

    def revoke(self, id_: str, who: str, reason: str, at: str = "") -> Filed:
        """Revoke a record, from now on for everything that asks. Raises RequestError `record_unknown`, StorageError."""
        require_person(who, "who")
        filed = self.records().filed.get(id_)
        if filed is None:
            raise RequestError(
                f"there is no record {id_[:80]} that counts here",
                code="record_unknown",
                hint="`platewright rights show` lists them, and says what is wrong with those that don't count.",
            )
        record = filed.record
        revoked = replace(record, revocation=_revoked(record.revocation, at or utc_now()[:10], reason))
        if isinstance(revoked, Consent):
            revoked = replace(revoked, status="revoked")
        return self._enter(revoked, filed.path, who, "revoked")

    def _enter(self, record: Record, earlier: Path | None, who: str, what: str) -> Filed:
        kind = next(name for name, cls in KINDS.items() if isinstance(record, cls))
        if earlier is not None:
            before = read_plain_file(earlier)
            record = replace(record, prev_hash=hashlib.sha256(before).hexdigest())
            replace_file(self.folder / _HISTORY / f"{record.prev_hash}.yaml", before)
        data = write_yaml(_shortened(record))
        path = self.folder / kind / f"{record.id}.yaml"
        sha256 = hashlib.sha256(data).hexdigest()
        entry = RightsEntry(secrets.token_hex(16), record.id, kind, what, sha256, utc_now(), who)  # type: ignore[arg-type]
        # The file first: cut off in between, it is one that was never entered, which counts for nothing.
        replace_file(path, data)
        self._ledger.append_once(entry, self._ledger.end())
        return Filed(record, kind, path, sha256)

    def _file_of(self, record: Record) -> Path | None:
        """The file of a record's id; under another kind it is another record's. Raises RequestError `record_there`."""
        for kind, cls in KINDS.items():
            path = self.folder / kind / f"{record.id}.yaml"
            if os.path.lexists(path):
                if not isinstance(record, cls):
                    raise RequestError(f"{kind} has a record {record.id} already", code="record_there")
                return path
        return None

    def _keep(self, evidence: Iterable[Path]) -> None:
        for file in evidence:
            data = read_plain_file(file, _MOST_EVIDENCE)
            replace_file(self.folder / EVIDENCE / hashlib.sha256(data).hexdigest(), data)


def _kind_of(data: bytes) -> str:
    """The kind of record that the bytes say they are."""
    plain = read_yaml(data)
    said = plain.get("schema") if isinstance(plain, dict) else None
    for kind, cls in KINDS.items():
        if said == next(one.default for one in fields(cls) if one.name == "schema"):
            return kind
    raise RequestError(
        "the file does not say which kind of record it is",
        code="kind_unknown",
        hint="Begin it with its schema, such as 'schema: org.platewright.consent/1'.",
    )


def _shortened(record: Record) -> dict[str, object]:
    """A record as people read it: its schema and id first, and nothing that only says what is usual."""
    plain = to_json(record)
    usual = {one.name: one.default for one in fields(record)}
    kept = {name: value for name, value in plain.items() if value not in ("", [], {}) and value != usual.get(name)}
    short = {"schema": plain["schema"], "id": plain["id"], **kept}
    if from_json(type(record), short) != record:
        raise ManifestError("the record can't be written so that it reads the same", code="record_malformed")
    return short


def _revoked(before: Revocation, at: str, reason: str) -> Revocation:
    return replace(before, at=at, reason=reason)


def _require_clock(latest: str) -> None:
    now = datetime.now(timezone.utc)
    if latest and datetime.fromisoformat(latest.replace("Z", "+00:00")) > now + _AHEAD:
        raise CheckCouldNotRun(
            f"this machine's clock says {now:%Y-%m-%d %H:%M}, and a record was entered at {latest}",
            code="clock_behind",
            hint="Set the clock right; terms and revocations hang on it.",
        )
