"""Paid sends: a vendor is sent each slot of a job once, and is paid at most once, whatever dies in between.

The intent (key, body's hash, reserved amount) is on the disk before the send, the remote id before the first poll,
and the result's file before its row. Whoever takes the job over reads how far it came and goes on from there; an
intent without a remote id is never sent again blindly, but settled by the means that the vendor has (see
contract.vendors.Reconcile), or becomes `unknown` and asks a person. An intent that surely never left, or that the
vendor surely turned away, is `lost`, and what comes next is an intent of its own.

The rules are asked again before each send: what was revoked since stops here, before a pixel leaves.

Only what costs nothing is retried by itself: asking, polling, fetching. Each phase has an end (contract.vendors.
Deadlines); what is past it fails and stays with the vendor, where a retry of the job asks for it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from platewright.contract.errors import BackendError, InternalError, PlatewrightError, SendRefused, SendUnknown
from platewright.contract.jobs import JobState
from platewright.contract.progress import Reporter
from platewright.contract.takes import Cost
from platewright.contract.vendors import Intent, Vendor

from .collecting import Collecting, is_there, result_file
from .database import Database
from .desk_settings import DeskSettings
from .making import job_folder
from .progress import JobReporter
from .rights_gate import require
from .rows import JobRow, submission_of
from .sends import Send, intend, latest, mark, open_sends
from .vendor_calls import TRIES, VendorCalls, pause

__all__ = ["POINTS", "PaidSends"]

POINTS = ("intent committed", "sent", "remote id committed", "remote done", "result fetched", "result committed")
"""The points a crash may fall on, in the order they are passed."""


class PaidSends:
    """The sends of one job in one worker's hands; what an operation sees as `Sends`."""

    def __init__(
        self,
        settings: DeskSettings,
        database: Database,
        row: JobRow,
        report: JobReporter,
        reached: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._database = database
        self._row = row
        self._report = report
        self._reached = reached

    def result(self, slot: str, body: bytes, most: Cost, report: Reporter) -> Path:
        """See backend.Sends. Raises LeaseLost and Stopped besides."""
        calls = VendorCalls(self._vendor(), self._settings.deadlines(self._row.backend), self._report)
        collecting = Collecting(self._database, self._row, self._report, self._reached, calls)
        with self._database.read() as look:
            send = latest(look, self._row.id, slot)
        if send is not None and send.attempt == self._row.attempt:
            _raise_ended(calls.vendor, send)
        while True:
            if send is None or send.state in ("failed", "refused", "lost", "given_up", "intended"):
                send = self._sent(calls, send, slot, body, most)
            _check_body(send, body)
            if send.state == "unknown":
                raise _nobody_knows(calls.vendor)
            if send.state == "accepted":
                send = collecting.result(send, report)
            path = result_file(self._row, send)
            if is_there(path, send.result):
                return path
            with self._database.write() as work:
                send = mark(work, self._row, send, "accepted")

    def stop(self) -> None:
        """Ask the vendor to stop what it still works on, and find out what that cost. Raises LeaseLost."""
        with self._database.read() as look:
            sends = open_sends(look, self._row.id)
        if not sends:
            return
        calls = VendorCalls(self._vendor(), self._settings.deadlines(self._row.backend), None)
        collecting = Collecting(self._database, self._row, self._report, self._reached, calls)
        for send in sends:
            if send.state == "intended" and calls.vendor.reconcile in ("lookup", "list", "kept"):
                with suppress(BackendError):
                    remote = calls.find(self._intent(send))
                    if remote:
                        with self._database.write() as work:
                            send = mark(work, self._row, send, "accepted", remote=remote)
            if send.state == "accepted":
                collecting.cancel(send)

    def _vendor(self) -> Vendor:
        vendor = self._settings.backend(self._row.backend).vendor
        if vendor is None:
            raise InternalError(f"the backend '{self._row.backend}' is sent to, but has no vendor")
        return vendor

    def _sent(self, calls: VendorCalls, send: Send | None, slot: str, body: bytes, most: Cost) -> Send:
        """The slot's send, accepted: the one that is on its way, or a new one; again where surely none was accepted."""
        for attempt in range(TRIES):
            try:
                if send is not None and send.state == "intended":
                    _check_body(send, body)
                    return self._settled(calls, send, body)
                return self._send_first(calls, slot, body, most)
            except BackendError as error:
                if isinstance(error, (SendRefused, SendUnknown)) or not error.retry or attempt == TRIES - 1:
                    raise
                send = None
                self._report.wait(pause(attempt, error.after_s))
        raise InternalError("sending went on without an end")

    def _send_first(self, calls: VendorCalls, slot: str, body: bytes, most: Cost) -> Send:
        """Decide on a send and make it, once. Where its outcome is not known, what comes of asking for it."""
        self._report.check()
        require(self._settings, submission_of(self._row.submission))
        with self._database.write() as work:
            send = intend(work, self._row, slot, body, most)
        self._reached("intent committed")
        try:
            self._report.advance(JobState.SENDING)
            self._report.check()
        except BaseException:
            with suppress(PlatewrightError):
                self._never_left(send)
            raise
        try:
            remote = calls.send(self._intent(send), body)
        except SendUnknown as error:
            return self._settled(calls, send, body, left_behind=error.code == "send_overdue")
        except SendRefused:
            self._refused(send)
            raise
        except BackendError:
            self._never_left(send)
            raise
        self._reached("sent")
        return self._accepted(send, remote)

    def _intent(self, send: Send) -> Intent:
        return send.intent(job_folder(self._row))

    def _refused(self, send: Send) -> None:
        with self._database.write() as work:
            mark(work, self._row, send, "refused", charged="0")

    def _never_left(self, send: Send) -> None:
        """Nothing was accepted, surely: what is sent next is another send."""
        with self._database.write() as work:
            mark(work, self._row, send, "lost", charged="0")

    def _accepted(self, send: Send, remote: str) -> Send:
        with self._database.write() as work:
            send = mark(work, self._row, send, "accepted", remote=remote)
        self._reached("remote id committed")
        self._report.advance(JobState.RUNNING)
        return send

    def _settled(self, calls: VendorCalls, send: Send, body: bytes, left_behind: bool = False) -> Send:
        """The send, found to be accepted by the vendor's means. Raises SendUnknown, BackendError where it was not.

        left_behind: it hangs in this process and may still arrive, so that a "no" would be worth nothing.
        """
        vendor, intent = calls.vendor, self._intent(send)
        if vendor.reconcile in ("kept", "none"):
            kept = calls.find(intent) if vendor.reconcile == "kept" else ""
            if kept:
                return self._accepted(send, kept)
            with self._database.write() as work:
                mark(work, self._row, send, "unknown")
            raise _nobody_knows(vendor)
        try:
            if vendor.reconcile == "replay":
                return self._accepted(send, calls.patiently(lambda: calls.send(intent, body)))
            remote = calls.patiently(lambda: calls.find(intent)) if left_behind else self._found(calls, send)
        except SendRefused:
            self._refused(send)
            raise
        except BackendError as error:
            # It can be asked again later, by whoever retries the job; until then it counts as sent.
            raise _nobody_knows(vendor) from error
        if remote:
            return self._accepted(send, remote)
        if left_behind:
            raise _nobody_knows(vendor)
        self._never_left(send)
        raise BackendError(f"{vendor.name} never got what was sent", retry=True)

    def _found(self, calls: VendorCalls, send: Send) -> str:
        """The remote id by lookup or list; a "no" counts only when nothing can still be on its way."""
        while True:
            remote = calls.patiently(lambda: calls.find(self._intent(send)))
            with self._database.read() as look:
                quiet = look.now() - send.decided_at
            if remote or quiet >= self._settings.quiet_s:
                return remote
            self._report.wait(min(5.0, self._settings.quiet_s - quiet + 0.01))


def _nobody_knows(vendor: Vendor) -> SendUnknown:
    return SendUnknown(
        f"nobody can tell whether {vendor.name} accepted what was sent",
        hint="Look at the vendor's own list of jobs; then retry it with --who, or cancel it.",
    )


def _raise_ended(vendor: Vendor, send: Send) -> None:
    """A slot of this attempt that has ended, which whoever was told of it did not live to write down."""
    if send.state == "refused":
        raise SendRefused(f"{vendor.name} refused what was sent", hint="Change the request.")
    if send.state == "failed":
        raise BackendError(f"{vendor.name} could not make it", hint="Look at its own page of the job.", retry=True)


def _check_body(send: Send, body: bytes) -> None:
    if send.body != hashlib.sha256(body).hexdigest():
        raise BackendError(
            "what was to be sent has changed since it was sent",
            code="body_changed",
            hint="A plate or matte was changed while the job ran. Hand it in anew.",
        )
