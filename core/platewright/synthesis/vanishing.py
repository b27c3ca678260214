"""Where a picture's straight edges converge: the vanishing points of its perspective, if there is one.

A kerb, an eave and a row of windows each tell their own direction by a few pixels; all of them together tell the point
that they run to. Most pictures have no such point, and then none is found: as many edges must agree as chance would
hardly bring together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["VanishingPoint", "free_turn", "vanishing_points"]

_Points = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]

_SHORTEST = 12.0  # pixels of an edge for its direction to be worth anything
_OFF, _TURN = 0.8, np.deg2rad(2.5)  # how far an edge's ends may lie off the way to the point; how far it may turn
_TRIED, _HEARD = 64, 400  # of the longest edges: those that make guesses, two by two, and those that are asked
_MOST = 3  # a room has three directions
_CHANCE = -5.0  # log10 of how often chance may bring so many edges together in a picture without perspective
_ROUNDS = 8
_BEYOND = 0.45  # of an edge, from its middle: a point that lies on an edge is not one it runs to
_SHARP = 0.2  # pixels that an edge's ends are off, as good as it is found
_MOSTLY = 0.9  # of the edges must stay with a point that is made finer
_SAME = 1e-6  # of two lines that are one, which meet nowhere


@dataclass(frozen=True, slots=True)
class VanishingPoint:
    """Where edges converge.

    place: (3,) float64, homogeneous: x, y in pixels and 1, times anything; a last one of 0 is a direction at infinity.
    edges: (N,) indices of the edges that run to it.
    """

    place: _Points
    edges: npt.NDArray[np.intp]

    def ways(self, points: _Points) -> _Points:
        """(N, 2): the unit direction from points (N, 2), x and y, to it, either way round."""
        ways = self.place[:2] - points * self.place[2]
        return np.asarray(ways / np.maximum(np.hypot(*ways.T), 1e-12)[:, None])

    def distance(self, place: tuple[float, float]) -> float:
        """Pixels from a place, x and y; very many to a direction."""
        way = self.place[:2] - np.array(place) * self.place[2]
        return float(np.hypot(*way) / max(abs(self.place[2]), 1e-12))

    def off_middle(self, shape: tuple[int, ...]) -> float:
        """Pixels from the middle of a picture of this shape, rows and columns."""
        return self.distance(((shape[1] - 1) / 2, (shape[0] - 1) / 2))


def vanishing_points(edges: _Points, shape: tuple[int, ...]) -> list[VanishingPoint]:
    """The points that more edges run to than chance would bring together, the best first, at most three.

    edges: (N, 4) float64, x and y of the ends of straight edges in a picture of this shape, rows and columns. Each edge
    belongs to one point at most. The same edges give the same points: nothing is drawn by lot.
    Source: pairs of edges as guesses, as in Rother, A new approach to vanishing point detection in architectural
    environments, 2002; how many must agree after Desolneux, Moisan & Morel, Meaningful alignments, 2000.
    """
    length = np.hypot(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1])
    order = np.argsort(-length, kind="stable")
    left = order[length[order] >= _SHORTEST][:_HEARD]
    # Around the middle and in units of the picture's size: else the last coordinate would count for nothing.
    size, middle = max(shape[:2]) / 2, np.array([shape[1] - 1, shape[0] - 1]) / 2
    ends = (edges.reshape(-1, 2, 2) - middle) / size
    found: list[VanishingPoint] = []
    while len(found) < _MOST and len(left) >= 2:
        place, agree = _best(ends[left], size)
        if not _beyond_chance(int(agree.sum()), ends[left], size):
            break
        back = np.array([place[0] * size + middle[0] * place[2], place[1] * size + middle[1] * place[2], place[2]])
        found.append(VanishingPoint(back, left[agree]))
        left = left[~agree]
    return found


def _best(ends: _Points, size: float) -> tuple[_Points, _Mask]:
    """The point that the longest way of edges runs to, out of all that two of the longest meet in, and which those are.

    ends: (N, 2, 2), the longest edges first.
    """
    lines = np.cross(_homogeneous(ends[:_TRIED, 0]), _homogeneous(ends[:_TRIED, 1]))
    one, other = np.triu_indices(len(lines), 1)
    guesses = np.cross(lines[one], lines[other])
    apart = np.linalg.norm(guesses, axis=1)
    guesses = guesses[apart > _SAME] / apart[apart > _SAME, None]
    if not len(guesses):
        return np.array([0.0, 0.0, 1.0]), np.zeros(len(ends), np.bool_)
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    place = guesses[int(np.argmax((_agreeing(guesses, ends, size) * length).sum(1)))]
    agree = _agreeing(place[None], ends, size)[0]
    for _ in range(_ROUNDS):
        finer = _fitted(place, ends[agree], size)
        agreeing = _agreeing(finer[None], ends, size)[0]
        if length[agreeing].sum() < _MOSTLY * length[agree].sum():
            break
        place, agree = finer, agreeing
    return place, agree


def _homogeneous(points: _Points) -> _Points:
    """(N, 3) from (N, 2)."""
    return np.column_stack([points, np.ones(len(points))])


def _fitted(place: _Points, ends: _Points, size: float) -> _Points:
    """The point that the ends of these edges, (N, 2, 2), are least off in squares; those far off hardly count."""
    along, middle = ends[:, 1] - ends[:, 0], ends.mean(1)
    across = np.stack([-along[:, 1], along[:, 0]], -1) * size / 2
    far = np.linalg.norm(place[:2] - middle * place[2], axis=1)
    rows = np.column_stack([across, -(across * middle).sum(1)]) / np.maximum(far, 1e-6)[:, None]
    rows /= np.hypot(1, (rows * place).sum(1) / _SHARP)[:, None]
    # Summed here and not by a library, whose sums may change with the number of threads.
    fitted: _Points = np.linalg.eigh((rows[:, :, None] * rows[:, None]).sum(0))[1][:, 0]
    return fitted


def _agreeing(places: _Points, ends: _Points, size: float) -> _Mask:
    """(M, N): which edges (N, 2, 2) run to which points (M, 3); none to a point that lies on itself."""
    along, middle = ends[:, 1] - ends[:, 0], ends.mean(1)
    length = np.hypot(*along.T)
    ways = places[:, None, :2] - middle * places[:, None, 2:]
    far = np.maximum(np.hypot(ways[..., 0], ways[..., 1]), 1e-12)
    off = np.abs(ways[..., 0] * along[:, 1] - ways[..., 1] * along[:, 0]) / far / length
    return np.asarray((off < free_turn(length * size)) & (far > _BEYOND * length * np.abs(places[:, 2:])))


def free_turn(length: _Points) -> _Points:
    """How far, in radians, edges of so many pixels may turn away from the point that they run to."""
    return np.minimum(_TURN, 2 * _OFF / length)


def _beyond_chance(count: int, ends: _Points, size: float) -> bool:
    """Whether so many of these edges in one point are more than edges of any direction would bring about.

    By the bound of Hoeffding on a binomial's tail, with half of the edges, since a line has two sides, and as many
    tries as there are guesses.
    """
    edges, agree = len(ends) / 2, count / 2
    chance = float(free_turn(np.hypot(*(ends[:, 1] - ends[:, 0]).T) * size).mean()) * 2 / np.pi
    share = agree / edges
    if share <= chance:
        return False
    surprise = share * np.log(share / chance)
    if share < 1:
        surprise += (1 - share) * np.log((1 - share) / (1 - chance))
    tries = min(len(ends), _TRIED) ** 2 / 2
    return bool(np.log10(tries) - edges * surprise / np.log(10) < _CHANCE)
