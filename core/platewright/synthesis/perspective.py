"""Floors, fronts and walls seen at a slant: what repeats on a plane goes on in it, larger and smaller as it must be.

Under perspective nothing comes to lie on itself by a shift of the picture; on the plane itself it does. So each plane
that two directions of edges span is looked at as if from straight above, what repeats there is found as in
`repetition`, and every place of the hole is told from where on its own plane it may be taken. That is what an artist
does who clones in perspective. It knows nothing about patches.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .plane_labels import Plane, planes_of
from .repetition import Shift, repeating_shifts
from .slant import WHOLE, Slant, sampled, through
from .vanishing import VanishingPoint

__all__ = ["carry_perspective"]

_Floats = npt.NDArray[np.float32]
_Points = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]

_RIM = 5  # pixels, the side of what the hole is grown by, so that its rim can be compared
_DEEPEST = 3.0  # times smaller than in the hole: what lies farther off has nothing to tell
_LARGEST, _SMALLER = 512, 0.5  # pixels of the look from above, and how much smaller than the picture it may be
_TURNED = 1.05  # how much a plane's scale changes over what is looked at; less is no slant
_SCALED = 0.1  # what a copy at half or twice the size costs, as a share of what chance would differ by
_MOST_SHIFTS = 24


def carry_perspective(
    picture: _Floats, known: _Mask, edges: _Points, points: list[VanishingPoint]
) -> Slant | None:  # fmt: skip
    """Continue what repeats on the planes around the hole into it; None where there is no such plane.

    picture: (H, W, 3) float32 tone; where not known it may hold anything finite. known: (H, W) bool. edges: (N, 4)
    float64, known straight edges by x and y of their ends, and `points`, where those converge.
    Source: the planes of Huang et al., Image completion using planar structure guidance, 2014.
    """
    wanted = cv2.dilate((~known).astype(np.uint8), np.ones((_RIM, _RIM), np.uint8)) > 0
    which = np.full(known.shape, -1, np.int32)
    ways: list[_Points] = []
    for plane in planes_of(known, edges, points):
        _carry(picture, known & plane.mask, wanted & plane.mask, plane, which, ways)
    return Slant(which, np.stack(ways)) if ways else None


def _carry(
    picture: _Floats, lent: _Mask, wanted: _Mask, plane: Plane, which: npt.NDArray[np.int32], ways: list[_Points]
) -> None:
    """Add the ways that one plane repeats by, and say where each is best. lent: what is known of it."""
    above = _from_above(plane.horizon, wanted)
    rows, columns = np.nonzero(lent | wanted)
    there, near = through(above, np.column_stack([columns, rows]).astype(np.float64))
    usable = near > 1 / _DEEPEST
    if not usable.any() or near[usable].max() < _TURNED * near[usable].min():
        return
    shifts = _shifts(picture, lent, above, there[usable])
    asked = usable & wanted[rows, columns]
    rows, columns, there, near = rows[asked], columns[asked], there[asked], near[asked]
    back, known = np.linalg.inv(above).astype(np.float64), lent.astype(np.float32)
    best = np.full(len(rows), np.inf)
    for shift in shifts:
        source, _ = through(back, there + np.array([shift.across, shift.down]))
        _, depth = through(above, source)
        cost = shift.unlike + _SCALED * np.log2(np.maximum(depth, 1e-6) / near) ** 2
        better = (cost < best) & (depth > 0) & (sampled(known, source) > WHOLE)
        best[better], which[rows[better], columns[better]] = cost[better], len(ways)
        ways.append(back @ np.array([[1, 0, shift.across], [0, 1, shift.down], [0, 0, 1.0]]) @ above)


def _from_above(horizon: _Points, wanted: _Mask) -> _Points:
    """(3, 3): the look from above in which the middle of what is wanted keeps its size.

    horizon: (3,), whose product with x, y and 1 is above 0 on the plane's side.
    """
    rows, columns = np.nonzero(wanted)
    middle = np.array([columns.mean(), rows.mean()])
    horizon = horizon / (horizon @ (*middle, 1))
    above = np.eye(3)
    above[2] = horizon
    # The slope of p / w at the middle, where w is 1, is I - p (dw)^T.
    above[:2] = np.linalg.inv(np.eye(2) - np.outer(middle, horizon[:2])) @ above[:2]
    return above


def _shifts(picture: _Floats, lent: _Mask, above: _Points, there: _Points) -> list[Shift]:
    """What the plane repeats by, in the units of the look from above. there: (N, 2), what is to be seen in it."""
    low, high = there.min(0), there.max(0)
    scale = max(_SMALLER, min(1.0, _LARGEST / float((high - low).max())))
    width, height = (int(side) for side in np.minimum(np.ceil((high - low) * scale) + 1, _LARGEST))
    corner = np.maximum((low + high) / 2 - np.array([width, height]) / scale / 2, low)
    canvas = np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale], [0, 0, 1.0]]) @ above
    seen = np.asarray(cv2.warpPerspective(picture, canvas, (width, height)), np.float32)
    sure = cv2.warpPerspective(lent.astype(np.float32), canvas, (width, height)) > WHOLE
    if not sure.any():
        return []
    found = repeating_shifts(seen, sure)[:_MOST_SHIFTS]
    return [Shift(one.down / scale, one.across / scale, one.unlike) for one in found]
