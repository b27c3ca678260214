"""What people put their word to: approvals, waivers, and statements that something was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from .record_parts import Evidence, Revocation, Term
from .record_words import Standing, require_date, require_head, require_person, require_word, standing_in

__all__ = ["Approval", "Statement", "Waiver"]


@dataclass(frozen=True, slots=True)
class Approval:
    """A person with the authority said yes in writing: what lets an escalated rule pass.

    rules: the codes it lifts. reference: hash of the written word. authority: the role (`legal`, `client`).
    shots, models: patterns it is limited to; empty: all.
    """

    id: str
    rules: tuple[str, ...]
    authority: str
    by: str
    reference: Evidence
    schema: Literal["org.platewright.approval/1"] = "org.platewright.approval/1"
    shots: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    conditions: str = ""
    term: Term = field(default_factory=Term)
    revocation: Revocation = field(default_factory=Revocation)
    prev_hash: str = ""

    def __post_init__(self) -> None:
        require_head(self.id, self.prev_hash)
        require_word("".join(self.rules), "rules", "the rules that it lifts, as in PW403")
        require_word(self.authority, "authority", "the role that says so, as in legal")
        require_person(self.by, "by")

    def standing(self, on: date) -> Standing:
        """How it stands on a day."""
        return "revoked" if self.revocation.at else standing_in(self.term.begins, self.term.ends, on)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A rule that blocks was set aside once, for a reason; some rules never are. It must end: `term.ends` is needed."""

    id: str
    rules: tuple[str, ...]
    authority: str
    by: str
    reason: str
    reference: Evidence
    term: Term
    schema: Literal["org.platewright.waiver/1"] = "org.platewright.waiver/1"
    shots: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    conditions: str = ""
    revocation: Revocation = field(default_factory=Revocation)
    prev_hash: str = ""

    def __post_init__(self) -> None:
        require_head(self.id, self.prev_hash)
        require_word("".join(self.rules), "rules", "the rules that it sets aside, as in PW205")
        require_word(self.authority, "authority", "the role that says so, as in legal")
        require_person(self.by, "by")
        require_date(self.term.ends or "?", "term.ends")

    def standing(self, on: date) -> Standing:
        """How it stands on a day."""
        return "revoked" if self.revocation.at else standing_in(self.term.begins, self.term.ends, on)


@dataclass(frozen=True, slots=True)
class Statement:
    """Something was done that a rule asks for: the use was reported, the director consulted, people worked on it."""

    id: str
    kind: Literal["reported_to_studio", "director_consulted", "human_contribution", "union_notice"]
    by: str
    at: str
    schema: Literal["org.platewright.statement/1"] = "org.platewright.statement/1"
    shots: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    note: str = ""
    evidence: tuple[Evidence, ...] = ()
    revocation: Revocation = field(default_factory=Revocation)
    prev_hash: str = ""

    def __post_init__(self) -> None:
        require_head(self.id, self.prev_hash)
        require_person(self.by, "by")
        require_date(self.at or "?", "at")

    def standing(self, on: date) -> Standing:
        """How it stands on a day."""
        return "revoked" if self.revocation.at else standing_in(self.at, "", on)
