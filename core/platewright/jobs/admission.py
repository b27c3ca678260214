"""Admission: what a submission would cost and do, and whether it may go on, has to wait, or is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from platewright.contract.errors import PlatewrightError, RefusedError, RequestError
from platewright.contract.jobs import PriceLine, Quote, Submission
from platewright.contract.mapper import canonical
from platewright.contract.money import BudgetState, amount_of, at_most, cost, total
from platewright.contract.takes import Cost
from platewright.imaging.sequence import find_sequence
from platewright.provenance.identity import trust_anchors

from .accounts import Scopes, check_budgets
from .database import Transaction
from .decisions import LONGEST, approved_draft
from .desk_settings import DeskSettings
from .places import TakePlace
from .reuse import changed_since, made_before
from .run import settled

__all__ = ["Estimate", "checked", "estimate", "pinned_down", "quote_of", "scopes_of", "warning_of", "what_it_waits_for"]


_MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Estimate:
    """What can be said of a submission before anything is done: its price, and the take that answers it already."""

    cost: Cost
    lines: tuple[PriceLine, ...]
    answer: TakePlace | None
    notes: tuple[str, ...] = ()


def checked(submission: Submission) -> Submission:
    """The submission, if it can be one. Raises RequestError."""
    if not Path(submission.root).is_absolute() or "\0" in submission.root or len(submission.root) > 4096:
        raise RequestError(
            f"'{submission.root[:200]}' is not a full path",
            code="root_invalid",
            hint="Say where the takes go with a full path.",
        )
    for name in ("key", "who", "why", "override"):
        if len(getattr(submission, name)) > LONGEST:
            raise RequestError(f"'{name}' can have {LONGEST} characters", code="note_too_long", hint="Make it shorter.")
    if len(canonical(submission)) > _MOST_BYTES:
        raise RequestError("the request is too large", code="request_too_large", hint="Make the prompt shorter.")
    if not -1_000_000 <= submission.priority <= 1_000_000:
        raise RequestError("the priority is out of range", code="priority_invalid", hint="Use -1000000 to 1000000.")
    if not 0 <= submission.threads <= 1024:
        raise RequestError("the threads are out of range", code="threads_invalid", hint="Use 0 to 1024; 0: all.")
    if submission.accept_cost is not None:
        amount_of(submission.accept_cost)
    return submission


def pinned_down(submission: Submission) -> Submission:
    """The submission with its colour configuration by content: a worker elsewhere, or later, must find the same.

    Raises ColourError.
    """
    return replace(submission, request=settled(submission.request))


def estimate(settings: DeskSettings, submission: Submission, *, explain: bool = False) -> Estimate:
    """Price it and look for a take that answers it. Raises InputError for inputs that are not there.

    explain: also find out which frames have changed since an earlier take, which reads them all.
    """
    request = submission.request
    backend = settings.backend(request.backend)
    find_sequence(request.plate.pattern, request.plate.frames)
    if not submission.anew:
        found = made_before(request, Path(submission.root))
        if found is not None:
            return Estimate(Cost(), (), found[0], (f"{found[0].stem} answers it: the same request on the same files",))
    notes = _what_changed(submission) if explain and not submission.anew else ()
    lines, currency = backend.price(request)
    return Estimate(total([Cost(line.amount, currency) for line in lines], currency), lines, None, notes)


def _what_changed(submission: Submission) -> tuple[str, ...]:
    """Why an earlier take of the very request does not answer it (docs/decisions/0010)."""
    found = changed_since(submission.request, Path(submission.root))
    if found is None:
        return ()
    place, frames = found
    count = len(submission.request.plate.frames)
    return (
        f"the plate or the matte has changed on {frames} since {place.stem}; all {count} frames are made again,"
        " because what is made in one frame is carried into the others",
    )


def quote_of(work: Transaction, settings: DeskSettings, submission: Submission, found: Estimate) -> Quote:
    """The estimate as a quote, against the budgets as they stand."""
    notes, within, states = list(found.notes), True, list[BudgetState]()
    try:
        states = check_budgets(work, settings.budgets, scopes_of(submission), found.cost)
    except RefusedError as error:
        within = False
        notes.append(error.message)
        states = check_budgets(work, settings.budgets, scopes_of(submission), Cost())
    notes += [warning_of(state) for state in states if state.warning and amount_of(found.cost)]
    frames = len(submission.request.plate.frames)
    left = min((state.left for state in states), key=amount_of, default=None)
    if within and left is not None:
        left = cost(amount_of(left) + amount_of(found.cost), left.currency)
    return Quote(
        cost=found.cost,
        lines=found.lines,
        budget_left=left,
        within_budget=within,
        answered_by=found.answer.stem if found.answer else "",
        frames_to_run=0 if found.answer else frames,
        frames_reused=frames if found.answer else 0,
        notes=tuple(notes),
    )


def what_it_waits_for(settings: DeskSettings, submission: Submission, found: Estimate) -> tuple[str, ...]:
    """What a person has to say yes to before it may go on, as sentences; empty where nothing is.

    Raises StorageError, SigningError where the ledger or the trusted roots can't be read.
    """
    reasons = []
    if submission.intent == "final" and not submission.override.strip():
        element = submission.request.element
        if not approved_draft(Path(submission.root), element, trust_anchors(settings.identity)):
            reasons.append(f"a final needs an approved draft of {element}")
    accepted = submission.accept_cost
    if amount_of(found.cost) and not (accepted is not None and _covers(accepted, found.cost)):
        reasons.append(f"it costs up to {found.cost.amount} {found.cost.currency}, which nobody has accepted yet")
    return tuple(reasons)


def scopes_of(submission: Submission) -> Scopes:
    """Whose accounts it would weigh in."""
    rights = submission.request.rights
    return Scopes(rights.show, rights.shot, submission.who)


def warning_of(state: BudgetState) -> str:
    """A budget near its end, as a sentence."""
    budget = state.budget
    return f"{budget.scope} {budget.name} has {state.left.amount} {state.left.currency} left of {budget.limit.amount}"


def _covers(accepted: Cost, wanted: Cost) -> bool:
    try:
        return at_most(wanted, accepted)
    except PlatewrightError:
        return False  # Another currency was accepted, so this amount was not.
