"""Files that a signed record lists, compared with what lies on the disk: hashes, names, gaps, and what lies among them.

For takes and comps alike. It fails closed: a file that could not be looked at is an error like one that differs. Names
come from outside: only plain ones are opened, only plain files are read, and no more than the record says there is.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from platewright.contract.errors import CheckCouldNotRun, ManifestError, PlatewrightError
from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Step
from platewright.contract.takes import FileHash

from .definition import SEQUENCE
from .merkle import merkle_root
from .names import is_plain_name, shown
from .reading import ManifestReport

__all__ = [
    "BoundFile",
    "against_manifest",
    "could_not_run",
    "error",
    "failed",
    "files_on_disk",
    "read_plain",
    "signature_findings",
]

_THREADS = 2


class BoundFile(Protocol):
    """One listed file: its frame's number, and its name, size and hash."""

    @property
    def number(self) -> int:
        """The frame."""

    @property
    def file(self) -> FileHash:
        """The file."""


def signature_findings(report: ManifestReport, what: str = "take") -> Iterator[Finding]:
    """What the state of a manifest means, in words, and what is to be said of those who signed what is inside."""
    yield from _of_signer(report, what)
    for one in report.carried:
        if one.revoked:
            yield error(
                "signer_revoked",
                f"{one.title}, which is in it, was signed by '{one.signer}', whose certificate is on the list of "
                "revoked ones",
                remedy=f"Sign {one.title} again from the ledger, and then the {what} over it.",
            )
        elif not one.trusted and report.state == "Trusted":  # else it stands at the outermost signer already
            yield Finding(
                "signer_untrusted",
                Severity.WARNING,
                f"nobody here vouches for '{one.signer}', who signed {one.title}, which is in it",
                remedy="If you know that signer, put its root certificate into the folder of trusted roots.",
            )


def _of_signer(report: ManifestReport, what: str) -> Iterator[Finding]:
    if report.state == "Trusted":
        return
    if report.holds:
        yield Finding(
            "signer_untrusted",
            Severity.WARNING,
            f"the {what} is whole, but nobody here vouches for its signer, '{report.signer}'",
            remedy="If you know that signer, put its root certificate into the folder of trusted roots.",
        )
    elif report.revoked:
        yield error(
            "signer_revoked",
            f"the certificate that '{report.signer}' signed with is on the list of revoked ones",
            remedy="Find out what was signed with it; what the ledger still knows can be signed again.",
        )
    elif report.expired:
        yield error(
            "certificate_expired",
            f"the signer's certificate expired ({report.valid_until}) and no time-stamp proves when it signed",
            remedy=f"Compare the {what} with the ledger's hashes, and sign it again.",
        )
    else:
        about = "the file or its manifest" if what == "delivery" else "the record or its manifest"
        yield error(
            "manifest_mismatch",
            f"{about} was changed after signing: {', '.join(report.failures) or 'it does not hold'}",
            remedy="Take it from the backup.",
        )


def against_manifest(
    frames: Sequence[BoundFile], stated_root: str, index: str, report: ManifestReport | None
) -> Iterator[Finding]:
    """The signed statement about a sequence against what its record says now. index: the record's file name."""
    if report is None:
        yield could_not_run("there is no readable manifest, so nothing says which frames were signed")
        return
    try:
        root = merkle_root([frame.file.sha256 for frame in frames])
    except ManifestError as problem:
        yield failed(problem)
        return
    if root != stated_root:
        yield error("record_inconsistent", "the record's tree hash is not that of the frames it lists")
    signed = report.assertion(SEQUENCE)
    if not signed:
        yield could_not_run("the manifest says nothing about a sequence of frames")
        return
    expected: Mapping[str, object] = {
        "alg": "sha256",
        "count": len(frames),
        "first": frames[0].number if frames else None,
        "last": frames[-1].number if frames else None,
        "merkle_root": root,
        "index": index,
    }
    differing = [name for name, value in expected.items() if signed.get(name) != value]
    if differing:
        yield error("record_not_signed", f"the record is not the one that was signed: {', '.join(differing)} differ")


