"""The parts of the frames in which a target's pixels are looked for, and how little those agree about a pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .disagreement import disagreement
from .motion import Chain
from .parallax import Parallax
from .slices import in_slices
from .views import View

__all__ = ["Looks", "Pixels", "looks_of"]

Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SEEN_BIAS = 0.004
"""Tone-space exposure difference under which there is none."""
_SPARE = 6  # pixels around the parts: cameras that are refined look a little beside where they did
_SLICE = 1024  # pixels that are judged by one thread at a time


@dataclass(frozen=True)
class Looks:
    """Parts of the frames that are looked at.

    luma: `(S, h, w) float32`, NaN where it must not be used; corners: `(S, 2) float64` plate coordinates (x, y) of
    their first pixels; cameras: `(S, 3, 4)`; numbers: the S frames.
    """

    luma: Float
    corners: Array
    cameras: Array
    numbers: tuple[int, ...]

    def by(self, parallax: Parallax) -> Looks:
        """The same parts through cameras that are a little other."""
        return replace(self, cameras=_cameras(parallax, self.numbers))


def looks_of(parallax: Parallax, chain: Chain, target: View, sources: list[View], box: Box, levels: Array) -> Looks:
    """The sources' luma where pixels of `box` can land at any of the levels."""
    numbers = tuple(source.number for source in sources)
    cameras = _cameras(parallax, numbers)
    ends = np.array(
        [[x, y, 1.0, k] for x in (box.x0, box.x1) for y in (box.y0, box.y1) for k in (levels[0], levels[-1])]
    )
    parts = []
    for source, camera in zip(sources, cameras, strict=True):
        there = ends @ camera.T
        there = np.clip(there[:, :2] / there[:, 2:3], -1e6, 1e6)
        low, high = np.floor(there.min(0)).astype(int) - _SPARE, np.ceil(there.max(0)).astype(int) + _SPARE + 1
        parts.append(Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])) & source.box)
    height, width = max(part.height for part in parts), max(part.width for part in parts)
    luma = np.empty((len(parts), max(2, height), max(2, width)), np.float32)

    def taken(first: int, end: int) -> None:
        for row, source, part in zip(luma[first:end], sources[first:end], parts[first:end], strict=True):
            row[part.height :], row[: part.height, part.width :] = np.nan, np.nan
            if not part.is_empty:
                inner, there = row[: part.height, : part.width], part.slices_in(source.box)
                np.add(source.luma(part)[there], np.float32(_bias(chain, target, source)), out=inner)
                np.copyto(inner, np.float32(np.nan), where=~source.usable(part))

    in_slices(len(parts), 1, taken)
    return Looks(luma, np.array([[part.x0, part.y0] for part in parts], np.float64), cameras, numbers)


def _cameras(parallax: Parallax, numbers: tuple[int, ...]) -> Array:
    """`(S, 3, 4)`, those of some frames."""
    return parallax.cameras[[parallax.numbers.index(number) for number in numbers]]


def _bias(chain: Chain, target: View, source: View) -> float:
    """What the source's tones lack against the target's, told by the tracked points."""
    here, there = chain.tracks.shared(target.number, source.number)
    if not len(here):
        return 0.0
    bias = float(np.median(chain.tracks.tones(target)[here] - chain.tracks.tones(source)[there]))
    return bias if abs(bias) > SEEN_BIAS else 0.0


class Pixels:
    """The target's pixels, to be judged."""

    def __init__(self, view: View, box: Box, known: Mask, looks: Looks):
        self.box, self.known, self.looks = box, known, looks
        self.luma: Float = np.zeros(known.shape, np.float32)
        inside = box & view.box
        self.luma[inside.slices_in(box)] = view.luma(inside)[inside.slices_in(view.box)]

    def judged(
        self, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], tried: Array, own: bool = True
    ) -> Float:
        """`(n, D)` disagreement of the frames at the levels tried; without the target's own pixels if not own."""
        cost = np.empty((len(rows), tried.shape[1]), np.float32)
        xs, ys = columns + self.box.x0, rows + self.box.y0
        known, tones = (self.known[rows, columns] & own).astype(np.uint8), self.luma[rows, columns]
        looks, tried = self.looks, np.ascontiguousarray(tried)

        def work(start: int, stop: int) -> None:
            disagreement(xs, ys, known, tones, looks.luma, looks.corners, looks.cameras, tried, cost, start, stop)

        in_slices(len(rows), _SLICE, work)
        return cost
