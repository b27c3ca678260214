"""A shaken camera that reads its rows one after the other skews the picture; a fill holds all the same.

Each frame is aligned on the surround of its hole alone, where the skew is very nearly a homography.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.moving_shot import MovingShot, background, make
from tests.synthesis.test_repair import fill_all, score


def shaken(read_out: float, shake: float, frames: int = 9, size: tuple[int, int] = (240, 150)) -> MovingShot:
    """read_out: share of the time between frames in which a frame's rows are read. shake: in pixels, either way."""
    width, height = size
    world = background(height + 200, width + 200)
    rng = np.random.default_rng(2)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    shot = make(size=size, frames=frames, step=(0.0, 0.0), radius=14, travel=15)
    for i, number in enumerate(shot.numbers):
        time = i + read_out * ys[:, :1] / height
        x = shake * (np.sin(1.1 * time) + 0.5 * np.sin(2.3 * time + 1))
        y = 0.6 * shake * np.sin(1.7 * time + 2)
        clean = cv2.remap(world, xs + 100 + x, ys + 100 + y, cv2.INTER_LANCZOS4)
        shot.clean[number] = np.maximum(clean, 0.001)
        disc = (shot.mattes[number] > 0)[..., None]
        plate = np.where(disc, np.float32((0.02, 0.3, 0.03)), shot.clean[number])
        grain = 1 + 0.01 * rng.standard_normal(plate.shape).astype(np.float32)
        shot.plates[number] = (plate * grain).astype(np.float16)
    return shot


@pytest.mark.parametrize(("read_out", "shake", "least"), [(0.0, 6.0, 55.0), (0.5, 6.0, 45.0), (0.9, 6.0, 37.0)])
def test_a_rolling_shutter_costs_little_in_the_hole(read_out: float, shake: float, least: float) -> None:
    shot = shaken(read_out, shake)
    filled = fill_all(shot)
    assert min(score(shot, result, number) for number, result in filled.items()) > least
