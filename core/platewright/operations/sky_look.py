"""What the first frame settles for the whole shot, so that nothing flickers: horizon, air, light, softness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.request import ReplaceSky
from platewright.contract.windows import Box
from platewright.synthesis.sky_camera import Lens, directions, level
from platewright.synthesis.sky_dome import SkyDome
from platewright.synthesis.sky_light import Relight, edge_softness, relight

__all__ = ["Look", "Parted", "azimuths", "horizon_of", "take_look"]

_cv2: Any = cv2
Float = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Parted:
    """A frame parted into sky and foreground, over its data window; as synthesis.sky_matte.SkyMatte."""

    rgb: Float
    alpha: Float
    foreground: Float
    sky: Float
    confidence: float


@dataclass(frozen=True, eq=False)
class Look:
    """What the first frame settles for the whole shot, so that nothing flickers.

    back: (3, 3) from the first frame's plate pixels to level directions. horizon: plate row. air: (3,) the old
    sky's colour at the horizon.
    """

    back: Matrix
    horizon: float
    air: Float
    light: Relight
    softness: float


def horizon_of(alpha: Float) -> float:
    """The row of the horizon: the lowest sky that a fifth of the columns reach. Hills and houses only hide it."""
    sky = alpha > 0.5
    lowest = sky.shape[0] - 1 - sky[::-1].argmax(axis=0)
    lowest = lowest[sky.any(axis=0)]
    return float(np.quantile(lowest, 0.8)) if lowest.size else sky.shape[0] / 2


def take_look(parted: Parted, dome: SkyDome, lens: Lens, horizon: float, box: Box, operation: ReplaceSky) -> Look:
    """Settle the look by the first frame. horizon: plate row; box: the frame's pixels."""
    back = level(lens, horizon)
    light = Relight((0.0, 0.0, 0.0), 0.0)
    if operation.relight > 0:
        light = _light(parted, dome.view(back, box), azimuths(back, lens, box), operation.relight)
    return Look(back, horizon, _air(parted, horizon - box.y0), light, edge_softness(parted.alpha))


def _light(parted: Parted, new: Float, azimuth: Float, strength: float) -> Relight:
    size = (max(2, new.shape[1] // 8), max(2, new.shape[0] // 8))
    old, fresh, weight = (
        np.asarray(_cv2.resize(picture, size, interpolation=_cv2.INTER_AREA), np.float32)
        for picture in (parted.sky, new, parted.alpha)
    )
    columns = np.asarray(_cv2.resize(azimuth[None], (size[0], 1), interpolation=_cv2.INTER_AREA), np.float32)
    return relight(old, fresh, weight, columns[0], strength)


def azimuths(back: Matrix, lens: Lens, box: Box) -> Float:
    """(w,) radians to the right of straight ahead at which the columns of a box look, at the lens's own height."""
    row = round(lens.centre[1])
    across = directions(back, Box(box.x0, row, box.x1, row + 1))[0]
    return np.asarray(np.arctan2(across[:, 0], across[:, 2]), np.float32)


def _air(parted: Parted, horizon: float) -> Float:
    """(3,) the old sky's colour just above the horizon: over the lowest tenth of the picture that is sky."""
    height = parted.alpha.shape[0]
    sky = parted.alpha > 0.9
    low = sky.copy()
    low[: max(0, round(horizon - 0.1 * height))] = False
    chosen = low if int(low.sum()) > 100 else sky
    if not chosen.any():
        chosen = parted.alpha > 0
    return np.asarray(np.median(parted.sky[chosen], axis=0), np.float32)
