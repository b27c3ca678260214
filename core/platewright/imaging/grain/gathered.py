"""Blocks of a picture from which its grain can be told: whole, unclipped, with what is known of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .between import texture_of
from .blocks import Surface, block_statistics

__all__ = ["ENOUGH", "Gathered", "gather"]

Floats = npt.NDArray[np.float64]
Picture = npt.NDArray[np.float32]

ENOUGH = 24
"""Quiet blocks from which on a measurement can be relied on."""
_MOST_BLOCKS = 1200
_LITTLE = 200_000
"""Pixels of usable plate under which blocks overlap."""


@dataclass(frozen=True, eq=False)
class Gathered:
    """Blocks of a picture that may be used: corners `(n, 2)`, level and residual energy `(n, 3)`.

    negative: whether any value in them is below 0. share: so many of them count as one, for they overlap. texture:
    `(n, 3)`, between: `(n,)`, see between.texture_of; 0 where a frame is not laid over another between pixels.
    """

    corners: npt.NDArray[np.int64]
    level: Floats
    energy: Floats
    negative: bool
    share: int
    texture: Floats
    between: Floats

    def some(self, which: npt.NDArray[np.int64]) -> Gathered:
        """Some of them, by number."""
        parts = ("corners", "level", "energy", "texture", "between")
        return replace(self, **{name: getattr(self, name)[which] for name in parts})


def gather(
    picture: Picture,
    source: Picture,
    usable: npt.NDArray[np.bool_],
    geometry: Surface,
    low: Picture,
    high: Picture,
    apart: Picture | None,
) -> Gathered:
    """Blocks on a grid that hold usable pixels only; clipped ones just where there are no others.

    Little plate is looked at in blocks that overlap by half: more of them lie just where it is quiet.
    """
    side = geometry.size
    overlap = np.count_nonzero(usable) <= _LITTLE
    step = side // 2 if overlap else side
    rows = np.arange(0, picture.shape[0] - side + 1, step)
    columns = np.arange(0, picture.shape[1] - side + 1, step)
    corners = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2).astype(np.int64)
    middle = corners + side // 2
    corners = corners[usable[corners[:, 0], corners[:, 1]] & usable[middle[:, 0], middle[:, 1]]]
    most = _MOST_BLOCKS * 256 // (side * side)
    if len(corners) > most:
        corners = corners[np.linspace(0, len(corners) - 1, most).astype(np.int64)]
    count = len(corners)
    level, energy = np.zeros((count, 3)), np.zeros((count, 3))
    whole, lowest = np.zeros(count, np.uint8), np.zeros(count, np.float32)
    block_statistics(picture, source, usable, corners, geometry.basis, low, high, level, energy, whole, lowest)
    keep = whole == 2
    if np.count_nonzero(keep) < ENOUGH // 2:
        keep = whole >= 1
    negative = bool((lowest[whole >= 1] < 0).any())
    corners, texture, between = corners[keep], np.zeros((int(keep.sum()), 3)), np.zeros(int(keep.sum()))
    if apart is not None:
        texture_of(picture, source, apart, corners, side, texture, between)
    share = 2 if overlap else 1
    return Gathered(corners, np.maximum(level[keep], 0.0), energy[keep], negative, share, texture, between)
