"""Wires and twigs that no single pixel proves: faint coverage that goes on along a line.

A wire of a third of a pixel changes each pixel by little more than its grain, but it changes many in a row. So the
raw coverage is averaged along short lines in twelve directions; a line counts where its middle and both its arms
are covered, so that neither an edge nor a gap between two walls makes one. What chance and the sky's own texture do
is read from the lines of the opposite sign: a sky makes as many that lie on the far side of its colour from the
foreground, wires make none.
"""

from __future__ import annotations

import math

import cv2
import numba
import numpy as np
import numpy.typing as npt

__all__ = ["along_lines"]

Floats = npt.NDArray[np.float32]

_ARM = 6  # pixels to each side: longer ones leave a sagging wire
_DIRECTIONS = 12
_NEARLY_ALL, _MARGIN = 0.995, 1.1  # of the lines of chance, and how far beyond them a line must be
_LEAST = 0.05  # coverage that is worth keeping


def _offsets() -> npt.NDArray[np.int64]:
    """(directions, 2 arms, pixels, 2) steps down and to the right."""
    steps = np.empty((_DIRECTIONS, 2, _ARM, 2), np.int64)
    for k in range(_DIRECTIONS):
        angle = math.pi * k / _DIRECTIONS
        for t in range(1, _ARM + 1):
            down, right = round(t * math.sin(angle)), round(t * math.cos(angle))
            steps[k, 0, t - 1] = (down, right)
            steps[k, 1, t - 1] = (-down, -right)
    return steps


_STEPS = _offsets()


def along_lines(coverage: Floats, sky: npt.NDArray[np.uint8]) -> Floats:
    """(H, W) coverage of the lines that are surely there, 0 elsewhere.

    coverage: (H, W) raw share of foreground, noisy around 0 in the sky. sky: (H, W) 1 where a line may lie.
    """
    line, opposite = _best(coverage, sky, _STEPS)
    by_chance = opposite[::2, ::2][sky[::2, ::2] > 0]
    if by_chance.size < 100:
        return np.zeros_like(line)
    enough = max(_LEAST, _MARGIN * float(np.quantile(by_chance, _NEARLY_ALL)))
    # The average only proves the line; a slanting one leaves it half of its pixels. The pixel itself says how much.
    shown = np.maximum(line, np.minimum(coverage, 1))
    return np.where(_long((line > enough).astype(np.uint8)), shown, np.float32(0)).astype(np.float32)


def _long(marked: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """(H, W) the marked pieces of at least a line's length."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] >= 2 * _ARM
    kept[0] = False
    return np.asarray(kept[pieces], np.bool_)


@numba.njit(parallel=True, cache=True)
def _best(coverage, sky, steps):  # type: ignore[no-untyped-def]
    """(H, W) the largest, over the directions, of the least of both arms' and the middle's mean; and its opposite's."""
    height, width = coverage.shape
    best = np.zeros((height, width), np.float32)
    opposite = np.zeros((height, width), np.float32)
    directions, _, arm, _ = steps.shape
    for row in numba.prange(height):
        y = np.int64(row)
        for x in range(width):
            # A covered pixel may be a line's; of the others, one in four tells what chance does.
            if not sky[y, x] or (coverage[y, x] <= 0 and (y % 2 or x % 2)):
                continue
            top = bottom = np.float32(0)
            for k in range(directions):
                middle = coverage[y, x]
                least, most = np.float32(1e9), np.float32(-1e9)
                for side in range(2):
                    total, count = np.float32(0), 0
                    for t in range(arm):
                        j, i = y + steps[k, side, t, 0], x + steps[k, side, t, 1]
                        if 0 <= j < height and 0 <= i < width:
                            total += coverage[j, i]
                            count += 1
                            if t == 0:
                                middle += coverage[j, i]
                    if count > 2:
                        least, most = min(least, total / count), max(most, total / count)
                top = max(top, min(least, middle / 3))
                bottom = max(bottom, -max(most, middle / 3))
            best[y, x] = min(top, np.float32(1))
            opposite[y, x] = bottom
    return best, opposite
