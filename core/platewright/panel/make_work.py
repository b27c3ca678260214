"""Pressing the main button: what is selected goes to the disk, and a submission to the engine. And its price before.

Nothing here waits for the engine; where an earlier take has to be looked at first, the rest happens when it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.errors import MatteError, PlatewrightError
from platewright.contract.jobs import Job, PlateShape, Quote, Unseen
from platewright.contract.request import Matte, Plate, Request
from platewright.contract.takes import TakeRecord
from platewright.contract.wire import MatteFiles

from .asked import Asked
from .board import Board
from .form import Form
from .going_on import Earlier, earlier_of
from .host import Brought, Host, Selection
from .price import Price, ask_prices, covers, is_free
from .queue_work import QueueWork
from .take_work import TakeWork
from .words import tr

__all__ = ["Held", "MakeWork"]

_FREE = "builtin"


@dataclass(frozen=True)
class Held:
    """What was brought and would cost more than what stood beside the button: it is sent when the artist says so."""

    asked: Asked
    brought: Brought
    price: Price
    shown: Price


class MakeWork:
    """Over a session and a host.

    price: what it would cost by each generator and what the rules say to it, empty where nobody knows; assumed: what
    was taken for granted where it is an estimate, a sentence, else empty. exporting: the host is bringing files;
    pricing: they are there, and the engine counts them. held: see there. progress: what, frames done, of how many.
    pump: called between exported frames, so that a host can repaint.
    """

    def __init__(
        self, session: Session, host: Host, form: Form, board: Board, jobs: QueueWork, takes: TakeWork
    ) -> None:
        self.price = Price()
        self.assumed = ""
        self.exporting = False
        self.pricing = False
        self.held: Held | None = None
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
        self._answered: Any = None

    def stop(self) -> None:
        """End the export after the frame that is being made."""
        self._stop = True

    def make(self, selection: Selection) -> None:
        """Bring what is asked for to the disk, and hand it in. Raises PlatewrightError."""
        asked = self._form.asked()
        earlier = earlier_of(asked, selection, self._takes.history.takes)
        price = self._price_of(selection)
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
        found = self._known_of(selection) if connected else None
        if found is None:
            self._quoted, self.price = None, Price()
            self._board.mark("button", "money")
            return
        mark, shape = found.mark(), found.shape
        if mark == self._quoted:
            return
        self._quoted = mark

        def keep(price: Price) -> None:
            if self._quoted == mark:
                self.price, self.assumed, self._answered = price, found.assumed(), mark
                self._board.mark("button", "money")

        def ask(one: Asked) -> Reply[Quote]:
            wanted = one.submissions(found.plate, found.matte)[0]
            return self._session.quote(wanted) if shape is None else self._session.estimate(Unseen(wanted, shape))

        ask_prices(found.asked.each(), ask, keep)

    def send_held(self) -> None:
        """Send what was held, for the price that stands there."""
        held, self.held = self.held, None
        if held is not None:
            self._send(held.asked, held.brought, held.price, held.shown)
            self._board.mark("button")

    def drop_held(self) -> None:
        """Think better of it: nothing is sent. The files stay where they are until they are pruned."""
        if self.held is not None:
            self.held = None
            self._board.say(tr("Nothing was sent."))
            self._board.mark("button")

    # Inside.

    def _price_of(self, selection: Selection) -> Price:
        """The price that stands there, if it is that of what is asked for now and not of what was before."""
        found = self._known_of(selection)
        return self.price if found is not None and found.mark() == self._answered else Price()

    def _go_on(self, asked: Asked, earlier: Earlier, record: TakeRecord, price: Price) -> None:
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
        self._hand_in(again, Brought(then.plate, then.matte), price)

    def _bring(self, asked: Asked, earlier: Request | None, price: Price) -> None:
        """Let the host bring files. earlier: what a take that is gone on from was asked with."""
        self.exporting, self._stop = True, False
        self._board.mark("button")
        self._board.tell()
        try:
            brought = self._host.bring(asked, self._exported, earlier)
        finally:
            self.exporting, self.progress = False, None
            self._board.mark("button")
        self._form.remember()
        if brought.matte_later is None:
            self._hand_in(asked, brought, price)
            return

        def drawn(reply: Reply[MatteFiles]) -> None:
            if reply.value is not None:
                self._hand_in(asked, replace(brought, matte=Matte(reply.value.pattern, reply.value.channel)), price)
            elif reply.failure is not None:
                self._board.trouble("button", reply.failure)

        brought.matte_later.then(drawn)
        self._board.say(tr("The engine writes the matte…"))

    def _hand_in(self, asked: Asked, brought: Brought, shown: Price) -> None:
        """Send it where none costs more than what was shown; else hold it until the artist has seen the price.

        What is free whatever the matte covers needs no second question.
        """
        each = asked.each()
        if all(one.backend == _FREE or is_free(shown.of(one.backend)) for one in each):
            self._send(asked, brought, shown)
            return
        self.pricing = True
        self._board.say(tr("Asking for the exact price…"))
        self._board.mark("button")

        def counted(price: Price) -> None:
            self.pricing = False
            self._board.mark("button")
            # Without an answer the engine holds to what was shown.
            if all(quote is None or covers(shown.of(name), quote.cost) for name, quote in price.by):
                self._send(asked, brought, price, shown)
            else:
                self.held = Held(asked, brought, price, shown)
                self._board.say(tr("Ready to be sent."))

        ask_prices(each, lambda one: self._session.quote(one.submissions(brought.plate, brought.matte)[0]), counted)

    def _send(self, asked: Asked, brought: Brought, *prices: Price) -> None:
        """Send it by each generator. prices: what the artist has seen, or less, as the most that is accepted: of the
        first that knows a generator's; where none does, the engine asks a person."""
        for one in asked.each():
            seen = next((quote.cost for price in prices if (quote := price.of(one.backend)) is not None), None)
            for submission in replace(one, accept_cost=seen).submissions(brought.plate, brought.matte):
                self._session.submit(submission).then(self._submitted(one, brought))
        self._board.say(tr("Sent. Go on working; the take comes back by itself."))

    def _submitted(self, asked: Asked, brought: Brought) -> Callable[[Reply[Job]], None]:
        return lambda reply: self._jobs.submitted(reply, asked, brought)

    def _exported(self, what: str, done: int, total: int) -> bool:
        self.progress = (what, done, total)
        self._board.mark("button")
        self._board.tell()
        self.pump()
        return not self._stop

    def _known_of(self, selection: Selection) -> _Known | None:
        """What is asked for, and what is known of its files before anything is exported."""
        try:
            asked = self._form.asked()
            earlier = earlier_of(asked, selection, self._takes.history.takes)
            if earlier is None:
                return None if selection.trouble else self._plate_of(asked)
        except PlatewrightError:
            return None
        request = self._takes.history.request_at(earlier.root, earlier.element, earlier.version)
        if request is None:
            return None
        own = None if earlier.matte_anew else request.matte
        return _Known(earlier.asked(asked, request), request.plate, own)

    def _plate_of(self, asked: Asked) -> _Known | None:
        plate = self._host.plate(asked)
        if plate is not None:
            return _Known(asked, plate)
        coming = self._host.to_render(asked)
        return None if coming is None else _Known(asked, Plate("", coming.frames), None, coming.shape)


@dataclass(frozen=True)
class _Known:
    """What a price can be asked with. shape: of a plate that is not rendered yet; its pattern is empty then."""

    asked: Asked
    plate: Plate
    matte: Matte | None = None
    shape: PlateShape | None = None

    def mark(self) -> object:
        """What a price depends on: two that are equal cost the same."""
        wanted = self.asked.submissions(self.plate, self.matte)
        return tuple((one.request, one.root, one.intent) for one in wanted if one.request.take == 1), self.shape

    def assumed(self) -> str:
        """What the price takes for granted, as a sentence; empty where nothing is left open."""
        guessed = self.asked.needs_matte and self.matte is None
        if not guessed and self.shape is None:
            return ""
        words = [tr("Estimated for {n} frames", n=len(self.plate.frames))]
        if self.shape is not None:
            words.append(tr("of {w} × {h}", w=self.shape.width, h=self.shape.height))
        if guessed and self.asked.region is not None:
            words.append(tr("wherever the matte may be inside the rectangle"))
        elif guessed:
            words.append(tr("wherever the matte may be"))
        end = tr("The exact price is known after the export, before anything is sent.")
        return f"{' '.join(words)}. {end}"
