"""Plates and mattes that hosts exported for a request, below `<root>/.sources/<element>/`: which of them nobody needs.

A take needs its own to be verified, looked at and gone on from; a job needs them while it can still be tried again.
What no take and no such job names is left over from an export whose request came to nothing, or whose take is gone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from platewright.contract.errors import ManifestError, StorageError
from platewright.contract.jobs import Job
from platewright.contract.request import Request

from .desk import LocalDesk
from .storage import is_real_folder, storage_errors
from .takes import TakeStore, load

__all__ = ["FOLDER", "unused"]

FOLDER = ".sources"
_YOUNG_S = 24 * 3600
"""An export this young may belong to a request that is on its way."""
_RETRIED = timedelta(days=7)
_PAGE = 200


def unused(desk: LocalDesk, root: Path) -> list[Path]:
    """The exports that may go, in their order. Raises StorageError; ManifestError where a record can't be read."""
    there = list(_exports(root))
    if not there:
        return []
    needed = {place for request in _requests(desk, root) for place in _folders(request)}
    return [one for one in there if one.resolve() not in needed and not _is_young(one)]


def _exports(root: Path) -> Iterator[Path]:
    if not is_real_folder(root / FOLDER):
        return
    with storage_errors(root / FOLDER, "list"):
        for element in sorted((root / FOLDER).iterdir()):
            if is_real_folder(element):
                yield from sorted(one for one in element.iterdir() if is_real_folder(one))


def _requests(desk: LocalDesk, root: Path) -> Iterator[Request]:
    store = TakeStore(root)
    for element in store.elements():
        for place in store.takes(element):
            try:
                yield load(place).request
            except (ManifestError, StorageError) as error:
                raise StorageError(
                    f"what {place.stem} was made from can't be told: {error.message}",
                    code="record_unreadable",
                    hint="Nothing of the exported plates and mattes is removed before that is mended.",
                ) from error
    for job in _jobs(desk, root):
        yield job.submission.request


def _jobs(desk: LocalDesk, root: Path) -> Iterator[Job]:
    """Open ones, and those that ended a short time ago: they may be tried again."""
    oldest = datetime.now(timezone.utc) - _RETRIED
    before = ""
    while page := desk.jobs(root=str(root), limit=_PAGE, before=before):
        yield from (job for job in page if job.state.is_open or _changed(job) > oldest)
        before = page[-1].id


def _changed(job: Job) -> datetime:
    try:
        return datetime.fromisoformat(job.changed.replace("Z", "+00:00"))
    except ValueError:
        return datetime.now(timezone.utc)


def _folders(request: Request) -> Iterator[Path]:
    patterns = [request.plate.pattern, *(one.pattern for one in request.references)]
    patterns += [request.matte.pattern] if request.matte is not None else []
    yield from (Path(pattern).parent.resolve() for pattern in patterns)


def _is_young(folder: Path) -> bool:
    with storage_errors(folder, "list"):
        newest = max((one.stat().st_mtime for one in (folder, *folder.iterdir())), default=0.0)
    return time.time() - newest < _YOUNG_S
