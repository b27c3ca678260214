"""A case: what somebody wants to do, as the gate sees it, and the records and the day it is judged by.

The gate knows no backends room: jobs fills a `Generator` from what a backend says of itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Literal

from platewright.contract.request import Request
from platewright.contract.rules import Weight

from .approvals import Statement
from .folder import Records
from .model_cards import ModelCardRecord
from .profiles import Policy

__all__ = ["Case", "Generator", "Hit", "is_within"]


@dataclass(frozen=True, slots=True)
class Generator:
    """A backend as the gate sees it. An empty or None field is one that nobody told, and that helps nobody.

    local: no pixel leaves the machines of whoever runs it. trained: something in it was learned from data. hosts,
    regions: where it is sent to. weights_sha256: of what runs here. trains_on_inputs, retains_inputs: as the vendor
    declares; terms_read: when that was read. licence_sha256: of the licence's text as it is now.
    """

    name: str
    local: bool = False
    trained: bool = True
    hosts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    weights_sha256: str = ""
    trains_on_inputs: bool | None = None
    retains_inputs: bool | None = None
    terms_read: str = ""
    licence_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that a case breaks. weight: heavier than the rule's own, in this case. unchecked: it could not be told."""

    rule: str
    message: str
    about: str = ""
    weight: Weight | None = None
    unchecked: bool = False


@dataclass(frozen=True)
class Case:
    """A request, what it is meant for, who makes it, and what it is judged by. territories: where the show is shown."""

    request: Request
    intent: Literal["draft", "final"]
    generator: Generator
    records: Records
    policy: Policy
    on: date
    territories: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether it is for the final picture."""
        return self.intent == "final"

    @property
    def cards(self) -> tuple[ModelCardRecord, ...]:
        """The cards of the generator."""
        return tuple(one for one in self.records.of(ModelCardRecord) if self.generator.name in one.backends)

    def covers_shot(self, patterns: tuple[str, ...]) -> bool:
        """Whether patterns of shots cover this one; none cover every shot, and a shot without a name is in no other."""
        return is_within(self.request.rights.shot, patterns)

    def has_statement(self, kind: str) -> bool:
        """Whether somebody has stated that something was done, for this shot and element."""
        return any(
            one.kind == kind
            and one.standing(self.on) == "active"
            and self.covers_shot(one.shots)
            and is_within(self.request.element, one.elements)
            for one in self.records.of(Statement)
        )


def is_within(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name fits one of the patterns (`sq010_*`); no pattern at all is no limit."""
    return not patterns or (bool(name) and any(fnmatchcase(name, pattern) for pattern in patterns))
