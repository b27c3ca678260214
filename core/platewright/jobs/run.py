"""From a request to a finished take: the steps, in order.

What can fail early fails before the long work: the signing identity, the folder, the version. Whatever happens,
a take is there whole with its record signed, or nothing of it is.
"""

from __future__ import annotations

import hashlib
import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType

from platewright.contract.errors import Cancelled, InternalError, PlatewrightError, RequestError
from platewright.contract.findings import Finding, Severity
from platewright.contract.mapper import canonical
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Request
from platewright.contract.takes import Cost, FrameRecord, TakeRecord
from platewright.imaging.sequence import find_sequence
from platewright.operations.outcome import Outcome, PatchWriter
from platewright.provenance.header import expected_source_type, stamp
from platewright.provenance.identity import load_identity
from platewright.provenance.manifest import sign_take
from platewright.provenance.merkle import merkle_root
from platewright.provenance.parent import ParentManifest, find_plate_manifest
from platewright.provenance.settings import IdentitySettings

from .address import GENERATOR, request_hash
from .base_take import BaseTake, open_base, to_make, with_base
from .kept_evidence import keep
from .ledger import Ledger, TakeEntry
from .places import TakePlace
from .storage import storage_errors
from .takes import Reservation, TakeStore, load, load_bytes

__all__ = ["OPERATIONS", "Course", "Operate", "catch_up", "run"]

Operate = Callable[[Request, PatchWriter, Reporter], Outcome]

# What each kind of operation is done by: the module's `run(request, out, report) -> Outcome`.
OPERATIONS: Mapping[str, str] = {
    "regenerate": "platewright.operations.regenerate",
    "extend": "platewright.operations.extend",
    "replace_sky": "platewright.operations.replace_sky",
}


@dataclass(frozen=True)
class Course:
    """What somebody who keeps count of the work is told, and asked, on its way.

    finishing: the pictures stand; what follows is signing and publishing. publishing: the take's place, the SHA-256 of
    its record and the folder it comes from, right before it appears; raises to hold it back. cost: what it has cost so
    far.
    rescue: where the finished frames of a work that was stopped are put, None to drop them.
    """

    finishing: Callable[[], None] = lambda: None
    publishing: Callable[[TakePlace, str, Path], None] = lambda place, record, staging: None
    cost: Callable[[], Cost] = Cost
    rescue: Path | None = None


def run(
    request: Request,
    root: Path,
    identity_settings: IdentitySettings,
    report: Reporter,
    notice: Callable[[Finding], None] = lambda finding: None,
    operate: Operate | None = None,
    course: Course = Course(),
    whole: bool = False,
) -> TakeRecord:
    """Make a take of a request under `<root>/<element>/` and return its record.

    notice: gets what is worth knowing beside the take (a ledger that had been cut off). operate: another operation
    than the table's; whole: it is given all frames, and knows which are kept. course: see there.
    Raises every error of the tree: then nothing of the take is left, and its version is free again.
    """
    request = with_base(request, root, anew=True).request
    base = open_base(request, root)
    identity = load_identity(identity_settings)
    work = operate or _operation(request)
    store, ledger = TakeStore(root), Ledger(root)
    catch_up(store, ledger, notice)
    with store.reserve(request.element, ledger.versions(request.element)) as reservation:
        reservation.set_stamp(_stamp(request, reservation))
        begun = time.monotonic()
        try:
            kept = base.take_over(reservation, report) if base is not None else ()
            outcome = work(to_make(request) if operate is not None and not whole else request, reservation, report)
            if base is not None:
                outcome = _joined(outcome, base, kept)
        except Cancelled:
            if course.rescue is not None:
                reservation.rescue(course.rescue)
            raise
        course.finishing()
        record = _record(request, reservation.version, outcome, time.monotonic() - begun, course.cost())
        data = canonical(record)
        report.step(Step("signing", 0, 1))
        signed = sign_take(
            record, data, identity, plate_manifest=_plate_manifest(record), ledger_head=ledger.head(),
            base_manifest=base.manifest() if base is not None else None,
        )  # fmt: skip
        course.publishing(reservation.place, hashlib.sha256(data).hexdigest(), reservation.staging)
        place = reservation.publish(data, signed.manifest)
    for finding in signed.findings:
        notice(finding)
    _enter(ledger, place, TakeEntry.of(record, data, signed.manifest), notice, data, signed.manifest)
    return record


