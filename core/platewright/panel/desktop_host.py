"""The desktop as a host: the open sequence is the plate, what is drawn on it the matte, and takes are exported."""

from __future__ import annotations

from collections.abc import Callable

from platewright.client.replies import Reply
from platewright.client.session import Session
from platewright.contract.checks import CheckAsk, SignedGate
from platewright.contract.decisions import TakeSummary
from platewright.contract.drawing import MatteOrder
from platewright.contract.errors import MatteError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Job
from platewright.contract.request import Extend, Matte, Plate, ReplaceSky, Request
from platewright.contract.wire import Exported, ExportOrder, VerifyAsk

from .asked import Asked, Placing
from .desktop_shot import DesktopShot
from .field import Capability
from .host import Brought, Selection, Tell, ToRender
from .take_words import label_of
from .take_work import root_of
from .words import tr

__all__ = ["DesktopHost"]


class DesktopHost:
    """ask_export: asks where a take is to be copied and what of it, None when the artist thinks better of it.

    exported: shows what became of it. chosen: the take that is looked at. show_place: brings a frame and a take into
    the viewer. judge_by: pyblish's plug-ins, where they are installed. folder: where the takes are.
    """

    def __init__(self, shot: DesktopShot, session: Session) -> None:
        self.shot = shot
        self._session = session
        self.ask_export: Callable[[TakeSummary], ExportOrder | None] = lambda take: None
        self.exported: Callable[[TakeSummary, Reply[Exported]], None] = lambda take, reply: None
        self.chosen: TakeSummary | None = None
        self.show_place: Callable[[int | None, str], None] = lambda frame, record: None
        self.judge_by: Callable[[CheckAsk, SignedGate], tuple[tuple[str, str], ...] | None] = lambda ask, signed: None
        self.folder: Callable[[], str] = lambda: ""
        self._mine: set[str] = set()

    @property
    def name(self) -> str:
        """For the engine's log."""
        return "desktop"

    @property
    def script(self) -> str:
        """The sequence's name."""
        plate = self.shot.plate
        return plate.pattern.rpartition("/")[2] if plate is not None else tr("no sequence")

    @property
    def can_place(self) -> bool:
        """There is no comp: takes are exported."""
        return False

    @property
    def can(self) -> frozenset[Capability]:
        """Takes are not placed, and there is one view and one range."""
        return frozenset()

    def look(self) -> Selection:
        """What is open and drawn."""
        shot = self.shot
        if shot.plate is None:
            return Selection(
                trouble=tr("Open a sequence"), hint=tr("Drop a file of it on the window, or press Ctrl+O.")
            )
        why = tr("Nothing is drawn yet"), tr("Press P for a polygon or B for a brush, and draw around it.")
        return Selection(self.script, self._matte_name(), str(shot.plate.frames), no_matte=why, source=self.script)

    def plate(self, asked: Asked) -> Plate | None:
        """The sequence, with the frames that were asked for."""
        if self.shot.plate is None:
            return None
        there = self.shot.plate.frames
        frames = FrameRange.parse(asked.frames) if asked.frames else there
        if asked.handles:
            frames = FrameRange.of(number for number in frames.with_handles(asked.handles) if number in set(there))
        return Plate(self.shot.plate.pattern, frames)

    def to_render(self, asked: Asked) -> ToRender | None:
        """Nothing: a sequence lies on the disk."""
        return None

    def bring(self, asked: Asked, tell: Tell, earlier: Request | None = None) -> Brought:
        """The sequence as it lies; a drawing is written by the engine, and sent when it is there."""
        plate = earlier.plate if earlier is not None else self.plate(asked)
        if plate is None:
            raise RequestError("no sequence is open", code="nothing_selected", hint="Open one first.")
        if isinstance(asked.operation, Extend):
            return Brought(plate, None)
        if self.shot.matte:
            return Brought(plate, Matte(self.shot.matte))
        if not self.shot.is_drawn():
            if isinstance(asked.operation, ReplaceSky):
                return Brought(plate, None)
            raise MatteError("nothing is drawn yet", code="matte_missing", hint="Draw around what is to be changed.")
        folder = plate.pattern.rpartition("/")[0]
        order = MatteOrder(asked.root, asked.element, plate.pattern, plate.frames, self.shot.drawing, (folder,))
        return Brought(plate, None, matte_later=self._session.draw(order))

    def sent(self, job: Job, asked: Asked, brought: Brought) -> None:
        """It is this window's."""
        self._mine.add(job.id)
        self.shot.keep()

    def settle(self, job: Job) -> str:
        """Nothing is placed; the take is in the history."""
        self._mine.discard(job.id)
        if not job.take:
            return ""
        name = job.take.rpartition("/")[2].removesuffix(".take.json")
        return tr("{take} is there.", take=name)

    def place(self, take: TakeSummary, placing: Placing) -> str:
        """Copy a take to a folder of the artist's."""
        order = self.ask_export(take)
        if order is None:
            return ""
        reply = self._session.export(root_of(take), take.element, take.version, order)
        reply.then(lambda done: self.exported(take, done))
        return tr("Copying {take}…", take=label_of(take))

    def step(self, by: int) -> str:
        """Takes are chosen in the history."""
        return ""

    def jobs(self) -> frozenset[str]:
        """The jobs that were sent from here."""
        return frozenset(self._mine)

    def difference(self) -> VerifyAsk:
        """A check of the take that is looked at. Raises RequestError."""
        take = self.chosen
        if take is None:
            raise RequestError("no take is chosen", code="not_a_placement", hint="Choose one in the list of takes.")
        roots = (self.shot.plate.pattern.rpartition("/")[0],) if self.shot.plate is not None else ()
        return VerifyAsk(root_of(take), take.element, take.version, roots=roots)

    def publishing(self) -> CheckAsk:
        """The take that is looked at, or all of the folder. Raises RequestError."""
        roots = (self.shot.plate.pattern.rpartition("/")[0],) if self.shot.plate is not None else ()
        if self.chosen is not None:
            return CheckAsk((self.chosen.record,), (root_of(self.chosen), *roots))
        if not self.folder():
            raise RequestError("there is no take yet", code="nothing_selected", hint="Make one, or open a sequence.")
        return CheckAsk((self.folder(),), (self.folder().rpartition("/")[0] or "/", *roots))

    def go_to(self, node: str, frame: int | None, record: str) -> str:
        """Show the take and the frame; there are no nodes."""
        self.show_place(frame, record)
        return ""

    def judge(self, asked: CheckAsk, signed: SignedGate) -> tuple[tuple[str, str], ...] | None:
        """By pyblish, where the desktop was given it."""
        return self.judge_by(asked, signed)

    def root(self) -> str:
        """`elements` beside the sequence's folder."""
        plate = self.shot.plate
        if plate is None:
            return ""
        folder = plate.pattern.rpartition("/")[0]
        above = folder.rpartition("/")[0]
        return f"{above or folder}/elements"

    def _matte_name(self) -> str:
        if self.shot.matte:
            return self.shot.matte.rpartition("/")[2]
        return tr("drawn matte") if self.shot.is_drawn() else ""
