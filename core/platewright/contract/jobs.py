"""Jobs: a request on its way, in words that hosts, the engine and the disk share.

A job is made from a `Submission`, has one `JobState` at a time, and tells what happens to it as numbered `JobEvent`s.
Amounts of money are exact decimal texts with an ISO 4217 currency; they are never floats.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol

from .cost import Cost
from .errors import RequestError
from .failure import Failure
from .progress import Step
from .request import Request
from .rules import RuleFinding

if TYPE_CHECKING:  # only the Protocol below names them: a host's start is not to wait for them
    from .decisions import TakeDecision, TakeSummary
    from .money import BudgetState, CostGroup, CostLine

__all__ = [
    "Desk",
    "Failure",
    "Job",
    "JobEvent",
    "JobState",
    "PlateShape",
    "PriceLine",
    "Quote",
    "Submission",
    "Unseen",
]


class JobState(str, Enum):
    """Where a job is. A job moves only forwards, but for a retry, which is a new attempt of the same job."""

    PREPARED = "prepared"  # on disk, nothing asked of anybody yet
    WAITING = "waiting_for_approval"  # a person has to approve the draft, the cost or the rights
    QUEUED = "queued"  # waits for a worker, or for its backend's turn
    SENDING = "sending"  # the intent is on disk; the request leaves for the backend
    RUNNING = "running"  # the backend has it
    COLLECTING = "collecting"  # the backend's result is being fetched
    FINISHING = "finishing"  # composed, measured, signed, published
    DONE = "done"
    CANCELLED = "cancelled"
    REFUSED = "refused"  # a rule, a budget, a person or a vendor said no; nothing was charged
    FAILED = "failed"
    UNKNOWN = "unknown"  # a send whose outcome nobody can tell: a person decides, it is never sent again blindly

    @property
    def is_open(self) -> bool:
        """Whether something can still happen without anybody asking for it anew."""
        return self not in _CLOSED


_CLOSED = frozenset({JobState.DONE, JobState.CANCELLED, JobState.REFUSED, JobState.FAILED})


@dataclass(frozen=True, slots=True)
class Submission:
    """What is handed in: a request, where its take belongs, and how it is meant.

    key: the caller's own name for this submission; handing in the same key again gives the same job. Empty: a new one.
    root: absolute folder; the take appears under `<root>/<element>/`.
    intent: a final needs an approved draft of the same element, or `override`, a reason that lands in the ledger.
    anew: make every frame, even where the same request on the same files has a take already, or one for most of them.
    who: opaque id of the person who asks; why: their own words for the ledger.
    accept_cost: the quoted amount the person has seen; a job that would cost more waits for approval.
    priority: greater goes first within a shot; shots take turns.
    threads: most threads to work with, 0 for as many as the worker likes; never changes a pixel.
    """

    request: Request
    root: str
    key: str = ""
    intent: Literal["draft", "final"] = "draft"
    override: str = ""
    anew: bool = False
    who: str = ""
    why: str = ""
    accept_cost: Cost | None = None
    priority: int = 0
    threads: int = 0


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a quote: so many units of something at a price each."""

    what: str
    units: str
    unit_price: str
    amount: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What a submission would cost and do, before anything is done.

    cost: the most it can cost; `lines` add up to it. budget_left: of the tightest budget that applies, None: no budget.
    answered_by: `element_v003` where a take answers it for nothing, else empty.
    frames_to_run: how many frames would be made anew; frames_reused: taken over from an earlier take.
    notes: sentences for the artist ("frames 1007-1014 are made again because the matte changed there").
    rules: what the rules of the show say to it, heaviest first; it is stopped by those that stop.
    """

    cost: Cost = field(default_factory=Cost)
    lines: tuple[PriceLine, ...] = ()
    budget_left: Cost | None = None
    within_budget: bool = True
    answered_by: str = ""
    frames_to_run: int = 0
    frames_reused: int = 0
    notes: tuple[str, ...] = ()
    rules: tuple[RuleFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands.

    created, changed: UTC, `2026-01-31T12:00:00.000Z`. attempt: 1, and one more for each retry.
    step: how far it is, None while nothing can be said. seconds_left: estimated, None while unknown.
    take: the record's file once done. cost: what was spent so far. position: place in its queue, 0 when not queued.
    quoted: the most it may cost, as asked for when it was handed in; this much is set aside while it is open.
    waits_for: what a person has to say yes to, as sentences; only while it waits. paused: held back by a person.
    worker: who works on it (`host:process`), empty while nobody does. answered: the take was there before; nothing
    was made for it.
    """

    id: str
    state: JobState
    submission: Submission
    created: str
    changed: str
    attempt: int = 1
    step: Step | None = None
    seconds_left: float | None = None
    failure: Failure | None = None
    take: str = ""
    cost: Cost = field(default_factory=Cost)
    position: int = 0
    quoted: Cost = field(default_factory=Cost)
    waits_for: tuple[str, ...] = ()
    paused: bool = False
    worker: str = ""
    answered: bool = False


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One thing that happened to a job. `number` grows over all jobs of a desk and is what a listener resumes from."""

    number: int
    job: str
    at: str
    kind: Literal["state", "step", "note"]
    state: JobState
    step: Step | None = None
    seconds_left: float | None = None
    text: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class PlateShape:
    """A plate that is not on the disk yet: its format in pixels, and how wide a pixel is by its height."""

    width: int
    height: int
    pixel_aspect: float = 1.0

    def __post_init__(self) -> None:
        sides = all(1 <= side <= 65_536 for side in (self.width, self.height))
        if not sides or not 0.01 <= self.pixel_aspect <= 100:
            raise RequestError(
                f"{self.width} x {self.height} is no format of a plate",
                code="plate_shape_invalid",
                hint="Give the width and height in pixels, and how wide a pixel is by its height.",
            )


@dataclass(frozen=True, slots=True)
class Unseen:
    """A submission whose plate a host has still to bring (its pattern is empty), and what that will be like."""

    submission: Submission
    plate: PlateShape


class Desk(Protocol):
    """Where jobs are handed in and asked about; every verb that the engine serves and the command line uses.

    Each raises a PlatewrightError; `JobNotFound` for an id that is not there.
    """

    def quote(self, submission: Submission) -> Quote:
        """What it would cost and do. Changes nothing."""

    def estimate(self, unseen: Unseen) -> Quote:
        """The same before there are files, wherever the matte may be then. Changes nothing."""

    def submit(self, submission: Submission) -> Job:
        """Put it on disk and in the queue; the same key gives the same job."""

    def job(self, job: str) -> Job:
        """One job as it stands."""

    def jobs(self, open_only: bool = False, root: str = "", limit: int = 200, before: str = "") -> tuple[Job, ...]:
        """The latest jobs, newest first; `before` is the id to go on behind."""

    def events(self, after: int = 0, job: str = "", limit: int = 500, wait_s: float = 0.0) -> tuple[JobEvent, ...]:
        """Events with a number above `after`; waits up to `wait_s` seconds for the first."""

    def cancel(self, job: str, who: str = "") -> Job:
        """Ask it to stop, at the backend too. Its finished frames stay usable."""

    def retry(self, job: str, who: str = "") -> Job:
        """Try a failed, cancelled or unknown job again; an unknown send only with the person's name."""

    def pause(self, job: str, paused: bool, who: str = "") -> Job:
        """Hold a queued job back, or let it go on."""

    def reorder(self, job: str, priority: int, who: str = "") -> Job:
        """Give a queued job another priority."""

    def approve(self, job: str, who: str, note: str = "") -> Job:
        """Let a waiting job go on. A final without an approved draft needs a `note`: the reason, for the ledger."""

    def refuse(self, job: str, who: str, note: str = "") -> Job:
        """Say no to a waiting job."""

    def takes(self, root: str, element: str = "") -> tuple[TakeSummary, ...]:
        """The takes under a root folder, by element and version, with what people have decided about them."""

    def decide(self, root: str, element: str, version: int, decision: TakeDecision) -> TakeSummary:
        """Star, note, approve, reject or choose a take; lands in the ledger for good, a later one supersedes it."""

    def costs(self, by: CostGroup, root: str = "") -> tuple[CostLine, ...]:
        """What was spent, and what is set aside, for each show, shot, user, backend or month."""

    def budgets(self) -> tuple[BudgetState, ...]:
        """Every budget and what is left of it."""
