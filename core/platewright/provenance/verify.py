"""Is a take whole, or a comp? The manifest against the record, the record against its frames, file by file.

Pixels are compared elsewhere; here it is bytes and hashes. It fails closed: a check that could not run is an
error like one that said no.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from platewright.contract.comps import COMP_ENDING, CompRecord
from platewright.contract.errors import CheckCouldNotRun, ManifestError
from platewright.contract.findings import Finding, Severity
from platewright.contract.mapper import MOST_BYTES, from_bytes
from platewright.contract.progress import Reporter, Silent
from platewright.contract.takes import TakeRecord, file_names

from .bound_files import against_manifest, error, failed, files_on_disk, read_plain, signature_findings
from .c2pa_store import MOST_MANIFEST_BYTES
from .definition import COMP_MEDIA_TYPE, TAKE_MEDIA_TYPE
from .reading import ManifestReport, read_manifest

__all__ = [
    "CompVerification",
    "ManifestReport",
    "TakeVerification",
    "read_manifest",
    "verify_comp",
    "verify_take",
    "verify_take_files",
]


@dataclass(frozen=True, slots=True)
class TakeVerification:
    """All that was found about a take; `report` and `record` are None where they could not be read."""

    report: ManifestReport | None
    record: TakeRecord | None
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """True when every check ran and none said no."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


def verify_take(record_path: Path, trust: str, reporter: Reporter | None = None) -> TakeVerification:
    """Check a take on disk, given its `*.take.json`. trust: roots as PEM text, or empty.

    Never raises for what is wrong with the take; only Cancelled comes through.
    """
    try:
        record_bytes, report = _signed(record_path, trust, TAKE_MEDIA_TYPE, "take")
    except (ManifestError, CheckCouldNotRun) as problem:
        return TakeVerification(None, None, (failed(problem),))
    findings = list(signature_findings(report))
    try:
        record = from_bytes(TakeRecord, record_bytes)
    except ManifestError as problem:
        return TakeVerification(report, None, (*findings, failed(problem)))
    if record_path.name != file_names(record.element, record.version)[1]:
        findings.append(error("record_renamed", f"the record belongs to {record.element} version {record.version}"))
    findings += verify_take_files(record_path.parent, record, report, reporter)
    return TakeVerification(report, record, tuple(findings))


def verify_take_files(
    folder: Path, record: TakeRecord, report: ManifestReport | None, reporter: Reporter | None = None
) -> tuple[Finding, ...]:
    """Compare the files in `folder` with the record, and the record with what was signed.

    Findings, all errors: those of `files_on_disk`, `record_inconsistent`, `record_not_signed`. Only Cancelled
    is raised.
    """
    pattern, index, _ = file_names(record.element, record.version)
    return (
        *against_manifest(record.frames, record.merkle_root, index, report),
        *files_on_disk(folder, record.frames, pattern, "take", reporter or Silent()),
    )


@dataclass(frozen=True, slots=True)
class CompVerification:
    """All that was found about a comp; `report` and `record` are None where they could not be read."""

    report: ManifestReport | None
    record: CompRecord | None
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """True when every check ran and none said no."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


def verify_comp(
    record_path: Path, trust: str, reporter: Reporter | None = None, files: bool = True
) -> CompVerification:
    """Check a comp's render, given its `*.comp.json`. files: compare the frames; without, only what was signed is read.

    Never raises for what is wrong with the comp; only Cancelled comes through.
    """
    try:
        record_bytes, report = _signed(record_path, trust, COMP_MEDIA_TYPE, "comp")
    except (ManifestError, CheckCouldNotRun) as problem:
        return CompVerification(None, None, (failed(problem),))
    findings = list(signature_findings(report, "comp"))
    try:
        record = from_bytes(CompRecord, record_bytes, record_path.name)
    except ManifestError as problem:
        return CompVerification(report, None, (*findings, failed(problem)))
    if record_path.name != record.name + COMP_ENDING:
        findings.append(error("record_renamed", f"the record belongs to {record.name}"))
    findings += against_manifest(record.frames, record.merkle_root, record.name + COMP_ENDING, report)
    if files:
        reporter = reporter or Silent()
        findings += files_on_disk(record_path.parent, record.frames, record.pattern, "comp", reporter, record.asked)
    return CompVerification(report, record, tuple(findings))


def _signed(record_path: Path, trust: str, media_type: str, what: str) -> tuple[bytes, ManifestReport]:
    """A record's bytes, and its manifest read against them. Raises ManifestError, CheckCouldNotRun."""
    record = read_plain(record_path, MOST_BYTES, "record_missing", what)
    beside = record_path.with_name(record_path.name + ".c2pa")
    manifest = read_plain(beside, MOST_MANIFEST_BYTES, "manifest_missing", what)
    return record, read_manifest(record, manifest, trust, media_type)
