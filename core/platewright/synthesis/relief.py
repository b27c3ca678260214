"""The relief of what a hole hides: how near each pixel is, from coarse cells to pixels.

Sources are looked at as parts of their luma, the exposure taken out; a large hole is swept on a coarser raster, so
that the cost follows the hole's area slowly, and each pixel then chooses among what the cells around it found.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .disagreement import FAR_OFF
from .islands import made_whole
from .levels import ALONE
from .looks import Looks, Pixels
from .nearest import nearest
from .sweep import settle
from .views import View

__all__ = [
    "IN_FRONT",
    "Raster",
    "Votes",
    "nearness_of",
    "pooled",
    "raster_of",
    "unheard",
]

Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

CELLS = 16_000
"""Pixels swept at all levels; a larger hole is swept on a raster of about so many."""
OWN_CELL = 0.3
"""How much a pixel would rather have its own cell's nearness than the next one's."""
SMOOTH = 2.5
"""Levels within which the cells around a pixel show one surface, which is then interpolated."""

AGREED, DENIED = 0.15, 0.4
"""Costs under which the frames agree on a level, and over which they do not."""
FEWEST_VOTES = 30
"""Known pixels that must tell the side, three of four of them the same."""
BEHIND, IN_FRONT = np.float32(0.2), 3
"""What a level costs that lies behind an agreed one by so many levels: more than grain makes of an agreement."""
WITNESSED = 1.0
"""Votes over which a level is testified to: more than one frame can give, since one alone may have erred."""
TESTIFIED = 0.5
"""Votes over which one frame at least means this level, and not the one beside it."""
SURE = 0.75
"""Pooled votes over which a frame is sure: one that saw a thing all around gives 1, one that guessed about half."""
WHOLE_VOTE = np.float32(5 / 3)
"""What a frame's point gives, in all, to the level it lies at and the two beside it; see witness."""
UNHEARD = np.float32(DENIED)
"""What a level costs that no frame testifies to: as much as one that is denied."""

Votes = Callable[[int, npt.NDArray[np.int32], int], Float]
"""From a raster's step, its cells' places and their number to `(n, D)` votes for each cell's levels."""


