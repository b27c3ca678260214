"""Flicker: how much a picture changes from frame to frame along its own motion, in the region and beside it.

The plate beside the region is the yardstick: its grain, its moving things and the errors of the motion are in both.
The same look gives the region's change of light against the plate's, which is what adds up to a colour drift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from platewright.contract.windows import Box

from .looks import STEPS, toned

__all__ = ["FlickerMeasure", "flicker"]

Picture = npt.NDArray[np.float32]

MOST = 60_000
"""Pixels of a crop that are looked at, on a grid: plenty for a mean, and the cost stays the same at any size."""
FEWEST = 16
BRIGHT = 2.0
"""Scene-linear light at which a highlight counts half: a glint says little about the light of a region."""

_NOWHERE, _PLATE, _EDGE, _REGION = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class FlickerMeasure:
    """inside, outside: root mean square change in 8-bit steps of tone space, or None where there is nothing to see.

    light: per channel by how many stops the region grew lighter from the frame before, less what the plate around
    it did, told from what lies in the region in both frames: where a matte that travels goes over plate the picture
    changes to something else, which is no change of light and would add up. None where there is nothing to see.
    """

    inside: float | None
    outside: float | None
    light: tuple[float, float, float] | None


def flicker(
    before: Picture,
    before_alpha: Picture,
    before_box: Box,
    now: Picture,
    alpha: Picture,
    box: Box,
    matrix: npt.NDArray[np.float64],
) -> FlickerMeasure:
    """The change between two crops of the comp.

    before, now: `(H, W, 3) float32`, scene-linear, over before_box and box (plate coordinates). before_alpha,
    alpha: `(H, W) float32`. matrix: `(3, 3)`, from pixel coordinates of the frame now to those of the frame before.
    The earlier frame is looked at between its pixels (bilinear), alike inside and outside. Pixels that are not
    finite, or whose earlier place is not in the crop, are left out; so is plate whose earlier place lies in the
    region.
    """
    stride = max(1, int(np.ceil(np.sqrt(box.area / MOST))))
    sums = np.zeros((2, 9))
    corner, earlier = np.array([box.x0, box.y0]), np.array([before_box.x0, before_box.y0])
    _compare(before, before_alpha, earlier, now, alpha, corner, np.asarray(matrix, np.float64), stride, sums)
    changes: list[float | None] = [
        float(np.sqrt(row[1] / (3 * row[0])) * STEPS) if row[0] >= FEWEST else None for row in sums[::-1]
    ]
    light: tuple[float, float, float] | None = None
    if sums[:, 8].min() >= FEWEST and sums[:, 2:8].min() > 0:
        stops = np.log2(sums[:, 5:8] / sums[:, 2:5])
        r, g, b = (float(value) for value in stops[1] - stops[0])
        light = (r, g, b)
    return FlickerMeasure(inside=changes[0], outside=changes[1], light=light)


@njit(cache=True, nogil=True)
def _compare(
    before: Picture,
    before_alpha: Picture,
    earlier: npt.NDArray[np.int64],
    now: Picture,
    alpha: Picture,
    corner: npt.NDArray[np.int64],
    matrix: npt.NDArray[np.float64],
    stride: int,
    sums: npt.NDArray[np.float64],
) -> None:
    """Sums over the pixels outside (row 0) and inside (row 1), written to `sums (2, 9)`: how many, squared changes,
    light before (3) and now (3), and how many of them were on the same side before."""
    old, soft = np.empty(3, np.float32), np.empty(3, np.float32)
    for y in range(stride // 2, now.shape[0], stride):
        for x in range(stride // 2, now.shape[1], stride):
            px, py = float(x + corner[0]), float(y + corner[1])
            w = matrix[2, 0] * px + matrix[2, 1] * py + matrix[2, 2]
            if not w > 0:
                continue
            fx = (matrix[0, 0] * px + matrix[0, 1] * py + matrix[0, 2]) / w - earlier[0]
            fy = (matrix[1, 0] * px + matrix[1, 1] * py + matrix[1, 2]) / w - earlier[1]
            if not (fx >= 0 and fy >= 0 and fx < before.shape[1] and fy < before.shape[0]):
                continue
            inside = 1 if alpha[y, x] > 0 else 0
            was = _between(before, before_alpha, fx, fy, old)
            if was == _NOWHERE or (inside == 0 and was != _PLATE):
                continue
            change = 0.0
            for c in range(3):
                step = float(toned(now[y, x, c])) - float(toned(old[c]))
                change += step * step
            if not np.isfinite(change):
                continue
            sums[inside, 0] += 1
            sums[inside, 1] += change
            if inside == 1 and was != _REGION:
                continue
            if not _as_soft(now, alpha, x, y, fx - int(fx), fy - int(fy), soft):
                continue
            sums[inside, 8] += 1
            # Highlights count for less by the mean of both frames: a limit on either one would leave out its upward
            # grain and call that a change of light. And both as soft as each other: looked at between pixels a glint is
            # spread out, would count for more than the sharp one of this frame, and each step seem darker.
            level = (old[0] + old[1] + old[2] + soft[0] + soft[1] + soft[2]) / 6.0
            weight = 1.0 / (1.0 + (level / BRIGHT) * (level / BRIGHT))
            for c in range(3):
                sums[inside, 2 + c] += weight * old[c]
                sums[inside, 5 + c] += weight * soft[c]


@njit(cache=True, nogil=True)
def _between(picture: Picture, alpha: Picture, fx: float, fy: float, found: Picture) -> int:
    """Bilinear look at (fx, fy), `(3,)`, written to `found`; where that lies: beyond the crop, on plate alone, in the
    region alone, or on its edge."""
    x, y = int(fx), int(fy)
    ax, ay = np.float32(fx - x), np.float32(fy - y)
    nx = x + 1 if ax > 0 else x
    ny = y + 1 if ay > 0 else y
    if nx >= picture.shape[1] or ny >= picture.shape[0]:
        return _NOWHERE
    for c in range(3):
        top = picture[y, x, c] + (picture[y, nx, c] - picture[y, x, c]) * ax
        bottom = picture[ny, x, c] + (picture[ny, nx, c] - picture[ny, x, c]) * ax
        found[c] = top + (bottom - top) * ay
    made = int(alpha[y, x] > 0) + int(alpha[y, nx] > 0) + int(alpha[ny, x] > 0) + int(alpha[ny, nx] > 0)
    return _PLATE if made == 0 else _REGION if made == 4 else _EDGE


@njit(cache=True, nogil=True)
def _as_soft(picture: Picture, alpha: Picture, x: int, y: int, ax: float, ay: float, found: Picture) -> bool:
    """The pixel (x, y), `(3,)`, written to `found`, as soft as a bilinear look between pixels that is `ax`, `ay` beside
    one: three pixels on each axis, with that look's variance. False at the border and on the region's edge."""
    if x < 1 or y < 1 or x + 1 >= picture.shape[1] or y + 1 >= picture.shape[0]:
        return False
    wide, tall = ax * (1 - ax) / 2, ay * (1 - ay) / 2
    inside = alpha[y, x] > 0
    found[:] = 0
    for j in range(-1, 2):
        for i in range(-1, 2):
            if (alpha[y + j, x + i] > 0) != inside:
                return False
            share = (wide if i else 1 - 2 * wide) * (tall if j else 1 - 2 * tall)
            for c in range(3):
                found[c] += np.float32(share) * picture[y + j, x + i, c]
    return bool(np.isfinite(found[0] + found[1] + found[2]))
