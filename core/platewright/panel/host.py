"""What a host can do for the panel: say what is selected, bring it to the disk, place takes. Nuke and the desktop
each implement it.

Every verb runs on the host's own thread, raises PlatewrightError with a sentence and a hint, and waits for no engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from platewright.client.replies import Reply
from platewright.contract.checks import CheckAsk, SignedGate
from platewright.contract.decisions import TakeSummary
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Job, PlateShape
from platewright.contract.request import Matte, Plate, Request
from platewright.contract.wire import MatteFiles, VerifyAsk

from .asked import Asked, Placing
from .field import Capability

__all__ = ["Brought", "Host", "Selection", "Tell", "ToRender"]

Tell = Callable[[str, int, int], bool]
"""Called while exporting with what is done, how many frames are, and of how many; False asks to stop."""


@dataclass(frozen=True)
class Selection:
    """What the main button would work on, in words. trouble, hint: why nothing can be done with it.

    no_matte: why there is none, and what to do; counts only for what needs one.
    plate, matte: the nodes' or files' names. frames: of the plate. source: where a take would be placed.
    element, version, operation, root: of the take that is selected, where one of ours is. root: its folder of elements.
    """

    plate: str = ""
    matte: str = ""
    frames: str = ""
    trouble: str = ""
    hint: str = ""
    no_matte: tuple[str, str] = ("", "")
    source: str = ""
    element: str = ""
    version: int = 0
    operation: str = ""
    root: str = ""


@dataclass(frozen=True)
class ToRender:
    """A plate that has still to be rendered: its frames and its format."""

    frames: FrameRange
    shape: PlateShape


@dataclass(frozen=True)
class Brought:
    """Plate and matte on the disk, and whatever the host has to remember until the take comes back.

    memory: None where nothing was brought, because an earlier take's own files are used again.
    matte_later: the engine is still writing the matte; its files take the place of `matte`.
    """

    plate: Plate
    matte: Matte | None
    memory: Any = None
    matte_later: Reply[MatteFiles] | None = None


class Host(Protocol):
    """The few verbs."""

    @property
    def name(self) -> str:
        """As in the engine's log and the window's title: `Nuke 15.1`."""

    @property
    def script(self) -> str:
        """The script or shot that is open, in words."""

    @property
    def can_place(self) -> bool:
        """Whether takes can be placed in it; the desktop exports instead."""

    @property
    def can(self) -> frozenset[Capability]:
        """What else it can, so that the controls for it are shown."""

    def look(self) -> Selection:
        """What is selected. Quick; never raises for a selection that is not fit."""

    def plate(self, asked: Asked) -> Plate | None:
        """The plate if it lies on the disk as it is, so that a price can be asked for before anything is exported."""

    def to_render(self, asked: Asked) -> ToRender | None:
        """What the plate will be like where it doesn't lie on the disk, for a price before it is rendered."""

    def bring(self, asked: Asked, tell: Tell, earlier: Request | None = None) -> Brought:
        """Bring what is selected to the disk. Raises PlatewrightError.

        earlier: what a take that is gone on from was asked with: its plate is used again, and the matte alone is
        brought, for the frames that are made again; the others keep the one that they had.
        """

    def sent(self, job: Job, asked: Asked, brought: Brought) -> None:
        """A job was taken: remember it in the script."""

    def settle(self, job: Job) -> str:
        """A job of this script has ended: place its take. Returns a sentence for the artist, empty for none."""

    def place(self, take: TakeSummary, placing: Placing) -> str:
        """Bring a take in: where one of its element stands already it is switched, else it is placed anew."""

    def step(self, by: int) -> str:
        """Show the selected placement's next take (1) or the one before (-1). Returns a sentence."""

    def jobs(self) -> frozenset[str]:
        """The ids of the jobs that this script waits for."""

    def difference(self) -> VerifyAsk | None:
        """What to ask the engine for a difference check of the selected take. Raises PlatewrightError."""

    def root(self) -> str:
        """A folder for elements to begin with; empty where there is nothing to go by."""

    def publishing(self) -> CheckAsk:
        """What would be published: the selected output, all of them where none is. Raises PlatewrightError."""

    def go_to(self, node: str, frame: int | None, record: str) -> str:
        """Show a node, a frame, or the take with that record. Returns a sentence. Raises PlatewrightError."""

    def judge(self, asked: CheckAsk, signed: SignedGate) -> tuple[tuple[str, str], ...] | None:
        """What pyblish's plug-ins say no to, by name and sentence; None where there is no pyblish."""
