"""What people decide about takes. It lives in the ledger, beside the takes, and never changes their files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .takes import Cost

__all__ = ["DecisionKind", "TakeDecision", "TakeSummary"]

DecisionKind = Literal["star", "unstar", "note", "approve", "reject", "choose"]
"""choose: this is the take of its element that hosts bring in; rolling back is choosing an earlier one."""


@dataclass(frozen=True, slots=True)
class TakeDecision:
    """One thing that a person says about a take.

    who: opaque id or name of the person; an approval or a rejection without one is refused. note: their own words.
    """

    kind: DecisionKind
    who: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TakeSummary:
    """A take as people see it in a list.

    record: full path of its record. intent: `draft` or `final`; a take that came from no job counts as a draft.
    chosen: the one that hosts bring in: the one chosen last, the latest where nobody chose one that is still there.
    approved_by: who approved exactly this take, empty where nobody did or a later rejection took it back.
    notes: `(when, who, text)`, oldest first. job: the job it came from, where one is known. backend: who made it; empty
    where its record can't be read. score: how well it sits in its plate, lower is better; None where nothing of that
    could be measured.
    """

    element: str
    version: int
    record: str
    pattern: str
    created: str
    frames: str
    intent: Literal["draft", "final"] = "draft"
    job: str = ""
    cost: Cost = field(default_factory=Cost)
    starred: bool = False
    chosen: bool = False
    approved_by: str = ""
    rejected_by: str = ""
    notes: tuple[tuple[str, str, str], ...] = ()
    backend: str = ""
    score: float | None = None
