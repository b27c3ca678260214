"""Steps of diffusion over a list of pixels: what softens them by a covariance, or sharpens them against it."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from .rows import least, most
from .softening import BEYOND

__all__ = ["APART", "Raster", "diffuse", "grain_left"]

Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]

APART = 2
"""Pixels between which it is sharpened: between neighbours that would be grain more than picture."""
GRAIN = 0.5
"""Sigma in pixels of a film-like grain's softness."""


@dataclass(frozen=True)
class Raster:
    """A list of pixels in their places: `rows`, `columns (n,) int32`, and `index (H, W) int32` back to the list, -1
    where none is, as on the border, APART wide."""

    rows: npt.NDArray[np.int32]
    columns: npt.NDArray[np.int32]
    index: npt.NDArray[np.int32]

    @classmethod
    def of(cls, xs: npt.NDArray[np.int32], ys: npt.NDArray[np.int32]) -> Raster:
        """Of the plate's pixels at `xs, ys (n,)`."""
        rows, columns = (places - places.min() + np.int32(APART) for places in (ys, xs))
        index = np.full((int(rows.max()) + APART + 1, int(columns.max()) + APART + 1), -1, np.int32)
        index[rows, columns] = np.arange(len(rows), dtype=np.int32)
        return cls(rows, columns, index)


def diffuse(look: Float, valid: npt.NDArray[np.uint8], places: Raster, by: Array, steps: int = 1) -> None:
    """Take a look on by steps of the covariance `by (2, 2)` each, in square pixels, in place; where that is below 0,
    sharpen it, APART. It stays within the range of the pixels around, sharpened a little beyond: a slanted step has
    weights below 0.

    look: `(n, 3)` scene-linear; valid: `(n,)`. Where a neighbour is missing, it counts as the pixel itself.
    """
    apart = _apart(by)
    corner, upright, along = by[0, 1] / 4, by[1, 1] / 2, by[0, 0] / 2
    stencil = [[corner, upright, -corner], [along, 0.0, along], [-corner, upright, corner]]
    weights, spare = (np.array(stencil) / apart**2).astype(np.float32), np.empty_like(look)
    for _ in range(steps):
        _diffuse(look, valid, places.rows, places.columns, places.index, weights, apart, spare)
        look[:] = spare


def grain_left(*by: tuple[Array, int]) -> float:
    """Of a film-like grain's variance, what steps of diffusion leave: each a covariance and how often."""
    w = np.pi * (np.arange(16) + 0.5) / 16
    across, down = np.meshgrid(np.concatenate([-w[::-1], w]), w)
    power = np.exp(-(GRAIN**2) * (across**2 + down**2))
    passed = np.ones_like(power)
    for covariance, steps in by:
        apart = _apart(covariance)
        x, y = across * apart, down * apart
        straight = covariance[0, 0] * (np.cos(x) - 1) + covariance[1, 1] * (np.cos(y) - 1)
        passed *= (1 + (straight - covariance[0, 1] * np.sin(x) * np.sin(y)) / apart**2) ** steps
    return float((power * passed**2).sum() / power.sum())


def _apart(by: Array) -> int:
    return APART if by[0, 0] + by[1, 1] < 0 else 1


@numba.njit(cache=True, nogil=True)
def _diffuse(look, valid, rows, columns, index, weights, apart, out):  # type: ignore[no-untyped-def]
    """One step, within the range of the pixels around; sharpened, a little beyond."""
    for i in range(len(look)):
        r, c = rows[i], columns[i]
        for k in range(3):
            here = look[i, k]
            more, low, high = np.float32(0.0), here, here
            if valid[i]:
                for dy in range(3):
                    for dx in range(3):
                        j = index[r + apart * (dy - 1), c + apart * (dx - 1)]
                        if j >= 0 and valid[j]:
                            there = look[j, k]
                            more += weights[dy, dx] * (there - here)
                            low, high = least(low, there), most(high, there)
            value = here + more
            if apart > 1:
                low, high = low - BEYOND * abs(low), high + BEYOND * abs(high)
            out[i, k] = least(most(value, low), high)