@dataclass(frozen=True)
class Raster:
    """Nearness on a raster over a box: the cell `[j, i]` stands for pixel `(step * j + step // 2, ...)` of the box.

    known: cells that have one. nearer: 1 where a higher nearness is nearer indeed, -1 where it
    is farther, 0 where nobody can tell. heard: cells whose nearness frames testify to, or the target itself. astray:
    root mean square, in tone space, of what frames would be off at the known cells if those were hidden too; 0 where
    that was not asked.
    """

    box: Box
    step: int
    nearness: Array
    known: Mask
    nearer: int
    heard: Mask
    astray: float = 0.0

    @property
    def places(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Rows and columns in the box of the known cells."""
        rows, columns = np.nonzero(self.known)
        return rows * self.step + self.step // 2, columns * self.step + self.step // 2


def raster_of(
    view: View, box: Box, wanted: Mask, known: Mask, looks: Looks, levels: Array, cells: int,
    nearer: int | None = None, votes: Votes | None = None,
) -> Raster:  # fmt: skip
    """Nearness on a raster of about so many `cells` of the pixels that are wanted or known, over `box`.

    known: where the target's own pixels tell how near they are; they hold the relief at the rim. nearer: which
    way the nearer levels lie; without it, it is told from the known pixels. votes: what is testified of levels.
    """
    active = wanted | known
    step = max(1, math.ceil(math.sqrt(active.sum() / cells)))
    half = step // 2
    rows, columns = np.nonzero(active[half::step, half::step])
    place = np.full(active[half::step, half::step].shape, -1, np.int32)
    place[rows, columns] = np.arange(len(rows))
    pixels = Pixels(view, box, known, looks)
    rows, columns = rows * step + half, columns * step + half
    cost, total = pixels.judged(rows, columns, levels[None]), np.empty((len(rows), len(levels)), np.float32)
    spacing = float(np.diff(levels).min())
    beside = np.concatenate([[False], np.diff(levels) <= ALONE * spacing])
    seen, alone = cost.copy(), None
    rim = known[rows, columns]
    if nearer is None:
        alone = pixels.judged(rows, columns, levels[None], own=False)
        nearer = _nearer_side(seen[rim], alone[rim])
    told = None if votes is None else np.asarray(votes(step, place, len(rows)))
    hidden = ~rim[:, None]
    whole = None if told is None else pooled(told, beside)
    cost += _hidden_behind(cost, nearer, None if whole is None else whole * hidden)
    if told is not None:
        cost += UNHEARD * unheard(told, beside, nearer) * hidden
    settle(cost, place, beside, total)
    best, astray = np.asarray(total.argmin(axis=1), np.intp), 0.0
    if alone is not None and len(rows):
        guess = np.empty_like(total)
        settle(alone + _hidden_behind(alone, nearer, None), place, beside, guess)
        astray = _astray(seen, best, guess.argmin(axis=1))
    coarse, heard = np.zeros(place.shape), place >= 0
    if len(rows):
        if nearer and not beside[1:].all():
            runs = _runs(beside)
            least = _least(seen, beside)
            sure = _witnessed(least, best, runs, rim, whole)
            best = made_whole(best, total, place, runs, nearer, sure, least < AGREED)
        coarse[place >= 0] = _between_levels(total, best, levels, beside)
        if told is not None:
            heard[place >= 0] = rim | (told[np.arange(len(rows)), best] > WITNESSED)
    return Raster(box, step, coarse, place >= 0, nearer, heard, astray)


def nearness_of(
    view: View, box: Box, wanted: Mask, known: Mask, looks: Looks, levels: Array, nearer: int, votes: Votes | None
) -> tuple[Array, Mask]:
    """`(H, W) float64` nearness of the pixels that are wanted or known, 0 elsewhere; and `(H, W)` which are heard."""
    raster = raster_of(view, box, wanted, known, looks, levels, CELLS, nearer, votes)
    if raster.step == 1:
        return raster.nearness, raster.heard
    near = _refined(raster, wanted | known, Pixels(view, box, known, looks), float(np.diff(levels).min()))
    height, width = wanted.shape
    rows = np.minimum(np.arange(height) // raster.step, raster.heard.shape[0] - 1)
    columns = np.minimum(np.arange(width) // raster.step, raster.heard.shape[1] - 1)
    return near, (raster.heard | ~raster.known)[rows[:, None], columns[None]]


def _nearer_side(seen: Float, hidden: Float) -> int:
    """Which way the nearer levels lie: 1 upwards, -1 downwards, 0 where the known pixels do not tell.

    Nearness has no sign of its own, but what hides has. seen, hidden: `(n, D)` costs of known pixels with and without
    the target's own pixel. A level at which the frames agree on something, and not on what the target shows there,
    is a surface behind.
    """
    if not len(seen):
        return 0
    level = np.arange(seen.shape[1])
    behind = (hidden < AGREED) & (seen > DENIED) & (seen.min(axis=1) < AGREED)[:, None]
    votes = np.sign((np.sign(level[None] - seen.argmin(axis=1)[:, None]) * behind).sum(axis=1))
    balance, total = float(votes.sum()), float(np.abs(votes).sum())
    if total < FEWEST_VOTES or abs(balance) < 0.5 * total:
        return 0
    return -int(np.sign(balance))


def _astray(seen: Float, told: npt.NDArray[np.intp], guessed: npt.NDArray[np.intp]) -> float:
    """How much farther, in tone space, pixels are from their looks at the levels guessed without them than at those
    told with them. seen: `(n, D)` costs with the target's own pixels; told, guessed: `(n,)` levels."""
    row = np.arange(len(seen))
    more = float((seen[row, guessed] ** 2 - seen[row, told] ** 2).mean())
    return float(FAR_OFF) * math.sqrt(max(0.0, more))


def _hidden_behind(cost: Float, nearer: int, told: Float | None) -> Float:
    """`(n, D)` to add to the cost of what lies behind a surface on which the frames agree, which would hide it.

    told: `(n, D)` votes. What a frame saw in front, and no other denies, hides what is behind however many saw that:
    few frames may have seen what passes close by, and all of them what it covers here.
    """
    if nearer == 0 or cost.shape[1] <= IN_FRONT:
        return np.zeros_like(cost)
    hides = np.where(cost < AGREED, BEHIND, np.float32(0))
    if told is not None:
        hides = np.maximum(hides, np.where((told > TESTIFIED) & (cost < DENIED), UNHEARD, np.float32(0)))
    from_near = hides[:, ::-1] if nearer > 0 else hides
    ended, penalty = np.empty_like(cost), np.zeros_like(cost)
    _stretches(np.ascontiguousarray(from_near), ended)
    penalty[:, IN_FRONT:] = ended[:, :-IN_FRONT]
    return np.asarray(penalty[:, ::-1] if nearer > 0 else penalty)


@numba.njit(cache=True, nogil=True)
def _stretches(hides, ended):  # type: ignore[no-untyped-def]
    """The most of `hides (n, D)` in stretches of levels that have come to an end at a level, or before it.

    On a plain surface the frames agree at a whole stretch of levels: its near end is no thing in front of its far end.
    """
    for i in range(len(hides)):
        most, run = np.float32(0), np.float32(0)
        for level in range(hides.shape[1]):
            run = max(run, hides[i, level])
            if level + 1 == hides.shape[1] or hides[i, level + 1] == 0:
                most, run = max(most, run), np.float32(0)
            ended[i, level] = most


def unheard(told: Float, beside: Mask, nearer: int) -> Float:
    """`(n, D)`, 0 to 1: how much it counts that no frame testifies to a level of a cell, or to one beside it.

    told: `(n, D)` votes. beside: `(D,)`, see settle. Where nobody says anything, what would stand in front of all else
    still ought to have been seen by somebody; what lies behind all is there anyway, and often hidden.
    """
    counts = np.clip(1 - _or_beside(told, beside), 0, 1)
    if nearer:
        runs, silent = _runs(beside), told.max(axis=1) < TESTIFIED
        counts[np.ix_(silent, runs == runs[0 if nearer > 0 else -1])] = 0
    return np.asarray(counts, np.float32)


def _runs(beside: Mask) -> npt.NDArray[np.intp]:
    """`(D,)`: which stretch of levels each is one of, from 0 on. beside: `(D,)`, see settle."""
    return np.asarray(np.cumsum(~beside) - 1, np.intp)


def _or_beside(told: Float, beside: Mask) -> Float:
    """`(n, D)`: the most of each level's votes and of those beside it: on what is plain a frame is a level astray."""
    most = told.copy()
    most[:, 1:] = np.maximum(most[:, 1:], told[:, :-1] * beside[1:])
    most[:, :-1] = np.maximum(most[:, :-1], told[:, 1:] * beside[1:])
    return most


def pooled(told: Float, beside: Mask) -> Float:
    """`(n, D)` votes, each level's with those of the levels beside it, so that one frame that is sure gives up to 1.

    told: `(n, D)`. beside: `(D,)`, see settle. Frames that mean one surface seldom mean the same level of it, and the
    points of one frame that fall into a cell share its vote among themselves.
    """
    whole = told.copy()
    whole[:, 1:] += told[:, :-1] * beside[1:]
    whole[:, :-1] += told[:, 1:] * beside[1:]
    return whole / WHOLE_VOTE


def _least(cost: Float, beside: Mask) -> Float:
    """`(R, n)`: each cell's least cost in each of the R stretches of levels. cost: `(n, D)`; beside: see settle."""
    starts = np.append(np.flatnonzero(~beside), len(beside))
    return np.stack([cost[:, first:end].min(axis=1) for first, end in pairwise(starts)])


def _witnessed(
    least: Float, best: npt.NDArray[np.intp], runs: npt.NDArray[np.intp], rim: Mask, told: Float | None
) -> Mask:
    """`(n,)`: whether a frame is SURE of each cell's best level, or the target itself tells it from all levels of other
    stretches; where no frame was asked, whether the frames tell it from those.

    least: see _least. best: `(n,)` levels. runs: `(D,)`, which stretch each level is one of. rim: `(n,)` known cells.
    told: `(n, D)` pooled votes.
    """
    row, others = np.arange(len(best)), least.copy()
    others[runs[best], row] = np.inf
    clear = others.min(axis=0) - least[runs[best], row] > DENIED - AGREED
    return np.asarray(clear if told is None else np.where(rim, clear, told[row, best] > SURE), bool)


def _between_levels(total: Float, best: npt.NDArray[np.intp], levels: Array, beside: Mask) -> Array:
    """The best level of each row, moved by the parabola through its neighbours, where it has two of them."""
    inner = beside & np.append(beside[1:], False)
    middle = np.where(inner[best], best, 1)
    row = np.arange(len(total))
    before, at, after = (total[row, middle + by].astype(np.float64) for by in (-1, 0, 1))
    move = np.clip(0.5 * (before - after) / np.maximum(before - 2 * at + after, 1e-6), -0.5, 0.5)
    return np.asarray(levels[best] + np.where(inner[best], move, 0) * np.diff(levels).min())


def _refined(raster: Raster, active: Mask, pixels: Pixels, spacing: float) -> Array:
    """From the raster to pixels: interpolated on a surface; at an edge, what suits the pixel best."""
    coarse, known, step = raster.nearness, raster.known, raster.step
    rows, columns = np.nonzero(active)
    y, x = (rows - step // 2) / step, (columns - step // 2) / step
    y0, x0 = np.floor(y).astype(int), np.floor(x).astype(int)
    tried, share = np.zeros((len(rows), 4)), np.zeros((len(rows), 4))
    for j, (dy, dx) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        r, c = np.clip(y0 + dy, 0, coarse.shape[0] - 1), np.clip(x0 + dx, 0, coarse.shape[1] - 1)
        tried[:, j] = coarse[r, c]
        share[:, j] = np.abs(1 - dy - (y - y0)) * np.abs(1 - dx - (x - x0)) * known[r, c] + 1e-6 * known[r, c]
    lost = share.sum(axis=1) <= 0
    if lost.any():
        filled = coarse.ravel()[nearest(known)[1]]
        tried[lost] = filled[np.clip(y0[lost], 0, coarse.shape[0] - 1), np.clip(x0[lost], 0, coarse.shape[1] - 1), None]
        share[lost] = 0.25
    here = share > 0
    top, bottom = np.where(here, tried, -1e9).max(axis=1), np.where(here, tried, 1e9).min(axis=1)
    out = (tried * share).sum(axis=1) / share.sum(axis=1)
    edge = np.nonzero(top - bottom > SMOOTH * spacing)[0]
    if len(edge):
        cost = pixels.judged(rows[edge], columns[edge], tried[edge]) - OWN_CELL * share[edge]
        out[edge] = tried[edge, np.where(here[edge], cost, 1e9).argmin(axis=1)]
    full = np.zeros(active.shape)
    full[rows, columns] = out
    return full
