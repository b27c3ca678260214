"""The seam is told in units of the plate's own jumps, wherever it is and however the matte is drawn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.quality.seam import seam
from tests.quality.scenes import Picture, blob, grain, over, perfect, world


@pytest.fixture(scope="module")
def clean() -> Picture:
    return np.ascontiguousarray(world()[40:280, 50:350])


def rectangle(height: int = 240, width: int = 300, margin: int = 30) -> Picture:
    alpha = np.zeros((height, width), np.float32)
    alpha[margin:-margin, margin:-margin] = 1
    return alpha


@pytest.mark.parametrize("alpha", [blob(240, 300), rectangle()], ids=["ellipse", "rectangle"])
def test_a_perfect_fill_has_the_plates_own_jumps(clean: Picture, alpha: Picture) -> None:
    found = seam(over(grain(clean, 1, 0), perfect(clean, 0), alpha), alpha)
    assert found.ratio == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize("alpha", [blob(240, 300), rectangle()], ids=["ellipse", "rectangle"])
def test_a_fill_of_another_brightness_shows_its_step(clean: Picture, alpha: Picture) -> None:
    plate = grain(clean, 1, 0)
    ratios = [seam(over(plate, perfect(clean * np.float32(k), 0), alpha), alpha).ratio for k in (1.0, 1.1, 1.2, 1.4)]
    assert None not in ratios
    assert ratios == sorted(ratios, key=lambda ratio: ratio or 0)
    assert (ratios[2] or 0) > 1.8
    assert (ratios[3] or 0) > 3


def test_the_step_is_told_in_steps_of_eight_bits_in_tone_space() -> None:
    flat = np.full((120, 160, 3), 0.18, np.float32)
    alpha = rectangle(120, 160)
    found = seam(over(flat, flat * np.float32(1.1), alpha), alpha)
    steps = 255 * (np.log2(1 + 64 * 0.198) - np.log2(1 + 64 * 0.18)) / np.log2(257)
    assert found.jump == pytest.approx(float(steps), rel=0.02)
    assert found.plate_jump == pytest.approx(0.4, abs=0.01)


def test_the_worst_place_is_where_the_step_is(clean: Picture) -> None:
    alpha = rectangle()
    fill = perfect(clean, 0)
    fill[:, 240:] *= np.float32(1.6)
    found = seam(over(grain(clean, 1, 0), fill, alpha), alpha)
    assert found.where is not None and found.worst is not None and found.ratio is not None
    assert found.where[0] > 225
    assert found.worst > 1.5 * found.ratio


def test_a_step_hidden_by_a_wide_feather_is_no_seam(clean: Picture) -> None:
    alpha = cv2.GaussianBlur(rectangle(margin=60), (0, 0), 9)
    alpha[alpha < 0.01] = 0
    found = seam(over(grain(clean, 1, 0), perfect(clean * np.float32(1.2), 0), alpha), alpha)
    assert found.ratio is None or found.ratio < 1.4


def test_colour_steps_count_like_brightness(clean: Picture) -> None:
    alpha = blob(240, 300)
    tinted = clean * np.array([1.25, 1.0, 0.8], np.float32)
    found = seam(over(grain(clean, 1, 0), perfect(tinted, 0), alpha), alpha)
    assert (found.ratio or 0) > 1.8


def test_nothing_to_measure_gives_none() -> None:
    rgb = np.full((40, 50, 3), 0.2, np.float32)
    assert seam(rgb, np.zeros((40, 50), np.float32)).ratio is None
    assert seam(rgb, np.ones((40, 50), np.float32)).ratio is None
    assert seam(rgb[:0], np.zeros((0, 50), np.float32)).ratio is None
    assert seam(np.full_like(rgb, np.nan), rectangle(40, 50, 18)).ratio is None


def test_a_single_pixel_has_no_seam_to_speak_of(clean: Picture) -> None:
    plate = grain(clean, 1, 0)
    dot = np.zeros((240, 300), np.float32)
    dot[100, 150] = 1
    assert seam(over(plate, plate + 1, dot), dot).ratio is None


def test_thin_lines_are_measured(clean: Picture) -> None:
    plate = grain(clean, 1, 0)
    wire = np.zeros((240, 300), np.float32)
    cv2.line(wire, (30, 40), (270, 190), 1.0, 2)
    assert seam(over(plate, perfect(clean, 0), wire), wire).ratio == pytest.approx(1.0, abs=0.4)
    assert (seam(over(plate, perfect(clean * np.float32(1.5), 0), wire), wire).ratio or 0) > 2


def test_nan_in_the_plate_is_left_out(clean: Picture) -> None:
    alpha = blob(240, 300)
    comp = over(grain(clean, 1, 0), perfect(clean, 0), alpha)
    before = seam(comp, alpha).ratio
    comp[:20] = np.nan
    comp[:, :18] = np.inf
    assert seam(comp, alpha).ratio == pytest.approx(before, abs=0.2)
