"""What people decided about the takes of a folder, read from and written into its ledger.

A decision is about exactly one take, by the hash of its record: a later take inherits nothing, and a record that
was changed has no approval. The latest word counts; all of them stay.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from platewright.contract.decisions import TakeDecision, TakeSummary
from platewright.contract.errors import ApprovalMissing, ManifestError, RequestError
from platewright.contract.findings import Finding, Severity
from platewright.contract.mapper import canonical
from platewright.contract.takes import Cost
from platewright.provenance.identity import IdentitySettings, load_identity, trust_anchors
from platewright.provenance.statement import attest, sign_statement
from platewright.quality.ranking import score

from .entries import DecisionEntry, JobEntry
from .ledger import Ledger
from .places import TakePlace, takes_at
from .rows import utc_now
from .takes import TakeStore, load, load_bytes

__all__ = ["LONGEST", "approved_draft", "check_decisions", "decide", "is_attested", "record_hash", "summaries"]

LONGEST = 2000
"""Characters in a note or a name: they go into every listing."""


@dataclass
class _Said:
    """What the ledger says of one take."""

    record: str = ""
    starred: bool = False
    chosen: int = 0
    approved_by: str = ""
    rejected_by: str = ""
    intent: Literal["draft", "final"] = "draft"
    job: str = ""
    cost: Cost = field(default_factory=Cost)
    notes: list[tuple[str, str, str]] = field(default_factory=list)

    def hear(self, entry: DecisionEntry, number: int) -> None:
        """Take in one decision; `number` grows along the ledger."""
        if entry.decision == "choose":
            self.chosen = number
        if entry.decision in ("star", "unstar"):
            self.starred = entry.decision == "star"
        elif entry.decision in ("approve", "reject"):
            self.approved_by = entry.who if entry.decision == "approve" else ""
            self.rejected_by = entry.who if entry.decision == "reject" else ""
        if entry.note:
            self.notes.append((entry.at, entry.who, entry.note))


def summaries(root: Path, element: str = "", roots: str = "") -> tuple[TakeSummary, ...]:
    """The takes of a folder with what was decided about them. Raises StorageError, RequestError.

    roots: PEM text of the roots whose signatures count for an approval.
    """
    places = TakeStore(root).takes(element)
    said = _heard(root, {(place.element, place.version): record_hash(place) for place in places}, roots)
    chosen = _chosen(said, places)
    return tuple(_summary(place, said.get((place.element, place.version), _Said()), chosen) for place in places)


def _chosen(said: dict[tuple[str, int], _Said], places: tuple[TakePlace, ...]) -> set[tuple[str, int]]:
    """The take of each element that hosts bring in: chosen last, else the latest."""
    best: dict[str, tuple[int, int]] = {}
    for place in places:
        one = said.get((place.element, place.version))
        best[place.element] = max(best.get(place.element, (0, 0)), (one.chosen if one else 0, place.version))
    return {(element, version) for element, (_, version) in best.items()}


def decide(root: Path, element: str, version: int, decision: TakeDecision, settings: IdentitySettings) -> TakeSummary:
    """Enter a decision about a take. Raises StorageError, RequestError, SigningError, ApprovalMissing."""
    if decision.kind in ("approve", "reject") and not decision.who.strip():
        raise ApprovalMissing(
            f"nobody's name stands under that {decision.kind}",
            code="approval_unnamed",
            hint="Say who decides, with --who.",
        )
    if len(decision.who) > LONGEST or len(decision.note) > LONGEST:
        raise RequestError(f"a note can have {LONGEST} characters", code="note_too_long", hint="Make it shorter.")
    place = takes_at(TakeStore(root).place(element, version).record)[0]
    entry = DecisionEntry(
        id=secrets.token_hex(16),
        element=element,
        version=version,
        record=record_hash(place),
        decision=decision.kind,
        at=utc_now(),
        who=decision.who.strip(),
        note=decision.note.strip(),
    )
    if decision.kind in ("approve", "reject"):
        signature, chain = sign_statement(canonical(entry), load_identity(settings))
        entry = replace(entry, signature=signature, chain=chain)
    ledger = Ledger(root)
    ledger.append_once(entry, ledger.end())
    return next(take for take in summaries(root, element, trust_anchors(settings)) if take.version == version)


def approved_draft(root: Path, element: str, roots: str = "") -> int:
    """The version of the latest approved draft of an element; 0 where there is none. Raises StorageError."""
    found = [take.version for take in summaries(root, element, roots) if take.approved_by and take.intent == "draft"]
    return max(found, default=0)


def is_attested(entry: DecisionEntry, roots: str) -> bool:
    """Whether an approval's or rejection's signature holds, by a signer that this machine trusts."""
    worth = attest(canonical(replace(entry, signature="", chain="")), entry.signature, entry.chain, roots)
    return worth.holds and worth.trusted


def check_decisions(ledger: Ledger, roots: str) -> tuple[Finding, ...]:
    """Approvals and rejections whose signature does not hold, or whose signer nobody here vouches for."""
    findings = []
    for line in ledger.entries(without_takes=True):
        body = line.body
        if not isinstance(body, DecisionEntry) or body.decision not in ("approve", "reject"):
            continue
        worth = attest(canonical(replace(body, signature="", chain="")), body.signature, body.chain, roots)
        said = f"{body.decision} of {body.element}_v{body.version:03d} by {body.who}"
        if not worth.holds:
            text = f"the {said} is not signed as it should be"
            findings.append(Finding("approval_forged", Severity.ERROR, text, remedy="Ask the person it names."))
        elif worth.revoked:
            text = f"the {said} was signed with a certificate that is on the list of revoked ones"
            findings.append(Finding("approval_revoked", Severity.ERROR, text, remedy="Ask the person it names."))
        elif not worth.trusted:
            text = f"the {said} was signed by {worth.signer}, whom nobody here vouches for"
            remedy = "Put that signer's root into the folder of trusted ones, if it should count."
            findings.append(Finding("approval_untrusted", Severity.WARNING, text, remedy=remedy))
    return tuple(findings)


def _heard(root: Path, records: dict[tuple[str, int], str], roots: str) -> dict[tuple[str, int], _Said]:
    """What the ledger says of each take, in its order."""
    said: dict[tuple[str, int], _Said] = {}
    for number, entry in enumerate(_entries(root), start=1):
        key = (entry.element, entry.version)
        if key not in records:
            continue
        one = said.setdefault(key, _Said())
        if isinstance(entry, JobEntry) and entry.what == "answered":
            one.intent = "final" if entry.intent == "final" else one.intent  # A final may be its draft, unchanged.
        elif isinstance(entry, JobEntry):
            one.intent, one.job, one.cost = entry.intent, entry.job, Cost(entry.amount, entry.currency)
        # An approval that nobody here vouches for counts for nothing; a rejection needs no proof to hold back.
        elif entry.record == records[key] and (entry.decision != "approve" or is_attested(entry, roots)):
            one.hear(entry, number)
    return said


def _entries(root: Path) -> Iterator[JobEntry | DecisionEntry]:
    for line in Ledger(root).entries(without_takes=True):
        body = line.body
        if isinstance(body, DecisionEntry) or (isinstance(body, JobEntry) and body.what in ("done", "answered")):
            yield body


def record_hash(place: TakePlace) -> str:
    """SHA-256 of a take's record, by which decisions and comps speak of exactly this take. Raises StorageError."""
    return hashlib.sha256(load_bytes(place)).hexdigest()


def _summary(place: TakePlace, said: _Said, chosen: set[tuple[str, int]]) -> TakeSummary:
    try:
        record = load(place)
        created, frames = record.created, str(record.request.plate.frames)
        backend, sits = record.request.backend, score(record.measures)
    except ManifestError:
        created, frames, backend, sits = "", "", "", None  # A damaged record is listed, and told by `verify`.
    return TakeSummary(
        element=place.element,
        version=place.version,
        record=str(place.record),
        pattern=place.pattern,
        created=created,
        frames=frames,
        intent=said.intent,
        job=said.job,
        cost=said.cost,
        starred=said.starred,
        chosen=(place.element, place.version) in chosen,
        approved_by=said.approved_by,
        rejected_by=said.rejected_by,
        notes=tuple(said.notes),
        backend=backend,
        score=sits,
    )
