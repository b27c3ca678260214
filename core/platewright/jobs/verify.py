"""The whole verification of a take: its manifest and files, its patch, its matte, and its plate.

It fails closed: a check that said no decides, and so does one that could not run. Only a plate that is nowhere to
be found is told apart, and it too counts as not verified unless the caller has said to leave that check out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum

from platewright.contract.errors import CheckCouldNotRun, InputError, PlatewrightError, VerificationFailed
from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Regenerate
from platewright.contract.takes import FrameRecord, TakeRecord
from platewright.imaging.sequence import Sequence, find_sequence
from platewright.provenance.reading import ManifestReport
from platewright.provenance.verify import verify_take

from .pixels import check_matte, check_patch, check_plate, failed, read_patch, read_under
from .places import TakePlace

__all__ = ["Check", "Judged", "State", "Verification", "signed_check", "verify"]

COULD_NOT_RUN = "check_could_not_run"
_AT_ONCE = 2
"""Frames that are read and compared beside each other: reading waits for the disk, and libraries let others run."""


class State(Enum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_RUN = "could not run"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it is about, how it ended, and a sentence.

    needed: whether the take counts as verified only when this check has passed. findings: what it found.
    """

    name: str
    state: State
    message: str
    needed: bool = True
    findings: tuple[Finding, ...] = ()


class Judged:
    """Something whose checks have run: what they say together."""

    checks: tuple[Check, ...]

    @property
    def state(self) -> State:
        """FAILED when a check said no, else COULD_NOT_RUN when a needed one did not run, else PASSED."""
        if any(check.state is State.FAILED for check in self.checks):
            return State.FAILED
        unfinished = any(check.needed and check.state is not State.PASSED for check in self.checks)
        return State.COULD_NOT_RUN if unfinished else State.PASSED

    @property
    def exit_code(self) -> int:
        """0, 6 when a check said no, 7 when a needed check could not run."""
        codes = {State.FAILED: VerificationFailed.exit_code, State.COULD_NOT_RUN: CheckCouldNotRun.exit_code}
        return codes.get(self.state, 0)


@dataclass(frozen=True)
class Verification(Judged):
    """A take verified. manifest, record: as read, or None where they could not be."""

    place: TakePlace
    manifest: ManifestReport | None
    record: TakeRecord | None
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]


def verify(
    place: TakePlace,
    report: Reporter,
    *,
    trust: str = "",
    plate: str = "",
    matte: str = "",
    without_plate: bool = False,
    trusted_only: bool = False,
) -> Verification:
    """Verify a take on disk.

    trust: roots as PEM text. plate, matte: patterns that win over the record's. without_plate: leave out what needs
    the plate. trusted_only: a signer nobody vouches for is a failure.
    Never raises for what is wrong with the take; only Cancelled, and InputError for a plate or matte that was named
    by the caller and is not there.
    """
    signed = verify_take(place.record, trust, report)
    checks = [signed_check(signed.report, signed.findings, trusted_only)]
    findings = list(signed.findings)
    if signed.record is not None:
        pixels = _Pixels(place, signed.record, plate, matte, without_plate)
        pixels.run(report)
        checks += pixels.checks
        findings += pixels.findings
    return Verification(place, signed.report, signed.record, tuple(checks), tuple(findings))


def signed_check(
    report: ManifestReport | None,
    findings: Iterable[Finding],
    trusted_only: bool,
    name: str = "signature and files",
    good: str = "every frame matches",
) -> Check:
    """The manifest and the hash of every file."""
    found = tuple(findings)
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    if any(finding.code != COULD_NOT_RUN for finding in errors):
        return Check(name, State.FAILED, errors[0].message, findings=found)
    if errors or report is None:
        why = errors[0].message if errors else "nothing to read"
        return Check(name, State.COULD_NOT_RUN, why, findings=found)
    vouched = f", issued by {report.issuer}" if report.issuer not in ("", report.signer) else ""
    signer = f"signed by {report.signer or 'nobody named'}{vouched}"
    if report.state != "Trusted":
        state = State.FAILED if trusted_only else State.PASSED
        return Check(name, state, f"{signer}, whom nobody here vouches for; {good}", findings=found)
    return Check(name, State.PASSED, f"{signer} (trusted); {good}", findings=found)


def _nothing_said() -> dict[str, list[Finding]]:
    return {"patch": [], "matte": [], "untouched pixels": []}


@dataclass
class _Seen:
    """What was seen of one frame: findings by check, and untouched pixels compared."""

    said: dict[str, list[Finding]] = field(default_factory=_nothing_said)
    compared: int = 0


