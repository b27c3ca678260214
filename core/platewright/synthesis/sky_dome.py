"""The new sky as something that can be looked at in any direction: a lat-long, a plain picture, or a formula.

Pictures are sampled in the tone space, so that a cubic filter doesn't ring beside a sun. Directions are those of
`sky_camera`: straight ahead in the first frame is the middle of a picture, the horizon its middle row (lat-long) or
just above its lower edge (plain).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import cv2
import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging.tone import from_tone, to_tone

from .sky_camera import Lens, directions
from .sky_model import SkyModel
from .slices import in_slices

__all__ = ["Backdrop", "LatLong", "ModelDome", "Painted", "SkyDome", "heights", "is_lat_long"]

_cv2: Any = cv2
Floats = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

_WIDEST = 16384  # pixels of a sky picture that are kept: 45 to the degree, OpenCV samples up to twice that
_STEP = 8  # pixels between the directions in which a formula or a height is worked out: nothing in it is finer
_OVERSCAN = 1.15  # of the first frame's view that a plain picture covers before it is mirrored
_HORIZON_AT = 0.97  # of a plain picture's height
_GRAZING = 0.05  # of the depth straight ahead: less lies far aside of a painted frame, or behind it


class SkyDome(Protocol):
    """A sky around the camera."""

    def view(self, back: Matrix, box: Box) -> Floats:
        """(H, W, 3) float32 scene-linear: what the pixels of a box see.

        back: (3, 3) from plate pixels to level directions of the first frame.
        """


def heights(back: Matrix, box: Box) -> Floats:
    """(H, W) float32: radians above the horizon at which the pixels of a box look."""
    down = directions(back, _grid_of(box), _STEP)[..., 1]
    return _enlarged(np.asarray(-np.arcsin(np.clip(down, -1, 1)), np.float32), box)


def _grid_of(box: Box) -> Box:
    """The box whose every _STEP-th pixel is enough for `_enlarged`."""
    return Box(box.x0, box.y0, box.x1 + 2 * _STEP, box.y1 + 2 * _STEP)


def _enlarged(grid: Floats, box: Box) -> Floats:
    """What was worked out at every _STEP-th pixel, over a box: one affine map, exact there, no half-pixel shift."""
    assert min(grid.shape[:2]) > 1
    matrix = np.array([[1 / _STEP, 0, 0], [0, 1 / _STEP, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(_cv2.warpAffine(grid, matrix, (box.width, box.height), flags=flags), np.float32)


def is_lat_long(width: int, height: int) -> bool:
    """Whether a picture of this size may be a whole sphere: twice as wide as high, to a pixel in fifty."""
    return abs(width - 2 * height) * 50 <= width


class ModelDome:
    """A procedural sky."""

    def __init__(self, model: SkyModel, convert: Callable[[Floats], Floats] | None = None) -> None:
        """convert: from scene-linear Rec.709 to the plate's linear light; None where that is it."""
        self._model = model
        self._convert = convert

    def view(self, back: Matrix, box: Box) -> Floats:
        """As in SkyDome; evaluated on a grid and enlarged."""
        coarse = self._model.radiance(directions(back, _grid_of(box), _STEP))
        if self._convert is not None:
            coarse = self._convert(coarse)
        return _enlarged(coarse, box)


class LatLong:
    """A whole sphere, longitude across and latitude down; its middle is straight ahead at the horizon."""

    def __init__(self, picture: Floats) -> None:
        """picture: (h, w, 3) float32 scene-linear; what is not finite counts as black."""
        tone = to_tone(_limited(picture))
        self._pad = 4
        self._width = tone.shape[1]
        self._tone = np.concatenate([tone[:, -self._pad :], tone, tone[:, : self._pad]], axis=1)

    def view(self, back: Matrix, box: Box) -> Floats:
        """As in SkyDome."""
        height = self._tone.shape[0]
        across, down = _angles(back, box)
        x = (across / np.float32(2 * math.pi) + np.float32(0.5)) * np.float32(self._width) + np.float32(self._pad - 0.5)
        y = (down / np.float32(math.pi) + np.float32(0.5)) * np.float32(height) - np.float32(0.5)
        return _sampled(self._tone, x, np.clip(y, 0, height - 1))


