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

from .slices import in_slices

__all__ = ["along_lines"]

Floats = npt.NDArray[np.float32]
Steps = npt.NDArray[np.int64]

_ARM = 6  # pixels to each side: longer ones leave a sagging wire
_DIRECTIONS = 12
_NEARLY_ALL, _MARGIN = 0.995, 1.1  # of the lines of chance, and how far beyond them a line must be
_SURE = 3.0  # times that, at its clearest place: what is faint all along may be the rim of a cloud
_LEAST = 0.05  # coverage that is worth keeping


def _offsets() -> Steps:
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
    proven = _long((line > enough).astype(np.uint8), line > _SURE * enough)
    return np.where(proven, shown, np.float32(0)).astype(np.float32)


def _long(marked: npt.NDArray[np.uint8], sure: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(H, W) the marked pieces of at least a line's length that are sure somewhere."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    kept = np.zeros(len(stats), np.bool_)
    kept[np.asarray(pieces)[sure]] = True
    kept &= stats[:, cv2.CC_STAT_AREA] >= 2 * _ARM
    kept[0] = False
    return np.asarray(kept[pieces], np.bool_)


def _best(coverage: Floats, sky: npt.NDArray[np.uint8], steps: Steps) -> tuple[Floats, Floats]:
    """(H, W) the largest, over the directions, of the least of both arms' and the middle's mean; and its opposite's.

    Both 0 outside the sky, and the first where nothing is covered. The opposite is looked for on every second row
    only: enough to know what chance does.
    """
    height, width = coverage.shape
    best, opposite = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    inside = min(height, width) > 2 * _ARM
    if inside:
        rows = height - 2 * _ARM
        in_slices(rows, 64, lambda a, b: _along_rows(coverage, sky, steps, best, opposite, a + _ARM, b + _ARM))
    _at_the_rim(coverage, sky, steps, best, opposite, inside)
    return best, opposite


@numba.njit(cache=True, nogil=True)
def _along_rows(coverage, sky, steps, best, opposite, start, stop):  # type: ignore[no-untyped-def]
    """Both results of whole rows, a picture's rim apart: each step of a direction is a loop over memory in line."""
    width = coverage.shape[1]
    near, far, middle = np.empty(width, np.float32), np.empty(width, np.float32), np.empty(width, np.float32)
    arm = steps.shape[2]
    for y in range(start, stop):
        first, last = arm, width - arm
        while first < last and sky[y, first] == 0:
            first += 1
        while last > first and sky[y, last - 1] == 0:
            last -= 1
        count = last - first
        if count == 0:
            continue
        top, bottom, here = best[y, first:last], opposite[y, first:last], coverage[y, first:last]
        for k in range(steps.shape[0]):
            for i in range(count):
                middle[i] = here[i]
                near[i] = far[i] = np.float32(0)
            for t in range(arm):
                down, right = steps[k, 0, t, 0], steps[k, 0, t, 1]
                ahead = coverage[y + down, first + right : last + right]
                behind = coverage[y - down, first - right : last - right]
                for i in range(count):
                    near[i] += ahead[i]
                    far[i] += behind[i]
                if t == 0:
                    for i in range(count):
                        middle[i] += ahead[i] + behind[i]
            for i in range(count):
                least = near[i] if near[i] < far[i] else far[i]
                least *= np.float32(1 / 6)
                third = middle[i] * np.float32(1 / 3)
                least = least if least < third else third
                top[i] = least if least > top[i] else top[i]
            if y % 2:
                continue
            for i in range(count):
                most = near[i] if near[i] > far[i] else far[i]
                most *= np.float32(1 / 6)
                third = middle[i] * np.float32(1 / 3)
                most = most if most > third else third
                bottom[i] = -most if -most > bottom[i] else bottom[i]
        for i in range(count):
            top[i] = min(top[i], np.float32(1)) if sky[y, first + i] and here[i] > 0 else np.float32(0)


@numba.njit(cache=True, nogil=True)
def _at_the_rim(coverage, sky, steps, best, opposite, rim_only):  # type: ignore[no-untyped-def]
    """Both results where a line may leave the picture: what is left of an arm counts, if it is half of it."""
    height, width = coverage.shape
    arm = steps.shape[2]
    for y in range(height):
        in_between = rim_only and arm <= y < height - arm
        for x in range(width):
            if (in_between and arm <= x < width - arm) or not sky[y, x]:
                continue
            top = bottom = np.float32(0)
            for k in range(steps.shape[0]):
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
            best[y, x] = min(top, np.float32(1)) if coverage[y, x] > 0 else np.float32(0)
            opposite[y, x] = bottom
