"""What lies behind a thing that passes: looks at it that meet the thing instead say nothing against it.

Beside a bar that goes the picture's way, most frames show the bar where the ground is looked for; they agree less on
the ground than any few grass blades agree on being the bar. But where the bar's plane is known, each look can be
asked: a pixel of the bar is found again, along that plane, in the other frames. Without those, the ground is clear.
"""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

from .averages import boxed
from .disagreement import FAR_OFF
from .looks import Pixels
from .planes import Planes
from .sweep import look_at

__all__ = ["let_through"]

Array = npt.NDArray[np.float64]
Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

CLEARER = 0.1
"""How much less the looks must differ on what lies behind, as a share of FAR_OFF: twice what grain makes of it."""
WELL_TOLD = 0.1
"""How much they may differ on what is known to lie in front, for its plane to say which looks meet it."""
WINDOW = 7
"""Pixels across within which the pixels in front say together whether they are."""


def let_through(nearness: Array, there: Mask, planes: Planes, nearer: int, pixels: Pixels) -> Array:
    """Nearness `(H, W)` with what is `there (H, W)` and was told to lie on a plane on the next one behind, where the
    looks say that. nearer: see Raster."""
    out, order = nearness.copy(), planes.order(nearer)
    runs = planes.runs(nearness)
    for behind, front in zip(order, order[1:], strict=False):
        rows, columns = np.nonzero(there & (runs == front))
        if not len(rows):
            continue
        rim_rows, rim_columns = np.nonzero(pixels.known & (runs == front))
        asked = _Asked(pixels, planes.surfaces[front])
        usual = asked.differing(rim_rows, rim_columns, nearness[rim_rows, rim_columns])
        least = float(np.median(usual[np.isfinite(usual)])) if np.isfinite(usual).any() else np.inf
        if least > WELL_TOLD:
            continue
        far = planes.surface_at(np.full(len(rows), behind), columns + pixels.box.x0, rows + pixels.box.y0)
        here = asked.differing(rows, columns, nearness[rows, columns])
        past = asked.differing(rows, columns, far, past=True)
        told = np.isfinite(here + past + far)
        less = boxed(there.shape, rows[told], columns[told], (here - np.maximum(past, least))[told], WINDOW)
        clear = (less[rows, columns] > CLEARER) & np.isfinite(far)
        out[rows[clear], columns[clear]] = far[clear]
    return out


class _Asked:
    """The looks at a target's pixels, and the plane of what passes in front of them."""

    def __init__(self, pixels: Pixels, plane: Array):
        self.box, self.looks, self.plane = pixels.box, pixels.looks, plane
        cameras = self.looks.cameras
        self.back = np.linalg.pinv(cameras[:, :, :3] + cameras[:, :, 3:] * plane)

    def differing(self, rows: Places, columns: Places, nearness: Array, past: bool = False) -> Float:
        """`(n,)`, how much looks at pixels differ at their nearness, 0 to 1; NaN where fewer than two are left of them.

        past: without those that meet what passes in front.
        """
        looks = self.looks
        differ = np.empty(len(rows), np.float32)
        _differing(
            columns + self.box.x0, rows + self.box.y0, nearness, looks.luma, looks.corners, looks.cameras, self.back,
            self.plane, past, differ,
        )  # fmt: skip
        return differ


@numba.njit(cache=True, nogil=True, parallel=True)
def _differing(xs, ys, nearness, luma, corners, cameras, back, plane, past, differ):  # type: ignore[no-untyped-def]
    """See _Asked.differing. back: `(S, 3, 3)` from a frame, along the plane `(3,)`, to the target."""
    frames = len(luma)
    for block in numba.prange((len(xs) + 255) // 256):
        values, us, vs = np.empty(frames), np.empty(frames), np.empty(frames)
        kept = np.empty(frames)
        for i in range(block * 256, min(len(xs), (block + 1) * 256)):
            for s in range(frames):
                values[s], us[s], vs[s] = look_at(
                    luma[s], corners[s], cameras[s], float(xs[i]), float(ys[i]), nearness[i]
                )
            count = 0
            for s in range(frames):
                if not math.isfinite(values[s]):
                    continue
                if past:
                    here, among = 0.0, 0
                    for t in range(frames):
                        if t != s and math.isfinite(values[t]):
                            here += min(abs(values[t] - values[s]), FAR_OFF)
                            among += 1
                    w = back[s, 2, 0] * us[s] + back[s, 2, 1] * vs[s] + back[s, 2, 2]
                    x = (back[s, 0, 0] * us[s] + back[s, 0, 1] * vs[s] + back[s, 0, 2]) / w
                    y = (back[s, 1, 0] * us[s] + back[s, 1, 1] * vs[s] + back[s, 1, 2]) / w
                    k = plane[0] * x + plane[1] * y + plane[2]
                    before, asked = 0.0, 0
                    for t in range(frames):
                        if t != s:
                            value, _, _ = look_at(luma[t], corners[t], cameras[t], x, y, k)
                            if math.isfinite(value):
                                before += min(abs(value - values[s]), FAR_OFF)
                                asked += 1
                    if asked >= 2 and among and before / asked + CLEARER * FAR_OFF < here / among:
                        continue
                j = count - 1
                while j >= 0 and kept[j] > values[s]:
                    kept[j + 1] = kept[j]
                    j -= 1
                kept[j + 1] = values[s]
                count += 1
            differ[i] = np.nan
            if count > 1:
                middle, total = 0.5 * (kept[(count - 1) // 2] + kept[count // 2]), 0.0
                for j in range(count):
                    total += min(abs(kept[j] - middle), FAR_OFF)
                differ[i] = total / FAR_OFF / count