class _Pixels:
    """The checks that need pixels, over all frames, a few of them in memory at a time."""

    def __init__(self, place: TakePlace, record: TakeRecord, plate: str, matte: str, without_plate: bool) -> None:
        self.findings: list[Finding] = []
        self.checks: list[Check] = []
        self._place = place
        self._record = record
        self._without_plate = without_plate
        self._compared = 0
        self._said = _nothing_said()
        self._plate, self._plate_gone = self._find(plate, record.request.plate.pattern, "plate", not without_plate)
        asked = record.request.matte
        used = asked is not None and isinstance(record.request.operation, Regenerate)
        self._matte, self._matte_gone = self._find(matte, asked.pattern if asked else "", "matte", used)

    def _find(self, given: str, recorded: str, what: str, wanted: bool) -> tuple[Sequence | None, str]:
        """The files of the plate or matte, or why there are none. Raises InputError where the caller named them."""
        numbers = [frame.number for frame in self._record.frames]
        if not wanted or not numbers:
            return None, ""
        try:
            return find_sequence(given or recorded, FrameRange.of(numbers), what), ""
        except InputError as error:
            if given:
                raise
            return None, error.message

    def run(self, report: Reporter) -> None:
        """Go through the frames, two at a time and told in their order, then sum up."""
        frames = self._record.frames
        if tuple(entry.number for entry in frames) != self._record.request.plate.frames.numbers:
            what = "the take does not have exactly the frames that were asked for"
            self._said["patch"].append(Finding("frames_incomplete", Severity.ERROR, what))
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="verify") as pool:
            waiting: deque[Future[_Seen]] = deque()
            try:
                for done, entry in enumerate(frames):
                    waiting += [pool.submit(self._frame, one) for one in frames[done + len(waiting) : done + _AT_ONCE]]
                    report.step(Step("checking", done, len(frames), entry.number))
                    self._take_in(waiting.popleft().result())
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        report.step(Step("checking", len(frames), len(frames)))
        self._sum_up()

    def _take_in(self, seen: _Seen) -> None:
        self._compared += seen.compared
        for name, found in seen.said.items():
            self._said[name] += found

    def _frame(self, entry: FrameRecord) -> _Seen:
        """What one frame says. It changes nothing of the whole, because others are looked at beside it."""
        number, seen = entry.number, _Seen()
        if entry.file.name != self._place.frame(number).name:
            seen.said["patch"].append(failed("record_inconsistent", f"frame {number} has another's name", number))
            return seen
        try:
            patch = read_patch(self._place, number)
        except PlatewrightError as error:
            for said in seen.said.values():
                said.append(_unrun(error, number))
            return seen
        seen.said["patch"] += check_patch(patch, self._record, entry)
        if self._matte is not None:
            try:
                under = read_under(self._place, self._record, number)
                seen.said["matte"] += check_matte(patch, self._record, entry, self._matte, under)
            except PlatewrightError as error:
                seen.said["matte"].append(_unrun(error, number))
        if self._plate is not None:
            try:
                seen.compared, found = check_plate(patch, self._record, entry, self._plate)
                seen.said["untouched pixels"] += found
            except PlatewrightError as error:
                seen.said["untouched pixels"].append(_unrun(error, number))
        return seen

    def _sum_up(self) -> None:
        count = len(self._record.frames)
        self._add("patch", f"finite and 0 on its border in {count} frames", True, "")
        if self._matte is not None or self._matte_gone:
            gone = f"matte not found: {self._matte_gone}" if self._matte is None else ""
            self._add("matte", "nothing changed outside it", False, gone)
        if self._without_plate:
            self.checks.append(Check("untouched pixels", State.NOT_CHECKED, "left out, as asked", needed=False))
        else:
            gone = f"plate not found: {self._plate_gone}" if self._plate is None else ""
            good = f"{self._compared} pixels equal the plate bit for bit"
            self._add("untouched pixels", good if self._compared else "the take changes every pixel", True, gone)

    def _add(self, name: str, good: str, needed: bool, gone: str) -> None:
        said = tuple(self._said[name])
        self.findings += said
        if gone:
            self.checks.append(Check(name, State.NOT_CHECKED, gone, needed))
        elif any(finding.code != COULD_NOT_RUN for finding in said):
            first = next(finding for finding in said if finding.code != COULD_NOT_RUN)
            self.checks.append(Check(name, State.FAILED, first.message, needed, said))
        elif said:
            self.checks.append(Check(name, State.COULD_NOT_RUN, said[0].message, True, said))
        else:
            self.checks.append(Check(name, State.PASSED, good, needed))


def _unrun(error: PlatewrightError, number: int) -> Finding:
    """A check that could not run on a frame: an error like one that said no."""
    return failed(COULD_NOT_RUN, error.message, number, error.hint)
