"""The plate's grain, measured where it will be needed: around the region, against a neighbouring frame.

Two frames of one ground differ by their grain and by what moved. So fine texture, which in a single frame looks
just like grain, drops out when the neighbour is laid over it along the camera's motion.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from platewright.contract.windows import Box
from platewright.imaging import grain

from .laid_over import HARDLY, Neighbour, lay_over, plain_plate
from .shot import ShotFrame

__all__ = ["PlateGrain", "alike_sampled", "measure_around"]

EVERY = 12
"""Frames after which the grain is measured again: a stock does not change in a shot, exposure may drift."""
TOGETHER = 3
"""Measurements that count together: each saw other levels of light in other places, so they know more than one."""
MOST_SIDE = 720
"""Pixels a side that are looked at: grain is the same all over a frame."""
PLENTY, WIDEST = 150, 1440
"""Quiet patches under which a wider part of the frame is looked at, and its side: where water or leaves move all around
a region, what they do to a patch is told from grain by none of the few quiet ones there."""
CALMER = 0.95
"""Variance, times the other's, under which one of two measurements has clearly less grain."""
CLEARLY = 0.5
"""How far between pixels (see grain.sampled_apart) a frame farther away must lie, of what a nearer one does, to be the
better one to measure against: light, blur and depth come between them with time."""
MOST_BESIDE = 6
"""Frames that are laid over at most where one is not enough."""
PLACES = 9
"""Places along each side of a region at which a motion is asked."""


class PlateGrain:
    """A plate's grain as far as it is known: measured every now and then on the way through a shot."""

    def __init__(self) -> None:
        self._measured: list[grain.GrainModel] = []
        self._frames = 0
        self._model = grain.NO_GRAIN

    def of(self, frame: ShotFrame, region: Box, beside: Sequence[Neighbour], new: bool) -> grain.GrainModel:
        """The grain for the next frame. beside: as in measure_around. new: it may be of another stock than the frame
        before."""
        if new or self._frames % EVERY == 0:
            measured = [] if new else self._measured
            self._measured = [*measured, measure_around(frame, region, beside)][-TOGETHER:]
            self._model = grain.merge(self._measured)
        self._frames += 1
        return self._model


def measure_around(frame: ShotFrame, region: Box, beside: Sequence[Neighbour]) -> grain.GrainModel:
    """The grain of a frame around a region, plate coordinates; `reliable` says whether it can be trusted. beside:
    frames to measure it against, the nearest first."""
    around = _measured_around(region) & frame.box
    near = _measured(frame, around, [nearest] if (nearest := alike_sampled(frame, region, beside)) else [])
    wide = _limited(region.grown(WIDEST), WIDEST) & frame.box
    if near.patches >= PLENTY or (wide.area <= around.area and len(beside) <= 1):
        return near
    far = _measured(frame, wide, beside[:MOST_BESIDE])
    tells = far.patches > near.patches or (far.reliable and len(beside) > 1)  # fewer patches, but against more frames
    return far if tells and _is_calmer(far, near) else near


def alike_sampled(frame: ShotFrame, region: Box, near: Sequence[Neighbour]) -> Neighbour | None:
    """The neighbour to measure a frame's grain against around a region: the nearest, or one that sampled texture
    clearly more alike, for it lies on the frame's pixels and not between them. near: the nearest first."""
    around = _measured_around(region) & frame.box
    if not near or around.is_empty:
        return near[0] if near else None
    x, y = (np.linspace(low, high, PLACES).round() for low, high in ((around.x0, around.x1), (around.y0, around.y1)))
    points = np.stack([*(side.ravel() for side in np.meshgrid(x, y)), np.ones(PLACES * PLACES)])
    best, least = near[0], np.inf
    for other, matrix in near:
        columns, rows, depth = matrix @ points
        columns, rows = columns / depth, rows / depth
        inside = (columns >= other.box.x0) & (columns < other.box.x1) & (rows >= other.box.y0) & (rows < other.box.y1)
        off = np.full(len(inside), 2.0)  # what it does not show is of as little use as what lies in the middle of four
        off[inside] = grain.sampled_apart(columns[inside], rows[inside])
        if off.mean() + HARDLY < CLEARLY * least:
            best, least = (other, matrix), float(off.mean())
    return best


def _is_calmer(model: grain.GrainModel, other: grain.GrainModel) -> bool:
    """Whether a model has clearly less grain: what is not grain only ever adds."""
    at = 0.5 * np.array(other.highest) if other.patches else np.ones(3)
    return float((model.variance(at) / np.maximum(other.variance(at), 1e-12)).mean()) < CALMER or not other.reliable


def _measured(frame: ShotFrame, around: Box, others: Sequence[Neighbour]) -> grain.GrainModel:
    """The grain of a part of a frame, against others if there are any."""
    if around.is_empty:
        return grain.NO_GRAIN
    picture, usable = plain_plate(frame, around)
    if not others:
        return grain.measure(picture, usable)
    laid = lay_over(picture, around, others)
    return grain.measure(picture, usable & laid.seen, against=laid.picture, apart=laid.apart)


def _measured_around(region: Box) -> Box:
    """Where the grain of a region is measured first."""
    return _limited(region.grown(max(96, region.width // 4)), MOST_SIDE)


def _limited(box: Box, most: int) -> Box:
    """A box cut down to so many pixels a side around its centre."""
    x, y, half = (box.x0 + box.x1) // 2, (box.y0 + box.y1) // 2, most // 2
    return box & Box(x - half, y - half, x + half, y + half)
