"""Which of the things around a hole are planes: a wall, the ground, and whatever is far away.

A sweep tells a pixel's nearness to about a level, a pixel of motion in the frame farthest off, and where few frames
saw it by chance. What most of its surround lies on is told by thousands of pixels at once: far finer, and where the
hole's own pixels are told by nobody. On a plane, nearness is linear in the picture's coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .averages import boxed
from .levels import gaps_of
from .looks import Pixels
from .relief import AGREED, SMOOTH

__all__ = ["Planes"]

Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

FEWEST = 100
"""Pixels that must lie in a run of levels for a plane to be looked for in it."""
MOST = 0.5
"""Share of them that must lie on the plane within SMOOTH levels, for it to be worth a trial."""
OFF = 0.05
"""Share of them that may agree better, by AGREED, off the plane: bark and window sills are fewer, a hedge is half."""
ROUNDS = 20
WINDOW = 17
"""Pixels across within which the looks of all pixels of a run say together whether they lie on its plane."""


@dataclass(frozen=True)
class Planes:
    """A plane for each run of levels, of which nothing is tried between two.

    ends: `(R - 1,)` the nearness between two runs. reach: `(R, 2)` the least and most that a run's plane may have.
    surfaces: `(R, 3)`, a plane's nearness at plate coordinates is its product with `(x, y, 1)`; NaN for what is none.
    """

    ends: Array
    reach: Array
    surfaces: Array

    @classmethod
    def of(cls, xs: Places, ys: Places, nearness: Array, levels: Array) -> Planes:
        """The planes on which most of the pixels of a run lie, `xs`, `ys` and `nearness` all `(n,)`."""
        spacing, gaps = float(np.diff(levels).min()), gaps_of(levels)
        ends = (levels[gaps] + levels[gaps + 1]) / 2
        first, last = np.append(0, gaps + 1), np.append(gaps, len(levels) - 1)
        reach = np.column_stack([levels[first], levels[last]]) + SMOOTH * spacing * np.array([-1, 1])
        runs, surfaces = np.searchsorted(ends, nearness), np.full((len(gaps) + 1, 3), np.nan)
        for run in range(len(surfaces)):
            mine = runs == run
            if mine.sum() >= FEWEST:
                surfaces[run] = _fitted(xs[mine], ys[mine], nearness[mine], spacing)
        return cls(ends, reach, surfaces)

    @property
    def some(self) -> bool:
        """Whether there is a plane at all."""
        return bool(np.isfinite(self.surfaces).any())

    def at(self, xs: Places, ys: Places, nearness: Array) -> Array:
        """`(n,)` nearness of the planes that pixels `(n,)` lie nearest to; their own where that is none."""
        flat = self.surface_at(self.runs(nearness), xs, ys)
        return np.asarray(np.where(np.isfinite(flat), flat, nearness))

    def held(self, nearness: Array, own: Float, flat: Float) -> Planes:
        """Those on which the frames agree about pixels around the hole as well as at each one's own nearness.

        own, flat: `(n,)` their costs at their own nearness and on the planes.
        """
        runs, surfaces = self.runs(nearness), self.surfaces.copy()
        for run in range(len(surfaces)):
            mine = runs == run
            if not mine.any() or (flat - own > AGREED)[mine].mean() > OFF:
                surfaces[run] = np.nan
        return Planes(self.ends, self.reach, surfaces)

    def laid(self, nearness: Array, there: Mask, untold: Mask, pixels: Pixels) -> tuple[Array, Mask]:
        """Nearness `(H, W)` with what is `there (H, W)` on the planes, and which pixels are.

        All are but those that agree clearly better together as they are. untold: pixels that nobody testifies to, of
        which that would be chance.
        """
        rows, columns = np.nonzero(there)
        own = nearness[rows, columns]
        runs = self.runs(own)
        flat = self.surface_at(runs, columns + pixels.box.x0, rows + pixels.box.y0)
        on, planed = np.isfinite(flat), untold[rows, columns]
        cost = pixels.judged(rows, columns, np.column_stack([own, np.where(on, flat, own)]))
        for run in range(len(self.surfaces)):
            mine = on & (runs == run)
            better = boxed(there.shape, rows[mine], columns[mine], (cost[:, 1] - cost[:, 0])[mine], WINDOW)
            planed[mine] |= better[rows[mine], columns[mine]] < AGREED
        planed &= on
        out, which = nearness.copy(), np.zeros_like(there)
        out[rows[planed], columns[planed]] = flat[planed]
        which[rows, columns] = planed
        return out, which

    def runs(self, nearness: Array) -> npt.NDArray[np.intp]:
        """Which run each nearness lies in."""
        return np.searchsorted(self.ends, nearness)

    def order(self, nearer: int) -> list[int]:
        """The runs that are planes, the farthest first; none where nobody knows which is. nearer: see Raster."""
        planes = [run for run in range(len(self.surfaces)) if np.isfinite(self.surfaces[run]).all()]
        return planes[::nearer] if nearer else []

    def surface_at(self, runs: npt.NDArray[np.intp], xs: Places, ys: Places) -> Array:
        """`(n,)` nearness of the runs' planes; NaN where that is none, or where it has left its levels."""
        surfaces, reach = self.surfaces[runs], self.reach[runs]
        flat = surfaces[:, 0] * xs + surfaces[:, 1] * ys + surfaces[:, 2]
        return np.asarray(np.where((flat > reach[:, 0]) & (flat < reach[:, 1]), flat, np.nan))


def _fitted(xs: Places, ys: Places, nearness: Array, spacing: float) -> Array:
    """The plane `(3,)` that most pixels lie on, NaN where too few do; by least squares with Cauchy's weights."""
    places = np.column_stack([xs, ys, np.ones(len(xs))])
    surface: Array = np.zeros(3)
    off: Array = np.zeros(len(xs))
    for turn in range(ROUNDS):
        weight = 1 / (1 + (off / max(1.48 * float(np.median(off)), 0.1 * spacing)) ** 2) if turn else np.ones(len(xs))
        weighted = places * weight[:, None]
        surface = np.asarray(np.linalg.lstsq(weighted.T @ places, weighted.T @ nearness, rcond=None)[0], np.float64)
        off = np.abs(nearness - places @ surface)
    return np.asarray(surface if (off < SMOOTH * spacing).mean() > MOST else np.full(3, np.nan))
