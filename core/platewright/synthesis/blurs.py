"""A look that is blurred otherwise than the target is made as soft, or nearly as sharp, as the target.

The camera's motion tells beforehand which frames are smeared otherwise, see shutter, but not how long the shutter was
open, nor anything of focus. Around the hole both frames show the same, and there it can be measured.

Method: to blur is to diffuse. Where the covariances of two blurs differ by D, in square pixels, the pictures differ by
D / 2 times their second derivatives, to first order: three unknowns, fitted to the tones around the hole. A look is
softened by steps of that diffusion, and sharpened by steps against it, as far as grain allows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .alignment import Surround
from .diffusion import Raster, diffuse, grain_left
from .rows import cubic
from .shutter import alike
from .views import View

__all__ = ["LIKELY", "Blur", "Unlike", "measured"]

Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]

MOST_POINTS = 3000
"""Points that are compared, of those that the alignment compares."""
FEWEST = 200
STRIDE = 2
"""Pixels between the tones that a second derivative is taken of: between neighbours, grain rules."""
MARGIN = 4
"""Pixels around a point that must be background in both frames."""
LIKELY = 0.8
"""Likeness, told from the camera's motion, from which on nothing is measured."""
SEEN = 0.5
"""Square pixels by which blurs must differ to be seen."""
EXPLAINS = 0.92
"""Of the mean square between two frames, what the difference in blur must leave at most, or it is none."""
SOFTER, SHARPER = 1.6, 3.0
"""Square pixels by which a look may be softened, and sharpened."""
STEP, TURN = 0.4, 1.2
"""Square pixels that one step of diffusion may take, and one against it, which doubles the variance of grain or so."""
DOUBTED = 0.25
"""Of what is sharpened, the part that counts as still different: a blur is more than its covariance."""
_ROUNDS = 4


@dataclass(frozen=True)
class Unlike:
    """How an aligned look differs from the target in blur.

    difference: `(2, 2)` covariance in square pixels, target less look. leaves: of the mean square between the two, what
    that does not explain.
    """

    difference: Array
    leaves: float

    @property
    def likeness(self) -> float:
        """0 to 1, as in shutter, of a look that is left as it is."""
        return alike(float(np.linalg.norm(self.difference))) if self.seen else 1.0

    @property
    def seen(self) -> bool:
        """Whether it is so much that it can be seen, and nothing else."""
        return self.leaves <= EXPLAINS and float(np.abs(np.linalg.eigvalsh(self.difference)).max()) >= SEEN


@dataclass(frozen=True)
class Blur:
    """What of a difference in blur is made good.

    soften: `(2, 2)` covariance of each of `steps`; sharpen: likewise, 0 or less, of each of `turns`. likeness: 0 to 1,
    as in shutter, of what stays different. grain: of its variance, what all these leave.
    """

    soften: Array
    steps: int
    sharpen: Array
    turns: int
    likeness: float
    grain: float

    @classmethod
    def of(cls, difference: Array, strength: float = 1.0) -> Blur:
        """difference: `(2, 2)`, of an Unlike. strength: 0 to 1, how far it is made good."""
        sizes, axes = np.linalg.eigh(difference)
        made = np.clip(sizes * strength, -SHARPER, SOFTER)
        softer, sharper = np.maximum(made, 0), np.minimum(made, 0)
        steps, turns = math.ceil(float(softer.max()) / STEP), math.ceil(-float(sharper.min()) / TURN)
        soften, sharpen = (axes * softer) @ axes.T / max(1, steps), (axes * sharper) @ axes.T / max(1, turns)
        off = float(np.linalg.norm(sizes - made) + DOUBTED * np.linalg.norm(sharper))
        return cls(soften, steps, sharpen, turns, alike(off) ** strength, grain_left((soften, steps), (sharpen, turns)))

    @property
    def worth(self) -> float:
        """0 to 1: what a look so made counts for in a mean: the less, the more grain sharpening gave it."""
        return self.likeness / max(1.0, self.grain)

    def match(self, look: Float, valid: npt.NDArray[np.uint8], places: Raster) -> None:
        """Soften or sharpen a look in place. look: `(n, 3)` scene-linear; valid: `(n,)`."""
        diffuse(look, valid, places, self.soften, self.steps)
        diffuse(look, valid, places, self.sharpen, self.turns)


