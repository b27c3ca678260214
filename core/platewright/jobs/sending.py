"""Paid sends: a vendor is sent each slot of a job once, and is paid at most once, whatever dies in between.

The intent (key, body's hash, reserved amount) is on the disk before the send, the remote id before the first poll,
and the result's file before its row. Whoever takes the job over reads how far it came and goes on from there; an
intent without a remote id is never sent again blindly, but settled by the means that the vendor has (see
contract.vendors.Reconcile), or becomes `unknown` and asks a person.

Only what costs nothing is retried by itself: asking, polling, fetching.
"""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from platewright.contract.errors import (
    BackendError,
    InternalError,
    PlatewrightError,
    SendRefused,
    SendUnknown,
)
from platewright.contract.jobs import JobState
from platewright.contract.money import amount_of
from platewright.contract.progress import Reporter, Step
from platewright.contract.takes import Cost
from platewright.contract.vendors import RemoteStatus, Vendor
from platewright.imaging.stream import hash_file

from .desk import LocalDesk
from .making import job_folder
from .progress import JobReporter
from .rows import JobRow
from .sends import Send, intend, latest, mark, open_sends
from .storage import storage_errors, sync_folder

__all__ = ["POINTS", "PaidSends"]

POINTS = ("intent committed", "sent", "remote id committed", "remote done", "result fetched", "result committed")
"""The points a crash may fall on, in the order they are passed."""

T = TypeVar("T")
_TRIES = 6
_LONGEST_WAIT_S = 60.0


