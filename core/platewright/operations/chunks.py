"""Cutting a shot into chunks that a model for clips takes, each sharing frames with the one before.

A chunk begins with frames that are finished already, so that the model goes on from them; the last one is moved back
until it fits. No chunk runs across a cut: what was shot elsewhere is no context.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from platewright.contract.capabilities import Lengths
from platewright.contract.errors import BackendError

__all__ = ["MOST_FRAMES", "SHARED", "Chunk", "chunks_of"]

SHARED = 4
"""Frames that a chunk shows of the one before: enough to see a motion in, few enough not to be paid for twice."""
MOST_FRAMES = 97
"""Frames of a chunk at most, whatever a model says: they are in memory together."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames that are sent together. numbers: in order. length: frames sent; those beyond go back and forth at the end.

    shared: how many of the first were made by the chunk before.
    """

    numbers: tuple[int, ...]
    length: int
    shared: int = 0

    @property
    def order(self) -> tuple[int, ...]:
        """For each frame that is sent, which of `numbers` it shows, by its place."""
        count = len(self.numbers)
        there_and_back = [*range(count), *range(count - 2, 0, -1)] or [0]
        return tuple(there_and_back[place % len(there_and_back)] for place in range(self.length))


def chunks_of(
    numbers: Sequence[int], lengths: Lengths, made: Collection[int], scene: Callable[[int], int] = lambda number: 0
) -> tuple[Chunk, ...]:
    """The chunks for a shot's frames. made: those to be made; the others beside them are shown, as they are kept.

    scene: which piece of the shot a frame belongs to.
    """
    most = lengths.at_least(min(lengths.most, MOST_FRAMES))
    if most > MOST_FRAMES + lengths.every:
        raise BackendError(f"a model that needs {most} frames at a time can't be served", code="clip_too_long")
    shared = min(SHARED, max(1, most // 3)) if most > 1 else 0
    found: list[Chunk] = []
    for stretch in _stretches(numbers, set(made), scene, shared):
        found += _chunks(stretch, most, shared, lengths)
    return tuple(found)


def _stretches(
    numbers: Sequence[int], made: set[int], scene: Callable[[int], int], beside: int
) -> list[tuple[int, ...]]:  # fmt: skip
    """Runs of frames to be made within one scene, each with as many kept ones on either side as are shown."""
    runs: list[list[int]] = []
    for place, number in enumerate(numbers):
        if number not in made:
            continue
        follows = bool(runs) and place > 0 and runs[-1][-1] == place - 1
        if follows and scene(number) == scene(numbers[place - 1]):
            runs[-1].append(place)
        else:
            runs.append([place])
    return [tuple(numbers[place] for place in _with_beside(run, numbers, made, scene, beside)) for run in runs]


def _with_beside(
    run: list[int], numbers: Sequence[int], made: set[int], scene: Callable[[int], int], beside: int
) -> list[int]:
    mine = scene(numbers[run[0]])

    def shows(place: int) -> bool:
        return 0 <= place < len(numbers) and numbers[place] not in made and scene(numbers[place]) == mine

    before: list[int] = []
    after: list[int] = []
    for step in range(1, beside + 1):
        if len(before) == step - 1 and shows(run[0] - step):
            before.insert(0, run[0] - step)
        if len(after) == step - 1 and shows(run[-1] + step):
            after.append(run[-1] + step)
    return [*before, *run, *after]


def _chunks(stretch: tuple[int, ...], most: int, shared: int, lengths: Lengths) -> list[Chunk]:
    total = len(stretch)
    if total <= most:
        return [Chunk(stretch, lengths.at_least(total))]
    found = [Chunk(stretch[:most], most)]
    end = most
    while end < total:
        left = total - end
        length = lengths.at_least(min(most, left + shared))
        start = max(0, min(end - shared, total - length))
        found.append(Chunk(stretch[start : start + length], length, end - start))
        end = start + length
    return found
