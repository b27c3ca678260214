"""What goes over the loopback between a host and the engine, beside the jobs themselves.

Every body is one of the contract's dataclasses as strict JSON; an error is `{"error": {...}}` with the fields of the
error tree. Paths are absolute texts; a call names the roots that it may look under.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .capabilities import Control
from .decisions import TakeSummary
from .findings import Finding
from .frames import FrameRange
from .jobs import Failure, Job, JobEvent
from .money import BudgetState, CostGroup, CostLine
from .windows import Box

__all__ = [
    "Backend",
    "Backends",
    "Budgets",
    "By",
    "CheckState",
    "Costs",
    "Decision",
    "EventPage",
    "ExportOrder",
    "Exported",
    "FullFrames",
    "FullFramesAsk",
    "Health",
    "JobList",
    "LedgerState",
    "MatteFiles",
    "Pause",
    "PlateCopies",
    "PlateCopiesAsk",
    "Priority",
    "Refusal",
    "SequenceLook",
    "Stop",
    "TakeList",
    "Verification",
    "VerifyAsk",
    "View",
    "Views",
    "WireCheck",
]

CheckState = Literal["passed", "failed", "could not run", "not checked"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The body of every answer that is not the thing asked for."""

    error: Failure


@dataclass(frozen=True, slots=True)
class Health:
    """How the engine is. uptime_s: seconds. open_jobs: those that still go on. workers: processes that take jobs.

    ocio: the OCIO configuration of its pictures, and of requests that name none; empty means the built-in one.
    last_event: the latest event's number. identity: a short hash of its settings about who signs.
    """

    version: str
    protocol: int
    pid: int
    started: str
    uptime_s: float
    open_jobs: int
    workers: int
    last_event: int
    ocio: str = ""
    notes: tuple[str, ...] = ()
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Backend:
    """A generator and what it can do.

    operations: the kinds it takes. determinism: `bitwise` (same request, same bits), `similar` or `none`.
    local: pixels stay on this machine. price: a sentence; `free` for what runs here. largest: most pixels a side,
    0 for no bound. untouched: it changes nothing outside the matte by itself. available: it can be used now; `why_not`
    says what is missing. experimental: why it is not to be trusted yet, or empty. terms: what becomes of the pixels, a
    sentence. controls: inputs of its own. pictures: how many it takes of how something is to look.
    """

    name: str
    title: str
    operations: tuple[str, ...]
    determinism: Literal["bitwise", "similar", "none"] = "none"
    local: bool = True
    trained: bool = False
    prompt: bool = False
    soft_matte: bool = True
    references: tuple[str, ...] = ()
    largest: int = 0
    untouched: bool = False
    price: str = ""
    available: bool = True
    why_not: str = ""
    experimental: str = ""
    terms: str = ""
    controls: tuple[Control, ...] = ()
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class Backends:
    """Every backend that this engine knows, the default first."""

    backends: tuple[Backend, ...]


@dataclass(frozen=True, slots=True)
class JobList:
    """Jobs, newest first; `more`: there are older ones behind the last."""

    jobs: tuple[Job, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in their order; `next` is the number to go on after."""

    events: tuple[JobEvent, ...]
    next: int


@dataclass(frozen=True, slots=True)
class By:
    """Who asks for a change of a job."""

    who: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Hold a queued job back, or let it go on."""

    paused: bool
    who: str = ""


@dataclass(frozen=True, slots=True)
class Priority:
    """Another place in the queue; greater goes first within a shot."""

    priority: int
    who: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A named person's yes or no to a waiting job."""

    who: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Ask the engine to end; jobs stay where they are and go on with the next one. now: don't wait for open jobs."""

    now: bool = False


@dataclass(frozen=True, slots=True)
class TakeList:
    """The takes under a root, by element and version."""

    takes: tuple[TakeSummary, ...]


@dataclass(frozen=True, slots=True)
class VerifyAsk:
    """What to verify: a take of an element below `root`. plate, matte: where they are now, if not as recorded.

    roots: further folders that the plate and the matte may lie under, when they are named here.
    """

    root: str
    element: str
    version: int
    plate: str = ""
    matte: str = ""
    roots: tuple[str, ...] = ()
    without_plate: bool = False
    trusted_only: bool = False


@dataclass(frozen=True, slots=True)
class FullFramesAsk:
    """Which copies of a take over the whole picture are wanted.

    layer: `picture`, the patch with its blend matte; `sky`, the new sky alone with its own; `whole`, the take over its
    plate, opaque, to look at where nothing is composed (behind a camera).

    plate: where the plate is now, if not as recorded. roots: further folders that it may lie under.
    """

    layer: Literal["picture", "sky", "whole"] = "picture"
    plate: str = ""
    roots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FullFrames:
    """Copies of a take's patches over the whole picture, for hosts that misplace a data window.

    pattern: the copies, with `####` for the frame. frames: the frames there are. width, height: pixels of every copy;
    an extension's are those of the grown picture. notes: sentences for the artist.
    """

    element: str
    version: int
    pattern: str
    frames: str
    width: int
    height: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlateCopiesAsk:
    """Some frames of a plate are wanted cut to its display window, below a root. roots: folders that it lies in."""

    root: str
    plate: str
    frames: FrameRange
    roots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlateCopies:
    """A plate's frames cut to its display window: R, G, B and A bit for bit. As old as the files they were made from.

    pattern: the copies, named as the plate's files are. frames: which of them were asked for. width, height: pixels.
    """

    pattern: str
    frames: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class WireCheck:
    """One check: what it is about, how it ended, a sentence; `needed`: the take counts only when it passed."""

    name: str
    state: CheckState
    message: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Verification:
    """A take verified. exit_code: what the command line would end with: 0, 6 a check said no, 7 one could not run."""

    element: str
    version: int
    state: CheckState
    exit_code: int
    signer: str = ""
    signature: str = ""
    time: str = ""
    checks: tuple[WireCheck, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at scene-linear light: a display of the OCIO configuration and a view of it."""

    display: str
    view: str


@dataclass(frozen=True, slots=True)
class Views:
    """The views that pictures can be asked in; the first is the default."""

    views: tuple[View, ...]


@dataclass(frozen=True, slots=True)
class SequenceLook:
    """What a file belongs to: the sequence it is a frame of, and what its header says.

    pattern: full path with a frame token, or of the one picture. display, data: windows of the first frame.
    colour_space: what the file declares; empty where it says nothing.
    """

    pattern: str
    frames: FrameRange
    display: Box
    data: Box
    pixel_aspect: float = 1.0
    colour_space: str = ""
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MatteFiles:
    """A drawn matte on the disk; the same drawing is the same files."""

    pattern: str
    channel: str = "A"


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """Copy a take to a folder: its own files as they are, or the plate with the take over it.

    what: `patch` copies patch, record and manifest, bit for bit; `comp` writes every frame of the plate with the take
    in it. roots: folders that the plate lies in. plate: where it is now, if not as recorded.
    """

    folder: str
    what: Literal["patch", "comp"] = "patch"
    roots: tuple[str, ...] = ()
    plate: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    folder: str
    files: int


@dataclass(frozen=True, slots=True)
class Costs:
    """What was spent, grouped."""

    by: CostGroup
    lines: tuple[CostLine, ...]


@dataclass(frozen=True, slots=True)
class Budgets:
    """Every budget and what is left of it."""

    budgets: tuple[BudgetState, ...]


@dataclass(frozen=True, slots=True)
class LedgerState:
    """A root's ledger followed from its start: whether it is whole, and what was found."""

    root: str
    whole: bool
    head: str
    findings: tuple[Finding, ...] = field(default_factory=tuple)