def catch_up(store: TakeStore, ledger: Ledger, notice: Callable[[Finding], None]) -> None:
    """Enter takes that stand on the disk but not in the ledger: their process was cut off in between."""
    known = ledger.takes()
    for place in store.takes():
        if (place.element, place.version) in known:
            continue
        try:
            data = load_bytes(place)
            with storage_errors(place.manifest, "read"):
                manifest = place.manifest.read_bytes()
            _enter(ledger, place, TakeEntry.of(load(place), data, manifest), notice, data, manifest)
        except PlatewrightError as error:
            notice(_unentered(place, error))


def _operation(request: Request) -> Operate:
    kind = request.operation.kind
    if request.backend != "builtin":
        raise RequestError(
            f"the backend '{request.backend[:80]}' works only on jobs, which are priced and paid once",
            code="backend_needs_job",
            hint="Leave --direct out.",
        )
    if kind not in OPERATIONS:
        raise RequestError(f"there is no operation '{kind}'", code="operation_unknown")
    module: ModuleType = importlib.import_module(OPERATIONS[kind])
    operate: Operate = module.run
    return operate


def _joined(outcome: Outcome, base: BaseTake, kept: tuple[FrameRecord, ...]) -> Outcome:
    """The outcome of the whole take. The module measures, and is loaded only by who makes pictures."""
    joining: ModuleType = importlib.import_module("platewright.jobs.joining")
    found: Outcome = joining.whole(outcome, base, kept)
    return found


def _stamp(request: Request, reservation: Reservation) -> Mapping[str, str]:
    trained = request.backend != "builtin"
    return stamp(request.element, reservation.version, expected_source_type(request, trained))


def _plate_manifest(record: TakeRecord) -> ParentManifest | None:
    """The plate's own manifest, where one lies beside it."""
    first = record.frames[0]
    path = find_sequence(record.request.plate.pattern, record.request.plate.frames).path(first.number)
    return find_plate_manifest(path, first.plate.sha256)


def _record(request: Request, version: int, outcome: Outcome, seconds: float, cost: Cost) -> TakeRecord:
    frames = tuple(sorted(outcome.frames, key=lambda frame: frame.number))
    if [frame.number for frame in frames] != list(request.plate.frames):
        raise InternalError("the operation did not give every frame that was asked for", code="frames_incomplete")
    return TakeRecord(
        element=request.element,
        version=version,
        created=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        generator=GENERATOR,
        request=request,
        request_hash=request_hash(request),
        encoding=outcome.encoding,
        colour_space=outcome.colour_space,
        display_window=outcome.display_window,
        pixel_aspect=outcome.pixel_aspect,
        frames=frames,
        merkle_root=merkle_root([frame.file.sha256 for frame in frames]),
        model_card=outcome.model_card,
        colour_config=outcome.colour_config,
        references=outcome.references,
        findings=outcome.findings,
        measures=outcome.measures,
        curve=outcome.curve,
        timings={**outcome.timings, "work": round(seconds, 3)},
        cost=cost,
    )


def _enter(
    ledger: Ledger, place: TakePlace, entry: TakeEntry, notice: Callable[[Finding], None], *evidence: bytes
) -> None:
    """Enter a take that stands on the disk. A ledger that can't be written is told, and made good by the next run.

    evidence: the bytes of its record and manifest, of which copies are kept before it is entered.
    """
    try:
        keep(ledger.path.parent, *evidence)
        for finding in ledger.enter_take(place, entry):
            notice(finding)
    except PlatewrightError as error:
        notice(_unentered(place, error))


def _unentered(place: TakePlace, error: PlatewrightError) -> Finding:
    return Finding(
        "ledger_behind",
        Severity.WARNING,
        f"{place.stem} is whole but could not be entered in the ledger: {error.message}",
        remedy="The next run enters it." if error.retry or not error.hint else error.hint,
    )
