"""What the panel knows and does, without any Qt: a widget shows it, a timer ticks it, a test drives it.

Nothing here waits. Calls go to the session, and answers come back in `tick`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from platewright.client.messages import Connection, Happened, Message, State
from platewright.client.messages import Trouble as Mishap
from platewright.client.session import Session
from platewright.contract.jobs import Job
from platewright.contract.money import BudgetState
from platewright.contract.wire import Backend

from .board import Board
from .form import Form
from .host import Host, Selection
from .kept_values import KeptValues
from .main_button import MainButton, held_button, main_button
from .make_work import MakeWork
from .publish_work import PublishWork
from .queue_work import QueueWork
from .record_work import RecordWork
from .ruled_button import ruled_by_each
from .set_work import SetWork
from .standing import Standing, standing_of
from .take_work import TakeWork
from .words import tr

__all__ = ["PanelModel"]

_LOOK_EVERY_S = 0.4
_QUOTE_AFTER_S = 0.5
_TAKES_AFTER_S = 0.3
_DRAINED = 40


class PanelModel:
    """The panel's state.

    making: what the main button does. clock: monotonic seconds, for tests.
    """

    def __init__(
        self, session: Session, host: Host, kept: KeptValues | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.session = session
        self.host = host
        self.board = Board()
        self.form = Form(kept if kept is not None else KeptValues())
        self.jobs = QueueWork(session, host, self.form, self.board)
        self.takes = TakeWork(session, host, self.form, self.board)
        self.making = MakeWork(session, host, self.form, self.board, self.jobs, self.takes)
        self.publishing = PublishWork(session, host, self.form, self.board)
        self.recording = RecordWork(session, self.form, self.board)
        self.looks = SetWork(session, self.form, self.board)
        self.selection = Selection()
        self.standing: Standing = standing_of(session.connection)
        self.backends: tuple[Backend, ...] = ()
        self.budgets: tuple[BudgetState, ...] = ()
        self.jobs.on_end, self.jobs.on_list = self._ended, self.takes.know_jobs
        self._clock = clock
        self._look_at = 0.0
        self._quote_at: float | None = None
        self._takes_at: float | None = None
        self._script = host.script
        self._know_capabilities()
        self._root_from_host()

    def tick(self) -> bool:
        """Take in what has come, look at the selection now and then, and tell what changed. Never raises or waits.

        Returns whether more messages may be waiting.
        """
        if self.making.exporting:  # the host is in the middle of a render: nothing of its script may change now
            self.board.tell()
            return False
        now = self._clock()
        messages = self.session.drain(_DRAINED)
        for message in messages:
            self._take_in(message)
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY_S
            self.board.guarded("button", self._look)
        if self._quote_at is not None and now >= self._quote_at:
            self._quote_at = None
            self.making.ask_quote(self.selection, self.standing.state is State.CONNECTED)
        if self._takes_at is not None and now >= self._takes_at:
            self._takes_at = None
            self.takes.refresh()
            self.looks.refresh()
            self.session.budgets().then(self.board.answer("", self._know_budgets, "money"))
        self.board.tell()
        return len(messages) >= _DRAINED

    def button(self) -> MainButton:
        """What the main button does now."""
        making, held = self.making, self.making.held
        titles = {one.name: one.title for one in self.backends}
        if held is not None:
            return held_button(held.price, held.shown, held.asked.takes, titles)
        plain = main_button(
            self.form, self.selection, self.standing, self.chosen(), making.price, making.exporting, making.assumed
        )
        if making.pricing:
            return replace(plain, verb="nothing", sentence=tr("Asking for the exact price…"), hint="")
        return ruled_by_each(plain, making.price, titles)

    def backend(self) -> Backend | None:
        """The chosen generator, once the engine has said which there are."""
        return next((one for one in self.backends if one.name == self.form.values["backend"]), None)

    def chosen(self) -> tuple[Backend, ...]:
        """That one and those of the bake-off, as far as the engine has told of them."""
        named = {one.name: one for one in self.backends}
        return tuple(named[name] for name in self.form.backends() if name in named)

    # What the artist does.

    def choose(self, operation: str) -> None:
        """Choose an operation; it stays until something else is selected."""
        self.board.guarded("button", self._look)  # what was selected since the last look must not undo the choice
        self.form.choose(operation)
        self.touch()

    def put(self, name: str, value: object) -> None:
        """Set a control."""
        before = self.form.values[name]
        if self.form.put(name, value) != before:
            self.touch()
            if name == "host.root":
                self._takes_at = self._clock() + _TAKES_AFTER_S

    def put_input(self, backend: str, name: str, value: object) -> None:
        """Set an input of a backend's own."""
        before = {field.name: held for field, held in self.form.inputs(backend)}
        if self.form.put_input(name, value, backend) != before[name]:
            self.touch()

    def touch(self) -> None:
        """Something of the form has changed; perhaps another operation, with a backend of its own."""
        self._know_capabilities()
        self.board.mark("form", "button")
        self._quote_at = self._clock() + _QUOTE_AFTER_S

    def make(self) -> None:
        """Press the main button."""
        verb = self.button().verb
        if verb == "stop":
            self.making.stop()
        elif verb == "send":
            self.making.send_held()
        elif verb == "make":
            self.board.dismiss("button")
            self.board.guarded("button", lambda: self.making.make(self.selection))

    # Inside.

    def _ended(self, job: Job) -> None:
        self._takes_at = self._clock() + _TAKES_AFTER_S
        self.takes.know_jobs((job,))

    def _take_in(self, message: Message) -> None:
        if isinstance(message, Connection):
            self.standing = standing_of(message.state, message.failure, message.version)
            self.board.mark("standing", "button")
            if message.state is State.CONNECTED:
                self._welcome()
        elif isinstance(message, Happened):
            self.jobs.happened(message.event)
        elif isinstance(message, Mishap):
            self.board.trouble("button", message.failure)

    def _welcome(self) -> None:
        """The engine is there, again or for the first time: ask for what may have happened meanwhile."""
        self.session.backends().then(self.board.answer("", self._know_backends, "backends"))
        self.session.budgets().then(self.board.answer("", self._know_budgets, "money"))
        self.jobs.refresh()
        self._takes_at = self._clock() + _TAKES_AFTER_S
        self._quote_at = self._clock()

    def _know_backends(self, found: Any) -> None:
        self.backends = found.backends
        self.form.controls_of = {one.name: one.controls for one in self.backends}
        self._know_capabilities()
        self.board.mark("form", "button")

    def _know_capabilities(self) -> None:
        chosen = self.chosen()
        can = {"prompt"} if any(one.prompt for one in chosen) else set()
        can |= {"references"} if any(one.references for one in chosen) else set()
        self.form.capabilities = frozenset(can | self.host.can)

    def _know_budgets(self, found: Any) -> None:
        self.budgets = found.budgets

    def _look(self) -> None:
        if self.host.script != self._script:
            self._script = self.host.script
            self.jobs.another_script()
            self.making.drop_held()  # it was for nodes of the other script
            self._root_from_host()
            self.board.mark("button", "queue")
        if not self.host.can <= self.form.capabilities:  # a script with several views, another script without
            self._know_capabilities()
            self.board.mark("form")
        found = self.host.look()
        if found == self.selection:
            return
        before, self.selection = self.selection, found
        if (found.plate, found.matte, found.element) != (before.plate, before.matte, before.element) and found.plate:
            self.form.pinned = False
        if found.plate or found.element:
            self.form.follow(bool(found.matte), found.operation)
        if found.element:
            self.form.put("element", found.element)
            self.form.put("base.version", found.version)
        elif before.element:
            self.form.put("base.how", "all")
            self.form.put("base.version", 0)
        self.touch()

    def _root_from_host(self) -> None:
        """The folder that goes with the script, where the artist has named none."""
        if not self.form.values["host.root"]:
            self.form.put("host.root", self.host.root())
