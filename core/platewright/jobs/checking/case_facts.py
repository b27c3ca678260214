"""A finished take as a case for the gate: its request, what made it, and the show's records as they stand today."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from platewright.contract.checks import CheckAsk
from platewright.contract.disclosure import Disclosure
from platewright.contract.errors import PlatewrightError
from platewright.contract.mapper import MOST_BYTES, from_bytes
from platewright.contract.takes import TakeRecord
from platewright.rights.case import Case, Generator
from platewright.rights.checks.facts import Disclosed, Unknown
from platewright.rights.folder import Records
from platewright.rights.profiles import Policy, policy_for

from ..rights_book import RightsBook

__all__ = ["Show", "case_of", "read_disclosure", "read_show"]


@dataclass(frozen=True)
class Show:
    """A show's records, or why they can't be read; and the disclosure report that was named, if one was.

    policies: combined ones by the names of their profiles, read once for each check.
    """

    records: Records | Unknown
    disclosure: Disclosed | Unknown | None = None
    policies: dict[tuple[str, ...], Policy] = field(default_factory=dict)

    def policy(self, names: tuple[str, ...], folder: Path | None) -> Policy:
        """The policy of some profiles. Raises as `policy_for`."""
        if names not in self.policies:
            self.policies[names] = policy_for(names, folder)
        return self.policies[names]


def read_show(ask: CheckAsk) -> Show:
    """The records and the report that a check was told of; no folder means no records, which help nobody."""
    records: Records | Unknown
    try:
        records = RightsBook(Path(ask.show)).records() if ask.show else Records(Path())
        if ask.show and not Path(ask.show).is_dir():
            records = Unknown(f"there is no folder {ask.show} with the show's records")
    except PlatewrightError as error:
        records = Unknown(error.message)
    return Show(records, read_disclosure(Path(ask.disclosure)) if ask.disclosure else None)


def case_of(record: TakeRecord, ask: CheckAsk, show: Show, today: str) -> Case | Unknown:
    """The case that a take is today, under the profiles that were asked for and those that its request names."""
    if isinstance(show.records, Unknown):
        return show.records
    named = (name.strip() for name in record.request.rights.policy.split(",") if name.strip())
    try:
        policy = show.policy((*ask.profiles, *named), Path(ask.show) if ask.show else None)
    except PlatewrightError as error:
        return Unknown(error.message)
    card = record.model_card
    local = record.request.backend == "builtin"
    generator = Generator(name=record.request.backend, local=local, trained=card.trained)
    intent: Literal["draft", "final"] = "final" if ask.final else "draft"
    return Case(record.request, intent, generator, show.records, policy, date.fromisoformat(today))


def read_disclosure(path: Path) -> Disclosed | Unknown | None:
    """A disclosure report's date, records and lines; None where there is no file, Unknown for what is none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return Unknown(f"{path.name} is too large to be a disclosure report")
        told = from_bytes(Disclosure, path.read_bytes(), path.name)
    except FileNotFoundError:
        return None
    except (OSError, PlatewrightError) as error:
        return Unknown(f"{path.name} is no disclosure report: {error}"[:300])
    return Disclosed(told.made, frozenset(one.record for one in told.elements), told.lines)
