# SPDX-License-Identifier: GPL-3.0-or-later
"""A job's way through Blender: matte, submission, take, place. Every step returns at once; the pump moves it on."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import bpy

from platewright.client.replies import Reply
from platewright.contract.errors import PlatewrightError
from platewright.contract.failure import Failure
from platewright.contract.jobs import Job, JobState, Quote
from platewright.contract.request import Matte
from platewright.contract.wire import FullFrames, FullFramesAsk
from platewright.panel.asking import Asked
from platewright.panel.price import Price, ask_prices

from .cutting import Cutting, show_copies
from .landing import land, layers_of
from .link import JobView, Link
from .mattes import Export, Source, start_export
from .offer import Offer
from .placing import Placed
from .plates import HostPlate
from .preparing import Prepared
from .takes import Take, load
from .waiting import Waiting, forget, remember, scene_of, waiting

__all__ = ["Drawing", "Flow", "Trouble"]

_MOST_TROUBLES = 20
_FREE = "builtin"


@dataclass(frozen=True)
class Trouble:
    """Something that went wrong: a sentence and what to do, for the panel and for scripts."""

    text: str
    hint: str = ""
    code: str = ""


@dataclass(frozen=True)
class Drawing:
    """A matte that is being drawn for a request."""

    export: Export
    prepared: Prepared
    scene: str


class Flow:
    """Everything under way in this Blender. placed: called with what was placed, after it was."""

    def __init__(self, link: Link, placed: Callable[[Placed | None, Take], object] = lambda placed, take: None) -> None:
        self.link = link
        self.drawings: list[Drawing] = []
        self.cuttings: list[Cutting] = []
        self.offers: list[Offer] = []
        self.troubles: list[Trouble] = []
        self.placing: set[str] = set()
        self.sent: dict[str, str] = {}
        self._placed = placed

    def begin(self, scene: Any, prepared: Prepared, source: Source | Matte | None) -> None:
        """Draw the matte where one is to be drawn, and send. Raises as `start_export` does."""
        if isinstance(source, Source):
            export = start_export(source, prepared.plate, prepared.frames, prepared.sources())
            self.drawings.append(Drawing(export, prepared, scene.name))
        else:
            self._price(scene.name, prepared, source)

    def send_offer(self, place: int) -> None:
        """Send what waited for a look at its price."""
        if 0 <= place < len(self.offers):
            offer = self.offers.pop(place)
            for one in offer.accepted():
                self._send(offer.scene, one, offer.matte)

    def tick(self) -> bool:
        """Move everything on; True where there is something new to show. Never raises, never waits."""
        changed = bool(self.drawings)
        for drawing in list(self.drawings):
            try:
                matte = drawing.export.poll()
            except PlatewrightError as error:
                self.drawings.remove(drawing)
                self.tell(error)
                continue
            if matte is not None:
                self.drawings.remove(drawing)
                self._price(drawing.scene, drawing.prepared, matte)
        return self.link.drain() or changed

    def place(self, job: str, show: bool = False) -> None:
        """Ask for the full frames of a finished job's take, and place it when they are there.

        show: go to the scene that it was placed in, where that is another.
        """
        view, found = self.link.jobs.get(job), scene_of(job)
        if view is None or not view.take or found is None or job in self.placing:
            return
        try:
            take = load(view.take)
        except PlatewrightError as error:
            self.tell(error)
            return
        self.placing.add(job)
        scene, wanted = found
        self.fetch(take, layers_of(take, scene, wanted.into, wanted.layer), lambda: self._land(take, job, show))

    def cut(self, plate: HostPlate, root: str, then: Callable[[HostPlate], object]) -> None:
        """Have a plate with overscan cut to its format, show that, and go on. Raises as `Cutting` does."""

        def ended(cutting: Cutting) -> None:
            if cutting in self.cuttings:
                self.cuttings.remove(cutting)

        def there(copies: str) -> None:
            ended(cutting)
            self.guarded(lambda: then(show_copies(cutting.plate_now(), copies)))

        def failed(failure: Failure) -> None:
            ended(cutting)
            self.tell_trouble(Trouble(failure.message, failure.hint, failure.code))

        cutting = Cutting(self.link.session, plate, root, there, failed)
        self.cuttings.append(cutting)
        cutting.begin()

    def fetch(self, take: Take, layers: Sequence[str], then: Callable[[], object]) -> None:
        """Have a take's full frames made where they are missing, one layer after the other, and go on."""
        first, *others = layers

        def heard(reply: Reply[FullFrames]) -> None:
            if reply.failure is not None:
                self.placing.clear()
                self.tell_trouble(Trouble(reply.failure.message, reply.failure.hint, reply.failure.code))
                return
            for note in reply.value.notes if reply.value is not None else ():
                self.tell_trouble(Trouble(note))
            self.guarded((lambda: self.fetch(take, others, then)) if others else then)

        record = take.record
        ask = FullFramesAsk(first)  # type: ignore[arg-type]  # from a file: the engine refuses what it does not know
        self.link.session.full_frames(take.root, record.element, record.version, ask).then(heard)

    def reattach(self, opened: bool = True) -> None:
        """After a file was opened, or undo went back: ask the engine about every job that the file waits for.

        opened: what was done meanwhile and was to be placed is placed; after undo it is not, or nobody could undo it.
        """
        for scene in bpy.data.scenes:
            for one in waiting(scene):
                known = self.link.jobs.get(one.job)
                if known is None:
                    self.link.follow(one.job)
                elif opened and not known.state.is_open:
                    self.finished(known)

    def finished(self, view: JobView) -> None:
        """A job ended: place it where that was wished, forget it where nobody can try it again from here."""
        found = scene_of(view.id)
        if found is None:
            return
        if view.state is JobState.DONE:
            if found[1].at_once:
                self.place(view.id)
        elif view.state not in (JobState.FAILED, JobState.CANCELLED):  # the panel tries these again
            forget(view.id)

    def guarded(self, action: Callable[[], object]) -> None:
        """Do something whose errors become a line in the panel."""
        try:
            action()
        except PlatewrightError as error:
            self.tell(error)
        except Exception as error:  # the host must go on, whatever we did wrong
            traceback.print_exc()
            self.tell_trouble(
                Trouble(f"Platewright made a mistake: {type(error).__name__}: {error}", "Please report it.")
            )

    def tell(self, error: PlatewrightError) -> None:
        """Put an error where the artist sees it."""
        self.tell_trouble(Trouble(error.message, error.hint, error.code))

    def close(self) -> None:
        """End what is ours alone: mattes being drawn, and the session's threads."""
        for drawing in self.drawings:
            drawing.export.cancel()
        self.drawings.clear()
        self.cuttings.clear()
        self.offers.clear()
        self.link.close()

    def tell_trouble(self, trouble: Trouble) -> None:
        """Put something where the artist sees it, once."""
        self.troubles = [one for one in self.troubles if one != trouble][-_MOST_TROUBLES:] + [trouble]

    def _price(self, scene: str, prepared: Prepared, matte: Matte | None) -> None:
        """Send what costs nothing, or whose price was accepted; else show its price first."""
        each = prepared.asked.each()
        if prepared.accepted or all(one.backend == _FREE for one in each):
            self._send(scene, prepared, matte)
            return

        def counted(price: Price) -> None:
            offer = Offer(scene, prepared, matte, price)
            if price.known and not price.sums():
                self._send(scene, prepared, matte)
            else:
                self.offers.append(offer)
            self.link.changed = True

        def ask(one: Asked) -> Reply[Quote]:
            return self.link.session.quote(replace(prepared, asked=one).submissions(matte)[0]).then(self._no_price)

        ask_prices(each, ask, counted)

    def _no_price(self, reply: Reply[Quote]) -> None:
        if reply.failure is not None:
            self.tell_trouble(Trouble(reply.failure.message, reply.failure.hint, reply.failure.code))

    def _send(self, scene: str, prepared: Prepared, matte: Matte | None) -> None:
        for submission in prepared.submissions(matte):

            def sent(reply: Reply[Job], key: str = submission.key) -> None:
                if reply.value is None:
                    failure = reply.failure
                    if failure is not None:
                        self.tell_trouble(Trouble(failure.message, failure.hint, failure.code))
                    return
                self.sent[key] = reply.value.id
                self._remember(scene, prepared, reply.value)
                if not reply.value.state.is_open:  # answered by a take that is there
                    self.guarded(lambda: self.finished(self.link.jobs[reply.value.id]))  # type: ignore[union-attr]

            self.link.send(submission, sent)

    def _remember(self, scene: str, prepared: Prepared, job: Job) -> None:
        owner = bpy.data.scenes.get(scene)
        if owner is None or owner.library is not None:
            self.tell_trouble(Trouble(f"The scene {scene} is gone; its take will be in the folder for elements."))
            return
        asked = prepared.asked
        remember(owner, Waiting(job.id, asked.element, asked.root, prepared.plate.pattern, prepared.operation,
                                prepared.into, prepared.layer, prepared.at_once))  # fmt: skip

    def _land(self, take: Take, job: str, show: bool) -> None:
        self.placing.discard(job)
        found = scene_of(job)
        if found is None:
            return
        scene, wanted = found
        placed = land(take, scene, wanted)
        forget(job)
        self.link.jobs.pop(job, None)
        for note in placed.notes if placed is not None else ():
            self.tell_trouble(Trouble(note))
        self._placed(placed if show else None, take)
