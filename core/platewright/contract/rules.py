"""Rules: what the gate and the checks at publish say, in words that hosts, the engine and reports share.

A rule has a code (`PW102`) and a weight. What it found is a `RuleFinding`: it names the record or the node, the source
the rule rests on, what to do, and who may lift it. None of it is legal advice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from .findings import Severity
from .windows import Box

__all__ = ["NO_LEGAL_ADVICE", "RuleFinding", "Weight", "heaviest"]

NO_LEGAL_ADVICE = "These rules are what their sources say, as we read them. They are no legal advice."


class Weight(str, Enum):
    """How much a broken rule weighs, lightest first; a profile may raise it, never lower it."""

    NOTE = "note"
    WARN = "warn"
    ESCALATE = "escalate"  # blocks until a person with the authority has approved it in writing
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """Its place from the lightest, 0."""
        return list(Weight).index(self)

    @property
    def stops(self) -> bool:
        """Whether the work can't go on with it."""
        return self in (Weight.ESCALATE, Weight.BLOCK)

    @property
    def severity(self) -> Severity:
        """As a finding about a take has it."""
        return {Weight.NOTE: Severity.NOTE, Weight.WARN: Severity.WARNING}.get(self, Severity.ERROR)


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One rule that is broken, or that could not be looked at.

    rule: its code. message: a sentence an artist understands. remedy: what to do. about: the id of the record, backend,
    node or file it is about; never a person's name. profiles: those that hold it. sources: `title, clause (date)`.
    lifted_by: the role that may approve or waive it; empty where nobody can. lifted_with: the id of the approval or
    waiver that has done so; it then stops nothing. unchecked: the rule could not be looked at, which counts as broken.
    """

    rule: str
    weight: Weight
    message: str
    remedy: str = ""
    about: str = ""
    profiles: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    lifted_by: str = ""
    lifted_with: str = ""
    unchecked: bool = False
    frame: int | None = None
    region: Box | None = None

    @property
    def stops(self) -> bool:
        """Whether the work can't go on because of it."""
        return self.weight.stops and not self.lifted_with


def heaviest(findings: Iterable[RuleFinding]) -> Weight | None:
    """The heaviest weight of what is not lifted; None where nothing was found."""
    return max((one.weight for one in findings if not one.lifted_with), key=lambda weight: weight.rank, default=None)
