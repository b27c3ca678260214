"""Retention: nothing is ever deleted but by `prune`, and that shows first what it would remove.

What may go: takes that nobody approved, starred, chose, delivered as a final or signed a comp with, beyond the latest
few of their element; what jobs that have ended kept beside their takes; and plates and mattes that hosts exported for
what is not there. The ledger keeps the line of every take, and its version is never used again. What is shown has a
code; only with that code, and only while it still is the same, is it removed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from platewright.contract.errors import JobConflict, JobNotFound
from platewright.contract.mapper import canonical

from . import exported_sources
from .decisions import record_hash
from .desk import LocalDesk
from .entered_comps import comps_by_take
from .entries import JobEntry
from .ledger import Ledger
from .places import TakePlace
from .rows import find_row, utc_now
from .storage import is_real_folder, storage_errors, sync_folder

__all__ = ["Removable", "Plan", "plan_pruning", "prune"]


@dataclass(frozen=True, slots=True)
class Removable:
    """Something that may go. name: `rig_v003`, a job's id or an export's folder; files: names below the root; size:
    bytes."""

    kind: str
    name: str
    reason: str
    files: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be removed from a root folder. code: of exactly this."""

    root: str
    items: tuple[Removable, ...]

    @property
    def size(self) -> int:
        """Bytes, all together."""
        return sum(item.size for item in self.items)

    @property
    def code(self) -> str:
        """Changes with anything that is in the plan."""
        return hashlib.sha256(canonical(self)).hexdigest()[:8]


def plan_pruning(desk: LocalDesk, root: Path, keep: int, element: str = "") -> Plan:
    """What may go, keeping the latest `keep` takes of each element. Raises StorageError, RequestError."""
    by_element = defaultdict(list)
    for take in desk.takes(str(root), element):
        by_element[take.element].append(take)
    items, in_comps = [], comps_by_take(root)
    for takes in by_element.values():
        for take in takes[: max(0, len(takes) - keep)]:
            place = TakePlace(root / take.element, take.element, take.version)
            if not (take.approved_by or take.starred or take.chosen or take.intent == "final"):
                reason = f"rejected by {take.rejected_by}" if take.rejected_by else "an older draft"
                items += [] if in_comps.get(record_hash(place)) else [_take(root, place, reason)]
    if not element:
        items += _jobs(desk, root)
        items += [_export(root, folder) for folder in exported_sources.unused(desk, root)]
    return Plan(str(root), tuple(items))


def prune(desk: LocalDesk, plan: Plan, code: str, who: str) -> tuple[str, ...]:
    """Remove what was shown under a code; the names of what went. Raises JobConflict, StorageError."""
    if code != plan.code:
        raise JobConflict(
            "what would be removed has changed since it was shown",
            code="prune_changed",
            hint="Run it without --confirm, look again, and use the new code.",
        )
    root, ledger = Path(plan.root), Ledger(Path(plan.root))
    for item in plan.items:
        if item.kind == "take":
            element, _, number = item.name.rpartition("_v")
            entry = JobEntry(
                secrets.token_hex(16), "", "pruned", utc_now(), element, who=who, why=item.reason, version=int(number)
            )
            ledger.append_once(entry, ledger.end())
            _remove_take(root, item)
        else:
            folder = root / (".jobs" if item.kind == "job" else exported_sources.FOLDER) / item.name
            with storage_errors(folder, "remove"):
                shutil.rmtree(folder)
    return tuple(item.name for item in plan.items)


def _take(root: Path, place: TakePlace, reason: str) -> Removable:
    """A take with its files, the record first: without it the take is no more, whatever else is still there."""
    with storage_errors(place.folder, "list"):
        frames = sorted(path.name for path in place.folder.glob(f"{place.stem}.*.exr"))
    names = [place.record.name, place.manifest.name, *frames]
    files = tuple(f"{place.element}/{name}" for name in names if (place.folder / name).is_file())
    return Removable("take", place.stem, reason, files, _sizes(root / name for name in files))


def _remove_take(root: Path, item: Removable) -> None:
    for name in item.files:
        path = root / name
        with storage_errors(path, "remove"):
            os.unlink(path)
            if name.endswith(".take.json"):
                sync_folder(path.parent)


def _jobs(desk: LocalDesk, root: Path) -> list[Removable]:
    """Folders of jobs that have ended, or that nobody knows."""
    folder = root / ".jobs"
    if not is_real_folder(folder):
        return []
    found = []
    with desk.database.read() as look:
        for one in sorted(path for path in folder.iterdir() if is_real_folder(path)):
            try:
                row = find_row(look, one.name)
                if row.is_open:
                    continue
                reason = f"kept by a job that is {row.state}"
            except JobNotFound:
                reason = "kept by a job that this desk does not know"
            files = sorted(path for path in one.rglob("*") if path.is_file())
            names = tuple(str(path.relative_to(root)) for path in files)
            found.append(Removable("job", one.name, reason, names, _sizes(files)))
    return found


def _export(root: Path, folder: Path) -> Removable:
    """Exported files; the name is the element's and the folder's."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = tuple(str(path.relative_to(root)) for path in files)
    name = str(folder.relative_to(root / exported_sources.FOLDER))
    return Removable("export", name, "exported for what no take was made of", names, _sizes(files))


def _sizes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)
