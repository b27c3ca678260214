"""The camera that looks at the sky: from pixels to directions, and how a turn of it moves the picture.

Directions: x to the right, y down, z ahead, of the level camera of the first frame, so that the horizon is y = 0
and straight ahead in the first frame is azimuth 0. A lens without distortion is assumed; a sky is far away and soft.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box

__all__ = ["USUAL_FIELD_OF_VIEW", "Lens", "directions", "level"]

USUAL_FIELD_OF_VIEW = 48.0
"""Degrees across: a 28 mm lens before a 25 mm wide gate. A wrong one hardly slides a sky, see `sky_motion`."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lens:
    """A lens without distortion.

    focal: in plate pixels across; centre: plate coordinates; aspect: width of a pixel over its height.
    """

    focal: float
    centre: tuple[float, float]
    aspect: float = 1.0

    @classmethod
    def of(cls, display_window: Box, field_of_view: float, aspect: float = 1.0) -> Lens:
        """The lens that sees `field_of_view` degrees across a display window, its axis in the middle."""
        focal = display_window.width / 2 / math.tan(math.radians(field_of_view) / 2)
        centre = (
            display_window.x0 + display_window.width / 2 - 0.5,
            display_window.y0 + display_window.height / 2 - 0.5,
        )
        return cls(focal, centre, aspect)

    @property
    def matrix(self) -> Matrix:
        """(3, 3) from directions of the camera to plate pixels."""
        tall = self.focal * self.aspect
        return np.array([[self.focal, 0, self.centre[0]], [0, tall, self.centre[1]], [0, 0, 1]])

    @property
    def rays(self) -> Matrix:
        """(3, 3) from plate pixels to directions of the camera."""
        return np.asarray(np.linalg.inv(self.matrix), np.float64)

    def moved(self, turn: Matrix) -> Matrix:
        """(3, 3) from plate pixels to plate pixels that a turn of the camera's directions makes.

        Not divided by its last number: its sign says what is ahead when the camera turns by more than 90 degrees.
        """
        return np.asarray(self.matrix @ turn @ self.rays, np.float64)


def directions(back: Matrix, box: Box, step: int = 1) -> npt.NDArray[np.float32]:
    """(h, w, 3) unit level directions of every `step`-th pixel of a box. back: (3, 3) from plate pixels to them."""
    x = np.arange(box.x0, box.x1, step, dtype=np.float64)
    y = np.arange(box.y0, box.y1, step, dtype=np.float64)[:, None]
    ray = np.empty((len(y), len(x), 3), np.float32)
    for axis in range(3):
        ray[..., axis] = back[axis, 0] * x + back[axis, 1] * y + back[axis, 2]
    ray /= np.sqrt((ray * ray).sum(axis=-1, keepdims=True))
    return ray


def level(lens: Lens, horizon: float) -> Matrix:
    """(3, 3) from plate pixels of the first frame to level directions, its horizon at row `horizon`, not rolled."""
    tilt = math.atan((horizon - lens.centre[1]) / (lens.focal * lens.aspect))
    c, s = math.cos(tilt), math.sin(tilt)
    # The camera sees (0, sin, cos) at the horizon's row, below its axis when it looks up; that becomes (0, 0, 1).
    return np.asarray(np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ lens.rays, np.float64)
