"""The gate before upload: what the rules say to a case, and which approval or waiver lifts what.

    findings = look(case)              # every rule that is broken, heaviest first; changes nothing, opens no picture
    stopping(findings)                 # what stops it
    approvals_needed(findings)         # what a person with the authority may still lift

What it looks at: the request's own words, the records, what the backend says of itself, and the day. The same function
serves before a job, before each send, and years later for a take whose request is in its record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from platewright.contract.errors import ApprovalMissing, PlatewrightError, RefusedError
from platewright.contract.rules import RuleFinding, Weight

from .approvals import Approval, Waiver
from .case import Case, is_within
from .content_rules import content_hits
from .likeness_rules import likeness_hits
from .model_rules import model_hits, reference_hits

__all__ = ["approvals_needed", "lifted", "look", "refusal", "stopping"]

_ANY_ROLE = "legal"
"""May lift what any other role may."""


def look(case: Case) -> tuple[RuleFinding, ...]:
    """What the rules that hold find, heaviest first; what an approval or a waiver lifts says which."""
    hits = chain(likeness_hits(case), model_hits(case), reference_hits(case), content_hits(case))
    found = [
        lifted(case, case.policy.finding(hit.rule, hit.message, hit.about, hit.weight, hit.unchecked))
        for hit in hits
        if case.policy.holds(hit.rule)
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (not one.stops, -one.weight.rank, one.rule)))


def stopping(findings: Iterable[RuleFinding]) -> tuple[RuleFinding, ...]:
    """Those that stop the work."""
    return tuple(one for one in findings if one.stops)


def approvals_needed(findings: Iterable[RuleFinding]) -> tuple[RuleFinding, ...]:
    """What stops the work until it is approved in writing; empty where something blocks that no approval lifts."""
    held = stopping(findings)
    return held if all(one.weight is Weight.ESCALATE for one in held) else ()


def refusal(findings: Iterable[RuleFinding]) -> PlatewrightError | None:
    """The error that stops the work: RefusedError `rule_blocks`, or ApprovalMissing `rule_escalates`; None: it may go.

    It says which rule, why, and who can lift it.
    """
    held = stopping(findings)
    if not held:
        return None
    message = "; ".join(f"{one.rule}: {one.message}" for one in held[:5])
    if len(held) > 5:
        message += f"; and {len(held) - 5} more"
    hints = dict.fromkeys(one.remedy for one in held if one.remedy)
    lifters = dict.fromkeys(f"{one.rule} can be lifted by {one.lifted_by}" for one in held if one.lifted_by)
    hint = " ".join([*list(hints)[:3], *(f"{one}." for one in list(lifters)[:3])])
    if approvals_needed(held):
        return ApprovalMissing(message, code="rule_escalates", hint=hint)
    return RefusedError(message, code="rule_blocks", hint=hint)


def lifted(case: Case, found: RuleFinding) -> RuleFinding:
    """The finding, with the approval or the waiver that lifts it, if one does."""
    if not found.weight.stops or not found.lifted_by:
        return found
    kind = Approval if found.weight is Weight.ESCALATE else Waiver
    records: tuple[Approval | Waiver, ...] = case.records.of(kind)
    return next((replace(found, lifted_with=one.id) for one in records if _lifts(case, one, found)), found)


def _lifts(case: Case, record: Approval | Waiver, found: RuleFinding) -> bool:
    roles = {found.lifted_by.lower(), _ANY_ROLE}
    return (
        found.rule in record.rules
        and record.authority.lower() in roles
        and record.standing(case.on) == "active"
        and case.covers_shot(record.shots)
        and _covers_model(case, record.models)
        and not case.records.evidence_missing(record.reference.sha256)
    )


def _covers_model(case: Case, patterns: tuple[str, ...]) -> bool:
    names = [case.generator.name, *(card.id for card in case.cards)]
    return any(is_within(name, patterns) for name in names)
