"""Straight edges that end at a hole are carried on through it, so that what is invented there keeps in line.

A patch sees a few pixels; a kerb, a branch or a joint of bricks is known by its whole length. Here the edges are found
outside the hole, those that meet across it are joined, those that run off an open side are drawn on, and each brings
its cross-section along: an estimate that the exemplar fill begins from. It knows nothing about patches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from .membrane import membrane
from .vanishing import VanishingPoint, free_turn

__all__ = ["Edges", "carry_lines", "straight_edges"]

_Floats = npt.NDArray[np.float32]
_Mask = npt.NDArray[np.bool_]
_Point = npt.NDArray[np.float64]

_SIDE = 3  # pixels that a line brings along on either side, about what a patch sees
_SHORTEST = 10.0  # pixels of an edge that must be seen for its direction to be worth anything
_GAP = 4.0  # pixels between an edge's end and the hole: near the hole the edge finder sees less
_SLANT = np.cos(np.deg2rad(6.0))  # how well two edges must be in line to be one
_UNLIKE = 0.5  # share of their contrast by which the cross-sections of one line may differ
_LONG = 30.0  # pixels, some four patches: what is to be drawn on into the open must be straight for longer than a blob
_FAR = 1.0  # times its seen length that an edge is drawn on into the open, ever less surely
_FAR_AIMED = 4.0  # times the same where it runs to a point that many others run to
_MOAT, _STEPS = 5, 65  # pixels, the side of what must be known around all of an edge; places that are looked at on it
_INSIDE = 0.8  # share of a line's way that must lie in the hole


@dataclass(frozen=True, slots=True)
class Edges:
    """The straight edges of a picture with a hole.

    filled: (H, W, 3) float32, the picture with its hole filled smoothly. ends: (N, 4) float64, x and y of their two
    ends. clear: (M, 4) float64, those of what of them keeps off the hole, where nothing has bent them.
    """

    filled: _Floats
    ends: _Point
    clear: _Point


@dataclass(frozen=True, slots=True)
class _Stub:
    """An edge that ends at the hole.

    end: (2,) x and y of its last known pixel. along: (2,) the direction into the hole, of length 1. length: pixels seen
    of it. section: (2 * _SIDE + 1, 3) float32, the tones across it, from its left to its right as it goes. aimed:
    whether it runs to a vanishing point or comes from one.
    """

    end: _Point
    along: _Point
    length: float
    section: _Floats
    aimed: bool = False


def straight_edges(picture: _Floats, known: _Mask) -> Edges:
    """Find the straight edges of what is known.

    picture: (H, W, 3) float32 tone; where not known it may hold anything finite. known: (H, W) bool.
    Source: Grompone von Gioi et al., LSD: a fast line segment detector, 2010.
    """
    filled = membrane(np.where(known[..., None], picture, np.float32(0)), known)
    grey = np.clip(filled.mean(-1) * 255, 0, 255).astype(np.uint8)
    found = cv2.createLineSegmentDetector().detect(grey)[0]
    ends = np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)
    return Edges(filled, ends, _clear(ends, known))


def _clear(ends: _Point, known: _Mask) -> _Point:
    """(M, 4): the ends of edges (N, 4) drawn back to where all around is known; edges that then have no length go."""
    away = cv2.erode(known.astype(np.uint8), np.ones((_MOAT, _MOAT), np.uint8)) > 0
    steps = np.linspace(0, 1, _STEPS)
    points = ends[:, None, :2] + steps[:, None] * (ends[:, 2:] - ends[:, :2])[:, None]
    inside = _lookup(away, points.reshape(-1, 2), outside=False).reshape(-1, _STEPS)
    first, last = inside.argmax(1), _STEPS - 1 - inside[:, ::-1].argmax(1)
    rows = np.nonzero(inside.any(1) & (first < last))[0]
    return np.hstack([points[rows, first[rows]], points[rows, last[rows]]])


def carry_lines(edges: Edges, known: _Mask, points: Sequence[VanishingPoint] = ()) -> _Floats:
    """Draw the picture's straight edges on into the hole.

    edges: as `straight_edges` found them in the picture of which this is `known`, (H, W) bool. points: where edges
    converge; those that run to one are drawn exactly to it or from it, and farther.
    Returns an estimate, (H, W, 3) float32, NaN where no line passes and where the picture is known.
    Source: to continue edges before texture is the order of Criminisi et al., 2004.
    """
    stubs = [_aimed(stub, points) for stub in _stubs(edges, known)]
    canvas = np.zeros((*known.shape, 4), np.float32)
    joined = _joined(stubs, known)
    for one, other in joined:
        _draw(canvas, stubs[one], stubs[other])
    taken = {index for pair in joined for index in pair}
    for index, stub in enumerate(stubs):
        if index not in taken:
            _draw_open(canvas, stub, known)
    weight = np.where(known, np.float32(0), canvas[..., 3])[..., None]
    estimate: _Floats = np.where(weight > 0, canvas[..., :3] / np.where(weight > 0, weight, 1), np.float32(np.nan))
    return estimate


def _stubs(edges: Edges, known: _Mask) -> list[_Stub]:
    """All edges that end at the hole, each once for every end that does."""
    stubs = []
    for x0, y0, x1, y1 in edges.ends:
        start, stop = np.array([x0, y0]), np.array([x1, y1])
        for a, b in ((start, stop), (stop, start)):
            stub = _stub(edges.filled, known, a, b)
            if stub is not None:
                stubs.append(stub)
    return _agreed(stubs)


def _aimed(stub: _Stub, points: Sequence[VanishingPoint]) -> _Stub:
    """The edge turned to the vanishing point that it runs to or comes from; as it is where it does neither."""
    best, aim = float(np.cos(free_turn(np.array(stub.length)))), None
    for point in points:
        way = point.ways(stub.end[None])[0]
        fits = float(way @ stub.along)
        if abs(fits) > best:
            best, aim = abs(fits), way * np.sign(fits)
    return stub if aim is None else replace(stub, along=aim, aimed=True)


def _agreed(stubs: list[_Stub]) -> list[_Stub]:
    """The edges with those that run right beside them made parallel: either side of a line, say, seen a little askew.

    The longer an edge, the better its direction: a pixel at its end turns it by as much as it is short.
    """
    if not stubs:
        return stubs
    ends, alongs = np.array([stub.end for stub in stubs]), np.array([stub.along for stub in stubs])
    near = np.hypot(*np.moveaxis(ends[None] - ends[:, None], -1, 0)) < 2 * _SIDE
    weights = near * (alongs @ alongs.T > _SLANT) * np.array([stub.length for stub in stubs]) ** 2
    means = weights @ alongs
    means /= np.hypot(*means.T)[:, None]
    return [replace(stub, along=mean) for stub, mean in zip(stubs, means, strict=True)]


def _stub(picture: _Floats, known: _Mask, start: _Point, stop: _Point) -> _Stub | None:
    """The edge from `start` towards `stop`, if it comes to the hole at or soon after that."""
    length = float(np.hypot(*(stop - start)))
    if length < _SHORTEST:
        return None
    along = (stop - start) / length
    ways = start + np.arange(0, length + _GAP)[:, None] * along
    inside = _lookup(known, ways, outside=False)
    beyond = np.nonzero(~inside)[0]
    if not len(beyond) or beyond[0] < _SHORTEST or not _in_picture(ways[beyond[0]], known):
        return None
    end = ways[beyond[0] - 1]
    seen = min(float(beyond[0] - 1), length)
    section = _section(picture, known, end, along, seen)
    return None if section is None else _Stub(end, along, seen, section)


def _section(picture: _Floats, known: _Mask, end: _Point, along: _Point, seen: float) -> _Floats | None:
    """The mean tones across an edge over the last stretch before the hole; None where some of them aren't known."""
    across = np.array([-along[1], along[0]])
    back, side = np.arange(0.0, min(seen, _SHORTEST)), np.arange(-_SIDE, _SIDE + 1.0)
    points = end - back[:, None, None] * along + side[None, :, None] * across
    maps = points.astype(np.float32)
    tones = cv2.remap(picture, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    there = _lookup(known, points.reshape(-1, 2), outside=False).reshape(maps.shape[:2])
    count = there.sum(0)
    if not count.all():
        return None
    section: _Floats = ((tones * there[..., None]).sum(0) / count[:, None]).astype(np.float32)
    return section


def _joined(stubs: list[_Stub], known: _Mask) -> list[tuple[int, int]]:
    """Which two edges are one that the hole interrupts; those that fit best come first, each is used once."""
    if len(stubs) < 2:
        return []
    ends, alongs = np.array([stub.end for stub in stubs]), np.array([stub.along for stub in stubs])
    way = ends[None] - ends[:, None]
    length = np.maximum(np.hypot(way[..., 0], way[..., 1]), 1e-9)
    ahead = (way * alongs[:, None]).sum(-1) / length
    fits = np.minimum(ahead, ahead.T)
    candidates = [(i, j) for i, j in np.argwhere(fits > _SLANT).tolist() if i < j]
    scored = []
    for i, j in candidates:
        unlike = _unlike(stubs[i].section, stubs[j].section[::-1])
        if unlike < _UNLIKE and _crosses(known, ends[i], ends[j]):
            scored.append(((1 - float(fits[i, j])) / (1 - _SLANT) + unlike / _UNLIKE, i, j))
    used: set[int] = set()
    pairs = []
    for _, i, j in sorted(scored):
        if i not in used and j not in used:
            used |= {i, j}
            pairs.append((i, j))
    return pairs


def _unlike(one: _Floats, other: _Floats) -> float:
    """How much two cross-sections differ, as a share of the contrast they have."""
    contrast = sum(float(((section - section.mean(0)) ** 2).sum()) for section in (one, other))
    return float(((one - other) ** 2).sum()) / max(contrast, 1e-9)


def _crosses(known: _Mask, one: _Point, other: _Point) -> bool:
    """Whether the way from one end to the other lies in the hole."""
    steps = max(2, int(np.hypot(*(other - one))))
    points = one + np.linspace(0, 1, steps + 1)[1:-1, None] * (other - one)
    return bool((~_lookup(known, points, outside=True)).mean() > _INSIDE)


def _draw(canvas: _Floats, one: _Stub, other: _Stub) -> None:
    """Draw a line from edge to edge, the cross-section changing steadily from one's to the other's."""
    way = other.end - one.end
    length = float(np.hypot(*way))
    share = np.arange(0, length, 0.5)[:, None, None].astype(np.float32) / np.float32(length)
    tones = one.section + share * (other.section[::-1] - one.section)
    _put(canvas, one.end, way / length, tones, np.ones(len(share), np.float32))


def _draw_open(canvas: _Floats, stub: _Stub, known: _Mask) -> None:
    """Draw an edge on if it leaves the picture without coming to anything known, ever less surely."""
    if stub.length < _LONG:
        return
    reach = int((_FAR_AIMED if stub.aimed else _FAR) * stub.length)
    ways = stub.end + np.arange(1, sum(known.shape))[:, None] * stub.along
    there = _in_picture(ways, known)
    if _lookup(known, ways[there], outside=False).any():
        return
    length = min(reach, int(there.sum()))
    if not length:
        return
    share = np.arange(0, length, 0.5).astype(np.float32)
    tones = np.repeat(stub.section[None], len(share), 0)
    _put(canvas, stub.end, stub.along, tones, 1 - share / np.float32(reach))


def _put(canvas: _Floats, start: _Point, along: _Point, tones: _Floats, sure: _Floats) -> None:
    """Add a line's tones, (N, 2 * _SIDE + 1, 3) at every half pixel, to the canvas, each times how sure it is."""
    across = np.array([-along[1], along[0]])
    side = np.arange(-_SIDE, _SIDE + 0.5, 0.5)
    between: _Floats = np.empty((len(tones), len(side), 3), np.float32)
    between[:, ::2], between[:, 1::2] = tones, (tones[:, :-1] + tones[:, 1:]) / 2
    points = start + np.arange(len(tones))[:, None, None] * 0.5 * along + side[None, :, None] * across
    places = np.round(points).astype(np.int64).reshape(-1, 2)
    height, width = canvas.shape[:2]
    there = (places >= 0).all(-1) & (places[:, 0] < width) & (places[:, 1] < height)
    weight = np.repeat(np.maximum(sure, np.float32(1e-3)), len(side))
    values = np.column_stack([between.reshape(-1, 3) * weight[:, None], weight]).astype(np.float32)
    np.add.at(canvas, (places[there, 1], places[there, 0]), values[there])


def _in_picture(points: _Point, known: _Mask) -> _Mask:
    """Which points lie in the picture."""
    height, width = known.shape
    rounded = np.round(points)
    there: _Mask = (rounded >= 0).all(-1) & (rounded[..., 0] < width) & (rounded[..., 1] < height)
    return there


def _lookup(mask: _Mask, points: _Point, *, outside: bool) -> _Mask:
    """A mask's values at points (N, 2), x and y; `outside` where they lie outside the picture."""
    there = _in_picture(points, mask)
    found = np.full(len(points), outside)
    columns, rows = np.round(points[there]).astype(np.int64).T
    found[there] = mask[rows, columns]
    return found
