"""What the ledger of a root says: whether it is whole, and whether a take's files are those that were entered."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from platewright.contract.checks import CheckAsk, Subject
from platewright.contract.errors import StorageError
from platewright.contract.findings import Finding, Severity
from platewright.rights.checks.facts import Evidence, Facts, Unknown

from ..decisions import check_decisions
from ..ledger import LEDGER_NAME, Ledger
from ..places import TakePlace
from .clock import Clock, ahead_of

__all__ = ["LedgerFacts", "ledger_facts", "read_ledger"]

_TAKE = re.compile(
    rb'"created":"(?P<created>[^"]{1,40})","element":"(?P<element>[A-Za-z0-9_-]+)","frames":.*"kind":"take",'
    rb'"manifest":"(?P<manifest>[0-9a-f]{64})","record":"(?P<record>[0-9a-f]{64})".*"version":(?P<version>\d{1,9})\}'
)


@dataclass(frozen=True)
class LedgerFacts:
    """A root's takes as they were entered: element and version to the hashes of record and manifest."""

    root: Path
    entered: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    latest: str = ""
    trouble: str = ""

    @property
    def exists(self) -> bool:
        """Whether the root has a ledger at all."""
        return bool(self.entered or self.latest or self.trouble)

    def about(self, place: TakePlace) -> tuple[Finding, ...]:
        """Whether a take's record and manifest are those that the ledger has."""
        then = self.entered.get((place.element, place.version))
        if then is None:
            return ()
        found = []
        for path, digest in zip((place.record, place.manifest), then, strict=True):
            try:
                same = hashlib.sha256(path.read_bytes()).hexdigest() == digest
            except OSError:
                continue  # a file that can't be read has been told already
            if not same:
                what = f"{path.name} is not the file that the ledger has for {place.stem}"
                remedy = "Take both files from the backup; a take is never signed a second time."
                found.append(Finding("ledger_differs", Severity.ERROR, what, remedy=remedy))
        return tuple(found)


def read_ledger(root: Path) -> LedgerFacts:
    """The takes of a ledger, without judging it; an empty one where there is none."""
    if not (root / LEDGER_NAME).is_file():
        return LedgerFacts(root)
    entered: dict[tuple[str, int], tuple[str, str]] = {}
    latest = ""
    try:
        with (root / LEDGER_NAME).open("rb") as file:
            for line in file:
                found = _TAKE.search(line)
                if found:
                    key = (found["element"].decode(), int(found["version"]))
                    entered[key] = (found["record"].decode(), found["manifest"].decode())
                    latest = max(latest, found["created"].decode("ascii", "replace"))
    except OSError as error:
        return LedgerFacts(root, trouble=f"the ledger can't be read: {error.strerror}")
    return LedgerFacts(root, entered, latest)


def ledger_facts(known: LedgerFacts, ask: CheckAsk, trust: str, clock: Clock) -> Facts:
    """Facts about a root's ledger itself: its chain, its approvals, its times."""
    subject = Subject(f"ledger of {known.root.name}", "show", str(known.root / LEDGER_NAME))
    evidence: Evidence | Unknown
    try:
        if known.trouble:
            raise StorageError(known.trouble)
        ledger = Ledger(known.root)
        findings = (*ledger.check(), *check_decisions(ledger, trust), *ahead_of(clock, {"the ledger": known.latest}))
        evidence = Evidence(findings=findings)
    except StorageError as error:
        evidence = Unknown(error.message)
    return Facts(subject, clock.today, final=ask.final, evidence=evidence)
