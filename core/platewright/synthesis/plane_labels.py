"""Which plane each part of a picture lies on: floor, ceiling, this wall, that front, told by their straight edges.

Edges that run to two vanishing points lie on a plane that those span, and where such edges are is that plane. It
knows nothing about what is on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from .vanishing import VanishingPoint

__all__ = ["Plane", "carried_along", "coarse", "planes_of", "voice"]

_Points = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]
_Labels = npt.NDArray[np.int32]

_COARSE = 4  # planes are told apart at so much less than the picture's size
_NEAR = 0.06  # of the picture's longer side: how far an edge speaks for its plane
_LEAST = 0.02  # of the strongest voice; less is no plane


@dataclass(frozen=True, slots=True)
class Plane:
    """One side of a horizon: a floor and a ceiling have one horizon and are two planes.

    mask: (H, W) bool, where it is. horizon: (3,) float64, whose product with x, y and 1 is above 0 there.
    """

    mask: _Mask
    horizon: _Points


def planes_of(known: _Mask, edges: _Points, points: list[VanishingPoint]) -> Iterator[Plane]:
    """The planes that are both seen and wanted.

    known: (H, W) bool. edges: (N, 4) float64, known straight edges, x and y of their ends; points: where they converge.
    """
    pairs = list(combinations(points, 2))
    if not pairs:
        return
    labels = _labels(known, edges, points, pairs)
    rows, columns = np.indices(known.shape)
    for number, (one, other) in enumerate(pairs):
        horizon = np.cross(one.place, other.place)
        near = columns * horizon[0] + rows * horizon[1] + horizon[2]
        for side in (-1.0, 1.0):
            mask = (labels == number) & (side * near > 0)
            if (mask & known).any() and (mask & ~known).any():
                yield Plane(mask, side * horizon)


def _labels(
    known: _Mask, edges: _Points, points: list[VanishingPoint], pairs: list[tuple[VanishingPoint, VanishingPoint]]
) -> _Labels:
    """(H, W) int32: the pair on whose plane each pixel lies, -1 where there is none.

    What is known lies on the plane of the edges around it. What is not lies on the plane that one comes from on the way
    to the point that planes end along: the one in the depth, nearest to the picture's middle.
    """
    voices = {id(point): voice(edges[point.edges], known.shape) for point in points}
    strength = np.stack([np.sqrt(voices[id(one)] * voices[id(other)]) for one, other in pairs])
    labels = np.where(strength.max(0) > _LEAST * strength.max(), strength.argmax(0), -1).astype(np.int32)
    return carried_along(min(points, key=lambda point: point.off_middle(known.shape)), known, labels)


def coarse(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of the coarse size of a picture of this shape, at which planes are told apart."""
    return -(-shape[0] // _COARSE), -(-shape[1] // _COARSE)


def voice(edges: _Points, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """(h, w) float32: how much of these edges lies around each place, at a coarse size of a picture of this shape."""
    drawn = np.zeros(coarse(shape), np.float32)
    for x0, y0, x1, y1 in np.round(edges / _COARSE).astype(int).tolist():
        cv2.line(drawn, (x0, y0), (x1, y1), (1.0,), 1)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), _NEAR * max(drawn.shape)), np.float32)


def carried_along(point: VanishingPoint, known: _Mask, labels: _Labels) -> _Labels:
    """(H, W) int32: labels (h, w) of the coarse size, with what the hole gets from the first known place on the way to
    the point or from it, else from the nearest one; as they are where nothing is known.

    known: (H, W) bool.
    """
    seen = np.ascontiguousarray(known[::_COARSE, ::_COARSE])
    carried = labels.copy()
    if seen.any():
        rows, columns = np.nonzero(~seen)
        carried[rows, columns] = _first_on_the_way(point, seen, labels, rows, columns)
    large = cv2.resize(carried, None, fx=_COARSE, fy=_COARSE, interpolation=cv2.INTER_NEAREST)
    return np.asarray(large[: known.shape[0], : known.shape[1]], np.int32)


def _first_on_the_way(
    point: VanishingPoint, seen: _Mask, labels: _Labels, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
) -> _Labels:
    """(N,) int32: the label of the first seen place on the way to the point or from it, else of the nearest one."""
    height, width = seen.shape
    _, nearest = cv2.distanceTransformWithLabels(
        (~seen).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    named = np.full(int(nearest.max()) + 1, -1, np.int32)
    named[nearest[seen]] = labels[seen]
    found = named[nearest[rows, columns]]
    places = np.column_stack([columns, rows]).astype(np.float64)
    ways = point.ways(places * _COARSE)
    left = np.ones(len(rows), np.bool_)
    for step in range(1, max(height, width)):
        if not left.any():
            break
        for way in (step * ways, -step * ways):
            x, y = np.round(places + way).astype(np.intp).T
            there = left & (x >= 0) & (y >= 0) & (x < width) & (y < height)
            there[there] = seen[y[there], x[there]]
            found[there] = labels[y[there], x[there]]
            left &= ~there
    return np.asarray(found, np.int32)
