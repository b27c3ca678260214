"""A small picture of a finished frame, for its fingerprint: four pixels of each cell, whatever the frame's size."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging.colour import display_proxy
from platewright.imaging.loans import cleared
from platewright.synthesis.sampling import codes_of, value_at

__all__ = ["PROXY_WIDTH", "proxy_of"]

PROXY_WIDTH = 512


def proxy_of(
    plate: npt.NDArray[Any], plate_box: Box, rgb: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32],
    patch_box: Box, window: Box,
) -> npt.NDArray[np.uint8]:  # fmt: skip
    """The composite over a display window at most PROXY_WIDTH wide, `(h, w, 3) uint8`, by the fixed display curve.

    plate: `(h, w, 3)` half or float32 over `plate_box`. rgb, alpha: the patch over `patch_box`.
    """
    factor = max(1, -(-window.width // PROXY_WIDTH))
    codes, table = codes_of(plate)
    shape = (max(1, window.height // factor), max(1, window.width // factor), 3)
    small = cleared(shape, np.float32)
    _gather(
        codes, table, plate_box.x0, plate_box.y0, rgb, alpha, patch_box.x0, patch_box.y0, window.x0, window.y0,
        factor, small,
    )  # fmt: skip
    return display_proxy(small)


@numba.njit(cache=True, nogil=True)
def _gather(codes, table, px, py, rgb, alpha, ax, ay, wx, wy, factor, out):  # type: ignore[no-untyped-def]
    near, far = (factor - 1) // 3, factor - 1 - (factor - 1) // 3
    tall, wide = codes.shape[0], codes.shape[1]
    patch_tall, patch_wide = alpha.shape
    for r in range(out.shape[0]):
        for c in range(out.shape[1]):
            for k in range(4):
                y = wy + r * factor + (near if k < 2 else far)
                x = wx + c * factor + (near if k % 2 == 0 else far)
                share = np.float32(0.0)
                if 0 <= y - ay < patch_tall and 0 <= x - ax < patch_wide:
                    share = alpha[y - ay, x - ax]
                for b in range(3):
                    value = np.float32(0.0)
                    if share < np.float32(1.0) and 0 <= y - py < tall and 0 <= x - px < wide:
                        value = value_at(codes, table, y - py, x - px, b)
                    if share > np.float32(0.0):
                        value = value * (np.float32(1.0) - share) + rgb[y - ay, x - ax, b] * share
                    if value > np.float32(0.0):
                        out[r, c, b] += np.float32(0.25) * min(value, np.float32(1.0))
