"""The parts of the frames in which a target's pixels are looked for, and how little those agree about a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .motion import Chain
from .parallax import Parallax
from .sweep import disagreement
from .views import View

__all__ = ["Looks", "Pixels", "looks_of"]

Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SEEN_BIAS = 0.004
"""Tone-space exposure difference under which there is none."""


@dataclass(frozen=True)
class Looks:
    """Parts of the frames that are looked at.

    luma: `(S, h, w) float32`, NaN where it must not be used; corners: `(S, 2) float64` plate coordinates (x, y) of
    their first pixels; cameras: `(S, 3, 4)`.
    """

    luma: Float
    corners: Array
    cameras: Array


def looks_of(parallax: Parallax, chain: Chain, target: View, sources: list[View], box: Box, levels: Array) -> Looks:
    """The sources' luma where pixels of `box` can land at any of the levels."""
    cameras = np.stack([parallax.cameras[parallax.numbers.index(source.number)] for source in sources])
    ends = np.array(
        [[x, y, 1.0, k] for x in (box.x0, box.x1) for y in (box.y0, box.y1) for k in (levels[0], levels[-1])]
    )
    parts = []
    for source, camera in zip(sources, cameras, strict=True):
        there = ends @ camera.T
        there = np.clip(there[:, :2] / there[:, 2:3], -1e6, 1e6)
        low, high = np.floor(there.min(0)).astype(int) - 2, np.ceil(there.max(0)).astype(int) + 3
        parts.append(Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])) & source.box)
    height, width = max(part.height for part in parts), max(part.width for part in parts)
    luma = np.empty((len(parts), max(2, height), max(2, width)), np.float32)
    for row, source, part in zip(luma, sources, parts, strict=True):
        row[part.height :], row[: part.height, part.width :] = np.nan, np.nan
        if not part.is_empty:
            inner = row[: part.height, : part.width]
            np.add(source.luma(part)[part.slices_in(source.box)], np.float32(_bias(chain, target, source)), out=inner)
            np.copyto(inner, np.float32(np.nan), where=~source.usable(part))
    return Looks(luma, np.array([[part.x0, part.y0] for part in parts], np.float64), cameras)


def _bias(chain: Chain, target: View, source: View) -> float:
    """What the source's tones lack against the target's, told by the tracked points."""
    here, there = chain.tracks.shared(target.number, source.number)
    if not len(here):
        return 0.0
    tones = []
    for view, index in ((target, here), (source, there)):
        places = (chain.tracks.at(view.number)[1][index] - (view.box.x0, view.box.y0)) / view.factor
        height, width = view.reduced.shape
        columns = np.clip(places[:, 0].astype(int), 0, width - 1)
        tones.append(view.reduced[np.clip(places[:, 1].astype(int), 0, height - 1), columns] / 255.0)
    bias = float(np.median(tones[0] - tones[1]))
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
        disagreement(
            columns + self.box.x0, rows + self.box.y0, (self.known[rows, columns] & own).astype(np.uint8),
            self.luma[rows, columns], self.looks.luma, self.looks.corners, self.looks.cameras, tried, cost,
        )  # fmt: skip
        return cost
