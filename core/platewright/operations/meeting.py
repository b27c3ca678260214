"""Where frames that are made meet frames that are kept: what is lent at the border, and the step that is measured."""

from __future__ import annotations

from collections.abc import Callable

from platewright.synthesis.draft import Wanted
from platewright.synthesis.motion import Chain
from platewright.synthesis.repair import Repair
from platewright.synthesis.views import View

from .finishing import Finisher
from .keeping import Kept
from .shot import ShotFrame

__all__ = ["entering", "pass_by"]


def entering(
    repair: Repair, kept: Kept, frame: ShotFrame, made: Callable[[], tuple[View, Wanted]]
) -> Callable[[], None]:  # fmt: skip
    """Begin to take a frame in, as `Repair.adding`; what is returned ends that, and lets it lend what it shows."""
    taken_in = repair.adding(made)

    def end() -> None:
        taken_in()
        if frame.comp is None:  # else every frame shows the earlier take already
            _lend(kept, frame, repair)

    return end


def _lend(kept: Kept, frame: ShotFrame, repair: Repair) -> None:
    """Let a kept frame that stands beside one that is made lend what it shows."""
    if not kept.is_beside(frame.number):
        return
    canvas = kept.canvas(frame, repair.settings.context)
    if canvas is not None:
        repair.kept[frame.number] = canvas


def pass_by(kept: Kept, frame: ShotFrame, finisher: Finisher, chain: Chain, previous: int | None) -> int | None:
    """Pass a kept frame; what the next frame is measured from: this one where it stands beside one that is made.

    previous: the frame that was measured right before, or None.
    """
    if not kept.is_beside(frame.number):
        return None
    finisher.pass_by(
        frame, kept.patch(frame.number), None if previous is None else chain.between(frame.number, previous)
    )
    return frame.number
