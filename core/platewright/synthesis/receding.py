"""Roads, rails and halls: what runs to one point looks alike nearer and farther, and goes on enlarged.

Every straight line to a vanishing point stays where it is when the picture is enlarged about that point, and grows as
wide as it must. So where what lies around a hole looks like itself enlarged, the hole is held to be that.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .plane_labels import carried_along, coarse, voice
from .slant import WHOLE, Slant, sampled
from .vanishing import VanishingPoint

__all__ = ["carry_receding"]

_Floats = npt.NDArray[np.float32]
_Points = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]

_SPEAKS = 0.4  # share of the edges around a place that must run to the point
_HEARD = 0.02  # of the most edges anywhere; where there are fewer, nothing runs anywhere
_ALIKE = 0.35  # of the difference that chance would have, between the surround and itself enlarged
_BAND, _AROUND = 17, 9  # pixels: by how much the hole is grown to be compared there, and over how many at a time
_TIMES = np.arange(1.08, 2.5, 0.02)  # by how much the picture may be enlarged
_NEARLY = 0.9  # of the most that any enlargement brings, one must bring to be asked how alike it is
_FAR = 1.5  # of the longer side, from the middle: to a point farther off all lines are about parallel


def carry_receding(picture: _Floats, known: _Mask, edges: _Points, points: list[VanishingPoint]) -> Slant | None:
    """Continue what runs to the vanishing point nearest to the picture's middle; None where nothing does.

    picture: (H, W, 3) float32 tone; where not known it may hold anything finite. known: (H, W) bool. edges: (N, 4)
    float64, known straight edges by x and y of their ends, and `points`, where those converge.
    """
    point = min(points, key=lambda one: one.off_middle(known.shape), default=None)
    if point is None or point.off_middle(known.shape) > _FAR * max(known.shape):
        return None
    centre = point.place[:2] / point.place[2]
    running = _running(point, known, edges)
    hole, band = ~known & running, known & running & _grown(~known)
    times = _best(picture, known, centre, hole, band) if hole.any() and band.any() else None
    if times is None:
        return None
    unlike = _unlike(picture, known, centre, times, band)
    alike = cv2.resize((unlike < _ALIKE).astype(np.uint8), coarse(known.shape)[::-1], interpolation=cv2.INTER_NEAREST)
    hole &= carried_along(point, known, alike.astype(np.int32)) > 0
    which = np.where(hole, 0, -1).astype(np.int32)
    way = np.diag([1 / times, 1 / times, 1.0])
    way[:2, 2] = centre * (1 - 1 / times)
    return Slant(which, way[None]) if hole.any() else None


def _running(point: VanishingPoint, known: _Mask, edges: _Points) -> _Mask:
    """(H, W) bool: where edges run to the point, and in the hole where it comes from there."""
    every, mine = voice(edges, known.shape), voice(edges[point.edges], known.shape)
    runs = (every > _HEARD * every.max()) & (mine > _SPEAKS * every)
    return np.asarray(carried_along(point, known, runs.astype(np.int32)) > 0)


def _best(picture: _Floats, known: _Mask, centre: _Points, hole: _Mask, band: _Mask) -> float | None:
    """By how much to enlarge: of what brings the hole as much as may be, that which looks most alike beside it."""
    lent = known.astype(np.float32)
    wanted, beside = _places(hole), _places(band)
    brought = np.array([(_fetched(lent, centre, times, wanted) > WHOLE).mean() for times in _TIMES])
    best, least = None, np.inf
    for times in _TIMES[(brought >= _NEARLY * brought.max()) & (brought > 0)].tolist():
        there = _fetched(lent, centre, times, beside) > WHOLE
        off = (_fetched(picture, centre, times, beside[there]) - picture[band][there]) ** 2
        if 2 * there.sum() > len(beside) and off.mean() < least:
            best, least = times, float(off.mean())
    return best


def _unlike(picture: _Floats, known: _Mask, centre: _Points, times: float, band: _Mask) -> _Floats:
    """(H, W) float32: how the band differs from itself enlarged, as a share of chance; 1 where nothing can be told."""
    beside = _places(band)
    there = _fetched(known.astype(np.float32), centre, times, beside) > WHOLE
    off = ((_fetched(picture, centre, times, beside) - picture[band]) ** 2).mean(-1)
    sums = np.zeros((*known.shape, 2), np.float32)
    sums[band] = np.column_stack([off, np.ones_like(off)]) * there[:, None]
    sums = np.asarray(cv2.boxFilter(sums, -1, (_AROUND, _AROUND), normalize=False))
    chance = 2 * float(picture[known].var(0).mean())
    unlike: _Floats = sums[..., 0] / np.maximum(sums[..., 1], 1e-6) / max(chance, 1e-9)
    return np.where(sums[..., 1] > 0.5, unlike, np.float32(1))


def _fetched(values: _Floats, centre: _Points, times: float, places: _Points) -> _Floats:
    """What comes to places (N, 2), x and y, when the picture is enlarged about its centre."""
    return sampled(values, centre + (places - centre) / times)


def _places(mask: _Mask) -> _Points:
    """(N, 2): x and y of a mask's pixels."""
    return np.argwhere(mask)[:, ::-1].astype(np.float64)


def _grown(mask: _Mask) -> _Mask:
    """The mask with what lies around it."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((_BAND, _BAND), np.uint8)) > 0)
