"""Carried pixels laid into a frame: the artist's over everything, others into what is open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .alignment import Surround, surround
from .between import Lender, mix
from .carried import Canvas, Carried, carry
from .draft import FROM_FRAMES, GIVEN, SYNTHESISED, Draft, Mask, Wanted
from .motion import Chain, step_between
from .views import View

__all__ = ["Laying"]

CARRIED_GRAIN = 0.85
"""Share of the grain's variance that a carried copy of a synthesised pixel still has."""


@dataclass
class Laying:
    """A frame of the window that canvases are laid into.

    around: the box whose pixels hold the alignment. chain: the camera's motion. exposure_match: see Choices.
    """

    view: View
    wanted: Wanted
    around: Box
    chain: Chain
    exposure_match: float

    def lay(self, canvas: Canvas, draft: Draft) -> None:
        """Put in what one canvas lends."""
        if canvas.only is not None and canvas.only != self.view.number:
            return
        carried = self._lent(canvas, self.wanted.mask & (draft.kind != GIVEN) if canvas.given else draft.open)
        if carried is None:
            return
        found = carried.found
        draft.rgb[found] = carried.rgb[found]
        draft.kind[found] = GIVEN if canvas.given else np.where(carried.invented, SYNTHESISED, FROM_FRAMES)[found]
        draft.source[found] = 0 if canvas.given else canvas.number
        kept = 1.0 if canvas.given else _grain_of(carried)
        draft.lacking[found] = 1 - kept * carried.kept[found]
        draft.confidence[found] = canvas.confidence
        draft.open &= ~found

    def mix_in(self, canvases: list[Canvas], draft: Draft) -> None:
        """Put into what is open what finished frames on both sides lend, each as much as it is near."""
        lenders = []
        for canvas in canvases:
            carried = self._lent(canvas, draft.open)
            if carried is not None:
                away = max(1, abs(canvas.number - self.view.number))
                lenders.append(Lender(carried, canvas.number, away, _grain_of(carried), canvas.confidence))
        if not lenders:
            return
        mixed = mix(lenders)
        found = mixed.found
        draft.rgb[found] = mixed.rgb[found]
        draft.kind[found] = np.where(mixed.invented, SYNTHESISED, FROM_FRAMES)[found]
        draft.source[found] = mixed.source[found]
        draft.lacking[found] = 1 - mixed.grain[found]
        draft.confidence[found] = mixed.confidence[found]
        draft.open &= ~found

    def _lent(self, canvas: Canvas, places: Mask) -> Carried | None:
        """What a canvas lends to places of the frame."""
        predicted = self._predicted(canvas) if places.any() else None
        if predicted is None:
            return None
        held = self._held if canvas.unplaced or canvas.number != self.view.number else None
        return carry(canvas, self.view, self.wanted.box, places, held, predicted, self.exposure_match)

    @cached_property
    def _held(self) -> Surround | None:
        return surround(self.view, self.around)

    def _predicted(self, canvas: Canvas) -> npt.NDArray[np.float64] | None:
        """Where a canvas lies, as tracked; None where nobody can say."""
        if canvas.unplaced:
            found = step_between(self.view, canvas.view)
            return np.eye(3) if found is None else found
        return np.eye(3) if canvas.number == self.view.number else self.chain.between(self.view.number, canvas.number)


def _grain_of(carried: Carried) -> float:
    """Share of the grain's variance that is left of what a canvas held."""
    return 1.0 if carried.exact else CARRIED_GRAIN
