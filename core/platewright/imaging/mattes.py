"""Mattes as they are used: checked, fitted to the plate, grown and feathered only when asked.

1 = regenerate, 0 = leave alone. By default a matte is used as the artist drew it; nothing here ever shrinks or
softens it unasked. It knows no file.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.errors import MatteError
from platewright.contract.windows import EMPTY, Box

from .frame import to_float

__all__ = ["Values", "as_stored", "clean", "cut", "fit", "prepare", "support"]

_cv2: Any = cv2
Values = npt.NDArray[np.float32]
_LEVELS = 16
_STEP = 8.0


def clean(matte: Values, frame: int | None = None) -> Values:
    """A matte's values held to 0..1, `(h, w)` float32; the same array when they already are.

    Raises MatteError `matte_nan` when a value is not a number.
    """
    if matte.size == 0:
        return matte
    low, high = float(matte.min()), float(matte.max())
    if math.isnan(low) or math.isnan(high):
        raise MatteError(
            f"the matte of frame {frame} holds values that are not numbers (NaN)",
            code="matte_nan",
            hint="Render this frame of the matte again.",
            frame=frame,
        )
    if low >= 0 and high <= 1:
        return matte
    return np.clip(matte, np.float32(0), np.float32(1))


def as_stored(matte: Values, half: bool) -> Values:
    """The matte with the values that a patch file will hold: rounded to half where the patch is half.

    Blend with this one, or a value of 1e-9 changes a pixel of which the file then says that it was not touched.
    """
    if not half:
        return matte
    with np.errstate(under="ignore"):
        return to_float(matte.astype(np.float16))


def support(matte: npt.NDArray[Any], origin: tuple[int, int] = (0, 0)) -> Box:
    """The smallest box around all values above 0, EMPTY where there is none.

    origin: coordinates (x, y) of the array's first pixel, so that the box comes in the plate's coordinates.
    """
    if matte.size == 0:
        return EMPTY
    # Two reductions instead of a mask of the whole frame; fmax passes over NaN.
    rows = np.flatnonzero(np.fmax.reduce(matte, axis=1) > 0)
    if rows.size == 0:
        return EMPTY
    columns = np.flatnonzero(np.fmax.reduce(matte[rows[0] : rows[-1] + 1], axis=0) > 0)
    x, y = origin
    return Box(x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1)


def fit(data_window: Box, display_window: Box, plate_display: Box, frame: int | None = None) -> Box:
    """Where a matte's pixels lie on the plate: its data window in the plate's coordinates.

    The display windows must have the same size; where their origins differ the matte moves along. Nothing is scaled:
    a proxy of half the size is an error. Raises MatteError `matte_size_mismatch` with both sizes.
    """
    if (display_window.width, display_window.height) != (plate_display.width, plate_display.height):
        raise MatteError(
            f"the matte is {display_window.width} x {display_window.height} pixels and the plate "
            f"{plate_display.width} x {plate_display.height}",
            code="matte_size_mismatch",
            hint="Render the matte in the plate's own format; it is not scaled for you.",
            frame=frame,
        )
    return data_window.moved(plate_display.x0 - display_window.x0, plate_display.y0 - display_window.y0)


def cut(matte: Values, window: Box, box: Box) -> Values:
    """The matte over `box`, `(H, W)` float32; 0 where the box leaves the matte's window."""
    inside = box & window
    if inside == box and not box.is_empty:
        return np.ascontiguousarray(matte[box.slices_in(window)])
    out = np.zeros((box.height, box.width), dtype=np.float32)
    if not inside.is_empty:
        out[inside.slices_in(box)] = matte[inside.slices_in(window)]
    return out


def prepare(matte: Values, window: Box, grow: float = 0.0, feather: float = 0.0) -> tuple[Values, Box]:
    """The matte as it is used, and the box it covers, which is larger than `window` where it grew.

    matte: `(h, w)` float32 in 0..1 over `window`. grow: pixels outward, in parts of a pixel too; negative shrinks.
    feather: pixels over which the edge falls off smoothly, outward only: nothing inside gets less.

    With neither, the very array comes back. Growing is a grey dilation by a Euclidean disc, so a soft edge keeps its
    shape; shrinking treats the picture's border as if the matte went on behind it, as a roto does.
    """
    if grow == 0.0 and feather <= 0.0:
        return matte, window
    held = support(matte, (window.x0, window.y0))
    if held.is_empty:
        return matte, window
    if grow < 0.0:
        matte, grow = _shrunk(matte, -grow), 0.0
    reach = math.ceil(grow) + math.ceil(max(0.0, feather))
    box = window.union(held.grown(reach))
    values = cut(matte, window, box)
    work = held.grown(reach)
    place = work.slices_in(box)
    part = np.ascontiguousarray(values[place])
    if grow > 0.0:
        part = _dilated(part, grow)
    if feather > 0.0:
        part = _feathered(part, feather)
    values[place] = part
    return values, box


def _disc(radius: int) -> npt.NDArray[np.uint8]:
    """A disc of whole pixels: 1 where the distance to the centre is at most the radius."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray(x * x + y * y <= radius * radius, dtype=np.uint8)


def _dilated(values: Values, radius: float) -> Values:
    """Grey dilation by a disc; parts of a pixel blend between the two whole radii. Large discs go in steps."""
    while radius > _STEP:
        values = _whole(values, int(_STEP))
        radius -= _STEP
    low = math.floor(radius)
    share = np.float32(radius - low)
    near = _whole(values, low)
    if share == 0:
        return near
    far = _whole(values, low + 1)
    return np.asarray(near + (far - near) * share, dtype=np.float32)


def _whole(values: Values, radius: int) -> Values:
    if radius == 0:
        return values
    grown: Values = _cv2.dilate(values, _disc(radius), borderType=_cv2.BORDER_CONSTANT, borderValue=0.0)
    return grown


def _shrunk(values: Values, radius: float) -> Values:
    """Grey erosion, the border repeated outward so that a matte that touches it does not come loose."""
    edge = math.ceil(radius) + 1
    wide = np.pad(values, edge, mode="edge")
    opened = np.subtract(np.float32(1), _dilated(np.subtract(np.float32(1), wide), radius))
    return np.ascontiguousarray(opened[edge:-edge, edge:-edge])


def _feathered(values: Values, width: float) -> Values:
    """Add a smooth falloff outside: the highest, over levels, of level times smoothstep of the distance to it."""
    out = values.copy()
    last = -1
    for step in range(_LEVELS, 0, -1):
        level = step / _LEVELS
        core = values >= np.float32(level)
        count = int(np.count_nonzero(core))
        if count in (0, last):
            continue
        last = count
        distance = _cv2.distanceTransform((~core).astype(np.uint8), _cv2.DIST_L2, _cv2.DIST_MASK_PRECISE)
        near = np.clip(np.float32(1) - distance / np.float32(width + 1), 0, 1).astype(np.float32)
        fall = near * near * (np.float32(3) - np.float32(2) * near) * np.float32(level)
        np.maximum(out, np.where(core, np.float32(0), fall), out=out)
    return out
