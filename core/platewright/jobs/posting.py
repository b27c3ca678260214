"""Posting: what happens to jobs gets from the database into the ledger of their folder, each thing exactly once.

A line is put into the outbox by the very transaction that makes it true, and carried to the ledger afterwards. A
process that dies in between leaves it there for the next one; a line that did arrive is known by its id.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from platewright.contract.errors import PlatewrightError
from platewright.contract.findings import Finding, Severity
from platewright.contract.mapper import canonical, from_bytes

from .database import Database, Transaction
from .entries import JobEntry, JobWord
from .ledger import Ledger
from .rows import JobRow, submission_of, utc_now
from .storage import storage_errors

__all__ = ["carry_out", "floor_of", "post"]


def floor_of(root: str) -> int:
    """Where the ledger ends now; to be asked before the transaction in which something is posted to it."""
    try:
        return Ledger(Path(root)).end()
    except PlatewrightError:
        return 0  # A folder that can't be read now: the whole ledger is looked through when it can.


def post(
    work: Transaction, row: JobRow, what: JobWord, floor: int, *, who: str = "", why: str = "", amount: str = "0",
    uncertain: str = "0", version: int = 0,
) -> None:  # fmt: skip
    """Put a line about a job into the outbox."""
    entry = JobEntry(
        id=secrets.token_hex(16),
        job=row.id,
        what=what,
        at=utc_now(),
        element=row.element,
        show=row.show,
        shot=row.shot,
        who=who,
        why=why,
        backend=row.backend,
        intent=submission_of(row.submission).intent,
        amount=amount,
        currency=row.currency,
        uncertain=uncertain,
        version=version,
    )
    work.run(
        "INSERT INTO outbox (root, id, floor, body) VALUES (?, ?, ?, ?)",
        row.root, entry.id, floor, canonical(entry).decode(),
    )  # fmt: skip


def carry_out(database: Database, root: str = "", most: int = 500) -> tuple[Finding, ...]:
    """Carry what lies in the outbox to its ledger, or to all; what can't be written now stays for the next time.

    Whoever waits for an answer carries its own root's only: another's disk may hang.
    """
    with database.read() as look:
        roots = [root] if root else [str(row[0]) for row in look.run("SELECT DISTINCT root FROM outbox ORDER BY root")]
    return tuple(finding for one in roots for finding in _carried(database, one, most))


def _carried(database: Database, root: str, most: int) -> list[Finding]:
    with database.read() as look:
        rows = look.run("SELECT number, floor, body FROM outbox WHERE root = ? ORDER BY number LIMIT ?", root, most)
    findings: list[Finding] = []
    done = []
    for number, floor, body in rows:
        try:
            findings += _enter(Path(root), from_bytes(JobEntry, body.encode(), "line"), int(floor))
            done.append(number)
        except PlatewrightError as error:
            findings.append(
                Finding(
                    "ledger_behind",
                    Severity.WARNING,
                    f"the ledger of {root} can't be written: {error.message}",
                    remedy="What happened is kept, and entered when the folder can be written again.",
                )
            )
            break
    if done:
        with database.write() as work:
            for number in done:
                work.run("DELETE FROM outbox WHERE number = ?", number)
    return findings


def _enter(root: Path, entry: JobEntry, floor: int) -> tuple[Finding, ...]:
    with storage_errors(root, "write to"):
        root.mkdir(parents=True, exist_ok=True)
    return Ledger(root).append_once(entry, floor)
