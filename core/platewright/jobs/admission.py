"""Admission: what a submission would cost and do, and whether it may go on, has to wait, or is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from platewright.contract.errors import PlatewrightError, RefusedError, RequestError
from platewright.contract.jobs import PriceLine, Quote, Submission, Unseen
from platewright.contract.mapper import canonical
from platewright.contract.money import BudgetState, amount_of, at_most, cost, total
from platewright.contract.rules import RuleFinding
from platewright.contract.takes import Cost
from platewright.imaging.colour_config import pinned
from platewright.imaging.sequence import find_sequence
from platewright.provenance.identity import trust_anchors
from platewright.rights.gate import approvals_needed

from .accounts import Scopes, check_budgets
from .address import settled
from .base_take import to_make
from .database import Transaction
from .decisions import LONGEST, approved_draft
from .desk_settings import DeskSettings
from .places import TakePlace
from .reuse import answer_or_course
from .rights_gate import rules_of

__all__ = [
    "Estimate", "checked", "estimate", "estimate_unseen", "pinned_down", "quote_of", "scopes_of", "warning_of",
    "what_it_waits_for",
]  # fmt: skip


_MOST_BYTES = 1_000_000
_NO_BOUND = (
    "told before the plate was seen: a move over much new ground, or a matte of many parts, may cost more, and then "
    "waits for a yes"
)


@dataclass(frozen=True)
class Estimate:
    """What can be said of a submission before anything is done: its price, and the take that answers it already.

    submission: clear about its colour and about the take it goes on from. rules: what the show's rules say to it.
    """

    cost: Cost
    lines: tuple[PriceLine, ...]
    answer: TakePlace | None
    submission: Submission
    notes: tuple[str, ...] = ()
    rules: tuple[RuleFinding, ...] = ()


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


def pinned_down(submission: Submission, ocio: str = "") -> Submission:
    """The submission with its colour configuration by content: a worker elsewhere, or later, must find the same.

    ocio: the show's configuration, for a request that brings none. Raises ColourError.
    """
    request = submission.request
    if request.colour is None and ocio:
        request = replace(request, colour=pinned(ocio))
    return replace(submission, request=settled(request))


def estimate(settings: DeskSettings, submission: Submission) -> Estimate:
    """Price it and look for a take that answers it, or that some of its frames can be taken over from.

    Raises InputError for inputs that are not there.
    """
    request, root = submission.request, Path(submission.root)
    backend = settings.backend(request.backend)
    find_sequence(request.plate.pattern, request.plate.frames)
    answer, based = answer_or_course(request, root, submission.anew, settings.overlap)
    submission = replace(submission, request=based.request)
    rules = rules_of(settings, submission)
    if answer is not None:
        said = f"{answer.stem} answers it: the same request on the same files"
        return Estimate(Cost(), (), answer, submission, (said,), rules)
    lines, currency = backend.price(based.request if backend.whole else to_make(based.request))
    price = total([Cost(line.amount, currency) for line in lines], currency)
    return Estimate(price, lines, None, submission, (based.said,) if based.said else (), rules)


def estimate_unseen(settings: DeskSettings, unseen: Unseen) -> Estimate:
    """Price it by what its plate will be like; no take can answer it. Raises InputError, as the rules do too."""
    submission, backend = unseen.submission, settings.backend(unseen.submission.request.backend)
    lines, currency = backend.price(submission.request, unseen.plate)
    price = total([Cost(line.amount, currency) for line in lines], currency)
    notes = (_NO_BOUND,) if amount_of(price) else ()
    return Estimate(price, lines, None, submission, notes, rules_of(settings, submission))


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
    to_run = 0 if found.answer else len(to_make(found.submission.request).plate.frames)
    left = min((state.left for state in states), key=amount_of, default=None)
    if within and left is not None:
        left = cost(amount_of(left) + amount_of(found.cost), left.currency)
    return Quote(
        cost=found.cost,
        lines=found.lines,
        budget_left=left,
        within_budget=within,
        answered_by=found.answer.stem if found.answer else "",
        frames_to_run=to_run,
        frames_reused=frames - to_run,
        notes=tuple(notes),
        rules=found.rules,
    )


def what_it_waits_for(settings: DeskSettings, submission: Submission, found: Estimate) -> tuple[str, ...]:
    """What a person has to say yes to before it may go on, as sentences; empty where nothing is.

    Raises StorageError, SigningError where the ledger or the trusted roots can't be read.
    """
    needed = approvals_needed(found.rules)
    reasons = [f"{one.rule} needs a written approval by {one.lifted_by}: {one.message}" for one in needed]
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
