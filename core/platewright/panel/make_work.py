"""Pressing the main button: what is selected goes to the disk, and a submission to the engine. And its price before.

Nothing here waits for the engine; where an earlier take has to be looked at first, the rest happens when it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.errors import MatteError, PlatewrightError
from platewright.contract.jobs import Quote
from platewright.contract.request import Matte, Plate, Request
from platewright.contract.takes import TakeRecord
from platewright.contract.wire import MatteFiles

from .asked import Asked
from .board import Board
from .form import Form
from .going_on import Earlier, earlier_of
from .host import Brought, Host, Selection
from .queue_work import QueueWork
from .take_work import TakeWork
from .words import tr

__all__ = ["MakeWork"]


class MakeWork:
    """Over a session and a host.

    quote: what it would cost and what the rules say to it, None where nobody knows. exporting: the host is bringing
    files. progress: what, frames done, of how many. pump: called between exported frames, so that a host can repaint.
    """

    def __init__(
        self, session: Session, host: Host, form: Form, board: Board, jobs: QueueWork, takes: TakeWork
    ) -> None:
        self.quote: Quote | None = None
        self.exporting = False
        self.progress: tuple[str, int, int] | None = None
        self.pump: Callable[[], None] = lambda: None
        self._session = session
        self._host = host
        self._form = form
        self._board = board
        self._jobs = jobs
        self._takes = takes
        self._stop = False
        self._quoted: Any = None

    def stop(self) -> None:
        """End the export after the frame that is being made."""
        self._stop = True

    def make(self, selection: Selection) -> None:
        """Bring what is asked for to the disk, and hand it in. Raises PlatewrightError."""
        asked = self._form.asked()
        earlier = earlier_of(asked, selection, self._takes.history.takes)
        price = self.quote
        if earlier is None:
            self._bring(asked, None, price)
            return
        self._board.say(tr("Looking at {take}…", take=earlier.label))

        def looked(reply: Reply[TakeRecord]) -> None:
            if reply.value is not None:
                record = reply.value
                self._board.guarded("button", lambda: self._go_on(asked, earlier, record, price))
            elif reply.failure is not None:
                self._board.trouble("button", reply.failure)

        self._session.take(earlier.root, earlier.element, earlier.version).then(looked)

    def ask_quote(self, selection: Selection, connected: bool) -> None:
        """Ask what it would cost. Without an engine, or with a form that isn't whole, there is nothing to say."""
        found = self._priced(selection) if connected else None
        if found is None:
            self._quoted, self.quote = None, None
            self._board.mark("button", "money")
            return
        asked, plate = found
        wanted = asked.submissions(plate, None)[0]
        mark = (wanted.request, wanted.root, wanted.intent)
        if mark == self._quoted:
            return
        self._quoted = mark

        def keep(reply: Reply[Quote]) -> None:
            if self._quoted == mark:
                self.quote = reply.value
                self._board.mark("button", "money")

        self._session.quote(wanted).then(keep)

    # Inside.

    def _go_on(self, asked: Asked, earlier: Earlier, record: TakeRecord, price: Quote | None) -> None:
        then = record.request
        again = earlier.asked(asked, then)
        if earlier.matte_anew:
            self._bring(again, then, price)
            return
        if then.matte is None and again.needs_matte:
            raise MatteError(
                f"{earlier.label} was made without a matte", code="matte_missing", hint="Select the matte too."
            )
        self._form.remember()
        self._send(self._priced_as(again, price), Brought(then.plate, then.matte))

    def _bring(self, asked: Asked, earlier: Request | None, price: Quote | None) -> None:
        """Let the host bring files. earlier: what a take that is gone on from was asked with."""
        self.exporting, self._stop = True, False
        self._board.mark("button")
        self._board.tell()
        try:
            brought = self._host.bring(asked, self._exported, earlier)
        finally:
            self.exporting, self.progress = False, None
            self._board.mark("button")
        asked = self._priced_as(asked, price)
        self._form.remember()
        if brought.matte_later is None:
            self._send(asked, brought)
            return

        def drawn(reply: Reply[MatteFiles]) -> None:
            if reply.value is not None:
                self._send(asked, replace(brought, matte=Matte(reply.value.pattern, reply.value.channel)))
            elif reply.failure is not None:
                self._board.trouble("button", reply.failure)

        brought.matte_later.then(drawn)
        self._board.say(tr("The engine writes the matte…"))

    @staticmethod
    def _priced_as(asked: Asked, price: Quote | None) -> Asked:
        """With what stood beside the button when it was pressed as the most that is accepted."""
        return asked if price is None else replace(asked, accept_cost=price.cost)

    def _send(self, asked: Asked, brought: Brought) -> None:
        for submission in asked.submissions(brought.plate, brought.matte):
            self._session.submit(submission).then(lambda reply: self._jobs.submitted(reply, asked, brought))
        self._board.say(tr("Sent. Go on working; the take comes back by itself."))

    def _exported(self, what: str, done: int, total: int) -> bool:
        self.progress = (what, done, total)
        self._board.mark("button")
        self._board.tell()
        self.pump()
        return not self._stop

    def _priced(self, selection: Selection) -> tuple[Asked, Plate] | None:
        """What is asked for, and the plate's files if they are known before anything is exported."""
        try:
            asked = self._form.asked()
            earlier = earlier_of(asked, selection, self._takes.history.takes)
            if earlier is None:
                plate = None if selection.trouble else self._host.plate(asked)
                return None if plate is None else (asked, plate)
        except PlatewrightError:
            return None
        request = self._takes.history.request_at(earlier.root, earlier.element, earlier.version)
        return None if request is None else (earlier.asked(asked, request), request.plate)
