"""The sliding window: which frames are in memory while a target is made.

As many frames as the window holds, as evenly around the target as the shot's ends allow. So a shot no longer
than the window is seen whole by each of its frames, and memory does not grow with the length of the shot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

__all__ = ["Numbered", "slide"]


class Numbered(Protocol):
    """Anything with a frame number."""

    @property
    def number(self) -> int:
        """The frame number."""


F = TypeVar("F", bound=Numbered)


def slide(
    frames: Iterable[F], total: int, window: int, enter: Callable[[F], None], leave: Callable[[int], None]
) -> Iterator[tuple[F, F | None]]:
    """Yield each of `total` frames in order when its window is in memory, with a neighbour where there is one.

    enter: called with each frame when it is read, before any target that looks at it. leave: called with the number
    of each frame that no later target will look at.
    """
    held: dict[int, F] = {}
    source = iter(frames)
    read = 0
    dropped = 0
    for index in range(total):
        first = max(0, min(index - window // 2, total - window))
        while dropped < first:
            leave(held.pop(dropped).number)
            dropped += 1
        while read < min(total, first + window):
            frame = next(source)
            enter(frame)
            held[read] = frame
            read += 1
        yield held[index], held.get(index + 1, held.get(index - 1))
