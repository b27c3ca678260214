"""A small picture of a finished frame, for its fingerprint: four pixels of each cell, whatever the frame's size."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging.colour import display_proxy
from platewright.imaging.loans import cleared
from platewright.synthesis.rows import unpack
from platewright.synthesis.sampling import codes_of

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
    """Four pixels of each cell, on two of its rows; px, ax, wx: where plate, patch and window begin."""
    near, far = (factor - 1) // 3, factor - 1 - (factor - 1) // 3
    across = out.shape[1] * factor
    packed, flat = np.zeros(3 * across, np.uint32), codes.reshape((len(codes), 3 * codes.shape[1]))
    row = packed.view(np.float32)
    left, right = max(0, px - wx), min(across, px - wx + codes.shape[1])
    first, last, skip = 3 * left, 3 * right, 3 * (wx - px)
    for r in range(out.shape[0]):
        for down in (near, far):
            y = wy + r * factor + down
            row[:] = np.float32(0.0)
            if 0 <= y - py < len(codes) and left < right:
                plate = flat[y - py, first + skip : last + skip]
                unpack(plate, table, last - first, packed[first:last], row[first:last])
            if 0 <= y - ay < len(alpha):
                _lay_over(row, rgb[y - ay], alpha[y - ay], ax - wx)
            _add_light(row, factor, near, far, out[r])


@numba.njit(cache=True, nogil=True)
def _lay_over(row, rgb, alpha, start):  # type: ignore[no-untyped-def]
    """Blend a row of a patch that begins at pixel `start` into a row of RGB."""
    for x in range(max(0, -start), min(len(alpha), len(row) // 3 - start)):
        share = alpha[x]
        if share > np.float32(0.0):
            for c in range(3):
                plain = row[3 * (start + x) + c] if share < np.float32(1.0) else np.float32(0.0)
                row[3 * (start + x) + c] = plain * (np.float32(1.0) - share) + rgb[x, c] * share


@numba.njit(cache=True, nogil=True)
def _add_light(row, factor, near, far, cells):  # type: ignore[no-untyped-def]
    """Add a quarter of two pixels of each cell, no darker than black and no brighter than white; NaN is black."""
    for x in range(len(cells)):
        for across in (near, far):
            pixel = 3 * (x * factor + across)
            for c in range(3):
                value = row[pixel + c]
                value = value if value > np.float32(0.0) else np.float32(0.0)
                cells[x, c] += np.float32(0.25) * (value if value < np.float32(1.0) else np.float32(1.0))
