"""Is a take whole? Its manifest against its record, its record against its frames, file by file.

Pixels are compared elsewhere; here it is bytes and hashes. It fails closed: a check that could not run is an
error like one that said no. Records, manifests and names come from outside: a frame's name must be a plain file
name, only plain files are opened, and no more is read than the record says there should be.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from platewright.contract.errors import CheckCouldNotRun, ManifestError, PlatewrightError
from platewright.contract.findings import Finding, Severity
from platewright.contract.mapper import MOST_BYTES, from_bytes
from platewright.contract.progress import Reporter, Silent, Step
from platewright.contract.takes import FrameRecord, TakeRecord, file_names

from .c2pa_store import MOST_MANIFEST_BYTES
from .definition import SEQUENCE
from .merkle import merkle_root
from .names import is_plain_name, shown
from .reading import ManifestReport, read_manifest

__all__ = ["ManifestReport", "TakeVerification", "read_manifest", "verify_take", "verify_take_files"]

_THREADS = 2


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
        record_bytes = _read(record_path, MOST_BYTES, "record_missing")
        manifest_bytes = _read(
            record_path.with_name(record_path.name + ".c2pa"), MOST_MANIFEST_BYTES, "manifest_missing"
        )
        report = read_manifest(record_bytes, manifest_bytes, trust)
    except (ManifestError, CheckCouldNotRun) as error:
        return TakeVerification(None, None, (_failed(error),))
    findings = list(_signature(report))
    try:
        record = from_bytes(TakeRecord, record_bytes)
    except ManifestError as error:
        return TakeVerification(report, None, (*findings, _failed(error)))
    if record_path.name != file_names(record.element, record.version)[1]:
        findings.append(_error("record_renamed", f"the record belongs to {record.element} version {record.version}"))
    findings += verify_take_files(record_path.parent, record, report, reporter)
    return TakeVerification(report, record, tuple(findings))


def verify_take_files(
    folder: Path, record: TakeRecord, report: ManifestReport | None, reporter: Reporter | None = None
) -> tuple[Finding, ...]:
    """Compare the files in `folder` with the record, and the record with what was signed.

    Findings, all of severity error: `frame_missing`, `frame_modified`, `frame_swapped`, `frame_unlisted`,
    `frame_name_not_plain`, `record_inconsistent`, `record_not_signed`, `check_could_not_run`. Files are hashed by
    two threads. Only Cancelled is raised.
    """
    findings = list(_against_manifest(record, report))
    unsafe = [frame for frame in record.frames if not is_plain_name(frame.file.name)]
    findings += [
        _error(
            "frame_name_not_plain",
            f"the record names '{shown(frame.file.name, 80)}', which is no plain file name",
            frame.number,
        )
        for frame in unsafe
    ]
    safe = [frame for frame in record.frames if is_plain_name(frame.file.name)]
    findings += _frames(folder, safe, reporter or Silent())
    findings += _unlisted(folder, record)
    return tuple(findings)


def _signature(report: ManifestReport) -> Iterator[Finding]:
    if report.state == "Trusted":
        return
    if report.holds:
        yield Finding(
            "signer_untrusted",
            Severity.WARNING,
            f"the take is whole, but nobody here vouches for its signer, '{report.signer}'",
            remedy="If you know that signer, put its root certificate into the folder of trusted roots.",
        )
    elif report.expired:
        yield _error(
            "certificate_expired",
            f"the signer's certificate expired ({report.valid_until}) and no time-stamp proves when it signed",
            remedy="Compare the take with the ledger's hashes, and sign it again.",
        )
    else:
        yield _error(
            "manifest_mismatch",
            f"the record or its manifest was changed after signing: {', '.join(report.failures) or 'it does not hold'}",
            remedy="Take both files from the backup.",
        )


def _against_manifest(record: TakeRecord, report: ManifestReport | None) -> Iterator[Finding]:
    """The signed statement about the sequence against what the record says now."""
    if report is None:
        yield _could_not_run("there is no readable manifest, so nothing says which frames were signed")
        return
    hashes = [frame.file.sha256 for frame in record.frames]
    try:
        root = merkle_root(hashes)
    except ManifestError as error:
        yield _failed(error)
        return
    if root != record.merkle_root:
        yield _error("record_inconsistent", "the record's tree hash is not that of the frames it lists")
    signed = report.assertion(SEQUENCE)
    if not signed:
        yield _could_not_run("the manifest says nothing about a sequence of frames")
        return
    numbers = [frame.number for frame in record.frames]
    expected: Mapping[str, object] = {
        "alg": "sha256",
        "count": len(numbers),
        "first": numbers[0] if numbers else None,
        "last": numbers[-1] if numbers else None,
        "merkle_root": root,
        "index": file_names(record.element, record.version)[1],
    }
    differing = [name for name, value in expected.items() if signed.get(name) != value]
    if differing:
        yield _error("record_not_signed", f"the record is not the one that was signed: {', '.join(differing)} differ")


def _frames(folder: Path, frames: list[FrameRecord], reporter: Reporter) -> list[Finding]:
    listed = {frame.file.sha256: frame for frame in frames}
    sizes = {frame.file.size for frame in frames}
    findings: list[Finding] = []
    with ThreadPoolExecutor(_THREADS) as pool:
        outcomes = pool.map(lambda frame: _frame(folder, frame, listed, sizes), frames)
        try:
            for done, (frame, finding) in enumerate(zip(frames, outcomes, strict=True), 1):
                if finding is not None:
                    findings.append(finding)
                reporter.step(Step("verifying", done, len(frames), frame.number))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return findings


def _frame(folder: Path, frame: FrameRecord, listed: Mapping[str, FrameRecord], sizes: set[int]) -> Finding | None:
    name, number = frame.file.name, frame.number
    try:
        sha256 = _hash(folder / name, sizes)
    except FileNotFoundError:
        return _error("frame_missing", f"{name} is missing", number, "Take it from the backup, or make the take again.")
    except (OSError, PlatewrightError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return _could_not_run(f"{name} can't be checked: {reason}", number)
    if sha256 == frame.file.sha256:
        return None
    other = listed.get(sha256)
    if other is not None:
        return _error("frame_swapped", f"{name} holds frame {other.number}", number, "Put the frames back in order.")
    return _error("frame_modified", f"{name} was changed since the take was signed", number, "Take it from the backup.")


def _hash(path: Path, sizes: set[int]) -> str:
    """SHA-256 of a plain file, hex; an empty text for one whose size no listed frame has, which is not read."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ManifestError("it is not a plain file")
    if status.st_size not in sizes:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unlisted(folder: Path, record: TakeRecord) -> Iterator[Finding]:
    """Files that a host would take for frames of this take, but which were never part of it."""
    before, after = file_names(record.element, record.version)[0].split("%d")
    pattern = re.compile(re.escape(before) + r"-?\d+" + re.escape(after), re.IGNORECASE)
    listed = {frame.file.name for frame in record.frames}
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        yield _could_not_run(f"the folder can't be listed: {error.strerror}")
        return
    for name in names:
        if pattern.fullmatch(name) and name not in listed:
            yield _error(
                "frame_unlisted",
                f"{shown(name, 80)} lies among the frames but is not part of the take",
                remedy="Move it away.",
            )


def _read(path: Path, most: int, missing: str) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise CheckCouldNotRun(f"{path.name} is not a plain file")
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError as error:
        raise ManifestError(
            f"{path.name} is missing", code=missing, hint="A take can't be checked without it; take it from the backup."
        ) from error
    except OSError as error:
        raise CheckCouldNotRun(f"{path.name} can't be read: {error.strerror}") from error
    if len(data) > most:
        raise ManifestError(f"{path.name} is too large to be what it says", code="record_too_large")
    return data


def _error(code: str, message: str, frame: int | None = None, remedy: str = "") -> Finding:
    return Finding(code, Severity.ERROR, message, frame, remedy=remedy)


def _could_not_run(message: str, frame: int | None = None) -> Finding:
    return _error("check_could_not_run", message, frame, "Make the file readable and check again.")


def _failed(error: PlatewrightError) -> Finding:
    return _error(error.code, shown(error.message, 400), error.frame, error.hint)
