"""Every check there is, and how a subject goes through all that apply to it.

It fails closed three times over: a check that can't tell, one that breaks, and one that should have run and did not
are all failures. `expected` is counted from the rules that hold and the subject's kind alone, never from what ran.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from platewright.contract.checks import Caught, RuleRun
from platewright.contract.errors import Cancelled

from ..case import Case
from ..gate import lifted
from ..profiles import Policy
from .by_records import GATE_RULES, asked_again
from .check import Check, Said
from .disclosure import DISCLOSURE
from .facts import CannotTell, Facts
from .integrity import INTEGRITY
from .pictures import PICTURES

__all__ = ["CHECKS", "Judged", "expected", "judge", "sentinel"]

CHECKS: tuple[Check, ...] = (*INTEGRITY, *PICTURES, *DISCLOSURE)
_MOST = 200
"""Findings of one rule on one subject that are told one by one; a shot of a thousand bad frames is one mistake."""


@dataclass(frozen=True)
class Judged:
    """What became of one subject: every rule that was applied to it, and what was found."""

    runs: tuple[RuleRun, ...]
    caught: tuple[Caught, ...]


def expected(facts: Facts, policy: Policy, records_only: bool, checks: Sequence[Check] = CHECKS) -> frozenset[str]:
    """The rules that have to run on a subject."""
    gate = (rule for rule in GATE_RULES if facts.kind == "take" and policy.holds(rule))
    return frozenset(gate) | frozenset(
        check.rule
        for check in checks
        if facts.kind in check.kinds
        and policy.holds(check.rule)
        and not (records_only and check.pixels)
        and check.applies(facts)
    )


def judge(facts: Facts, policy: Policy, records_only: bool = False, checks: Sequence[Check] = CHECKS) -> Judged:
    """Apply every check that has to run on a subject. Raises Cancelled, and nothing else."""
    wanted = expected(facts, policy, records_only, checks)
    runs: list[RuleRun] = []
    caught: list[Caught] = []
    for check in checks:
        if check.rule not in wanted or facts.kind not in check.kinds:
            continue
        name = facts.subject.name
        try:
            said = list(check.judge(facts))
        except CannotTell as error:
            runs.append(RuleRun(check.rule, name, "could not run", str(error)[:400]))
            continue
        except Cancelled:
            raise
        except Exception as error:  # whatever breaks in a check must not let the subject pass
            reason = f"the check itself broke: {type(error).__name__}: {error}"
            runs.append(RuleRun(check.rule, name, "could not run", reason[:400]))
            continue
        runs.append(RuleRun(check.rule, name, "failed" if said else "passed"))
        caught += _told(facts, policy, check.rule, said)
    if facts.kind == "take":
        again, found = asked_again(facts, policy)
        runs, caught = _joined(runs, again), [*caught, *found]
    return Judged(tuple(runs), tuple(caught))


def sentinel(facts: Facts, policy: Policy, judged: Judged, wanted: Iterable[str]) -> Judged:
    """PW005: whether every rule that had to run on a subject did. wanted: as `expected` counted them beforehand."""
    ran = {run.rule for run in judged.runs if run.outcome != "could not run"}
    asleep = sorted(set(wanted) - ran)
    if not asleep:
        return Judged((*judged.runs, RuleRun("PW005", facts.subject.name, "passed")), judged.caught)
    reasons = {run.rule: run.message for run in judged.runs}
    listed = "; ".join(f"{rule}: {reasons.get(rule) or 'it was never reached'}" for rule in asleep[:8])
    found = policy.finding("PW005", f"{len(asleep)} checks could not run: {listed}", unchecked=True)
    run = RuleRun("PW005", facts.subject.name, "failed")
    return Judged((*judged.runs, run), (*judged.caught, Caught(facts.subject.name, found, "checks_not_run")))


def _joined(runs: list[RuleRun], again: list[RuleRun]) -> list[RuleRun]:
    """Both lists, a rule that stands in both as one: whichever of the two is worse."""
    rank = ("passed", "failed", "could not run")
    worst: dict[str, RuleRun] = {}
    for run in (*runs, *again):
        before = worst.get(run.rule)
        if before is None or rank.index(run.outcome) > rank.index(before.outcome):
            worst[run.rule] = run
    return list(worst.values())


def _told(facts: Facts, policy: Policy, rule: str, said: list[Said]) -> list[Caught]:
    told = []
    for one in said[:_MOST]:
        found = policy.finding(rule, one.message, one.about)
        found = replace(found, frame=one.frame, region=one.region, remedy=one.remedy or found.remedy)
        if isinstance(facts.case, Case):
            found = lifted(facts.case, found)
        told.append(Caught(facts.subject.name, found, one.code, facts.nodes.get(facts.subject.name, "")))
    if len(said) > _MOST:
        found = policy.finding(rule, f"{rule} found {len(said)} such things; {_MOST} are told one by one")
        told.append(Caught(facts.subject.name, found, "more"))
    return told
