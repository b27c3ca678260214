"""Facts about a take: its evidence, its pictures, and whether it kept its hands off the plate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from platewright.contract.checks import CheckAsk, Subject
from platewright.contract.colour_config import ColourConfig
from platewright.contract.errors import CheckCouldNotRun, ManifestError, PlatewrightError, StorageError
from platewright.contract.findings import Finding, Severity
from platewright.contract.mapper import canonical, from_bytes
from platewright.contract.progress import Reporter
from platewright.contract.request import Extend
from platewright.contract.takes import TakeRecord
from platewright.imaging.colour import Colour
from platewright.imaging.sequence import find_sequence
from platewright.provenance.parent import find_plate_manifest
from platewright.provenance.reading import ManifestReport, read_manifest
from platewright.rights.checks.facts import Declared, Evidence, Facts, Picture, Pictures, Unknown

from ..places import TakePlace
from ..storage import storage_errors
from ..takes import load_bytes
from ..verify import Check, State, Verification, verify
from .case_facts import Show, case_of
from .clock import Clock, ahead_of
from .destination import taken_in
from .ledger_facts import LedgerFacts
from .picture_facts import look, surveyed

__all__ = ["Look", "take_facts"]

_ELSEWHERE = frozenset({"patch_not_finite", "patch_window_differs", "check_could_not_run"})
"""What the pictures' own rules say, and better: of the patch's check these are left out."""
_OF_FILES = frozenset({"record_inconsistent", "frames_incomplete", "stamp_differs", "plate_differs", "matte_differs"})


@dataclass(frozen=True)
class Look:
    """What a whole check is judged by: what was asked, under which records, by whose roots, and when."""

    ask: CheckAsk
    show: Show
    trust: str
    clock: Clock


def take_facts(place: TakePlace, by: Look, ledger: LedgerFacts, report: Reporter) -> Facts:
    """Everything about a take. Raises Cancelled, and nothing for what is wrong with it."""
    ask, clock = by.ask, by.clock
    subject = Subject(place.stem, "take", str(place.record))
    if ask.records_only:
        found, record_hash = _signed_only(place, by.trust)
    else:
        found = verify(place, report, trust=by.trust)
        record_hash = _hash_of(place) if found.record is not None else ""
    record = found.record
    if record is None:
        return Facts(
            subject,
            clock.today,
            final=ask.final,
            generated=True,
            trusted_only=ask.trusted_only,
            record=Unknown("the record can't be read"),
            evidence=Evidence(findings=found.findings),
        )
    by_name = {check.name: check for check in found.checks}
    files, pixels = _split(by_name.get("patch"), by_name.get("matte"), by_name.get("untouched pixels"))
    signed = by_name["signature and files"].findings if by_name else found.findings
    later = ahead_of(
        clock, {"the take": record.created, "its signature": found.manifest.time if found.manifest else ""}
    )
    findings = (*signed, *files, *ledger.about(place), *later)
    synthesised = any(frame.shares.synthesis > 0 for frame in record.frames)
    return Facts(
        subject,
        clock.today,
        final=ask.final,
        generated=True,
        trained=record.model_card.trained and synthesised,
        trusted_only=ask.trusted_only,
        record=record,
        record_hash=record_hash,
        elements=(record_hash,) if record_hash else (),
        case=case_of(record, ask, by.show, clock.today),
        disclosure=by.show.disclosure,
        evidence=_evidence(record, found.manifest, findings),
        pictures=Unknown("only records were looked at") if ask.records_only else _pictures(place, record, report),
        untouched=None if ask.records_only else _untouched(by_name, pixels),
        declared=_declared(record, ask, place),
    )


def _signed_only(place: TakePlace, trust: str) -> tuple[Verification, str]:
    """The record against its manifest, with no frame opened; and the record's hash, empty where it can't be read."""
    try:
        data = load_bytes(place)
        with storage_errors(place.manifest, "read"):
            manifest = place.manifest.read_bytes()
        report = read_manifest(data, manifest, trust)
        record = from_bytes(TakeRecord, data)
    except (ManifestError, CheckCouldNotRun) as error:
        return _unreadable(place, error.code, error), ""
    except StorageError as error:
        code = "manifest_missing" if not place.manifest.exists() else "check_could_not_run"
        return _unreadable(place, code, error), ""
    found: tuple[Finding, ...] = ()
    if not report.holds:
        code, what = _broken(report)
        found = (Finding(code, Severity.ERROR, what, remedy="Take both files from the backup."),)
    elif report.state != "Trusted":
        found = (Finding("signer_untrusted", Severity.WARNING, f"nobody here vouches for '{report.signer}'"),)
    return Verification(place, report, record, (), found), hashlib.sha256(data).hexdigest()


def _unreadable(place: TakePlace, code: str, error: PlatewrightError) -> Verification:
    """A take of which nothing is known but why."""
    return Verification(place, None, None, (), (Finding(code, Severity.ERROR, error.message, remedy=error.hint),))


def _broken(report: ManifestReport) -> tuple[str, str]:
    """The code and the sentence for a manifest that does not hold."""
    if report.revoked:
        return "signer_revoked", f"the certificate that '{report.signer}' signed with is on the list of revoked ones"
    if report.expired:
        return "certificate_expired", "the signer's certificate has expired"
    return "manifest_mismatch", "the record or its manifest was changed"


def _hash_of(place: TakePlace) -> str:
    """The record's hash, by which reports know the take; empty where it can't be read, which was told."""
    try:
        return hashlib.sha256(load_bytes(place)).hexdigest()
    except (ManifestError, StorageError):
        return ""


def _split(*checks: Check | None) -> tuple[list[Finding], list[Finding]]:
    """Findings about files, and those about pixels, of the checks of a take's pixels."""
    said = [finding for check in checks if check is not None for finding in check.findings]
    files = [finding for finding in said if finding.code in _OF_FILES]
    return files, [finding for finding in said if finding.code not in _OF_FILES | _ELSEWHERE]


