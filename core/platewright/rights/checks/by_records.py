"""The gate's rules asked again for a finished take: consents, models, references and content, as they stand today.

Before the upload the gate looked at the request; since then a consent may have been revoked, a licence may have ended,
and a draft may be about to become a final.
"""

from __future__ import annotations

from platewright.contract.checks import Caught, RuleRun

from ..gate import look
from ..profiles import Policy
from .facts import Facts, Unknown

__all__ = ["GATE_RULES", "asked_again"]

GATE_RULES: frozenset[str] = frozenset({
    *(f"PW1{number:02d}" for number in range(1, 14)),
    *(f"PW2{number:02d}" for number in range(1, 11)),
    *(f"PW3{number:02d}" for number in range(1, 7)),
    *(f"PW4{number:02d}" for number in range(1, 8)),
    "PW503",
})  # fmt: skip
"""The rules that `gate.look` decides."""


def asked_again(facts: Facts, policy: Policy) -> tuple[list[RuleRun], list[Caught]]:
    """Every rule of the gate that holds, on one take."""
    rules = sorted(rule for rule in GATE_RULES if policy.holds(rule))
    name, case = facts.subject.name, facts.case
    if case is None or isinstance(case, Unknown):
        why = case.reason if isinstance(case, Unknown) else "nobody looked at the show's records"
        return [RuleRun(rule, name, "could not run", why) for rule in rules], []
    try:
        found = look(case)
    except Exception as error:  # as in `judge`: what breaks must not pass
        why = f"the gate itself broke: {type(error).__name__}: {error}"[:400]
        return [RuleRun(rule, name, "could not run", why) for rule in rules], []
    node = facts.nodes.get(name, "")
    caught = [Caught(name, one, one.about, node) for one in found]
    return [_run(rule, name, [one for one in caught if one.found.rule == rule]) for rule in rules], caught


def _run(rule: str, subject: str, caught: list[Caught]) -> RuleRun:
    untold = [one.found.message for one in caught if one.found.unchecked]
    if untold:
        return RuleRun(rule, subject, "could not run", "; ".join(untold)[:400])
    return RuleRun(rule, subject, "failed" if caught else "passed")
