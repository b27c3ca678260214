"""What stands behind a comp's render or a delivery: its manifest, and whether it knows the takes that feed it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from platewright.contract.comps import CompRecord
from platewright.contract.findings import Finding, Severity
from platewright.contract.progress import Reporter
from platewright.provenance.parent import find_plate_manifest
from platewright.provenance.reading import ManifestReport
from platewright.provenance.vocabulary import is_generated
from platewright.rights.checks.facts import Evidence, Facts

from ..comps import CompPlace
from ..signed_things import DeliveryPlace, verify_signed
from .clock import ahead_of
from .take_facts import Look

__all__ = ["Signed", "signed_evidence", "unsigned_delivery"]

_TRAINED = frozenset({"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"})


@dataclass(frozen=True)
class Signed:
    """Evidence about a render or a delivery. records: hashes of the records of the takes in it, by its manifest.

    generated, trained: whether it says that such pixels are in it.
    """

    evidence: Evidence
    records: tuple[str, ...]
    generated: bool
    trained: bool


def signed_evidence(
    place: CompPlace | DeliveryPlace, by: Look, feeding: Sequence[Facts], stamp: str, report: Reporter
) -> Signed:
    """All about a signed comp, or a delivered file, signed or not. feeding: the takes that are said to be in it.

    stamp: what the headers of a render say. Raises Cancelled.
    """
    found = verify_signed(place, report, trust=by.trust, files=not by.ask.records_only)
    manifest, record = found.manifest, found.record
    findings = [*found.findings, *_later(by, record, manifest)]
    records = tuple(one.record for one in record.elements) if record else manifest.records if manifest else ()
    if manifest is not None and manifest.holds:
        findings += _against_feeding(feeding, records)
    types = {act.source_type for act in manifest.actions if act.source_type} if manifest else set()
    marked = [_plate_mark(by, record)] if record else []
    marked += [facts.subject.name for facts in feeding]
    carried = sum(part.has_manifest for part in manifest.inputs) if manifest else 0
    through = isinstance(place, DeliveryPlace) and carried > 0  # the comp that it carries carries the takes
    evidence = Evidence(
        state=manifest.state if manifest else "",
        signer=manifest.signer if manifest else "",
        source_types=tuple(sorted(types)),
        stamp=found.source_type or stamp,
        findings=tuple(findings),
        inputs_marked=tuple(name for name in marked if name),
        inputs_carried=len(marked) if through else carried,
        told=json.dumps(manifest.assertions, default=str, ensure_ascii=False) if manifest else "",
    )
    trained = bool(types & _TRAINED) or bool(record and any(one.trained for one in record.elements))
    generated = bool(record or records) or any(is_generated(word) for word in (*types, found.source_type, stamp))
    return Signed(evidence, records, generated, trained)


def unsigned_delivery(found: Signed, feeding: Sequence[Facts]) -> bool:
    """Whether a delivered file has no manifest and nothing says that it needs one: it says nothing then."""
    bare = {one.code for one in found.evidence.findings} <= {"manifest_missing"} and not found.evidence.state
    return bare and not found.generated and not feeding


def _later(by: Look, record: CompRecord | None, manifest: ManifestReport | None) -> Iterable[Finding]:
    times = {"the comp": record.created if record else "", "its signature": manifest.time if manifest else ""}
    return ahead_of(by.clock, times)


def _against_feeding(feeding: Sequence[Facts], records: tuple[str, ...]) -> Iterator[Finding]:
    """A take that feeds it and of which its manifest knows nothing, or only another version."""
    for facts in feeding:
        if facts.record_hash and records and facts.record_hash not in records:
            yield Finding(
                "element_not_signed",
                Severity.ERROR,
                f"{facts.subject.name} feeds it, and its manifest does not know that take as it is now",
                remedy="Sign the render again with the takes that are in it: `platewright sign`.",
            )


def _plate_mark(by: Look, record: CompRecord) -> str:
    """The plate's name, where it bears a manifest of its own; empty where it has none or was not named."""
    plate = record.frames[0].plate if record.frames else None
    if not by.ask.plate or plate is None:
        return ""
    return plate.name if find_plate_manifest(Path(by.ask.plate).parent / plate.name, plate.sha256) else ""
