"""A shot of a picture that waves run over, with known truth; see moving_shot."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from tests.moving_shot import MovingShot, background, crossed

Array = npt.NDArray[np.float64]
LENGTHS = 26.0, 34.0
"""Pixels from crest to crest of the two waves, of which one pushes along and one down."""


def displaced(xs: Array, ys: Array, index: int, height: float, longer: float = 1.0) -> tuple[Array, Array]:
    """How far right and down of a place in frame `index` the picture shows what is seen there, in pixels."""
    along, down = (2 * np.pi / (longer * length) for length in LENGTHS)
    return (
        height * np.sin(along * (0.3 * xs + ys) + 0.9 * index),
        height * np.cos(down * (0.8 * ys - 0.5 * xs) - 0.7 * index),
    )


def rippled(
    *, size: tuple[int, int] = (260, 170), frames: int = 12, height: float = 1.3,
    step: tuple[float, float] = (2.1, -0.4), grain: float = 0.02, radius: float = 20.0, travel: float = 8.0,
    finest: float = 1.2, longer: float = 1.0,
) -> MovingShot:  # fmt: skip
    """As moving_shot.make, under waves of a `height` in pixels, and so many times longer than LENGTHS."""
    wide, high = size
    margin = 40 + int(max(abs(step[0]), abs(step[1])) * frames)
    world = background(high + 2 * margin, wide + 2 * margin, seed=7, finest=finest)
    rng = np.random.default_rng(12)
    plates, cleans, mattes = {}, {}, {}
    ys, xs = np.mgrid[0:high, 0:wide].astype(float)
    for i in range(frames):
        right, down = displaced(xs, ys, i, height, longer)
        u, v = xs + right + margin + step[0] * i, ys + down + margin + step[1] * i
        clean = cv2.remap(world, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LANCZOS4)
        number, cx = 1001 + i, wide / 2 + travel * (i - (frames - 1) / 2)
        cleans[number] = np.maximum(clean, np.float32(0.001))
        plates[number], mattes[number] = crossed(cleans[number], cx, radius, grain, rng)
    return MovingShot(plates, cleans, mattes, step)
