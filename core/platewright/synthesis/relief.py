"""The relief of what a hole hides: how near each pixel is, from coarse cells to pixels.

Sources are looked at as parts of their luma, the exposure taken out; a large hole is swept on a coarser raster, so
that the cost follows the hole's area slowly, and each pixel then chooses among what the cells around it found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .motion import Chain
from .parallax import Parallax
from .sweep import disagreement, settle
from .views import View

__all__ = ["Looks", "levels_of", "looks_of", "nearness_of"]

Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

CELLS = 16_000
"""Pixels swept at all levels; a larger hole is swept on a raster of about so many."""
MOST_LEVELS = 64
MARGIN = 3
"""Levels to either side of a point's that are tried: what is hidden may be a little nearer or farther."""
STRAY = 0.01
"""Share of the points at either end that are not believed."""
OWN_CELL = 0.3
"""How much a pixel would rather have its own cell's nearness than the next one's."""
SMOOTH = 2.5
"""Levels within which the cells around a pixel show one surface, which is then interpolated."""
SEEN_BIAS = 0.004
"""Tone-space exposure difference under which there is none."""

AGREED, DENIED = 0.25, 0.6
"""Costs under which the frames agree on a level, and over which they do not."""
NEARER = np.float32(0.12)
"""How much better the farthest level must be than the nearest to be seen in its stead."""


@dataclass(frozen=True)
class Looks:
    """Parts of the frames that are looked at.

    luma: `(S, h, w) float32`, NaN where it must not be used; corners: `(S, 2) float64` plate coordinates (x, y) of
    their first pixels; cameras: `(S, 3, 4)`.
    """

    luma: Float
    corners: Array
    cameras: Array


def levels_of(parallax: Parallax, around: Box, judges: list[int]) -> Array:
    """`(D,)` nearness to try, ascending: what the points around the hole have, in steps of a pixel of motion.

    judges: numbers of the frames that will be looked at; a step is a pixel in that which sees most parallax. Between
    nearnesses that nothing around the hole has, nothing is looked for, unless they lie close together.
    """
    x, y = parallax.points.T
    inside = (x >= around.x0) & (x < around.x1) & (y >= around.y0) & (y < around.y1)
    middle = np.array([(around.x0 + around.x1) / 2, (around.y0 + around.y1) / 2, 1.0])
    step = 1.0 / max(parallax.speed(number, middle) for number in judges)
    there = np.sort(parallax.nearness[inside])
    there = there[int(STRAY * len(there)) : len(there) - int(STRAY * len(there))]
    while True:
        reach = np.arange(-int(MARGIN), int(MARGIN) + 1)
        found = np.unique((np.round(there / step).astype(int)[:, None] + reach).ravel())
        if len(found) <= MOST_LEVELS:
            return np.asarray(found * step)
        step *= 1.1


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
    luma = np.full((len(parts), max(2, height), max(2, width)), np.nan, np.float32)
    for row, source, part in zip(luma, sources, parts, strict=True):
        if not part.is_empty:
            seen = source.luma(part)[part.slices_in(source.box)] + np.float32(_bias(chain, target, source))
            row[: part.height, : part.width] = np.where(source.usable(part), seen, np.float32(np.nan))
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


