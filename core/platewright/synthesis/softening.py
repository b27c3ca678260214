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
    whole = _cv2.erode(seen.astype(np.uint8), np.ones((5, 5), np.uint8), borderValue=0)
    out = picture.copy()
    height, width = seen.shape
    _crisp(
        picture.reshape(height, 3 * width), np.repeat(whole, 3, axis=1), AMOUNT * np.float32(across / 16),
        AMOUNT * np.float32(down / 16), out.reshape(height, 3 * width),
    )  # fmt: skip
    return out


@numba.njit(cache=True, nogil=True)
def _crisp(picture, whole, across, down, out):  # type: ignore[no-untyped-def]
    for y in range(2, picture.shape[0] - 2):
        _crisp_row(
            picture[y - 2], picture[y - 1], picture[y], picture[y + 1], picture[y + 2], whole[y], across, down, out[y]
        )


@numba.njit(cache=True, nogil=True)
def _crisp_row(p, q, r, s, t, whole, across, down, out):  # type: ignore[no-untyped-def]
    """A row from the five around it, three values a pixel; one that is not whole stays."""
    for i in range(6, len(r) - 6):
        more = across * (r[i - 6] + r[i + 6] - np.float32(4.0) * (r[i - 3] + r[i + 3]) + np.float32(6.0) * r[i])
        more += down * (p[i] + t[i] - np.float32(4.0) * (q[i] + s[i]) + np.float32(6.0) * r[i])
        low = min(min(min(q[i - 3], q[i]), min(q[i + 3], r[i - 3])), min(min(r[i], r[i + 3]), min(s[i - 3], s[i])))
        high = max(max(max(q[i - 3], q[i]), max(q[i + 3], r[i - 3])), max(max(r[i], r[i + 3]), max(s[i - 3], s[i])))
        low, high = min(low, s[i + 3]), max(high, s[i + 3])
        low, high = low - BEYOND * abs(low), high + BEYOND * abs(high)
        out[i] = min(max(r[i] + more, low), high) if whole[i] else r[i]
