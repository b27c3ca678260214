"""Closing: what a job's end means for its money, its ledger and its row, in one transaction."""

from __future__ import annotations

from decimal import Decimal

from platewright.contract.jobs import Failure, JobState
from platewright.contract.money import cost
from platewright.contract.takes import Cost

from .accounts import weigh
from .book import change
from .database import Transaction
from .entries import JobWord
from .posting import post
from .rows import JobRow, find_row

__all__ = ["close", "spent_of", "still_to_pay"]

_WORDS: dict[JobState, JobWord] = {
    JobState.DONE: "done",
    JobState.CANCELLED: "cancelled",
    JobState.REFUSED: "refused",
    JobState.FAILED: "failed",
    JobState.UNKNOWN: "unknown",
}


def spent_of(work: Transaction, row: JobRow) -> tuple[Cost, Cost]:
    """`(spent, uncertain)`: what its sends have surely cost, and what those may have whose outcome nobody knows."""
    spent, uncertain = Decimal(0), Decimal(0)
    for state, reserved, charged in work.run("SELECT state, reserved, charged FROM sends WHERE job = ?", row.id):
        if state in ("refused", "lost"):
            continue
        if charged is not None:
            spent += Decimal(charged)
        else:
            uncertain += Decimal(reserved)
    return cost(spent, row.currency), cost(uncertain, row.currency)


def still_to_pay(work: Transaction, row: JobRow) -> Cost:
    """What of the quoted amount may still be spent: all but what arrived, is on its way, or may be.

    What a backend charged for a send that came to nothing was for an earlier attempt, and is not in this one's quote.
    """
    counted = Decimal(0)
    for state, reserved, charged in work.run("SELECT state, reserved, charged FROM sends WHERE job = ?", row.id):
        if state in ("intended", "accepted", "unknown", "fetched"):
            counted += Decimal(reserved if charged is None else charged)
    return cost(max(Decimal(0), Decimal(row.quoted) - counted), row.currency)


def close(
    work: Transaction,
    row: JobRow,
    state: JobState,
    floor: int,
    *,
    text: str = "",
    failure: Failure | None = None,
    take: str = "",
    version: int = 0,
    who: str = "",
    why: str = "",
    word: JobWord | None = None,
) -> None:
    """Bring a job to its end, or to UNKNOWN: nothing is held for it any more, and what it cost stands.

    floor: see posting. word: what the ledger says, where it isn't plain from the state.
    """
    current = find_row(work, row.id)
    spent, uncertain = spent_of(work, current)
    paid = any(Decimal(amount) for amount in (current.held, spent.amount, uncertain.amount))
    weigh(work, current, held=Cost("0", row.currency), spent=spent, uncertain=uncertain)
    if state is JobState.UNKNOWN:
        change(work, row.id, state, text, failure, lease=None, worker="", lease_until=0.0, cancelling=0)
    elif take:
        change(work, row.id, state, text, failure, take=take)
    else:
        change(work, row.id, state, text, failure)
    reason = why or (failure.message if failure else text)
    if paid and state is not JobState.UNKNOWN:
        post(work, row, "settled", floor, amount=spent.amount, uncertain=uncertain.amount, version=version)
    post(
        work, row, word or _WORDS[state], floor, who=who, why=reason, amount=spent.amount, uncertain=uncertain.amount,
        version=version,
    )  # fmt: skip
