"""What a look-up between pixels takes of the finest detail, told from the motions and given back to the mean of many.

Each look was made between its own pixels, at places that the motions tell, and so is a little soft; their mean keeps
the softness while the grain goes down, and a fine texture shows it, darker and calmer than beside the hole.

Method: the weights of Catmull and Rom's spline pass less and less of the higher frequencies w half-way between
pixels, and all of them on a pixel. A pass of the kernel (1 -4 6 -4 1) / 16, whose response is sin(w / 2)^4, puts half
of that back, as Wiener's filter does where there is as much grain as picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

from .rows import least, most

__all__ = ["crisped", "softness"]

_cv2: Any = cv2
Floats = npt.NDArray[np.float32]

AMOUNT = np.float32(0.25)
"""Of the kernel, for looks half-way between pixels: half of 1 / response - 1 of the spline at half of the highest
frequency, over the kernel's there."""
BEYOND = np.float32(0.1)
"""Of its values, how far a result may lie beyond the range of its 3 x 3 pixels: a thin crest was higher than its mean,
but no ring may come up beside a highlight."""
PLACES = 9
"""Places along each side of a region at which its motions are asked."""


def softness(motions: Sequence[npt.NDArray[np.float64]], weights: Floats, box: Box) -> tuple[float, float]:
    """How far between pixels a region is looked up, across and down: 0 on pixels, 1 half-way between them.

    motions: `(3, 3)` each, target to source, plate coordinates; weights: `(k,)`, of their looks in the mean.
    """
    xs, ys = (np.linspace(low, high, PLACES).round() for low, high in ((box.x0, box.x1), (box.y0, box.y1)))
    points = np.stack([*(side.ravel() for side in np.meshgrid(xs, ys)), np.ones(PLACES * PLACES)])
    there = np.stack(motions) @ points
    between = (np.sin(np.pi * there[:, :2] / there[:, 2:]) ** 2).mean(axis=2)
    across, down = (between * (weights / weights.sum())[:, None]).sum(axis=0)
    return float(across), float(down)


def crisped(picture: Floats, seen: npt.NDArray[np.bool_], across: float, down: float) -> Floats:
    """`picture (H, W, 3)`, scene-linear, with what looks as soft as `softness` tells took of it, where all around is
    seen. Each value stays within about the range of its 3 x 3 pixels, see BEYOND."""
    if max(across, down) <= 0 or min(seen.shape) < 5:
        return picture
    height, width = seen.shape
    whole = _cv2.erode(seen.view(np.uint8), np.ones((5, 5), np.uint8), borderValue=0)
    out = picture.copy()
    _crisp(
        picture.reshape(height, 3 * width), _cv2.cvtColor(whole, _cv2.COLOR_GRAY2RGB).reshape(height, 3 * width),
        AMOUNT * np.float32(across / 16), AMOUNT * np.float32(down / 16), out.reshape(height, 3 * width),
    )  # fmt: skip
    return out


# One plain loop over a row for each step, counted from 0, so that each is vector instructions, as in rows.


@numba.njit(cache=True, nogil=True)
def _crisp(picture, whole, across, down, out):  # type: ignore[no-untyped-def]
    count = picture.shape[1]
    more, low, high = np.zeros(count, np.float32), np.zeros(count, np.float32), np.zeros(count, np.float32)
    for y in range(2, picture.shape[0] - 2):
        p, q, r, s, t = picture[y - 2], picture[y - 1], picture[y], picture[y + 1], picture[y + 2]
        _along(r, across, more)
        _upright(p, q, r, s, t, down, more)
        _range(q, r, s, low, high)
        _put_back(r, more, low, high, whole[y], out[y])


@numba.njit(cache=True, nogil=True)
def _along(r, amount, more):  # type: ignore[no-untyped-def]
    """What the look-ups took of a row along it, three values a pixel."""
    for i in range(len(r) - 12):
        more[i + 6] = amount * (r[i] + r[i + 12] - np.float32(4.0) * (r[i + 3] + r[i + 9]) + np.float32(6.0) * r[i + 6])


@numba.njit(cache=True, nogil=True)
def _upright(p, q, r, s, t, amount, more):  # type: ignore[no-untyped-def]
    """And what they took from one row to the next, added."""
    for i in range(len(r)):
        more[i] += amount * (p[i] + t[i] - np.float32(4.0) * (q[i] + s[i]) + np.float32(6.0) * r[i])


@numba.njit(cache=True, nogil=True)
def _range(q, r, s, low, high):  # type: ignore[no-untyped-def]
    """How far a value may go: the least and the greatest of three rows, and a little beyond."""
    for i in range(len(r)):
        bottom, top = least(least(q[i], r[i]), s[i]), most(most(q[i], r[i]), s[i])
        low[i] = bottom - BEYOND * abs(bottom)
        high[i] = top + BEYOND * abs(top)


@numba.njit(cache=True, nogil=True)
def _put_back(r, more, low, high, whole, out):  # type: ignore[no-untyped-def]
    """A row with what was taken, within the range around; a pixel that is not whole stays."""
    for i in range(len(r) - 6):
        value = most(r[i + 3] + more[i + 3], least(least(low[i], low[i + 3]), low[i + 6]))
        value = least(value, most(most(high[i], high[i + 3]), high[i + 6]))
        held = r[i + 3]
        out[i + 3] = value if whole[i + 3] != 0 else held
