"""Nearness to a fraction of a level: what a sweep told pixel by pixel, refined by the pixels around it together.

A sweep tells each pixel the level that suits it best, alone and to about a level; in the frames farthest away that is
a pixel, and the mean of the looks is soft. On one surface the pixels around know it far better together.

Method: a step of Gauss and Newton on the looks' difference (Lucas & Kanade 1981) at every pixel; then the plane through
the nearnesses of a window, each counted as much as its pixels tell it.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from .looks import Pixels
from .sweep import look_at

__all__ = ["evened"]

Array = npt.NDArray[np.float64]

REACH, EVERY = 8, 2
"""Pixels to either side that tell a pixel's nearness, of which every so manieth is asked."""
TURNS = 2
APART = 0.06
"""Tone-space difference at which a look counts a quarter: three grain sigmas of a fast stock in the shadows."""
HELD = 1e-6
"""What a pixel's nearness counts where its looks don't tell it, against the squares of their changes by a level."""


def evened(nearness: Array, there: npt.NDArray[np.bool_], within: float, level: float, pixels: Pixels) -> Array:
    """`nearness (H, W)` where it is `there (H, W)`, refined by the pixels around that lie `within` so much of it, and
    so on the same surface. level: least difference of two levels."""
    rows, columns = np.nonzero(there)
    box, looks = pixels.box, pixels.looks
    known, tones = pixels.known[rows, columns], pixels.luma[rows, columns]
    for _ in range(TURNS):
        told, counts = np.zeros(nearness.shape), np.zeros(nearness.shape)
        step, weight = np.zeros(len(rows)), np.zeros(len(rows))
        _steps(
            columns + box.x0, rows + box.y0, known, tones, looks.luma, looks.corners, looks.cameras,
            nearness[rows, columns], level, step, weight,
        )  # fmt: skip
        told[rows, columns], counts[rows, columns] = step, weight
        out = nearness.copy()
        _even(nearness, there, told, counts, rows, columns, within, level, out)
        nearness = out
    return nearness


@numba.njit(cache=True, nogil=True, parallel=True)
def _steps(xs, ys, known, tones, luma, corners, cameras, nearness, level, step, weight):  # type: ignore[no-untyped-def]
    """How far each pixel's nearness should move, in levels, times how well that is told; and how well."""
    frames = len(luma)
    for block in numba.prange((len(xs) + 255) // 256):
        values, slopes, shares = np.empty(frames), np.empty(frames), np.empty(frames)
        ends = np.empty(2)
        for i in range(block * 256, min(len(xs), (block + 1) * 256)):
            x, y = float(xs[i]), float(ys[i])
            count = 0
            for s in range(frames):
                camera = cameras[s]
                for end in range(2):
                    k = nearness[i] + (end - 0.5) * level
                    ends[end], _, _ = look_at(luma[s], corners[s], camera, x, y, k)
                if np.isfinite(ends[0] + ends[1]):
                    values[count] = 0.5 * (ends[0] + ends[1])
                    slopes[count] = ends[1] - ends[0]
                    count += 1
            if count < (1 if known[i] else 2):
                continue
            middle = tones[i] if known[i] else np.median(values[:count])
            total, mean, slope = 0.0, 0.0, 0.0
            for j in range(count):
                off = (values[j] - middle) / APART
                shares[j] = 1.0 / (1.0 + off * off) ** 2
                total += shares[j]
                mean += shares[j] * values[j]
                slope += shares[j] * slopes[j]
            mean, slope = (middle, 0.0) if known[i] else (mean / total, slope / total)
            for j in range(count):
                step[i] -= shares[j] * (values[j] - mean) * (slopes[j] - slope)
                weight[i] += shares[j] * (slopes[j] - slope) ** 2


@numba.njit(cache=True, nogil=True, parallel=True)
def _even(nearness, there, told, counts, rows, columns, within, level, out):  # type: ignore[no-untyped-def]
    height, width = nearness.shape
    for block in numba.prange((len(rows) + 255) // 256):
        for i in range(block * 256, min(len(rows), (block + 1) * 256)):
            r, c = rows[i], columns[i]
            middle = nearness[r, c]
            n, x, y, xx, xy, yy, z, xz, yz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for v in range(-REACH, REACH + 1, EVERY):
                for u in range(-REACH, REACH + 1, EVERY):
                    a, b = r + v, c + u
                    if not (0 <= a < height and 0 <= b < width) or not there[a, b]:
                        continue
                    off = nearness[a, b] - middle
                    if abs(off) > within:
                        continue
                    much = counts[a, b] + HELD
                    off = much * off / level + told[a, b]
                    n += much
                    x += much * u
                    y += much * v
                    xx += much * u * u
                    xy += much * u * v
                    yy += much * v * v
                    z += off
                    xz += u * off
                    yz += v * off
            # About their mean place; where they lie in a line they don't tell a slope across it.
            hold = n * REACH
            xx, xy, yy = xx - x * x / n + hold, xy - x * y / n, yy - y * y / n + hold
            xz, yz = xz - x * z / n, yz - y * z / n
            scale = xx * yy - xy * xy
            slope_x, slope_y = (yy * xz - xy * yz) / scale, (xx * yz - xy * xz) / scale
            move = (z - slope_x * x - slope_y * y) / n * level
            out[r, c] = middle + min(max(move, -within), within)