def files_on_disk(
    folder: Path,
    frames: Sequence[BoundFile],
    pattern: str,
    what: str,
    reporter: Reporter,
    asked: FrameRange | None = None,
) -> list[Finding]:
    """Every listed file against the folder, by two threads; and files of the same pattern that nobody listed.

    pattern: plain name with `%d` for the frame. what: `take` or `comp`. asked: frames that alone were to be signed, so
    that others are no intruders; None for all. Findings, all errors: `frame_missing`, `frame_modified`,
    `frame_swapped`, `frame_unlisted`, `frame_name_not_plain`, `check_could_not_run`; and the warning `frames_unsigned`.
    Only Cancelled is raised.
    """
    findings = [
        error(
            "frame_name_not_plain",
            f"the record names '{shown(frame.file.name, 80)}', which is no plain file name",
            frame.number,
        )
        for frame in frames
        if not is_plain_name(frame.file.name)
    ]
    safe = [frame for frame in frames if is_plain_name(frame.file.name)]
    listed = {frame.file.sha256: frame for frame in safe}
    sizes = {frame.file.size for frame in safe}
    with ThreadPoolExecutor(_THREADS) as pool:
        outcomes = pool.map(lambda frame: _frame(folder, frame, listed, sizes, what), safe)
        try:
            for done, (frame, finding) in enumerate(zip(safe, outcomes, strict=True), 1):
                if finding is not None:
                    findings.append(finding)
                reporter.step(Step("verifying", done, len(safe), frame.number))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [*findings, *_unlisted(folder, pattern, {frame.file.name for frame in frames}, what, asked)]


def _frame(
    folder: Path, frame: BoundFile, listed: Mapping[str, BoundFile], sizes: set[int], what: str
) -> Finding | None:
    name, number = frame.file.name, frame.number
    try:
        sha256 = _hash(folder / name, sizes)
    except FileNotFoundError:
        again = "make the take again" if what == "take" else "render it again"
        return error("frame_missing", f"{name} is missing", number, f"Take it from the backup, or {again}.")
    except (OSError, PlatewrightError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        return could_not_run(f"{name} can't be checked: {reason}", number)
    if sha256 == frame.file.sha256:
        return None
    other = listed.get(sha256)
    if other is not None:
        return error("frame_swapped", f"{name} holds frame {other.number}", number, "Put the frames back in order.")
    changed = f"{name} was changed since the {what} was signed"
    return error("frame_modified", changed, number, "Take it from the backup.")


def _hash(path: Path, sizes: set[int]) -> str:
    """SHA-256 of a plain file, hex; an empty text for one whose size no listed frame has, which is not read."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ManifestError("it is not a plain file")
    if status.st_size not in sizes:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unlisted(folder: Path, pattern: str, listed: set[str], what: str, asked: FrameRange | None) -> Iterator[Finding]:
    """Files that a host would take for frames of these, but which were never part of them."""
    before, token, after = pattern.partition("%d")
    if not token:
        return
    shape = re.compile(re.escape(before) + r"(-?\d+)" + re.escape(after), re.IGNORECASE)
    inside = None if asked is None else frozenset(asked.numbers)
    try:
        names = sorted(os.listdir(folder))
    except OSError as problem:
        yield could_not_run(f"the folder can't be listed: {problem.strerror}")
        return
    beside: list[int] = []
    for name in names:
        found = shape.fullmatch(name)
        if found is None or name in listed:
            continue
        if inside is not None and int(found[1]) not in inside:
            beside.append(int(found[1]))
        else:
            yield error(
                "frame_unlisted",
                f"{shown(name, 80)} lies among the frames but is not part of the {what}",
                remedy="Move it away.",
            )
    if beside:
        yield Finding(
            "frames_unsigned",
            Severity.WARNING,
            f"{len(beside)} frames that lie there are not signed ({min(beside)} to {max(beside)}): the {what} was "
            f"signed for {str(asked)[:80]} alone",
            remedy="Sign all frames before the whole render is published.",
        )


def read_plain(path: Path, most: int, missing: str, what: str = "take") -> bytes:
    """A plain file's bytes. Raises ManifestError with the code `missing` or `record_too_large`, CheckCouldNotRun."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise CheckCouldNotRun(f"{path.name} is not a plain file")
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError as problem:
        hint = f"A {what} can't be checked without it; take it from the backup."
        raise ManifestError(f"{path.name} is missing", code=missing, hint=hint) from problem
    except OSError as problem:
        raise CheckCouldNotRun(f"{path.name} can't be read: {problem.strerror}") from problem
    if len(data) > most:
        raise ManifestError(f"{path.name} is too large to be what it says", code="record_too_large")
    return data


def error(code: str, message: str, frame: int | None = None, remedy: str = "") -> Finding:
    """A finding that says no."""
    return Finding(code, Severity.ERROR, message, frame, remedy=remedy)


def could_not_run(message: str, frame: int | None = None) -> Finding:
    """A finding that a check could not run, which counts like one that said no."""
    return error("check_could_not_run", message, frame, "Make the file readable and check again.")


def failed(problem: PlatewrightError) -> Finding:
    """An error as a finding."""
    return error(problem.code, shown(problem.message, 400), problem.frame, problem.hint)
