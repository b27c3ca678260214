"""A job's publication: on its row before the take appears, so that whoever takes the job over finds the one take.

A worker may be stopped (SIGSTOP, a machine that sleeps) between the check of its lease and the moment its take
appears, and wake up when the job has long been another's. No check before the fact can help there. So who takes a job
over takes the planned publication back first: the staging folder it comes from is renamed away. A file can't be
linked or moved from a folder that isn't there, so either the record had landed by then, and the take stands, or it
never will. Frames that had landed without it are removed again.

What remains is one link on its way inside the kernel (a file server that hangs) for as long as the whole take is made
anew; even that is looked for, right before the second take is planned.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from platewright.contract.errors import PlatewrightError

from . import staging as stage
from .book import update
from .claims import ClaimState, claim_path, element_lock, read_state
from .database import Database
from .leases import held_by
from .places import TakePlace
from .rows import JobRow
from .storage import exists, storage_errors
from .takes import TakeStore, load_bytes

__all__ = ["AlreadyPublished", "plan", "taken_over"]

_LEAST_S = 30.0


class AlreadyPublished(Exception):
    """Not an error: the job's take is there, made by a worker that was thought to have lost it."""

    def __init__(self, place: TakePlace) -> None:
        super().__init__(place.stem)
        self.place = place


@dataclass(frozen=True, slots=True)
class _Planned:
    """What the row says of a publication. record: SHA-256. staging: the name of the folder that it comes from."""

    place: TakePlace
    record: str
    staging: str

    @classmethod
    def of(cls, row: JobRow) -> _Planned | None:
        """As the row says; None where nothing was ever planned."""
        if row.planned is None:
            return None
        said = json.loads(row.planned)
        place = TakeStore(Path(row.root)).place(row.element, int(said["version"]))
        return cls(place, str(said["record"]), os.path.basename(str(said.get("staging", ""))))

    def has_landed(self) -> bool:
        """Whether the very take that was planned is there."""
        try:
            return self.place.record.is_file() and hashlib.sha256(load_bytes(self.place)).hexdigest() == self.record
        except PlatewrightError:
            return False


def taken_over(row: JobRow) -> TakePlace | None:
    """The take that an earlier worker published for this job; where there is none, none of its will appear any more.

    Raises StorageError.
    """
    planned = _Planned.of(row)
    if planned is None:
        return None
    if not planned.has_landed():
        _take_back(planned)
    return planned.place if planned.has_landed() else None


def plan(database: Database, row: JobRow, lease_s: float, place: TakePlace, record: str, staging: Path) -> None:
    """Put down on the row which take is about to appear. Raises LeaseLost, AlreadyPublished."""
    before = _Planned.of(row)
    if before is not None and before.has_landed():
        raise AlreadyPublished(before.place)
    planned = json.dumps({"version": place.version, "record": record, "staging": staging.name})
    with database.write() as work:
        held_by(work, row)
        update(work, row.id, planned=planned, lease_until=work.now() + max(lease_s, _LEAST_S))


def _take_back(planned: _Planned) -> None:
    folder = planned.place.folder
    if not planned.staging or not exists(folder / planned.staging):
        return  # It was given back, or its crash was tidied up.
    with storage_errors(folder, "tidy up"), element_lock(folder):
        away = folder / f".staging-v{planned.place.version:03d}-{secrets.token_hex(6)}"
        try:
            os.rename(folder / planned.staging, away)
        except FileNotFoundError:
            return
        state = _claimed(planned.place)
        if not stage.has_landed(folder, away, planned.place.record.name, state):
            stage.remove_leftovers(folder, away, planned.place.record.name, state)
        stage.remove_staging(away)


def _claimed(place: TakePlace) -> ClaimState:
    """What the claim says, which the one who sleeps may still hold."""
    try:
        return read_state(claim_path(place.folder, place.version))
    except FileNotFoundError:
        return ClaimState()
