"""What stands behind a path that somebody wants checked: takes, a signed comp, or a delivered file; and the latter two
verified. Takes have a verification of their own, with pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from platewright.contract.comps import COMP_ENDING, CompRecord
from platewright.contract.errors import StorageError
from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter
from platewright.imaging.sequence import find_sequence
from platewright.imaging.stream import hash_file
from platewright.provenance.delivery import verify_delivery
from platewright.provenance.reading import ManifestReport
from platewright.provenance.verify import verify_comp
from platewright.provenance.xmp.files import DELIVERED_SUFFIXES

from .comps import CompPlace, comp_at
from .pixels import failed
from .places import TakePlace, takes_at
from .verify import COULD_NOT_RUN, Check, Judged, State, signed_check

__all__ = ["DeliveryPlace", "SignedVerification", "signed_at", "verify_signed"]


@dataclass(frozen=True, slots=True)
class DeliveryPlace:
    """A file that was handed over, with its manifest inside."""

    file: Path

    @property
    def name(self) -> str:
        """Its file name."""
        return self.file.name

    @property
    def path(self) -> Path:
        """The file, which is all there is."""
        return self.file


@dataclass(frozen=True)
class SignedVerification(Judged):
    """A comp or a delivery verified. record: the comp's, where it could be read; a delivery has none."""

    place: CompPlace | DeliveryPlace
    manifest: ManifestReport | None
    record: CompRecord | None
    source_type: str
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]


def signed_at(path: Path) -> tuple[TakePlace | CompPlace | DeliveryPlace, ...]:
    """What is signed behind a path: a record, manifest, frame or pattern names one thing, a folder the takes and comps
    in it.

    Raises StorageError `take_not_found` where there is nothing.
    """
    if path.is_dir():
        comps = tuple(CompPlace(one) for one in sorted(path.glob("*" + COMP_ENDING)) if one.is_file())
        try:
            return (*takes_at(path), *comps)
        except StorageError:
            if comps:
                return comps
            raise
    comp = comp_at(path)
    if comp is not None:
        return (comp,)
    try:
        return takes_at(path)
    except StorageError:
        if path.suffix.lower() in DELIVERED_SUFFIXES and path.is_file():
            return (DeliveryPlace(path),)
        raise


def verify_signed(
    place: CompPlace | DeliveryPlace,
    report: Reporter,
    *,
    trust: str = "",
    plate: str = "",
    trusted_only: bool = False,
    files: bool = True,
) -> SignedVerification:
    """Verify a comp or a delivery.

    plate: pattern of a comp's plate, compared where it is named. files: of a comp, compare its frames too.

    Never raises for what is wrong with it; only Cancelled, and InputError for a plate that was named and is not there.
    """
    if isinstance(place, DeliveryPlace):
        found = verify_delivery(place.file, trust)
        checks = [
            signed_check(
                found.report, _without(found.findings, "xmp_"), trusted_only, "signature and file", "it matches"
            ),
            _by_findings("XMP", _only(found.findings, "xmp_"), f"it states {found.source_type or 'nothing generated'}"),
        ]
        return SignedVerification(place, found.report, None, found.source_type, tuple(checks), found.findings)
    comp = verify_comp(place.record, trust, report, files)
    checks = [signed_check(comp.report, comp.findings, trusted_only)]
    findings = list(comp.findings)
    if comp.record is not None:
        further = [_by_findings("elements", _elements(comp.record, comp.report), _covered(comp.record))]
        if plate:
            bound = _by_findings("plate", _plates(comp.record, plate), "it is the plate that was signed")
            further.append(bound)
        checks += further
        findings += [one for check in further for one in check.findings]
    return SignedVerification(place, comp.report, comp.record, "", tuple(checks), tuple(findings))


def _elements(record: CompRecord, report: ManifestReport | None) -> list[Finding]:
    """That each take that the record names is carried along by the manifest."""
    carried = {part.title for part in report.inputs if part.has_manifest} if report else set()
    return [
        Finding(
            "element_not_carried",
            Severity.ERROR,
            f"the manifest does not carry that of {one.name}, which the record says is in the comp",
            remedy="Sign the render again from the takes.",
        )
        for one in record.elements
        if one.name not in carried
    ]


def _covered(record: CompRecord) -> str:
    named = ", ".join(one.name for one in record.elements)
    return f"{named}: {record.mean:.2%} of the picture on average, {record.most:.2%} at most"


def _plates(record: CompRecord, pattern: str) -> list[Finding]:
    files = find_sequence(pattern, FrameRange.of(frame.number for frame in record.frames))
    found = []
    for frame in record.frames:
        then = frame.plate
        if then is None:
            return [failed(COULD_NOT_RUN, "the comp was signed without its plate being at hand", frame.number)]
        now = hash_file(files.path(frame.number))
        if (now.size, now.sha256) != (then.size, then.sha256):
            said = f"the plate of {frame.number} ({now.name}) is not the file that the comp was signed with"
            found.append(failed("plate_differs", said, frame.number, "Bring the plate as it was, or sign again."))
    return found


def _by_findings(name: str, found: Iterable[Finding], good: str) -> Check:
    said = tuple(found)
    if not said:
        return Check(name, State.PASSED, good)
    unrun = all(one.code == COULD_NOT_RUN for one in said)
    return Check(name, State.COULD_NOT_RUN if unrun else State.FAILED, said[0].message, findings=said)


def _only(findings: Iterable[Finding], begin: str) -> list[Finding]:
    return [one for one in findings if one.code.startswith(begin)]


def _without(findings: Iterable[Finding], begin: str) -> list[Finding]:
    return [one for one in findings if not one.code.startswith(begin)]