def _untouched(checks: dict[str, Check], pixels: list[Finding]) -> tuple[Finding, ...] | Unknown:
    """The comparison with the plate and the matte; what was found counts before what could not be looked at."""
    if pixels:
        return tuple(pixels)
    for name in ("patch", "matte", "untouched pixels"):
        check = checks.get(name)
        if check is not None and check.state in (State.COULD_NOT_RUN, State.NOT_CHECKED) and check.needed:
            return Unknown(check.message)
    return ()


def _evidence(record: TakeRecord, report: ManifestReport | None, findings: Iterable[Finding]) -> Evidence:
    plate = find_plate_manifest(Path(record.request.plate.pattern).parent / record.frames[0].plate.name)
    marked = (record.frames[0].plate.name,) if plate is not None and record.frames[0].plate.name else ()
    left_out = [one for one in record.findings if one.code in ("plate_manifest_invalid", "base_manifest_left_out")]
    parents = [one for one in report.inputs if one.relationship == "parentOf"] if report else []
    return Evidence(
        state=report.state if report else "",
        signer=report.signer if report else "",
        source_types=tuple(sorted({act.source_type for act in report.actions if act.source_type})) if report else (),
        findings=(*findings, *left_out),
        inputs_marked=marked,
        inputs_carried=sum(one.has_manifest for one in parents),
        told=json.dumps(report.assertions, default=str, ensure_ascii=False) if report else "",
    )


def _pictures(place: TakePlace, record: TakeRecord, report: Reporter) -> Pictures:
    paths = {frame.number: place.frame(frame.number) for frame in record.frames}
    return Pictures(surveyed(paths, report))


def _declared(record: TakeRecord, ask: CheckAsk, place: TakePlace) -> Declared:
    colour = "" if ask.records_only else _colour_of(canonical(record.request.colour), record.colour_space)
    return Declared(
        frames=record.request.plate.frames.numbers,
        colour=colour,
        plate=None if ask.records_only else _plate(record, ask),
        extends=isinstance(record.request.operation, Extend) and record.request.operation.grow_display,
        destination=ask.destination,
        destination_taken=taken_in(ask.destination, [frame.file.name for frame in record.frames]),
    )


@lru_cache(maxsize=64)
def _colour_of(config: bytes, space: str) -> str:
    """The interop id of a take's colour space, in the configuration that its request names; empty for one without.

    config: canonical, because a configuration holds a table and can't be a key itself.
    """
    try:
        return Colour(None if config == b"null" else from_bytes(ColourConfig, config)).interop_id(space)
    except PlatewrightError:
        return ""


def _plate(record: TakeRecord, ask: CheckAsk) -> Picture | None:
    """The plate's first frame as it is now; None where it is not at hand, which PW607 tells."""
    number = record.frames[0].number
    try:
        path = find_sequence(ask.plate or record.request.plate.pattern).path(number)
    except PlatewrightError:
        return None
    found = look(path, number, pixels=False)
    return None if found.problem else found
