"""Grain match, sharpness and extremes of one frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.quality.extremes import Extent, extremes
from platewright.quality.grain_match import grain_match
from platewright.quality.sharpness import sharpness
from tests.quality.scenes import Picture, blob, grain, over, perfect, world


@pytest.fixture(scope="module")
def clean() -> Picture:
    return np.ascontiguousarray(world()[40:280, 50:350])


ALPHA = blob(240, 300)


@pytest.mark.parametrize("strength", [0.25, 0.5, 1.0, 2.0])
def test_the_share_of_the_plates_grain_is_found(strength: float) -> None:
    y, x = np.mgrid[:240, :300].astype(np.float32)
    wall = (0.05 + 0.5 * x / 300 * y / 240)[..., None].repeat(3, 2)
    found = grain_match(over(grain(wall, 1, 0), grain(wall, 2, 0, strength), ALPHA), ALPHA)
    assert found.visible
    for ratio in found.ratios:
        assert ratio == pytest.approx(strength, rel=0.2)


def test_a_smooth_fill_in_a_textured_plate_lacks_grain(clean: Picture) -> None:
    plate = grain(clean, 1, 0)
    assert all(
        ratio is not None and ratio > 0.7 for ratio in grain_match(over(plate, perfect(clean, 0), ALPHA), ALPHA).ratios
    )
    smooth = cv2.GaussianBlur(clean, (0, 0), 3)
    assert all(ratio is not None and ratio < 0.3 for ratio in grain_match(over(plate, smooth, ALPHA), ALPHA).ratios)


def test_leaves_around_a_region_are_not_taken_for_the_plates_grain() -> None:
    leaves = 0.2 * np.exp2(cv2.GaussianBlur(np.random.default_rng(3).normal(0, 3, (240, 300, 3)), (0, 0), 1.5))
    sky = np.full((240, 300, 3), 0.2)
    plate = leaves.astype(np.float32)
    plate[:, :16] = sky[:, :16]
    ratios = grain_match(over(grain(plate, 1, 0), grain(sky.astype(np.float32), 2, 0), ALPHA), ALPHA).ratios
    for ratio in ratios:
        assert ratio == pytest.approx(1.0, rel=0.25)


def test_a_plate_without_grain_has_none_to_match() -> None:
    flat = np.full((200, 200, 3), 0.2, np.float32)
    assert not grain_match(flat, blob(200, 200)).visible


@pytest.mark.parametrize("alpha", [np.zeros((60, 60), np.float32), np.ones((60, 60), np.float32), blob(60, 60, 28)])
def test_too_little_on_one_side_gives_no_grain_and_no_sharpness(alpha: Picture) -> None:
    rgb = np.random.default_rng(1).random((60, 60, 3)).astype(np.float32)
    assert grain_match(rgb, alpha).ratios == (None, None, None)
    assert sharpness(rgb, alpha) is None
    empty = np.zeros((0, 0, 3), np.float32)
    assert grain_match(empty, empty[..., 0]).ratios == (None, None, None)
    assert sharpness(empty, empty[..., 0]) is None


def test_a_blurred_fill_is_less_sharp(clean: Picture) -> None:
    tiles = clean.copy()
    for row in range(0, 240, 24):
        for column in range(24 * (row // 24 % 2), 300, 48):
            tiles[row : row + 24, column : column + 24] *= np.float32(2)
    tiles = cv2.GaussianBlur(tiles, (0, 0), 0.6)
    plate = grain(tiles, 1, 0)
    sharp = sharpness(over(plate, perfect(tiles, 0), ALPHA), ALPHA)
    soft = sharpness(over(plate, perfect(cv2.GaussianBlur(tiles, (0, 0), 2), 0), ALPHA), ALPHA)
    assert sharp == pytest.approx(1.0, abs=0.15)
    assert soft is not None
    assert soft < 0.7


def test_values_the_plate_does_not_hold_are_counted_once_a_pixel() -> None:
    plate = np.full((50, 50, 3), 0.5, np.float32)
    plate[0, 0] = 2.0
    alpha = np.zeros((50, 50), np.float32)
    alpha[10:40, 10:40] = 1
    comp = plate.copy()
    comp[12, 12] = 2.1
    comp[13, 13] = 3.0
    comp[14, 14] = (-0.1, 5.0, 0.5)
    comp[15, 15, 0] = np.nan
    comp[16, 16, 2] = np.inf
    comp[2, 2] = 99.0
    found, extent = extremes(comp, plate, alpha)
    assert (found.brighter, found.negative, found.broken, found.region) == (1, 1, 2, 900)
    assert found.share == pytest.approx(4 / 900)
    assert (extent.lowest, extent.highest) == (0.5, 2.0)


def test_what_other_frames_of_the_plate_hold_is_not_invented() -> None:
    plate = np.full((20, 20, 3), 0.5, np.float32)
    alpha = np.ones((20, 20), np.float32)
    comp = np.full_like(plate, 3.0)
    assert extremes(comp, plate, alpha)[0].brighter == 400
    assert extremes(comp, plate, alpha, Extent(0.1, 4.0))[0].brighter == 0
    dark = np.full_like(plate, -0.2)
    assert extremes(dark, dark, alpha)[0].negative == 0
    broken = np.full_like(plate, np.nan)
    assert extremes(plate, broken, alpha)[0].share == 0
