"""The table of sends: what was, or is about to be, sent to vendors for a job; each change checked against the lease.

    intended ── accepted ── fetched        the way of a send that comes to something
        │           └────── failed         the vendor ended it without a result
        ├── refused                        the vendor accepted nothing
        ├── lost                           the vendor surely has no such job: sent again under a new key
        └── unknown ── given_up            nobody can tell; a person let it go on without it

What counts as money: `charged` where it is known; else the reserved amount of everything but `refused` and `lost`.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, fields
from pathlib import Path

from platewright.contract.errors import BudgetExceeded
from platewright.contract.money import at_most
from platewright.contract.takes import Cost
from platewright.contract.vendors import Intent

from .closing import still_to_pay
from .database import Transaction, Value
from .leases import held_by
from .rows import JobRow, utc_now

__all__ = ["Send", "enter_own_work", "intend", "latest", "mark", "open_sends"]

OPEN = ("intended", "accepted")


@dataclass(frozen=True, slots=True)
class Send:
    """A row of `sends`."""

    id: int
    job: str
    slot: str
    number: int
    attempt: int
    key: str
    body: str
    reserved: str
    currency: str
    state: str
    remote: str
    result: str
    charged: str | None
    decided: str
    decided_at: float
    ended: str

    def intent(self, folder: Path) -> Intent:
        """The send as vendors see it. folder: the job's."""
        reserved = Cost(self.reserved, self.currency)
        return Intent(self.job, self.slot, self.key, self.body, reserved, self.decided, str(folder))


_COLUMNS = ", ".join(field.name for field in fields(Send))


def latest(work: Transaction, job: str, slot: str) -> Send | None:
    """The latest send of a job's slot, or None."""
    rows = work.run(f"SELECT {_COLUMNS} FROM sends WHERE job = ? AND slot = ? ORDER BY number DESC LIMIT 1", job, slot)
    return Send(*rows[0]) if rows else None


def open_sends(work: Transaction, job: str) -> list[Send]:
    """The sends of a job that a vendor works on, or may: accepted, or intended and not known to have arrived."""
    return [
        Send(*row)
        for row in work.run(
            f"SELECT {_COLUMNS} FROM sends WHERE job = ? AND state IN ('intended', 'accepted') ORDER BY id", job
        )
    ]


def intend(work: Transaction, row: JobRow, slot: str, body: bytes, most: Cost) -> Send:
    """Put down that a slot is about to be sent, under a new key. Raises LeaseLost.

    Raises BudgetExceeded `above_quote` where all sends together could cost more than was quoted and set aside.
    """
    current = held_by(work, row)
    left = still_to_pay(work, current)
    if not at_most(most, left):
        raise BudgetExceeded(
            f"it would cost up to {most.amount} {most.currency} more, and {left.amount} are left of what was quoted",
            code="above_quote",
            hint="Ask for a new quote, or for less.",
        )
    before = latest(work, row.id, slot)
    work.run(
        "INSERT INTO sends (job, slot, number, attempt, key, body, reserved, currency, state, decided, decided_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'intended', ?, ?)",
        row.id, slot, before.number + 1 if before else 1, current.attempt, str(uuid.uuid4()),
        hashlib.sha256(body).hexdigest(), most.amount, row.currency, utc_now(), work.now(),
    )  # fmt: skip
    made = latest(work, row.id, slot)
    assert made is not None
    return made


def enter_own_work(work: Transaction, row: JobRow, charged: Cost) -> None:
    """Put down what the worker's own time has cost, at most what is still held for the job. Raises LeaseLost."""
    current = held_by(work, row)
    left = still_to_pay(work, current)
    amount = charged if at_most(charged, left) else left
    number = work.run("SELECT count(*) FROM sends WHERE job = ?", row.id)[0][0] + 1
    work.run(
        "INSERT INTO sends (job, slot, number, attempt, key, body, reserved, currency, state, charged, decided,"
        " decided_at, ended) VALUES (?, 'own work', ?, ?, ?, '', ?, ?, 'fetched', ?, ?, ?, ?)",
        row.id, number, current.attempt, str(uuid.uuid4()), amount.amount, row.currency, amount.amount, utc_now(),
        work.now(), utc_now(),
    )  # fmt: skip


def mark(work: Transaction, row: JobRow, send: Send, state: str, **columns: Value) -> Send:
    """Bring a send into a state. Raises LeaseLost."""
    held_by(work, row)
    if state not in OPEN:
        columns = {**columns, "ended": utc_now()}
    settings = ", ".join(f"{name} = ?" for name in ("state", *columns))
    work.run(f"UPDATE sends SET {settings} WHERE id = ?", state, *columns.values(), send.id)
    found = latest(work, send.job, send.slot)
    assert found is not None
    return found
