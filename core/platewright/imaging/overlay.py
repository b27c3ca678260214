"""Drawn over a picture for people: values as heat, tracked points with their errors, outlines."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from .contact import Picture, Swatch

__all__ = ["AGREES", "HEAT", "HOLE", "OUTLINE", "STRAYS", "heat_picture", "marked_picture"]

_cv2: Any = cv2
Points = npt.NDArray[np.float64]

AGREES = Swatch("tracked, agrees", (0, 158, 115))
STRAYS = Swatch("tracked, strays", (213, 94, 0))
OUTLINE = Swatch("the source's frame", (86, 180, 233))
HOLE = Swatch("the source's matte", (240, 228, 66))
HEAT = (Swatch("sure", (0, 158, 115)), Swatch("half sure", (240, 228, 66)), Swatch("unsure", (213, 94, 0)))
"""Colours of heat from 1 over a half down to 0."""
_FINE = 4
"""Bits of a part of a pixel that lines are drawn with."""


def heat_picture(values: npt.NDArray[np.float32], shown: npt.NDArray[np.bool_], behind: Picture) -> Picture:
    """Values 0 to 1 `(H, W)` in colour where `shown (H, W)`, over a darkened `behind (H, W, 3)` uint8."""
    places = (0.0, 0.5, 1.0)
    colours = [np.interp(values, places, [HEAT[2 - k].colour[c] for k in range(3)]) for c in range(3)]
    grey = (behind.astype(np.float32) @ np.array((0.2126, 0.7152, 0.0722), np.float32)) * 0.55 + 12
    mixed = np.where(shown[..., None], 0.75 * np.stack(colours, axis=-1) + 0.25 * grey[..., None], grey[..., None])
    return np.asarray(np.rint(mixed).clip(0, 255), np.uint8)


def marked_picture(
    behind: Picture, points: Points, residuals: Points, outlines: list[tuple[Points, Swatch]], *, longer: float,
    astray: float,
) -> Picture:  # fmt: skip
    """Points `(n, 2)` with their residuals, drawn `longer` times as long, and closed outlines, all in the picture's
    own pixels. astray: length of a residual in the same pixels from which on a point is drawn as one that strays."""
    grey = (behind.astype(np.float32) @ np.array((0.2126, 0.7152, 0.0722), np.float32)) * 0.6 + 10
    out = np.ascontiguousarray(np.repeat(np.rint(grey).clip(0, 255).astype(np.uint8)[..., None], 3, axis=-1))
    for outline, swatch in outlines:
        if len(outline):
            _cv2.polylines(out, [_fixed(outline)], True, swatch.colour, 1, _cv2.LINE_AA, _FINE)
    length = np.linalg.norm(residuals, axis=1)
    for point, residual, far in zip(points, residuals, length, strict=True):
        colour = STRAYS.colour if far > astray else AGREES.colour
        start, end = _fixed(point), _fixed(point + residual * min(longer, 0.2 * out.shape[1] / max(far, 1e-6)))
        _cv2.line(out, tuple(map(int, start)), tuple(map(int, end)), colour, 1, _cv2.LINE_AA, _FINE)
        _cv2.circle(out, tuple(map(int, start)), 1 << _FINE, colour, -1, _cv2.LINE_AA, _FINE)
    return out


def _fixed(points: Points) -> npt.NDArray[np.int32]:
    return np.round(np.clip(points, -1e5, 1e5) * (1 << _FINE)).astype(np.int32)
