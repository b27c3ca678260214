# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether any frame of a plate stands in a wrong place, found out without the artist waiting for it.

A panel asks at every drawing, and a disk in a network takes its time for each file. So the ends and the middle are
looked at each time, and of the others as many as a few milliseconds allow: after some drawings all were. What was wrong
is looked at first the next time, because it may have been put right. Knows no Blender.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

__all__ = ["any_wrong"]

_BUDGET_S = 0.004
_MOST_PLATES = 64


@dataclass
class _Look:
    """One round over a plate's frames. wrong: the frame that was found last."""

    seen: set[int] = field(default_factory=set)
    wrong: int | None = None


_looks: dict[str, _Look] = {}


def any_wrong(
    plate: str, numbers: Sequence[int], is_wrong: Callable[[int], bool], clock: Callable[[], float] = time.perf_counter
) -> bool:
    """Whether a frame is known to be wrong by now. plate: what tells it from others. is_wrong: opens one file."""
    look = _looks.get(plate)
    if look is None:
        while len(_looks) >= _MOST_PLATES:
            del _looks[next(iter(_looks))]
        look = _looks[plate] = _Look()
    before = [look.wrong] if look.wrong is not None and look.wrong in numbers else []
    look.wrong = None
    for number in dict.fromkeys((*before, numbers[0], numbers[len(numbers) // 2], numbers[-1])):
        if is_wrong(number):
            look.wrong = number
            return True
        look.seen.add(number)
    until = clock() + _BUDGET_S
    for number in numbers:
        if number in look.seen:
            continue
        if clock() >= until:
            return False
        if is_wrong(number):
            look.wrong = number
            return True
        look.seen.add(number)
    look.seen.clear()  # and once more, for what is rendered again meanwhile
    return False
