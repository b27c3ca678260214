"""Signed comps in the ledgers of the takes that are in them: what a take is used for, told where the take lies.

Nobody who removes a take or withdraws a consent looks through all folders of comps. The line is written before the
comp's files are: a comp that was signed is known, and one whose signing was cut off is signed again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from pathlib import Path

from platewright.contract.comps import CompRecord
from platewright.contract.errors import StorageError
from platewright.contract.findings import Finding, Severity

from .entries import CompEntry
from .ledger import Ledger
from .rows import utc_now

__all__ = ["comps_by_take", "comps_in", "enter_comp"]


def enter_comp(
    roots: Iterable[Path], record: CompRecord, record_bytes: bytes, manifest: bytes, replaces: str = ""
) -> tuple[Finding, ...]:
    """Enter a comp that is being signed into the ledger of each root that its takes lie under.

    replaces: SHA-256 of the record whose place it takes. A ledger that can't be written costs only its line, with a
    finding: the takes may lie on somebody else's disk.
    """
    entry = CompEntry(
        secrets.token_hex(16),
        record.name,
        hashlib.sha256(record_bytes).hexdigest(),
        hashlib.sha256(manifest).hexdigest(),
        tuple(one.record for one in record.elements),
        utc_now(),
        record.show,
        record.shot,
        replaces,
    )
    findings: list[Finding] = []
    for root in dict.fromkeys(roots):
        try:
            findings += Ledger(root).append(entry)
        except StorageError as error:
            findings.append(
                Finding(
                    "comp_not_entered",
                    Severity.WARNING,
                    f"the ledger of {root.name} does not know that its takes are in {record.name}: {error.message}",
                    remedy="Sign the comp again, with --replace, from where that ledger can be written.",
                )
            )
    return tuple(findings)


def comps_in(root: Path) -> tuple[CompEntry, ...]:
    """The comps that a root's ledger knows, without those that were signed anew. Raises StorageError."""
    found: dict[str, CompEntry] = {}
    for line in Ledger(root).entries(without_takes=True):
        if isinstance(line.body, CompEntry):
            found.pop(line.body.replaces, None)
            found[line.body.record] = line.body
    return tuple(found.values())


def comps_by_take(root: Path) -> dict[str, tuple[str, ...]]:
    """The comps that a root's takes are in: SHA-256 of a take's record to names of comps. Raises StorageError."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in comps_in(root):
        for take in entry.takes:
            found[take] = (*found.get(take, ()), entry.name)
    return found
