"""What the ledger of a root says: whether it is whole, and whether a take's files are those that were entered."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from platewright.contract.checks import CheckAsk, Subject
from platewright.contract.errors import ManifestError, StorageError
from platewright.contract.findings import Finding, Severity
from platewright.contract.mapper import canonical, from_bytes
from platewright.provenance.statement import attest
from platewright.rights.checks.facts import Evidence, Facts, Unknown

from ..decisions import check_decisions
from ..entries import RepairEntry
from ..ledger import LEDGER_NAME, Ledger, LedgerLine
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
                remedy = "Let the copies that the ledger knows be fetched, or take both files from the backup."
                found.append(Finding("ledger_differs", Severity.ERROR, what, remedy=remedy))
        return tuple(found)


def read_ledger(root: Path, trust: str = "") -> LedgerFacts:
    """The takes of a ledger, without judging it; an empty one where there is none.

    trust: roots as PEM text; a manifest that was signed again counts where one of them stands behind that line.
    """
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
                elif b'"kind":"repair"' in line:
                    again = _signed_again(line, trust)
                    key = (again.element, again.version) if again is not None else ("", 0)
                    if again is not None and key in entered:
                        entered[key] = (entered[key][0], again.sha256)
    except OSError as error:
        return LedgerFacts(root, trouble=f"the ledger can't be read: {error.strerror}")
    return LedgerFacts(root, entered, latest)


def _signed_again(line: bytes, trust: str) -> RepairEntry | None:
    """The line of a manifest that was made anew, if somebody who is trusted here signed it."""
    try:
        body = from_bytes(LedgerLine, line.rstrip(b"\n"), "ledger's line").body
    except ManifestError:
        return None
    if not isinstance(body, RepairEntry) or body.what != "signed":
        return None
    worth = attest(canonical(replace(body, signature="", chain="")), body.signature, body.chain, trust)
    return body if worth.holds and worth.trusted else None


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