def nearness_of(view: View, box: Box, wanted: Mask, known: Mask, looks: Looks, levels: Array) -> Array:
    """`(H, W) float64` nearness of the pixels that are wanted or known, over `box`; 0 elsewhere.

    known: where the target's own pixels tell how near they are; they hold the relief at the rim.
    """
    active = wanted | known
    step = max(1, math.ceil(math.sqrt(active.sum() / CELLS)))
    luma = np.zeros(active.shape, np.float32)
    inside = box & view.box
    luma[inside.slices_in(box)] = view.luma(inside)[inside.slices_in(view.box)]

    def judged(rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], tried: Array, own: bool = True) -> Float:
        cost = np.empty((len(rows), tried.shape[1]), np.float32)
        disagreement(
            columns + box.x0, rows + box.y0, (known[rows, columns] & own).astype(np.uint8), luma[rows, columns],
            looks.luma, looks.corners, looks.cameras, tried, cost,
        )  # fmt: skip
        return cost

    half = step // 2
    rows, columns = np.nonzero(active[half::step, half::step])
    if not len(rows):
        return np.zeros(active.shape)
    place = np.full(active[half::step, half::step].shape, -1, np.int32)
    place[rows, columns] = np.arange(len(rows))
    rows_at, columns_at = rows * step + half, columns * step + half
    cost, total = judged(rows_at, columns_at, levels[None]), np.empty((len(rows), len(levels)), np.float32)
    spacing = float(np.diff(levels).min())
    beside = np.concatenate([[False], np.diff(levels) < 1.5 * spacing])
    rim = known[rows_at, columns_at]
    cost += _nearer_first(cost[rim], judged(rows_at[rim], columns_at[rim], levels[None], False))
    settle(cost, place, beside, total)
    coarse = np.zeros(place.shape)
    coarse[rows, columns] = _between_levels(total, levels, beside)
    if step == 1:
        return coarse
    return _refined(coarse, place >= 0, active, step, judged, spacing)


def _nearer_first(seen: Float, hidden: Float) -> Float:
    """`(D,)` to add to the cost of each level, so that of two surfaces at a pixel that both agree the nearer is seen.

    Nearness has no sign of its own; what is known to be hidden has. seen, hidden: `(n, D)` costs of rim pixels with
    and without the target's own pixel. A level at which the frames agree on something, and not on what the target
    shows, is a surface behind.
    """
    depth = seen.shape[1]
    ramp = np.arange(depth, dtype=np.float32) / np.float32(max(1, depth - 1))
    if not len(seen):
        return np.zeros(depth, np.float32)
    best = seen.argmin(axis=1)
    sure = seen.min(axis=1) < AGREED
    behind = (hidden < AGREED) & (seen > DENIED) & sure[:, None]
    away = np.sign(np.arange(depth)[None] - best[:, None]) * behind
    votes = np.sign(away.sum(axis=1))
    balance, total = float(votes.sum()), float(np.abs(votes).sum())
    if abs(balance) < 4 * math.sqrt(total) or total < 30:
        return np.zeros(depth, np.float32)
    return NEARER * (ramp if balance > 0 else 1 - ramp)


def _between_levels(total: Float, levels: Array, beside: Mask) -> Array:
    """The best level of each row, moved by the parabola through its neighbours, where it has two of them."""
    best = total.argmin(axis=1)
    inner = beside & np.append(beside[1:], False)
    middle = np.where(inner[best], best, 1)
    row = np.arange(len(total))
    before, at, after = (total[row, middle + by].astype(np.float64) for by in (-1, 0, 1))
    move = np.clip(0.5 * (before - after) / np.maximum(before - 2 * at + after, 1e-6), -0.5, 0.5)
    return np.asarray(levels[best] + np.where(inner[best], move, 0) * np.diff(levels).min())


def _refined(coarse: Array, known: Mask, active: Mask, step: int, judged, spacing: float) -> Array:  # type: ignore[no-untyped-def]
    """From the raster to pixels: interpolated on a surface; at an edge, what suits the pixel best."""
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
        filled = _nearest(coarse, known)
        tried[lost] = filled[np.clip(y0[lost], 0, coarse.shape[0] - 1), np.clip(x0[lost], 0, coarse.shape[1] - 1), None]
        share[lost] = 0.25
    here = share > 0
    top, bottom = np.where(here, tried, -1e9).max(axis=1), np.where(here, tried, 1e9).min(axis=1)
    out = (tried * share).sum(axis=1) / share.sum(axis=1)
    edge = np.nonzero(top - bottom > SMOOTH * spacing)[0]
    if len(edge):
        cost = judged(rows[edge], columns[edge], tried[edge]) - OWN_CELL * share[edge]
        out[edge] = tried[edge, np.where(here[edge], cost, 1e9).argmin(axis=1)]
    full = np.zeros(active.shape)
    full[rows, columns] = out
    return full


def _nearest(values: Array, known: Mask) -> Array:
    """Each cell's value, or that of the nearest known one."""
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(int(labels.max()) + 1)
    table[labels[known]] = values[known]
    return np.asarray(table[labels])
