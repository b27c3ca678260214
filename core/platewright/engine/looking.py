"""Looking at takes: records, verification, the ledger of a root. Runs in the looking process (see looks)."""

from __future__ import annotations

from pathlib import Path

from platewright.contract.findings import Severity
from platewright.contract.progress import Silent
from platewright.contract.takes import TakeRecord
from platewright.contract.wire import FullFrames, FullFramesAsk, LedgerState, Verification, VerifyAsk, WireCheck
from platewright.jobs.full_frames import copy_full_frames
from platewright.jobs.ledger import Ledger
from platewright.jobs.places import takes_at
from platewright.jobs.takes import TakeStore, load
from platewright.jobs.verify import verify
from platewright.provenance.identity import trust_anchors
from platewright.settings.layers import load_settings

__all__ = ["full_frames", "ledger_state", "record", "verify_take"]


def ledger_state(root: str) -> LedgerState:
    """A root's ledger followed from its start. Raises StorageError."""
    ledger = Ledger(Path(root))
    findings = ledger.check()
    whole = not any(finding.severity is Severity.ERROR for finding in findings)
    return LedgerState(root, whole, ledger.head(), findings)


def record(root: str, element: str, version: int) -> TakeRecord:
    """A take's record. Raises StorageError `take_not_found`, ManifestError."""
    place = TakeStore(Path(root)).place(element, version)
    return load(takes_at(place.record)[0])


def full_frames(root: str, element: str, version: int, asked: FullFramesAsk) -> FullFrames:
    """Copies of a take over the whole picture, made where they are missing. Raises as `copy_full_frames` does."""
    place = takes_at(TakeStore(Path(root)).place(element, version).record)[0]
    return copy_full_frames(place, Silent(), asked.layer, asked.plate)


def verify_take(asked: VerifyAsk) -> Verification:
    """Verify a take. Raises StorageError `take_not_found`, InputError for a plate that was named and is not there."""
    place = takes_at(TakeStore(Path(asked.root)).place(asked.element, asked.version).record)[0]
    found = verify(
        place,
        Silent(),
        trust=trust_anchors(load_settings().signing()),
        plate=asked.plate,
        matte=asked.matte,
        without_plate=asked.without_plate,
        trusted_only=asked.trusted_only,
    )
    manifest = found.manifest
    return Verification(
        element=place.element,
        version=place.version,
        state=found.state.value,
        exit_code=found.exit_code,
        signer=manifest.signer if manifest else "",
        signature=manifest.state if manifest else "",
        time=manifest.time if manifest else "",
        checks=tuple(WireCheck(check.name, check.state.value, check.message, check.needed) for check in found.checks),
        findings=found.findings,
    )
