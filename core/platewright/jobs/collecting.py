"""Collecting: what a vendor has accepted is polled until it ends, fetched onto the disk, and known by its hash.

Nothing here costs anything, so all of it may be asked again, by another worker too; but not for ever.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from platewright.contract.errors import BackendError, PlatewrightError, SendRefused
from platewright.contract.jobs import JobState
from platewright.contract.money import amount_of
from platewright.contract.progress import Reporter, Step
from platewright.contract.vendors import RemoteStatus, Vendor
from platewright.imaging.stream import hash_file

from .database import Database
from .making import job_folder
from .progress import JobReporter
from .rows import JobRow
from .sends import Send, mark
from .storage import storage_errors, sync_folder
from .vendor_calls import VendorCalls

__all__ = ["CANCEL_WITHIN_S", "Collecting", "is_there", "result_file"]

CANCEL_WITHIN_S = 20.0
"""How long it is looked what a vendor charges for a job that it was asked to stop."""


class Collecting:
    """The vendor's side of one job's accepted sends."""

    def __init__(
        self,
        database: Database,
        row: JobRow,
        report: JobReporter,
        reached: Callable[[str], None],
        calls: VendorCalls,
    ) -> None:
        self._database = database
        self._row = row
        self._report = report
        self._reached = reached
        self._calls = calls

    def result(self, send: Send, report: Reporter) -> Send:
        """Poll until it ends or is overdue, and fetch the result. Raises BackendError, SendRefused, Cancelled."""
        self._report.advance(JobState.RUNNING)
        limits, began = self._calls.deadlines, {"queued": self._since(send)}
        until = _end(began["queued"], limits.queued_s and limits.running_s and limits.queued_s + limits.running_s)
        while True:
            status = self._calls.patiently(lambda: self._calls.poll(send.remote), until)
            if status.state in ("queued", "running"):
                most = limits.queued_s if status.state == "queued" else limits.running_s
                overdue = _end(began.setdefault(status.state, time.monotonic()), most)
                if time.monotonic() >= min(until, overdue):
                    raise _overdue(self._calls.vendor, f"has had it {status.state} for too long", "backend_overdue")
                report.step(status.step or Step("waiting for the backend", 0, 0))
                self._report.wait(min(status.poll_after_s, max(0.0, overdue - time.monotonic())))
                continue
            if status.state == "done":
                self._reached("remote done")
                return self._fetched(send, status)
            raise self._ended_badly(send, status)

    def _since(self, send: Send) -> float:
        """When this attempt began to wait for it, by this process's clock: a worker's death is no reason to be late."""
        if send.attempt != self._row.attempt:
            return time.monotonic()
        with self._database.read() as look:
            return time.monotonic() - max(0.0, look.now() - send.decided_at)

    def _fetched(self, send: Send, status: RemoteStatus) -> Send:
        self._report.advance(JobState.COLLECTING)
        path, most = result_file(self._row, send), self._calls.deadlines.collecting_s
        beside = path.with_name(f".{path.name}.{os.getpid()}.part")
        with storage_errors(path.parent, "write to"):
            path.parent.mkdir(parents=True, exist_ok=True)
        until = _end(time.monotonic(), most)
        try:
            self._calls.patiently(lambda: self._calls.fetch(send.remote, beside, most), until)
            with storage_errors(path, "write"):
                digest = hash_file(beside).sha256
                _bring_to_disk(beside)
                os.replace(beside, path)
                sync_folder(path.parent)
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        self._reached("result fetched")
        with self._database.write() as work:
            send = mark(work, self._row, send, "fetched", result=digest, charged=self._charge(send, status))
        self._reached("result committed")
        return send

    def _charge(self, send: Send, status: RemoteStatus) -> str | None:
        """What it cost: as the vendor says in the job's currency, else what was reserved."""
        if status.charged is None:
            return send.reserved
        if amount_of(status.charged) and status.charged.currency != send.currency:
            return None  # Not comparable: the reserved amount stands, marked as uncertain.
        return status.charged.amount

    def _ended_badly(self, send: Send, status: RemoteStatus) -> BackendError:
        charged = self._charge(send, status) if status.charged is not None else None
        with self._database.write() as work:
            mark(work, self._row, send, "failed", charged=charged)
        failure = status.failure
        said = failure.message if failure else f"the backend says the job is {status.state}"
        hint = failure.hint if failure else "Look at the backend's own page of the job."
        if status.moderated:
            return SendRefused(said, code="moderated", hint=hint or "Change the prompt or the pictures.")
        return BackendError(said, code=failure.code if failure else "backend_failed", hint=hint, retry=True)

    def cancel(self, send: Send) -> None:
        """Ask the vendor to stop, and look for a while what it charges; unknown charges stay reserved as uncertain."""
        with suppress(PlatewrightError):
            self._calls.cancel(send.remote)
        until = time.monotonic() + CANCEL_WITHIN_S
        while time.monotonic() < until:
            try:
                status = self._calls.poll(send.remote)
            except PlatewrightError:
                status = RemoteStatus("running")
            if status.state not in ("queued", "running"):
                charged = self._charge(send, status) if status.charged is not None or status.state == "done" else None
                with self._database.write() as work:
                    mark(work, self._row, send, "failed", charged=charged)
                return
            time.sleep(min(status.poll_after_s, 0.5))


def result_file(row: JobRow, send: Send) -> Path:
    """Where the result of a job's send lies, or will."""
    name = hashlib.sha256(send.slot.encode()).hexdigest()[:16]
    return job_folder(row) / f"{name}-{send.number}"


def is_there(path: Path, sha256: str) -> bool:
    """Whether a result that was fetched still lies there, bit for bit. Raises StorageError."""
    with storage_errors(path, "read"):
        return path.is_file() and hash_file(path).sha256 == sha256


def _overdue(vendor: Vendor, what: str, code: str) -> BackendError:
    return BackendError(
        f"{vendor.name} {what}",
        code=code,
        hint="Retry the job later: it is not sent again, its result is asked for. Or cancel it.",
        retry=True,
    )


def _end(began: float, seconds: float) -> float:
    """When a phase is over, in the clock's seconds; never, for 0 seconds."""
    return began + seconds if seconds else float("inf")


def _bring_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
