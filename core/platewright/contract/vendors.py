"""Vendors: generators elsewhere that are sent a request, work on it, and may want money for it.

The jobs room sends, polls and fetches through this seam, and keeps on disk what it needs to never pay twice; an
adapter only speaks the vendor's language. No method retries by itself: a `send` is one request on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from .jobs import Failure, PriceLine
from .progress import Reporter, Step
from .request import Request
from .takes import Cost

__all__ = ["Deadlines", "Intent", "Reconcile", "RemoteStatus", "Sends", "Vendor"]

Reconcile = Literal["replay", "lookup", "list", "kept", "none"]
"""How to find out whether a send with an unknown outcome was accepted.

replay: the same key again gives the same remote job and is charged once. lookup: the vendor can be asked by our
key or id. list: its jobs can be listed and told apart by our key or the body's hash. kept: its answer is the result,
and lies in `Intent.folder` once it was there in full; where it doesn't, only a person can tell. none: only a person.
"""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each phase of a job may take, in seconds; 0: as long as it takes.

    sending_s: until a send is answered; past it, nobody knows whether it was accepted. queued_s: in the vendor's queue.
    running_s: being made, there or here. collecting_s: until a result has been fetched. A job past one of them stops
    with a failure that says so; what was sent for it is never sent again, but asked for when the job is retried.
    """

    sending_s: float = 60.0
    queued_s: float = 1800.0
    running_s: float = 1800.0
    collecting_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be sent, on disk before it is.

    key: idempotency key of this send and no other. body_sha256: of the encoded body. reserved: the most it may cost.
    slot: which of a job's sends it is, as the operation names it (`frames 1001-1016`). at: UTC, when it was decided.
    folder: where the job keeps what it has paid for, on the disk that its takes are on; a vendor whose answer is the
    result writes it there before `send` returns. What `fetch` is given as its target lies in the same folder.
    """

    job: str
    slot: str
    key: str
    body_sha256: str
    reserved: Cost
    at: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class RemoteStatus:
    """A remote job as the vendor tells it.

    charged: what the vendor says it took, None where it does not say: then the reserved amount counts.
    moderated: refused for what it shows; never tried again by itself.
    poll_after_s: how long to wait before asking again.
    """

    state: Literal["queued", "running", "done", "failed", "cancelled", "missing"]
    step: Step | None = None
    charged: Cost | None = None
    failure: Failure | None = None
    moderated: bool = False
    poll_after_s: float = 2.0


class Vendor(Protocol):
    """One hosted model. Every method may raise BackendError, with `retry=True` for a network that may come back.

    A method that hangs is left behind after its deadline (see Deadlines); a `send` that was may still arrive, so an
    adapter gives each request a time limit of its own below `sending_s`.
    """

    @property
    def name(self) -> str:
        """The backend's name, as requests write it."""

    @property
    def reconcile(self) -> Reconcile:
        """How the outcome of a send can be found out."""

    def quote(self, request: Request) -> tuple[tuple[PriceLine, ...], str]:
        """The lines of the most it may cost, and their currency. Sends nothing."""

    def send(self, intent: Intent, body: bytes) -> str:
        """Send once; the remote id.

        Raises SendRefused for a "no" to this request; another BackendError with `retry=True` where surely nothing
        was accepted and it may be later (no connection, too many requests); SendUnknown for all else.
        """

    def find(self, intent: Intent) -> str:
        """The remote id of an intent by lookup, by list, or by the answer that was kept; empty where there is none."""

    def poll(self, remote_id: str) -> RemoteStatus:
        """How the remote job stands."""

    def fetch(self, remote_id: str, target: Path) -> None:
        """Write the result to a file that nobody else sees yet."""

    def cancel(self, remote_id: str) -> None:
        """Ask it to stop; what comes of it is seen by polling."""


class Sends(Protocol):
    """How an operation lets a vendor work: each slot is sent and paid for once, whatever happens in between."""

    def result(self, slot: str, body: bytes, most: Cost, report: Reporter) -> Path:
        """The vendor's result for a slot, as a file. The same slot must have the same body when it is asked again.

        Raises BackendError, SendRefused, SendUnknown, Cancelled.
        """
