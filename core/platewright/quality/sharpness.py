"""Sharpness: whether the region's edges are as steep as those of the plate beside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from .looks import toned

__all__ = ["sharpness"]

Picture = npt.NDArray[np.float32]

MOST = 30_000
FEWEST = 64
STRONGEST = 0.75
"""Only the strongest quarter of the places is used: there are the edges, elsewhere is grain."""
STEEPEST = 0.9
"""Of those places few lie on the edge itself: this quantile of their steepness is taken."""
LEAST = 0.02
"""Contrast in tone space, over FAR pixels on each side, under which a place holds no edge."""
NEAR, FAR = 1, 4


def sharpness(comp: Picture, alpha: npt.NDArray[np.float32]) -> float | None:
    """Steepness of the edges inside over that outside; 1 is alike, 0.5 half as steep, None without edges on a side.

    comp: `(H, W, 3) float32`, scene-linear, the blended picture; alpha: `(H, W) float32`. Steepness is the contrast
    over 2 pixels in that over 8 pixels, so it does not depend on how strong the edges are.
    """
    stride = max(1, int(np.ceil(np.sqrt(alpha.size / MOST))))
    grid = ((alpha.shape[0] // stride) + 1) * ((alpha.shape[1] // stride) + 1)
    near, far, side = np.zeros(2 * grid, np.float32), np.zeros(2 * grid, np.float32), np.zeros(2 * grid, np.uint8)
    count = _contrasts(
        np.ascontiguousarray(comp, np.float32), np.ascontiguousarray(alpha, np.float32), stride, near, far, side
    )
    outside = _steepness(near[:count][side[:count] == 0], far[:count][side[:count] == 0])
    inside = _steepness(near[:count][side[:count] == 1], far[:count][side[:count] == 1])
    return None if not inside or not outside else inside / outside


def _steepness(near: Picture, far: Picture) -> float | None:
    if len(far) < FEWEST:
        return None
    strong = far >= max(float(np.quantile(far, STRONGEST)), LEAST)
    if np.count_nonzero(strong) < FEWEST // 4:
        return None
    return float(np.quantile(near[strong] / far[strong], STEEPEST))


@njit(cache=True, nogil=True)
def _light(comp: Picture, y: int, x: int) -> float:
    return float(toned((comp[y, x, 0] + comp[y, x, 1] + comp[y, x, 2]) / np.float32(3.0)))


@njit(cache=True, nogil=True)
def _contrasts(
    comp: Picture, alpha: Picture, stride: int, near: Picture, far: Picture, side: npt.NDArray[np.uint8]
) -> int:
    """Contrast across and down at a grid of places that lie wholly inside (side 1) or outside (0); how many."""
    count = 0
    for y in range(FAR, comp.shape[0] - FAR, stride):
        for x in range(FAR, comp.shape[1] - FAR, stride):
            inside = alpha[y, x] > 0
            for k in range(2):
                dy, dx = (0, 1) if k == 0 else (1, 0)
                first = alpha[y - FAR * dy, x - FAR * dx] > 0
                last = alpha[y + FAR * dy, x + FAR * dx] > 0
                if first != inside or last != inside:
                    continue
                small = _light(comp, y + NEAR * dy, x + NEAR * dx) - _light(comp, y - NEAR * dy, x - NEAR * dx)
                large = _light(comp, y + FAR * dy, x + FAR * dx) - _light(comp, y - FAR * dy, x - FAR * dx)
                if np.isfinite(small) and np.isfinite(large):
                    near[count] = abs(small)
                    far[count] = abs(large)
                    side[count] = 1 if inside else 0
                    count += 1
    return count
