"""The waves over the frames that are in memory, told anew as the window slides on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from platewright.contract.windows import Box

from .draft import Wanted
from .motion import Chain
from .views import View
from .waves import MARGIN, Waves, coarseness, waves_of

__all__ = ["Waving"]


class Waving:
    """The waves of the frames in a window, told anew when less than half of them are left."""

    def __init__(self) -> None:
        self._asked: frozenset[int] = frozenset()
        self._waves: Waves | None = None

    def at(self, number: int, views: Mapping[int, View], wanted: Mapping[int, Wanted], chain: Chain) -> Waves | None:
        """Those that lead from a frame; None where there are none that prove themselves. wanted: of the same frames."""
        view, region = views[number], wanted[number].box
        if not view.box.contains(region):
            return None
        passed = 2 * len(self._asked & views.keys()) < len(views)
        if passed or number not in self._asked:
            boxes = [wanted[other].box for other in views if wanted[other].mask.any()]
            box = reduce(Box.union, boxes, region).grown(MARGIN * coarseness(view)) & view.box
            self._asked, self._waves = frozenset(views), waves_of(views, chain, number, box)
        waves = self._waves
        return waves if waves is not None and number in waves.fields and waves.box.contains(region) else None
