"""A drawn matte as pixels: shapes filled with soft edges, and written as EXR.

Coverage is counted on a grid of 16 x 16 places in each pixel and kept in 256 steps; the library counts the places on
an edge in, so that an edge lies up to a sixteenth of a pixel outward. Away from its shapes a matte is exactly 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.drawing import Drawing, Shape, points_at
from platewright.contract.windows import Box

from .frame import Frame
from .writing import write_frame

__all__ = ["rasterised", "write_matte"]

_FINE = 16
_BAND = 32
_BITS = 4  # of a pixel of the fine grid, in the library's whole numbers
_cv2: Any = cv2


def rasterised(drawing: Drawing, frame: int, window: Box) -> npt.NDArray[np.float32]:
    """The drawing at a frame over a window: `(H, W)` float32, 0 to 1."""
    matte = np.zeros((window.height, window.width), np.float32)
    for shape in drawing.shapes:
        _add(matte, shape, np.array(points_at(shape, frame), np.float64).reshape(-1, 2), window)
    if drawing.feather > 0 and matte.any():
        matte = np.asarray(_cv2.GaussianBlur(matte, (0, 0), drawing.feather / 3.0, borderType=cv2.BORDER_REPLICATE))
        matte[matte < 1e-4] = 0.0  # the bell's far ends: nobody means them
    return np.clip(matte, 0.0, 1.0)


def write_matte(path: Path, drawing: Drawing, frame: int, window: Box, pixel_aspect: float = 1.0) -> None:
    """Write the drawing at a frame as an EXR with the channel A. Raises StorageError."""
    pixels = rasterised(drawing, frame, window)[..., None].astype(np.float16)
    names = ("A", "A", "A")
    write_frame(path, Frame(frame, pixels, ("A",), window, window, pixel_aspect, {}, {}, names), header={})


def _add(matte: npt.NDArray[np.float32], shape: Shape, points: npt.NDArray[np.float64], window: Box) -> None:
    """Lay a shape over the matte, band by band, so that a large plate needs little memory."""
    if len(points) == 0 or (shape.kind == "polygon" and len(points) < 3):
        return
    reach = shape.width / 2 + 1
    x0, y0 = np.floor(points.min(axis=0) - reach).astype(int)
    x1, y1 = np.ceil(points.max(axis=0) + reach).astype(int)
    box = Box(int(x0), int(y0), int(x1), int(y1)) & window
    for top in range(box.y0, box.y1, _BAND):
        band = Box(box.x0, top, box.x1, min(top + _BAND, box.y1))
        covered = _coverage(shape, points, band)
        rows, columns = band.slices_in(window)
        part = matte[rows, columns]
        if shape.erase:
            np.minimum(part, 1.0 - covered, out=part)
        else:
            np.maximum(part, covered, out=part)


def _coverage(shape: Shape, points: npt.NDArray[np.float64], band: Box) -> npt.NDArray[np.float32]:
    """The share of each pixel of a band that a shape covers."""
    fine = np.zeros((band.height * _FINE, band.width * _FINE), np.uint8)
    # The library counts from the middle of a pixel of its own.
    moved = (points - (band.x0, band.y0)) * _FINE - 0.5
    whole = np.round(moved * (1 << _BITS)).astype(np.int32).reshape(-1, 1, 2)
    if shape.kind == "polygon":
        _cv2.fillPoly(fine, [whole], 255, cv2.LINE_8, _BITS)
    else:
        thick = max(1, round(shape.width * _FINE))
        _cv2.polylines(fine, [whole], False, 255, thick, cv2.LINE_8, _BITS)
        for x, y in moved:
            radius = max(0, round(shape.width * _FINE / 2 * (1 << _BITS)))
            centre = (round(x * (1 << _BITS)), round(y * (1 << _BITS)))
            _cv2.circle(fine, centre, radius, 255, -1, cv2.LINE_8, _BITS)
    averaged = _cv2.resize(fine, (band.width, band.height), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(averaged / np.float32(255.0), np.float32).reshape(band.height, band.width)
