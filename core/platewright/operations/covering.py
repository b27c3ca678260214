"""What a patch holds around its changed pixels, what a host's blend makes of it, and the proof that it changes nothing.

Near the changed pixels stands the plate itself, so that the matte can be softened in the comp; farther off, where
nobody looks, one constant that keeps every bit as well and costs nothing to store. The kernels go over the region
once, in the host's own float32 arithmetic; `imaging.blend` says the same in whole arrays, and the tests compare.
"""

from __future__ import annotations

from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging.blend import NOTHING
from platewright.imaging.loans import lent
from platewright.synthesis.sampling import codes_of, value_at

__all__ = ["blended", "broken_inside", "changes_outside", "covered"]

_cv2: Any = cv2
Float = npt.NDArray[np.float32]
_CELL = 32


def covered(rgb: Float, alpha: Float, box: Box, plate: npt.NDArray[Any], plate_box: Box) -> Float:
    """The patch's colours over `box`: `rgb (H, W, 3)` where `alpha (H, W)` is above 0, else what keeps the plate.

    plate: `(h, w, 3)` half or float32 over `plate_box`. See imaging.blend.outside_fill for what that is and why.
    """
    codes, table = codes_of(plate)
    out = lent((box.height, box.width, 3), np.float32)
    out.fill(NOTHING)
    _cover(codes, table, plate_box.y0 - box.y0, plate_box.x0 - box.x0, _near(alpha), rgb, alpha, out)
    return out


def changes_outside(rgb: Float, alpha: Float, box: Box, plate: npt.NDArray[Any], plate_box: Box) -> int:
    """How many pixels with a blend matte of 0 a host's blend of the patch would change in any bit.

    Arguments as for `covered`. A NaN of the plate that stays a NaN counts as kept: arithmetic makes all of them quiet.
    """
    codes, table = codes_of(plate)
    return int(_changes(codes, table, plate_box.y0 - box.y0, plate_box.x0 - box.x0, rgb, alpha))


def blended(plate: Float, rgb: Float, alpha: Float, top: int, left: int) -> Float:
    """A copy of `plate (h, w, 3)` with `rgb (H, W, 3)` at `(top, left)` blended in by `alpha (H, W)`."""
    out = plate.copy()
    _blend(out, rgb, alpha, top, left)
    return out


def broken_inside(plate: npt.NDArray[Any], plate_box: Box, alpha: Float, box: Box) -> int:
    """How many pixels of a plate are NaN or infinite in some channel where `alpha (H, W)` over `box` is above 0."""
    codes, table = codes_of(plate)
    shared = plate_box & box
    if shared.is_empty or not _any_broken(codes, table, shared.moved(-plate_box.x0, -plate_box.y0)):
        return 0
    return int(_broken(codes, table, plate_box.y0 - box.y0, plate_box.x0 - box.x0, alpha))


def _near(alpha: Float) -> npt.NDArray[np.uint8]:
    """1 for the cells of 32 x 32 pixels that hold changed pixels, and their neighbours."""
    height, width = alpha.shape
    tall, wide = -(-height // _CELL), -(-width // _CELL)
    cells = np.zeros((tall, wide), np.uint8)
    _occupied(alpha, cells)
    return np.asarray(_cv2.dilate(cells, np.ones((3, 3), np.uint8)))


@numba.njit(cache=True, nogil=True)
def _occupied(alpha, cells):  # type: ignore[no-untyped-def]
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            if alpha[y, x] > 0:
                cells[y // _CELL, x // _CELL] = 1


@numba.njit(cache=True, nogil=True)
def _cover(codes, table, top, left, near, rgb, alpha, out):  # type: ignore[no-untyped-def]
    tall, wide = codes.shape[0], codes.shape[1]
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            if alpha[y, x] > 0:
                for c in range(3):
                    out[y, x, c] = rgb[y, x, c]
            elif near[y // _CELL, x // _CELL] and 0 <= y - top < tall and 0 <= x - left < wide:
                for c in range(3):
                    value = value_at(codes, table, y - top, x - left, c)
                    if value == 0 and np.float32(value).view(np.int32) != 0:
                        value = NOTHING
                    elif not np.isfinite(value):
                        value = np.float32(0.0)
                    out[y, x, c] = value


@numba.njit(cache=True, nogil=True)
def _changes(codes, table, top, left, rgb, alpha):  # type: ignore[no-untyped-def]
    tall, wide = codes.shape[0], codes.shape[1]
    found = 0
    for y in range(max(0, top), min(alpha.shape[0], top + tall)):
        for x in range(max(0, left), min(alpha.shape[1], left + wide)):
            share = alpha[y, x]
            if share != 0:
                continue
            different = False
            for c in range(3):
                value = np.float32(value_at(codes, table, y - top, x - left, c))
                mixed = np.float32(value * (np.float32(1.0) - share) + rgb[y, x, c] * share)
                same = mixed.view(np.int32) == value.view(np.int32) or (np.isnan(value) and np.isnan(mixed))
                different = different or not same
            found += 1 if different else 0
    return found


@numba.njit(cache=True, nogil=True)
def _blend(out, rgb, alpha, top, left):  # type: ignore[no-untyped-def]
    for y in range(max(0, -top), min(alpha.shape[0], out.shape[0] - top)):
        for x in range(max(0, -left), min(alpha.shape[1], out.shape[1] - left)):
            share = alpha[y, x]
            if share > 0:
                for c in range(3):
                    out[y + top, x + left, c] = (
                        out[y + top, x + left, c] * (np.float32(1.0) - share) + rgb[y, x, c] * share
                    )


def _any_broken(codes: npt.NDArray[Any], table: Float | None, part: Box) -> bool:
    """Whether any value in a part of `codes (h, w, 3)` is infinite or not a number. Most plates hold none."""
    if table is None:
        return not np.isfinite(codes[part.y0 : part.y1, part.x0 : part.x1]).all()
    return bool(_any_full(codes.reshape(len(codes), -1), part.y0, part.y1, 3 * part.x0, 3 * part.x1))


@numba.njit(cache=True, nogil=True)
def _any_full(flat, y0, y1, x0, x1):  # type: ignore[no-untyped-def]
    """Whether all bits of an exponent are set in a part of `flat (h, 3 w)` half codes."""
    for y in range(y0, y1):
        row, full = flat[y, x0:x1], 0  # a whole row without a branch: the compiler takes many values at a time
        for x in range(len(row)):
            full |= (row[x] & np.uint16(0x7C00)) == np.uint16(0x7C00)
        if full:
            return True
    return False


@numba.njit(cache=True, nogil=True)
def _broken(codes, table, top, left, alpha):  # type: ignore[no-untyped-def]
    tall, wide = codes.shape[0], codes.shape[1]
    x0, x1 = max(0, left), min(alpha.shape[1], left + wide)
    found = 0
    for y in range(max(0, top), min(alpha.shape[0], top + tall)):
        for x in range(x0, x1):
            if alpha[y, x] > 0:
                total = np.float32(0.0)
                for c in range(3):
                    value = value_at(codes, table, y - top, x - left, c)
                    total += value - value
                found += 1 if total != 0 or np.isnan(total) else 0
    return found