def measured(held: Surround, source: View, matrix: Array) -> Unlike | None:
    """How an aligned source is blurred against the target whose surround it is; None where too little can be seen."""
    table = _compared(held, source, matrix)
    return None if table is None else Unlike(*_fitted(table))


def _compared(held: Surround, source: View, matrix: Array) -> Array | None:
    """`(6, n)`: source less target tone; the second derivatives xx, yy and twice xy, the mean of both frames; and what
    another exposure would add: a parabola of their mean tone."""
    step = max(1, -(-len(held.xs) // MOST_POINTS))
    xs, ys = np.ascontiguousarray(held.xs[::step]), np.ascontiguousarray(held.ys[::step])
    there = matrix @ np.stack([xs, ys, np.ones(len(xs))])
    with np.errstate(divide="ignore", invalid="ignore"):
        there = np.clip(np.nan_to_num(there[:2] / there[2]), -1e6, 1e6)
    around, reach = _around(xs, ys) & held.view.box, _around(*there) & source.box
    if around.is_empty or reach.is_empty:
        return None
    table = np.empty((6, len(xs)))
    view = held.view
    count = _compare(
        xs, ys, np.ascontiguousarray(matrix, np.float64), view.luma(around), view.box.x0, view.box.y0,
        view.background, view.hidden_box.x0, view.hidden_box.y0, source.luma(reach), source.box.x0, source.box.y0,
        source.background, source.hidden_box.x0, source.hidden_box.y0, table,
    )  # fmt: skip
    if count < FEWEST:
        return None
    table = table[:, :count]
    table[0] -= np.median(table[0])
    table[4] -= table[4].mean()
    table[5] = table[4] ** 2
    return table


def _around(xs: Array, ys: Array) -> Box:
    """What must be ready of a picture, for these points to be compared."""
    by = MARGIN + 2
    return Box(
        math.floor(float(xs.min())) - by, math.floor(float(ys.min())) - by,
        math.ceil(float(xs.max())) + by + 1, math.ceil(float(ys.max())) + by + 1,
    )  # fmt: skip


def _fitted(table: Array) -> tuple[Array, float]:
    """The difference of the covariances `(2, 2)`, and what it leaves of the mean square."""
    off, basis = table[0], table[1:]
    found, left, usual, weights = np.zeros(5), off, 0.0, np.ones(len(off))
    for _ in range(_ROUNDS):
        usual = 4 * max(float(np.median(np.abs(left))), 1e-4)
        weights = 1 / (1 + (left / usual) ** 2) ** 2
        found = _solved(off, basis, weights)
        left = off - (found[:, None] * basis).sum(axis=0)
    lit = off - (_solved(off, basis[3:], weights)[:, None] * basis[3:]).sum(axis=0)
    before, after = (float(np.minimum(values**2, (2 * usual) ** 2).mean()) for values in (lit, left))
    xx, yy, xy = -2 * found[:3]
    return np.array([[xx, xy], [xy, yy]]), after / max(before, 1e-12)


def _solved(off: Array, basis: Array, weights: Array) -> Array:
    """`(k,)` shares of a `basis (k, n)` in what is off. Sums of arrays and no products of matrices, whose library has
    threads of its own."""
    weighted = basis * weights
    system = (weighted[:, None] * basis).sum(axis=2)
    return np.linalg.solve(system + 1e-9 * np.eye(len(basis)), (weighted * off).sum(axis=1))


@numba.njit(cache=True, nogil=True)
def _compare(  # type: ignore[no-untyped-def]
    xs, ys, matrix, mine, ox, oy, covered, cx0, cy0, theirs, sx, sy, blocked, bx0, by0, table
):
    """Fill five rows of `table` with the points that lie free in both frames; returns how many do."""
    count = 0
    for i in range(len(xs)):
        x, y = int(xs[i]), int(ys[i])
        if not _free(x - ox, y - oy, mine, x - cx0, y - cy0, covered):
            continue
        w = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
        if not w > 0:
            continue
        u = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / w
        v = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / w
        if not (abs(u) < 1e6 and abs(v) < 1e6):
            continue
        column, row = int(math.floor(u + 0.5)), int(math.floor(v + 0.5))
        if not _free(column - sx, row - sy, theirs, column - bx0, row - by0, blocked):
            continue
        # How the source's coordinates change with the target's.
        ax, bx = (matrix[0, 0] - matrix[2, 0] * u) / w * STRIDE, (matrix[0, 1] - matrix[2, 1] * u) / w * STRIDE
        ay, by = (matrix[1, 0] - matrix[2, 0] * v) / w * STRIDE, (matrix[1, 1] - matrix[2, 1] * v) / w * STRIDE
        if not (abs(ax) + abs(bx) <= MARGIN and abs(ay) + abs(by) <= MARGIN):
            continue
        u, v, x, y = u - sx, v - sy, x - ox, y - oy
        h = STRIDE
        here, there = mine[y, x], _looked_up(theirs, u, v)
        xx = mine[y, x - h] + mine[y, x + h] - 2 * here
        xx += _between(theirs, u - ax, v - ay) + _between(theirs, u + ax, v + ay) - 2 * there
        yy = mine[y - h, x] + mine[y + h, x] - 2 * here
        yy += _between(theirs, u - bx, v - by) + _between(theirs, u + bx, v + by) - 2 * there
        xy = mine[y + h, x + h] + mine[y - h, x - h] - mine[y - h, x + h] - mine[y + h, x - h]
        xy += _between(theirs, u + ax + bx, v + ay + by) + _between(theirs, u - ax - bx, v - ay - by)
        xy -= _between(theirs, u + ax - bx, v + ay - by) + _between(theirs, u - ax + bx, v - ay + by)
        if not math.isfinite(there + here + xx + yy + xy):
            continue
        table[0, count] = there - here
        table[1, count], table[2, count] = xx / (2 * h * h), yy / (2 * h * h)
        table[3, count] = xy / (4 * h * h)
        table[4, count] = (here + there) / 2
        count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _free(x, y, luma, column, row, blocked):  # type: ignore[no-untyped-def]
    """Whether a point of a frame, and what is MARGIN around it, is in the picture and background."""
    if not (MARGIN + 1 <= x < luma.shape[1] - MARGIN - 2 and MARGIN + 1 <= y < luma.shape[0] - MARGIN - 2):
        return False
    for dy in range(-MARGIN, MARGIN + 1, 2):  # the thinnest hole, a wire's with its guard, is three pixels wide
        for dx in range(-MARGIN, MARGIN + 1, 2):
            r, c = row + dy, column + dx
            if 0 <= r < blocked.shape[0] and 0 <= c < blocked.shape[1] and blocked[r, c] != 0:
                return False
    return True


@numba.njit(cache=True, nogil=True)
def _between(luma, u, v):  # type: ignore[no-untyped-def]
    """A tone between four pixels, linearly."""
    x, y = int(u), int(v)
    fx, fy = u - x, v - y
    top = luma[y, x] * (1 - fx) + luma[y, x + 1] * fx
    return top * (1 - fy) + (luma[y + 1, x] * (1 - fx) + luma[y + 1, x + 1] * fx) * fy


@numba.njit(cache=True, nogil=True)
def _looked_up(luma, u, v):  # type: ignore[no-untyped-def]
    """A tone between sixteen pixels, by a cubic: four soften it, which is what is asked for here."""
    x, y = int(u), int(v)
    a = cubic(np.float32(u - x))
    b = cubic(np.float32(v - y))
    total = np.float32(0.0)
    for j in range(4):
        line = luma[y - 1 + j]
        total += b[j] * (a[0] * line[x - 1] + a[1] * line[x] + a[2] * line[x + 1] + a[3] * line[x + 2])
    return total
