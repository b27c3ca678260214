"""The sliding window: which frames are in memory while a target is made.

As many frames as the window holds, as evenly around the target as the shot's ends allow. So a shot no longer
than the window is seen whole by each of its frames, and memory does not grow with the length of the shot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

__all__ = ["NEAR", "Numbered", "slide"]

NEAR = 6
"""Frames before and after a target that are given with it: a quarter of a second, in which light hardly changes."""


class Numbered(Protocol):
    """Anything with a frame number."""

    @property
    def number(self) -> int:
        """The frame number."""


F = TypeVar("F", bound=Numbered)


def slide(
    frames: Iterable[F], total: int, window: int, enter: Callable[[F], Callable[[], None]], leave: Callable[[int], None]
) -> Iterator[tuple[F, list[F]]]:
    """Yield each of `total` frames in order when its window is in memory, with those NEAR it, the nearest first.

    enter: called with each frame when it is read; begins to take it in, and what it returns ends that, before any
    target that looks at it. The next frame is begun before a target is yielded, so that what its entering does beside
    runs while the target is made. leave: called with the number of each frame that no later target will look at.
    """
    held: dict[int, F] = {}
    source = iter(frames)
    begun: tuple[F, Callable[[], None]] | None = None
    read = 0
    dropped = 0

    def begin() -> tuple[F, Callable[[], None]]:
        frame = next(source)
        return frame, enter(frame)

    for index in range(total):
        first = max(0, min(index - window // 2, total - window))
        while dropped < first:
            leave(held.pop(dropped).number)
            dropped += 1
        while read < min(total, first + window):
            held[read], end = begun or begin()
            begun = None
            end()
            read += 1
        if begun is None and read < total:
            begun = begin()
        near = [index + side * apart for apart in range(1, NEAR + 1) for side in (1, -1)]
        yield held[index], [held[other] for other in near if other in held]
