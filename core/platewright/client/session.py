"""A session: what a host holds. Every method returns at once; answers and events come when the host drains.

    session = Session(name="nuke 15.1")
    reply = session.submit(submission)              # on the host's thread: microseconds, whatever the engine does
    …
    for message in session.drain():                 # from the host's own timer
        …                                           # Happened(event), Answered(reply), Connection(state), Trouble

Threads of the session never touch the host: they put messages into a queue, and that is all. No method raises for
anything the engine, the disk or the network does; that comes as a `Failure` with a sentence and a hint.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from platewright.contract.colour_config import BUILTIN_BEGINNING, ColourConfig
from platewright.contract.endpoint import state_folder
from platewright.contract.errors import ColourError
from platewright.contract.failure import Failure

from .addressing import question, word
from .answers import reader_of
from .calling import Call
from .finder import Finder
from .lanes import Lane, Wish
from .listener import Listener
from .messages import Answered, Happened, Message, State, Trouble
from .publish_calls import PublishCalls
from .record_calls import RecordCalls
from .replies import Reply

if TYPE_CHECKING:  # loaded by the session's threads when the first answer comes, so that a host starts quickly
    from platewright.contract.decisions import TakeDecision, TakeSummary
    from platewright.contract.drawing import MatteOrder
    from platewright.contract.jobs import Job, JobEvent, Quote, Submission, Unseen
    from platewright.contract.takes import TakeRecord
    from platewright.contract.wire import (
        Backends,
        Budgets,
        Costs,
        EventPage,
        Exported,
        ExportOrder,
        FullFrames,
        FullFramesAsk,
        Health,
        JobList,
        MatteFiles,
        PlateCopies,
        PlateCopiesAsk,
        SequenceLook,
        TakeList,
        Verification,
        VerifyAsk,
        Views,
    )

__all__ = ["Session"]

T = TypeVar("T")
Paths = tuple[str, ...]
_MOST_WAITING = 1000
_MOST_UNDRAINED = 5000
_SHORT_S = 30.0
_SUBMIT_S = 120.0
_PICTURE_S = 60.0
_VERIFY_S = 3600.0


class Session(PublishCalls, RecordCalls):
    """A host's way to the engine.

    name: what the host calls itself, for the engine's log. state: the user's state folder; None for the usual one.
    command: the program that runs `platewright`; empty to look for it. after: the event to go on behind; None for what
    happens from now on. may_start: start an engine where none runs. environment: the host's, for tests.
    """

    def __init__(
        self,
        name: str = "",
        *,
        state: Path | None = None,
        command: tuple[str, ...] = (),
        after: int | None = None,
        may_start: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        client = "".join(sign for sign in name[:60] if sign.isascii() and sign.isprintable())
        self._out: deque[Any] = deque()
        self._waiting = 0
        self._counting = threading.Lock()
        self._closed = False
        self._begun = False
        self._room = threading.Event()
        self._room.set()
        folder = state if state is not None else state_folder(environment)
        values = dict(os.environ if environment is None else environment)
        values.setdefault("PLATEWRIGHT_STATE", str(folder))
        self._ocio = values.get("OCIO", "").strip()
        self._finder = Finder(folder, self._out.append, command, values, may_start)
        # What is quick and in order; pictures; what takes minutes. None waits for another.
        self._lanes = {lane: Lane(lane, self._finder, self._settle, client) for lane in ("jobs", "looks", "checks")}
        self._listener = Listener(self._finder, self._heard, client, after)

    # How things stand.

    @property
    def connection(self) -> State:
        """How the host stands with the engine; each change also comes as a message."""
        return State.CLOSED if self._closed else self._finder.state

    @property
    def after(self) -> int:
        """The number of the last event heard: what another session can go on behind."""
        return self._listener.after or 0

    def open(self) -> Session:
        """Begin to listen, to an engine that runs already; the first call starts one where none does."""
        if not self._begun and not self._closed:
            self._begun = True
            for lane in self._lanes.values():
                lane.thread.start()
            self._listener.thread.start()
        return self

    def close(self, wait_s: float = 0.2) -> None:
        """End the session's threads; the engine and its jobs go on. Waits for the threads no longer than `wait_s`."""
        self._closed = True
        self._finder.say(State.CLOSED)
        self._finder.stop()
        self._room.set()
        until = time.monotonic() + wait_s
        parts: tuple[Listener | Lane, ...] = (self._listener, *self._lanes.values())
        for part in parts:
            part.stop()
        if self._begun:
            for part in parts:
                part.thread.join(max(0.0, until - time.monotonic()))

    def drain(self, most: int = 50) -> tuple[Message, ...]:
        """What has come since, at most so many messages; replies are set, and their callbacks called, in here.

        To be called from the host's own timer, on its own thread. Never raises, never waits.
        """
        found: list[Message] = []
        while len(found) < most:
            try:
                item = self._out.popleft()
            except IndexError:
                break
            found.append(item)
            if isinstance(item, _Settled):
                found[-1] = Answered(item.reply)
                item.reply.settle(item.value, item.failure)
            if isinstance(found[-1], Answered):
                found += self._called(found[-1].reply)
        if len(self._out) < _MOST_UNDRAINED:
            self._room.set()
        return tuple(found)

    def again(self, reply: Reply[Any]) -> None:
        """Bring a reply up in the next drain, for a callback that was added after it was done."""
        self._out.append(Answered(reply))

    # What can be asked.

    def submit(self, submission: Submission) -> Reply[Job]:
        """Hand a request in. It gets a key of its own where it has none, so that it is never handed in twice."""
        submission = self._coloured(submission)
        keyed = submission if submission.key else replace(submission, key=os.urandom(16).hex())
        return self._ask("submit", Call("POST", "/v1/jobs", keyed), "Job", _SUBMIT_S)

    def quote(self, submission: Submission) -> Reply[Quote]:
        """What it would cost and do."""
        return self._ask("quote", Call("POST", "/v1/quote", self._coloured(submission)), "Quote")

    def estimate(self, unseen: Unseen) -> Reply[Quote]:
        """The same before there are files."""
        return self._ask("estimate", Call("POST", "/v1/estimate", unseen), "Quote")

    def job(self, job: str) -> Reply[Job]:
        """One job as it stands."""
        return self._ask("job", Call("GET", f"/v1/jobs/{word(job)}"), "Job")

    def jobs(self, open_only: bool = False, root: str = "", limit: int = 200, before: str = "") -> Reply[JobList]:
        """The latest jobs, newest first."""
        words = {"open": "true" if open_only else "false", "root": root, "limit": limit, "before": before}
        return self._ask("jobs", Call("GET", f"/v1/jobs?{question(words)}"), "JobList")

    def events(self, job: str = "", after: int = 0) -> Reply[EventPage]:
        """What happened before this session listened: a page of events behind a number, of one job or of all."""
        return self._ask("events", Call("GET", f"/v1/events?{question({'job': job, 'after': after})}"), "EventPage")

    def cancel(self, job: str, who: str = "") -> Reply[Job]:
        """Ask it to stop; its finished frames stay usable."""
        return self._change(job, "cancel", {"who": who})

    def retry(self, job: str, who: str = "") -> Reply[Job]:
        """Try a failed, cancelled or unknown job again."""
        return self._change(job, "retry", {"who": who}, again=False)

    def pause(self, job: str, paused: bool, who: str = "") -> Reply[Job]:
        """Hold a queued job back, or let it go on."""
        return self._change(job, "pause", {"paused": paused, "who": who})

    def reorder(self, job: str, priority: int, who: str = "") -> Reply[Job]:
        """Give a queued job another priority."""
        return self._change(job, "priority", {"priority": priority, "who": who})

    def approve(self, job: str, who: str, note: str = "") -> Reply[Job]:
        """Let a waiting job go on."""
        return self._change(job, "approve", {"who": who, "note": note}, again=False)

    def refuse(self, job: str, who: str, note: str = "") -> Reply[Job]:
        """Say no to a waiting job."""
        return self._change(job, "refuse", {"who": who, "note": note}, again=False)

    def takes(self, root: str, element: str = "") -> Reply[TakeList]:
        """The finished takes below a root."""
        return self._ask("takes", Call("GET", f"/v1/takes?{question({'root': root, 'element': element})}"), "TakeList")

    def take(self, root: str, element: str, version: int) -> Reply[TakeRecord]:
        """A take's record."""
        path = f"/v1/takes/{word(element)}/{version}?{question({'root': root})}"
        return self._ask("take", Call("GET", path, within_s=60), "TakeRecord", lane="looks")

    def decide(self, root: str, element: str, version: int, decision: TakeDecision) -> Reply[TakeSummary]:
        """Star, note, approve or reject a take."""
        path = f"/v1/takes/{word(element)}/{version}/decide?{question({'root': root})}"
        return self._ask("decide", Call("POST", path, decision), "TakeSummary", again=False)

    def full_frames(self, root: str, element: str, version: int, asked: FullFramesAsk) -> Reply[FullFrames]:
        """A take's patches as copies over the whole picture; they are made where they are missing."""
        path = f"/v1/takes/{word(element)}/{version}/full_frames?{question({'root': root})}"
        call = Call("POST", path, asked, within_s=_VERIFY_S)
        return self._ask("full_frames", call, "FullFrames", _VERIFY_S, lane="checks")

    def plate_copies(self, asked: PlateCopiesAsk) -> Reply[PlateCopies]:
        """Frames of a plate cut to its display window; they are made where they are missing."""
        call = Call("POST", "/v1/plates/copies", asked, within_s=_VERIFY_S)
        return self._ask("plate_copies", call, "PlateCopies", _VERIFY_S, lane="checks")

    def verify(self, asked: VerifyAsk) -> Reply[Verification]:
        """Whether a take is whole, signed, and changed only what it says."""
        call = Call("POST", "/v1/verify", asked, within_s=_VERIFY_S)
        return self._ask("verify", call, "Verification", _VERIFY_S, lane="checks")

    def backends(self) -> Reply[Backends]:
        """The generators and what each can do."""
        return self._ask("backends", Call("GET", "/v1/backends"), "Backends")

    def costs(self, by: str = "shot", root: str = "") -> Reply[Costs]:
        """What was spent."""
        return self._ask("costs", Call("GET", f"/v1/costs?{question({'by': by, 'root': root})}"), "Costs")

    def budgets(self) -> Reply[Budgets]:
        """Every budget and what is left of it."""
        return self._ask("budgets", Call("GET", "/v1/budgets"), "Budgets")

    def health(self) -> Reply[Health]:
        """How the engine is."""
        return self._ask("health", Call("GET", "/v1/health"), "Health")

    def views(self) -> Reply[Views]:
        """The displays and views that pictures can be asked in."""
        return self._ask("views", Call("GET", "/v1/views", within_s=_PICTURE_S), "Views", _PICTURE_S, lane="looks")

    def picture(self, root: str, path: str, width: int = 256, **how: str | float) -> Reply[bytes]:
        """A frame below a root as JPEG (or `format="png"`) bytes; `how`: display, view, exposure, channel, …"""
        words = {"root": root, "path": path, "width": width, **how}
        return self._picture(f"/v1/picture?{question(words)}")

    def take_picture(
        self, root: str, element: str, version: int, frame: int, width: int = 256, roots: Paths = (), **how: str
    ) -> Reply[bytes]:
        """A take's frame as JPEG bytes; `how`: `what` (composite, plate, patch, matte, sources), display, view, …"""
        words = [("root", root), ("frame", frame), ("width", width), *how.items(), *(("roots", one) for one in roots)]
        return self._picture(f"/v1/takes/{word(element)}/{version}/picture?{question(words)}")

    def sequence(self, root: str, path: str) -> Reply[SequenceLook]:
        """What a file below a root is a frame of."""
        call = Call("GET", f"/v1/sequence?{question({'root': root, 'path': path})}", within_s=_PICTURE_S)
        return self._ask("sequence", call, "SequenceLook")

    def draw(self, order: MatteOrder) -> Reply[MatteFiles]:
        """Write a matte that was drawn by hand."""
        call = Call("POST", "/v1/mattes", order, within_s=_VERIFY_S)
        return self._ask("draw", call, "MatteFiles", _VERIFY_S, lane="checks")

    def export(self, root: str, element: str, version: int, order: ExportOrder) -> Reply[Exported]:
        """Copy a take to a folder, or write it over its plate."""
        path = f"/v1/takes/{word(element)}/{version}/export?{question({'root': root})}"
        call = Call("POST", path, order, within_s=_VERIFY_S)
        return self._ask("export", call, "Exported", _VERIFY_S, again=False, lane="checks")

    # Inside.

    def _coloured(self, submission: Submission) -> Submission:
        """The submission with the host's own colour configuration, where it names none and the host has one."""
        if not self._ocio or submission.request.colour is not None:
            return submission
        builtin = self._ocio.startswith(BUILTIN_BEGINNING)
        source = self._ocio if builtin else os.path.abspath(os.path.expanduser(self._ocio))
        try:
            return replace(submission, request=replace(submission.request, colour=ColourConfig(source)))
        except ColourError:
            return submission  # no path at all: the engine says what is wrong with its own

    def _picture(self, path: str) -> Reply[bytes]:
        return self._put("picture", Call("GET", path, within_s=_PICTURE_S), bytes, _PICTURE_S, True, "looks")

    def _change(self, job: str, verb: str, body: object, again: bool = True) -> Reply[Job]:
        return self._ask(verb, Call("POST", f"/v1/jobs/{word(job)}/{verb}", body), "Job", again=again)

    def _ask(
        self, what: str, call: Call, gives: str, seconds: float = _SHORT_S, again: bool = True, lane: str = "jobs"
    ) -> Reply[Any]:
        return self._put(what, call, reader_of(gives), seconds, again, lane)

    def _put(
        self, what: str, call: Call, read: Callable[[bytes], T], seconds: float, again: bool, lane: str
    ) -> Reply[T]:
        reply: Reply[T] = Reply(what, self.again)
        if self._closed:
            self._out.append(_Settled(reply, None, _CLOSED))
            return reply
        with self._counting:
            full = self._waiting >= _MOST_WAITING
            self._waiting += not full
        if full:
            self._out.append(_Settled(reply, None, _FULL))
            return reply
        self.open()
        self._lanes[lane].put(Wish(call, read, reply, time.monotonic() + seconds, again))
        return reply

    def _settle(self, reply: Reply[Any], value: Any, failure: Failure | None) -> None:
        with self._counting:
            self._waiting -= 1
        self._out.append(_Settled(reply, value, failure))

    def _heard(self, event: JobEvent) -> None:
        while len(self._out) >= _MOST_UNDRAINED and not self._closed:
            self._room.clear()
            self._room.wait(1.0)
        self._out.append(Happened(event))

    def _called(self, reply: Reply[Any]) -> list[Message]:
        troubles: list[Message] = []
        for call in reply.waiting():
            try:
                call(reply)
            except Exception as error:  # the host's own code; its loop must go on
                text = f"{type(error).__name__}: {error}"[:300]
                troubles.append(Trouble(Failure("callback_failed", f"after {reply.what}: {text}")))
        return troubles


class _Settled:
    """A reply's outcome on its way to the host's thread."""

    __slots__ = ("failure", "reply", "value")

    def __init__(self, reply: Reply[Any], value: Any, failure: Failure | None) -> None:
        self.reply, self.value, self.failure = reply, value, failure


_CLOSED = Failure("session_closed", "the session was closed", "Open a new one.")
_FULL = Failure(
    "session_full", f"{_MOST_WAITING} calls wait for the engine already", "Wait until it answers again.", retry=True
)
