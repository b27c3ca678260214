"""A new sky that a model paints: once, into the first frame, from where the built-in motion takes it through the shot.

The foreground stays the plate's own, whatever the model made of it. What the camera sees beyond the painted frame is
that frame mirrored, and is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from platewright.contract.errors import InternalError, MatteError, RequestError
from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.request import ReplaceSky, Request
from platewright.contract.takes import FileHash
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.mattes import support
from platewright.synthesis.draft import Draft, Float, Wanted
from platewright.synthesis.membrane import membrane
from platewright.synthesis.repair import Inventor
from platewright.synthesis.sky_camera import Lens, level
from platewright.synthesis.sky_dome import Painted, SkyDome
from platewright.synthesis.views import View

from .shot import ShotFrame
from .sky_look import Parted

__all__ = ["PaintedSky", "check_unpainted"]

BEYOND = 0.05
"""Share of a frame's view of the sky beyond what was painted, from which on a person should look at it."""


def check_unpainted(request: Request) -> None:
    """Raises RequestError `sky_ambiguous` where a new sky is given that a model is to paint."""
    operation = request.operation
    if isinstance(operation, ReplaceSky) and (operation.sky or request.references_for("sky")):
        raise RequestError(
            "a model paints the new sky itself, and another one was given",
            code="sky_ambiguous",
            hint="Leave the sky out, or choose the built-in generator to place it.",
        )


@dataclass
class PaintedSky:
    """See the module, and new_sky.Sky. inventor: paints what is open in a frame's draft."""

    inventor: Inventor
    files: tuple[tuple[FileHash, ...], ...] = ()
    is_given: bool = False
    was_guessed: bool = False
    _picture: Float | None = None
    _box: Box = EMPTY
    _dome: Painted | None = None
    _number: int = 0
    _beyond: dict[int, float] = field(default_factory=dict)

    def meet(self, frame: ShotFrame, parted: Parted) -> None:
        """Have the sky painted. Raises BackendError, SendRefused, SendUnknown, MatteError `sky_too_small`."""
        sky = parted.alpha > 0
        box = support(sky.astype(np.uint8), (frame.box.x0, frame.box.y0))
        view = View(frame.number, frame.linear, frame.box, np.zeros((0, 0), np.uint8), EMPTY)
        wanted = Wanted(box, sky[box.slices_in(frame.box)])
        made = self.inventor(view, wanted, Draft.of(view, wanted))
        if made is None:
            raise MatteError(
                f"there is too little sky in frame {frame.number} for a model to paint",
                code="sky_too_small",
                hint="Begin at a frame that shows more of it.",
                frame=frame.number,
            )
        # What the foreground hides here shows when the camera has moved on.
        self._picture, self._box = membrane(made.view.rgb(frame.box), sky), frame.box

    def dome(self, number: int, lens: Lens, display_window: Box, horizon: float) -> SkyDome:
        """As in new_sky.Sky."""
        if self._picture is None:
            raise InternalError("the new sky was asked for before it was painted")
        if self._dome is None:
            self._dome = Painted(self._picture, level(lens, horizon), self._box)
        else:
            self._beyond[self._number] = self._dome.beyond
        self._number = number
        return self._dome

    def findings(self) -> tuple[Finding, ...]:
        """What is worth knowing of the painted sky, when all frames are made."""
        if self._dome is not None:
            self._beyond[self._number] = self._dome.beyond
        far = [number for number, share in sorted(self._beyond.items()) if share > BEYOND]
        if not far:
            return ()
        return (
            Finding(
                "sky_beyond_painted",
                Severity.WARNING,
                f"the camera turns beyond what the model painted: at {FrameRange.of(far)} the sky is mirrored there",
                frame=far[0],
                remedy="Look at the edges of these frames; a panorama as the new sky covers every turn.",
            ),
        )