class Backdrop:
    """A plain picture of a sky on a far cylinder, mirrored beyond its edges."""

    def __init__(self, picture: Floats, lens: Lens, display_window: Box, horizon: float) -> None:
        """picture: (h, w, 3) float32 scene-linear. horizon: its row in the first frame, plate coordinates."""
        self._tone = to_tone(_limited(picture))
        height, width = self._tone.shape[:2]
        half = math.atan(display_window.width / 2 / lens.focal)
        above = max(0.2 * display_window.height, horizon - display_window.y0)
        top = above / (lens.focal * lens.aspect)
        # Picture pixels per radian across, and per unit of the tangent of the height: one scale, no stretching.
        self._scale = min(width / (2 * half * _OVERSCAN), height * _HORIZON_AT / (top * _OVERSCAN))
        finest = lens.focal
        if self._scale > 1.5 * finest:  # far finer than the plate: sampling would shimmer
            factor = finest / self._scale
            self._tone = np.asarray(
                _cv2.resize(self._tone, None, fx=factor, fy=factor, interpolation=_cv2.INTER_AREA), np.float32
            )
            self._scale *= factor

    def view(self, back: Matrix, box: Box) -> Floats:
        """As in SkyDome."""
        height, width = self._tone.shape[:2]
        across, down = _angles(back, box)
        x = across * np.float32(self._scale) + np.float32(width / 2 - 0.5)
        y = np.tan(np.clip(down, -1.5, 1.5)) * np.float32(self._scale) + np.float32(height * _HORIZON_AT - 0.5)
        return _sampled(self._tone, _mirrored(x, width), _mirrored(y, height))


class Painted:
    """A sky painted into one frame of the shot: there pixel for pixel, mirrored beyond that frame's edges.

    beyond: of the view asked for last, the share that lies outside the painted frame.
    """

    def __init__(self, picture: Floats, back: Matrix, box: Box) -> None:
        """picture: (h, w, 3) float32 scene-linear over `box`; back: as in SkyDome.view, of the painted frame."""
        self._tone, self._box = to_tone(_limited(picture)), box
        self._home = np.linalg.inv(back)
        self.beyond = 0.0

    def view(self, back: Matrix, box: Box) -> Floats:
        """As in SkyDome."""
        (a, b, c), (d, e, f), (g, h, i) = self._home @ back
        x, y = np.arange(box.x0, box.x1, dtype=np.float64), np.arange(box.y0, box.y1, dtype=np.float64)[:, None]
        depth = g * x + h * y + i
        ahead = depth > _GRAZING
        depth = np.where(ahead, depth, 1)
        across, down = (a * x + b * y + c) / depth - self._box.x0, (d * x + e * y + f) / depth - self._box.y0
        width, height = self._box.width, self._box.height
        seen = ahead & (across > -0.5) & (across < width - 0.5) & (down > -0.5) & (down < height - 0.5)
        self.beyond = 1 - float(seen.mean())
        across, down = (np.where(ahead, one, 0).astype(np.float32) for one in (across, down))
        return _sampled(self._tone, _mirrored(across, width), _mirrored(down, height))


def _limited(picture: Floats) -> Floats:
    finite = np.nan_to_num(picture, nan=0.0, posinf=65504.0, neginf=0.0).astype(np.float32, copy=False)
    if finite.shape[1] <= _WIDEST:
        return finite
    factor = _WIDEST / finite.shape[1]
    return np.asarray(_cv2.resize(finite, None, fx=factor, fy=factor, interpolation=_cv2.INTER_AREA), np.float32)


def _angles(back: Matrix, box: Box) -> tuple[Floats, Floats]:
    """Azimuth (right) and elevation (down) in radians, (H, W) float32 each, of the pixels of a box."""
    across, down = np.empty((box.height, box.width), np.float32), np.empty((box.height, box.width), np.float32)
    matrix = np.ascontiguousarray(back)
    in_slices(box.height, 64, lambda start, stop: _angle_rows(matrix, box.x0, box.y0, across, down, start, stop))
    return across, down


@numba.njit(cache=True, nogil=True)
def _angle_rows(back, x0, y0, across, down, start, stop):  # type: ignore[no-untyped-def]
    for j in range(start, stop):
        for i in range(across.shape[1]):
            x, y = np.float64(x0 + i), np.float64(y0) + np.float64(j)
            dx = back[0, 0] * x + back[0, 1] * y + back[0, 2]
            dy = back[1, 0] * x + back[1, 1] * y + back[1, 2]
            dz = back[2, 0] * x + back[2, 1] * y + back[2, 2]
            across[j, i] = math.atan2(dx, dz)
            down[j, i] = math.atan2(dy, math.sqrt(dx * dx + dz * dz))


def _sampled(tone: Floats, x: Floats, y: Floats) -> Floats:
    picture = _cv2.remap(
        tone, x.astype(np.float32), y.astype(np.float32), _cv2.INTER_CUBIC, None, _cv2.BORDER_REPLICATE
    )
    return from_tone(np.maximum(picture, 0))


def _mirrored(at: Floats, size: int) -> Floats:
    """Positions folded back into 0 to size - 1 at both edges, as often as needed."""
    period = np.float32(2 * max(1, size - 1))
    folded = np.mod(at, period)
    return np.asarray(np.minimum(folded, period - folded), np.float32)
