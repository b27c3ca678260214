"""What a report of the check before publish means to an artist, row by row; the heaviest stands first.

A check that could not run stands among what blocks, because that is what it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from platewright.contract.checks import Caught, GateReport, RuleRun
from platewright.contract.repairs import RepairKind, repairs_for
from platewright.contract.rules import NO_LEGAL_ADVICE, Weight

from .words import tr

__all__ = ["PublishRow", "rows_of", "rows_of_plugins"]

_RANKS = {Weight.BLOCK: 10, Weight.ESCALATE: 8, Weight.WARN: 2, Weight.NOTE: 0}
_TONES = {Weight.BLOCK: "bad", Weight.ESCALATE: "bad", Weight.WARN: "warn", Weight.NOTE: "quiet"}


@dataclass(frozen=True)
class PublishRow:
    """One thing that was found, or could not be looked at.

    tone: as in look.Tones. weight: the word that stands at the right. record: of the take it is about, empty where it
    is about none. repairs: what may help, the gentlest first. stops: nothing is published with it. also: further rules
    that it tells of.
    """

    rule: str
    subject: str
    message: str
    weight: str
    tone: str
    stops: bool
    code: str = ""
    frame: int | None = None
    node: str = ""
    record: str = ""
    remedy: str = ""
    sources: tuple[str, ...] = ()
    lifted_by: str = ""
    repairs: tuple[RepairKind, ...] = ()
    rank: int = 0
    also: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it is: the take or file, its frame, the node that brings it in."""
        frame = tr("frame {n}", n=self.frame) if self.frame is not None else ""
        return ", ".join(word for word in (self.subject, frame, self.node) if word)

    @property
    def can_jump(self) -> bool:
        """Whether there is a node or a frame to go to."""
        return bool(self.node or self.frame is not None or self.record)

    @property
    def detail(self) -> str:
        """All that is known about it, for people: what to do, who may lift it, and on whose word it rests."""
        message = self.message[:1].upper() + self.message[1:]
        lifted = ""
        if self.stops:
            lifted = tr("{role} may waive it, in writing.", role=self.lifted_by.capitalize()) if self.lifted_by else ""
            lifted = lifted or tr("Nobody may waive it.")
        sources = tr("It rests on {sources}.", sources="; ".join(self.sources)) if self.sources else ""
        words = (f"{message}.", self.remedy, lifted, sources, NO_LEGAL_ADVICE if self.sources else "")
        return " ".join(word for word in words if word)


def rows_of(report: GateReport) -> tuple[PublishRow, ...]:
    """The rows of a report, what stops first; within a weight in the report's order."""
    records = {one.name: one.path for one in report.subjects if one.kind == "take"}
    rows = [_caught(one, records) for one in report.findings]
    told = {(one.found.rule, one.subject) for one in report.findings if one.found.unchecked}
    unrun: dict[tuple[str, str], list[RuleRun]] = {}
    for run in report.runs:
        if run.outcome == "could not run" and (run.rule, run.subject) not in told:
            unrun.setdefault((run.subject, run.message), []).append(run)
    rows += [_unrun(runs, records) for runs in unrun.values()]
    return tuple(sorted(rows, key=lambda row: -row.rank))


def rows_of_plugins(said: Iterable[tuple[str, str]], known: Iterable[PublishRow]) -> tuple[PublishRow, ...]:
    """What pyblish's plug-ins say no to that no row tells: a check that was not found, or was not run."""
    rules = {rule for row in known if row.stops for rule in (row.rule, *row.also)}
    return tuple(
        PublishRow(name, "pyblish", message[:600], tr("blocks"), "bad", True, rank=10)
        for name, message in said
        if not any(rule in message for rule in rules)
    )


def _caught(one: Caught, records: dict[str, str]) -> PublishRow:
    found = one.found
    if found.unchecked:
        word, tone, rank = tr("could not run"), "bad", 9
    elif found.lifted_with:
        word, tone, rank = tr("lifted with {id}", id=found.lifted_with), "good", -1
    else:
        words = {
            Weight.BLOCK: tr("blocks"), Weight.ESCALATE: tr("needs an approval"),
            Weight.WARN: tr("warning"), Weight.NOTE: tr("note"),
        }  # fmt: skip
        word, tone, rank = words[found.weight], _TONES[found.weight], _RANKS[found.weight]
    return PublishRow(
        found.rule, one.subject, found.message, word, tone, found.stops or found.unchecked, one.code, found.frame,
        one.node, records.get(one.subject, ""), found.remedy, found.sources, found.lifted_by, repairs_for(one.code),
        rank,
    )  # fmt: skip


def _unrun(runs: list[RuleRun], records: dict[str, str]) -> PublishRow:
    """Checks of one subject that could not run for one reason, in one row."""
    run = runs[0]
    message = run.message or tr("nobody knows why")
    if len(runs) > 1:
        message = tr("{why} (so could not run: {rules})", why=message, rules=", ".join(one.rule for one in runs))
    remedy = tr("Make what it looks at readable, and check again.")
    return PublishRow(
        run.rule, run.subject, message, tr("could not run"), "bad", True, record=records.get(run.subject, ""),
        remedy=remedy, rank=9, also=tuple(one.rule for one in runs[1:]),
    )  # fmt: skip
