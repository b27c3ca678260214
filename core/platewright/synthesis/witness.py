"""Frames that saw what is hidden say how near it is: each tells its own relief, and that is carried over.

Behind a hole nothing of the target's own holds an edge, so that among thin things the frames agree on many a
nearness, and leaves smear into each other. A frame that saw them has them in its own picture: there nearness is told
pixel by pixel against the frames around it. What several frames bring to one place of the target is believed.

Method: depth maps of several views, merged by votes in the reference (after Merrell et al. 2007).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import cv2
import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .looks import looks_of
from .motion import Chain
from .nearest import nearest
from .parallax import Parallax
from .relief import Raster, raster_of
from .slices import at_once
from .views import View

__all__ = ["Witness", "rounded", "testimony", "votes_of"]

Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

CELLS = 6000
"""Pixels of a witness that are swept."""
MOST_JUDGES = 7
FEW = 60
SPECK = 15
"""Pixels across within which most decide whether anybody testifies to what lies beyond a frame."""


@dataclass(frozen=True)
class Witness:
    """A frame's relief, and `back (4, 4)`: its `(x, y, 1, nearness)` to the target's, up to a factor."""

    raster: Raster
    back: Array


def testimony(
    view: View, parallax: Parallax, chain: Chain, frames: list[View], hole: Box, levels: Array, nearer: int
) -> Witness | None:
    """What a frame tells about the box of a target's hole; None where it shows too little of it.

    frames: those it can be compared with, near ones and far ones. The target's nearness, counted in the frame's own
    pixels, is that divided by the depth of the point along the frame's view (plane and parallax, seen from there).
    """
    if len(frames) < 2:
        return None  # nobody to compare it with: of a few frames, all may be hidden there
    camera = parallax.cameras[parallax.numbers.index(view.number)]
    there = np.vstack([camera, [0.0, 0.0, 0.0, 1.0]])
    if abs(np.linalg.det(there)) < 1e-9:
        return None
    back = np.linalg.inv(there)
    ends = np.array(
        [[x, y, 1.0, k] for x in (hole.x0, hole.x1) for y in (hole.y0, hole.y1) for k in (levels[0], levels[-1])]
    )
    places = ends @ there.T
    depth = float(np.median(places[:, 2]))
    places = np.clip(places[:, :2] / places[:, 2:3], -1e6, 1e6)
    low, high = np.floor(places.min(0)).astype(int), np.ceil(places.max(0)).astype(int) + 1
    box = Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])) & view.box.grown(-2)
    usable = view.usable(box)
    judges = [frames[k] for k in np.unique(np.linspace(0, len(frames) - 1, MOST_JUDGES).round().astype(int))]
    if usable.sum() < FEW:
        return None
    own = replace(parallax, cameras=np.ascontiguousarray(parallax.cameras @ back))
    near = levels / depth
    looks = looks_of(own, chain, view, judges, box, near)
    sign = nearer if depth > 0 else -nearer
    return Witness(raster_of(view, box, np.zeros_like(usable), usable, looks, near, CELLS, sign), back)


def votes_of(
    witnesses: list[Witness], box: Box, levels: Array, step: int, place: npt.NDArray[np.int32], cells: int
) -> Float:
    """`(cells, D)`, how many witnesses put something at each level of each cell of a raster over a target's box."""

    def told(witness: Witness) -> Float:
        raster = witness.raster
        rows, columns = np.nonzero(raster.known)
        half = raster.step // 2
        points = np.column_stack(
            [columns * raster.step + half + raster.box.x0, rows * raster.step + half + raster.box.y0,
             np.ones(len(rows)), raster.nearness[rows, columns]]
        )  # fmt: skip
        there = points @ witness.back.T
        there = there[there[:, 2] > 1e-6]
        there = there[:, [0, 1, 3]] / there[:, 2:3]
        own = np.zeros((cells, len(levels)), np.float32)
        _vote((there[:, 0] - box.x0 - step // 2) / step, (there[:, 1] - box.y0 - step // 2) / step, there[:, 2],
              raster.step / step, place, levels, own)  # fmt: skip
        return np.minimum(own, 1, out=own)

    total = np.zeros((cells, len(levels)), np.float32)
    for own in at_once(*(partial(told, witness) for witness in witnesses)):
        total += own
    return total


def rounded(nearness: Array, heard: Mask, among: Mask) -> tuple[Array, Mask]:
    """Nearness `(H, W)` and which of the pixels `among (H, W)` somebody testifies to, as most around each of them are.

    A few that are testified to among many that are not would stand in what is invented there as specks, and the other
    way round; what is told about a pixel by its neighbours takes its nearness from the nearest that is heard.
    """
    if not among.any():
        return nearness, heard
    most = (heard & ~among) | (among & (_around(heard & among) > 0.5 * _around(among)))
    told = most & ~heard
    if told.any():
        nearness = np.where(told, nearness.ravel()[nearest(heard)[1]], nearness)
    return nearness, most


def _around(mask: Mask) -> Float:
    """`(H, W)`: how many pixels of a mask lie around each."""
    size = (SPECK, SPECK)
    return np.asarray(cv2.boxFilter(mask.astype(np.float32), -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT))


@numba.njit(cache=True, nogil=True)
def _vote(us, vs, nearness, reach, place, levels, votes):  # type: ignore[no-untyped-def]
    """Add each point `(us, vs)` of a raster to its cells within `reach` and to the two levels around its nearness."""
    height, width = place.shape
    spacing = 1e30
    for d in range(1, len(levels)):
        spacing = min(spacing, levels[d] - levels[d - 1])
    wide = max(1.0, reach)
    for i in range(len(us)):
        u, v = us[i], vs[i]
        if not (-1.0 < u < width and -1.0 < v < height):
            continue
        high = np.searchsorted(levels, nearness[i])
        for y in range(max(0, int(np.ceil(v - wide))), min(height - 1, int(np.floor(v + wide))) + 1):
            for x in range(max(0, int(np.ceil(u - wide))), min(width - 1, int(np.floor(u + wide))) + 1):
                cell = place[y, x]
                if cell < 0:
                    continue
                share = (1.0 - abs(u - x) / wide) * (1.0 - abs(v - y) / wide)
                for d in range(max(0, high - 2), min(len(levels), high + 2)):
                    near = 1.0 - abs(levels[d] - nearness[i]) / (1.5 * spacing)
                    if near > 0.0:
                        votes[cell, d] += np.float32(share * near)
