"""Entering a job: its first row and line, and where it goes from there: done, waiting, refused or into the queue."""

from __future__ import annotations

import json
from decimal import Decimal

from platewright.contract.errors import BudgetExceeded
from platewright.contract.jobs import JobState, Submission
from platewright.contract.takes import Cost
from platewright.rights.gate import approvals_needed, refusal

from .accounts import check_budgets, weigh
from .admission import Estimate, scopes_of, warning_of
from .book import change, failure_of, note
from .closing import close, still_to_pay
from .database import Transaction
from .desk_settings import DeskSettings
from .posting import post
from .rows import JobRow, as_text, find_row, new_id, submission_of, utc_now

__all__ = ["enter", "hold"]


def enter(
    work: Transaction,
    settings: DeskSettings,
    submission: Submission,
    found: Estimate,
    waits: tuple[str, ...],
    floor: int,
) -> str:
    """Write a job down and bring it where it goes next; its id. floor: see posting.

    waits: what a person has to say yes to first.
    """
    row = _inserted(work, settings, submission, found)
    change(work, row.id, JobState.PREPARED)
    if found.answer is None:
        for said in (*found.notes, *(f"{one.rule}: {one.message}" for one in found.rules if not one.stops)):
            note(work, row.id, JobState.PREPARED.value, said)
    post(work, row, "asked", floor, who=submission.who, why=submission.why, amount=found.cost.amount)
    stopped = refusal(found.rules)
    if stopped is not None and not approvals_needed(found.rules):
        close(work, row, JobState.REFUSED, floor, failure=failure_of(stopped), who=submission.who)
        return row.id
    if found.answer is not None and not waits:
        change(work, row.id, JobState.DONE, found.notes[0], take=str(found.answer.record))
        post(work, row, "answered", floor, who=submission.who, why=found.notes[0], version=found.answer.version)
        return row.id
    try:
        states = check_budgets(work, settings.budgets, scopes_of(submission), found.cost)
    except BudgetExceeded as error:
        close(work, row, JobState.REFUSED, floor, failure=failure_of(error), who=submission.who)
        return row.id
    if waits:
        change(work, row.id, JobState.WAITING, "; ".join(waits), waits_for=json.dumps(waits))
        return row.id
    if submission.intent == "final" and submission.override.strip():
        post(work, row, "overridden", floor, who=submission.who, why=submission.override)
    if Decimal(row.quoted):
        hold(work, settings, row)
        post(work, row, "reserved", floor, who=submission.who, amount=row.quoted)
        for state in states:
            if state.warning:
                note(work, row.id, row.state, warning_of(state))
    change(work, row.id, JobState.QUEUED)
    return row.id


def hold(work: Transaction, settings: DeskSettings, row: JobRow) -> Cost:
    """Set aside what the job may still cost; how much that is. Raises BudgetExceeded."""
    wanted = still_to_pay(work, row)
    check_budgets(work, settings.budgets, scopes_of(submission_of(row.submission)), wanted)
    spent, uncertain = Cost(row.spent, row.currency), Cost(row.uncertain, row.currency)
    weigh(work, row, held=wanted, spent=spent, uncertain=uncertain)
    return wanted


def _inserted(work: Transaction, settings: DeskSettings, submission: Submission, found: Estimate) -> JobRow:
    request, at, job = submission.request, utc_now(), new_id()
    columns: dict[str, str | int | None] = {
        "id": job,
        "key": submission.key or None,
        "state": JobState.PREPARED.value,
        "submission": as_text(submission),
        "root": submission.root,
        "element": request.element,
        "show": request.rights.show,
        "shot": request.rights.shot,
        "who": submission.who,
        "backend": request.backend,
        "needs": ",".join(sorted(settings.backend(request.backend).needs)),
        "priority": submission.priority,
        "created": at,
        "changed": at,
        "quoted": found.cost.amount,
        "currency": found.cost.currency,
    }
    marks = ", ".join("?" * len(columns))
    work.run(f"INSERT INTO jobs ({', '.join(columns)}) VALUES ({marks})", *columns.values())
    return find_row(work, job)
