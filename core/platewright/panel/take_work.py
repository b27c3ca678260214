"""What the artist does with takes: look through them, decide, bring them in, copy what made them, check them."""

from __future__ import annotations

from typing import Any

from platewright.client.messages import State
from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.decisions import DecisionKind, TakeDecision, TakeSummary
from platewright.contract.jobs import Failure, Job
from platewright.contract.request import Reference
from platewright.contract.wire import FullFrames, FullFramesAsk, Verification

from .board import Board
from .form import Form
from .host import Host
from .take_history import TakeHistory
from .take_words import choice_note, label_of
from .words import tr

__all__ = ["TakeWork", "root_of"]

_MOST_ASKED_RECORDS = 8


def root_of(take: TakeSummary) -> str:
    """The root a take lies under: `<root>/<element>/<record>`."""
    folder = take.record.replace("\\", "/").rpartition("/")[0]
    return folder.rpartition("/")[0]


class TakeWork:
    """Over a session and a host. check: the last difference check, None before one; checking: it is on its way."""

    def __init__(self, session: Session, host: Host, form: Form, board: Board) -> None:
        self.history = TakeHistory()
        self.check: Verification | None = None
        self.checking = False
        self._session = session
        self._host = host
        self._form = form
        self._board = board
        self._asked: set[str] = set()

    def refresh(self) -> None:
        """Ask for the takes below the folder."""
        root = str(self._form.values["host.root"])
        if root and self._session.connection is State.CONNECTED:
            self._session.takes(root).then(self._listed)

    def know_jobs(self, jobs: tuple[Job, ...]) -> None:
        """Jobs say what their takes were asked for with."""
        for job in jobs:
            if job.take:
                self.history.know(job.take, job.submission.request)

    def search(self, text: str, only_starred: bool) -> None:
        """Show the takes that fit."""
        self.history.search, self.history.only_starred = text[:200], only_starred
        self._board.mark("history")

    def decide(self, take: TakeSummary, kind: DecisionKind, note: str = "") -> None:
        """Star, note, approve, reject or choose a take."""
        who = str(self._form.values["submission.who"])
        if kind in ("approve", "reject") and not who:
            hint = tr("Fill in “Your name” under Job; approvals are kept with a name.")
            self._board.trouble("history", Failure("who_missing", tr("Who approves?"), hint))
            return
        decision = TakeDecision(kind, who, note)
        reply = self._session.decide(root_of(take), take.element, take.version, decision)
        reply.then(self._board.answer("history", self.history.replace, "history"))

    def choose_over(self, take: TakeSummary, others: tuple[TakeSummary, ...]) -> None:
        """Choose a take of several, and let the ledger keep over which ones, and how they measured."""
        self.decide(take, "choose", choice_note(take, others))

    def use_as_anchor(self, take: TakeSummary, frame: int) -> None:
        """Give a take's frame, over its plate, to the next regeneration, as a frame that was painted for it."""
        self._board.say(tr("Preparing frame {frame} of {take}…", frame=frame, take=label_of(take)))

        def made(reply: Reply[FullFrames]) -> None:
            if reply.value is not None:
                made_by_model = take.backend not in ("", "builtin")
                kind = "compositeWithTrainedAlgorithmicMedia" if made_by_model else "composite"
                self._form.choose("regenerate")
                self._form.add_anchor(Reference("anchor", reply.value.pattern, frame, "", "own", kind))
                self._board.say(tr("Frame {frame} of {take} is a reference now.", frame=frame, take=label_of(take)))
                self._board.mark("form", "button")
            elif reply.failure is not None:
                self._board.trouble("history", reply.failure)

        asked = FullFramesAsk("whole")
        self._session.full_frames(root_of(take), take.element, take.version, asked).then(made)

    def apply(self, take: TakeSummary) -> None:
        """Bring a take into the comp."""
        self._board.guarded("history", lambda: self._board.say(self._host.place(take, self._form.placing())))

    def make_again(self, take: TakeSummary) -> None:
        """Let the controls go on from a take: some of its frames, or a part of its matte."""
        self._form.go_on_from(take.element, take.version, root_of(take), request=self.history.request_of(take))
        hint = tr("Type the frames to make again, or choose a smaller matte, under Make again.")
        self._board.say(f"{label_of(take)}: {hint}")
        self._board.mark("form", "button")

    def step(self, by: int) -> None:
        """The selected placement's next take, or the one before."""
        self._board.guarded("history", lambda: self._board.say(self._host.step(by)))

    def copy_settings(self, take: TakeSummary) -> bool:
        """Copy a take's settings into the controls. Returns whether they are known."""
        request = self.history.request_of(take)
        if request is None:
            return False
        self._form.copy(request)
        self._board.say(tr("The settings of {take} are in the controls.", take=label_of(take)))
        self._board.mark("form", "button")
        return True

    def check_difference(self) -> None:
        """Ask the engine what the comp changes outside the matte."""
        self._board.guarded("check", self._check)

    def _check(self) -> None:
        asked = self._host.difference()
        if asked is not None:
            self.checking, self.check = True, None
            self._board.mark("check")
            self._session.verify(asked).then(self._checked)

    def _checked(self, reply: Reply[Verification]) -> None:
        self.checking, self.check = False, reply.value
        self._board.mark("check")
        if reply.failure is not None:
            self._board.trouble("check", reply.failure)

    def _listed(self, reply: Reply[Any]) -> None:
        if reply.value is None:
            # A folder that isn't there yet has no takes; that is no error before the first one is made.
            absent = reply.failure is not None and reply.failure.code in ("file_missing", "not_found", "folder_missing")
            self.history.show(())
            self._board.mark("history")
            if reply.failure is not None and not absent:
                self._board.trouble("history", reply.failure)
            return
        self._board.dismiss("history")
        self.history.show(reply.value.takes)
        self._board.mark("history")
        for take in self.history.unknown(_MOST_ASKED_RECORDS):
            if take.record not in self._asked:
                self._asked.add(take.record)
                self._ask_record(take)

    def _ask_record(self, take: TakeSummary) -> None:
        def keep(record: Any) -> None:
            self.history.know(take.record, record.request)

        reply = self._session.take(root_of(take), take.element, take.version)
        reply.then(self._board.answer("", keep, "history"))