class PaidSends:
    """The sends of one job in one worker's hands; what an operation sees as `Sends`."""

    def __init__(self, desk: LocalDesk, row: JobRow, report: JobReporter, reached: Callable[[str], None]) -> None:
        self._settings = desk.settings
        self._database = desk.database
        self._row = row
        self._report = report
        self._reached = reached

    def result(self, slot: str, body: bytes, most: Cost, report: Reporter) -> Path:
        """See backend.Sends. Raises LeaseLost and Stopped besides."""
        vendor = self._vendor()
        with self._database.read() as look:
            send = latest(look, self._row.id, slot)
        while True:
            if send is None or send.state in ("failed", "refused", "lost", "given_up"):
                if send is not None and send.attempt == self._row.attempt:
                    _raise_ended(vendor, send)
                send = self._send_first(vendor, slot, body, most)
            self._check_body(send, body)
            if send.state == "unknown":
                raise self._nobody_knows(vendor)
            if send.state == "intended":
                send = self._settled(vendor, send, body)
            if send.state == "accepted":
                send = self._collected(vendor, send, report)
            if send.state == "fetched":
                path = self._path(send)
                if path.is_file() and hash_file(path).sha256 == send.result:
                    return path
                with self._database.write() as work:
                    send = mark(work, self._row, send, "accepted")

    def stop(self) -> None:
        """Ask the vendor to stop what it still works on, and find out what that cost. Raises LeaseLost."""
        with self._database.read() as look:
            sends = open_sends(look, self._row.id)
        for send in sends:
            vendor = self._vendor()
            if send.state == "intended" and vendor.reconcile in ("lookup", "list"):
                with suppress(BackendError):
                    remote = vendor.find(send.intent)
                    if remote:
                        with self._database.write() as work:
                            send = mark(work, self._row, send, "accepted", remote=remote)
            if send.state == "accepted":
                self._cancel(vendor, send)

    def _vendor(self) -> Vendor:
        vendor = self._settings.backend(self._row.backend).vendor
        if vendor is None:
            raise InternalError(f"the backend '{self._row.backend}' is sent to, but has no vendor")
        return vendor

    def _check_body(self, send: Send, body: bytes) -> None:
        if send.body != hashlib.sha256(body).hexdigest():
            raise BackendError(
                "what was to be sent has changed since it was sent",
                code="body_changed",
                hint="A plate or matte was changed while the job ran. Hand it in anew.",
            )

    def _send_first(self, vendor: Vendor, slot: str, body: bytes, most: Cost) -> Send:
        self._report.check()
        with self._database.write() as work:
            send = intend(work, self._row, slot, body, most)
        self._reached("intent committed")
        self._report.advance(JobState.SENDING)
        return self._sent(vendor, send, body)

    def _sent(self, vendor: Vendor, send: Send, body: bytes) -> Send:
        """Send, once. Where the outcome is not known the send stays `intended`, to be reconciled."""
        self._report.check()
        for attempt in range(_TRIES):
            try:
                remote = vendor.send(send.intent, body)
            except SendUnknown:
                return self._settled(vendor, send, body)
            except BackendError as error:
                if isinstance(error, SendRefused) or attempt == _TRIES - 1 or not error.retry:
                    self._refused(send)
                    raise
                self._report.wait(_pause(attempt))
                continue
            self._reached("sent")
            return self._accepted(send, remote)
        raise InternalError("sending went on without an end")

    def _refused(self, send: Send) -> None:
        with self._database.write() as work:
            mark(work, self._row, send, "refused", charged="0")

    def _accepted(self, send: Send, remote: str) -> Send:
        with self._database.write() as work:
            send = mark(work, self._row, send, "accepted", remote=remote)
        self._reached("remote id committed")
        self._report.advance(JobState.RUNNING)
        return send

    def _settled(self, vendor: Vendor, send: Send, body: bytes) -> Send:
        """Find out whether a send was accepted, by the vendor's means. Raises SendUnknown."""
        if vendor.reconcile == "none":
            with self._database.write() as work:
                mark(work, self._row, send, "unknown")
            raise self._nobody_knows(vendor)
        try:
            if vendor.reconcile == "replay":
                return self._accepted(send, self._patiently(lambda: vendor.send(send.intent, body)))
            remote = self._found(vendor, send)
        except SendRefused:
            self._refused(send)
            raise
        except BackendError as error:
            # It can be asked again later, by whoever retries the job; until then it counts as sent.
            raise self._nobody_knows(vendor) from error
        if remote:
            return self._accepted(send, remote)
        with self._database.write() as work:
            return mark(work, self._row, send, "lost", charged="0")

    def _found(self, vendor: Vendor, send: Send) -> str:
        """The remote id by lookup or list; a "no" counts only when nothing can still be on its way."""
        while True:
            remote = self._patiently(lambda: vendor.find(send.intent))
            with self._database.read() as look:
                quiet = look.now() - send.decided_at
            if remote or quiet >= self._settings.quiet_s:
                return remote
            self._report.wait(min(5.0, self._settings.quiet_s - quiet + 0.01))

    def _collected(self, vendor: Vendor, send: Send, report: Reporter) -> Send:
        """Poll until it ends, and fetch the result. Raises BackendError, SendRefused, Cancelled."""
        self._report.advance(JobState.RUNNING)
        while True:
            status = self._patiently(lambda: vendor.poll(send.remote))
            if status.state in ("queued", "running"):
                report.step(status.step or Step("waiting for the backend", 0, 0))
                self._report.wait(status.poll_after_s)
                continue
            if status.state == "done":
                self._reached("remote done")
                return self._fetched(vendor, send, status)
            raise self._ended_badly(send, status)

    def _fetched(self, vendor: Vendor, send: Send, status: RemoteStatus) -> Send:
        self._report.advance(JobState.COLLECTING)
        path = self._path(send)
        beside = path.with_name(f".{path.name}.{os.getpid()}.part")
        with storage_errors(path.parent, "write to"):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._patiently(lambda: vendor.fetch(send.remote, beside))
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

    def _cancel(self, vendor: Vendor, send: Send, seconds: float = 20.0) -> None:
        """Ask the vendor to stop, and look for a while what it charges; unknown charges stay reserved as uncertain."""
        with suppress(PlatewrightError):
            vendor.cancel(send.remote)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                status = vendor.poll(send.remote)
            except PlatewrightError:
                status = RemoteStatus("running")
            if status.state not in ("queued", "running"):
                charged = self._charge(send, status) if status.charged is not None or status.state == "done" else None
                with self._database.write() as work:
                    mark(work, self._row, send, "failed", charged=charged)
                return
            time.sleep(min(status.poll_after_s, 0.5))

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask again where that costs nothing and can help: full jitter, 1 s growing to 60 s."""
        for attempt in range(_TRIES):
            try:
                return ask()
            except SendRefused:
                raise
            except BackendError as error:
                if not (error.retry or isinstance(error, SendUnknown)) or attempt == _TRIES - 1:
                    raise
                self._report.wait(_pause(attempt))
        raise InternalError("asking went on without an end")

    def _nobody_knows(self, vendor: Vendor) -> SendUnknown:
        return SendUnknown(
            f"nobody can tell whether {vendor.name} accepted what was sent",
            hint="Look at the vendor's own list of jobs; then retry it with --who, or cancel it.",
        )

    def _path(self, send: Send) -> Path:
        name = hashlib.sha256(send.slot.encode()).hexdigest()[:16]
        return job_folder(self._row) / f"{name}-{send.number}"


def _raise_ended(vendor: Vendor, send: Send) -> None:
    """A slot of this attempt that has ended, which whoever was told of it did not live to write down."""
    if send.state == "refused":
        raise SendRefused(f"{vendor.name} refused what was sent", hint="Change the request.")
    if send.state == "failed":
        raise BackendError(f"{vendor.name} could not make it", hint="Look at its own page of the job.", retry=True)


def _pause(attempt: int) -> float:
    """Seconds until it is asked again: full jitter, growing."""
    return random.uniform(0.05, min(_LONGEST_WAIT_S, 2.0**attempt))


def _bring_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
