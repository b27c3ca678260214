"""Averages are of what is there, and wide ones need no full size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.synthesis.averages import averaged, blurred, weighted


def test_an_average_counts_known_pixels_alone() -> None:
    picture, known = np.full((32, 32), 0.5, np.float32), np.ones((32, 32), bool)
    known[12:20, 12:20] = False
    picture[~known] = np.inf
    assert np.allclose(averaged(picture, known, 2.0), 0.5, atol=1e-5)


@pytest.mark.parametrize("sigma", [1.0, 3.0, 8.0, 20.0, 47.0])
def test_a_wide_average_is_that_of_the_full_size(sigma: float) -> None:
    random = np.random.default_rng(4)
    picture = cv2.GaussianBlur(random.random((203, 311, 3)).astype(np.float32), (0, 0), 4.0)
    known = random.random((203, 311)) < 0.8
    known[60:120, 100:200] = False
    weight = known.astype(np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    plain = np.where(known[..., None], picture, np.float32(0))
    whole = cv2.GaussianBlur(plain, (0, 0), sigma)
    inside = total > 0.2
    off = (averaged(picture, known, sigma) - whole / np.maximum(total, 1e-6)[..., None])[inside]
    assert np.abs(off).max() < 0.03 * picture[known].std() + 0.02
    assert np.allclose(averaged(picture, known, sigma)[..., 1], averaged(picture[..., 1], known, sigma), atol=1e-6)


def test_far_from_all_weight_nothing_counts() -> None:
    weight = np.zeros((40, 200), np.float32)
    weight[:, :10] = 1
    assert weighted(weight * 7, weight, 2.0, 1e-3)[:, 100:].max() < 1e-3
    assert abs(float(weighted(weight * 7, weight, 2.0, 1e-3)[:, :10].min()) - 7) < 1e-3


def test_a_blur_keeps_the_sum() -> None:
    spot = np.zeros((160, 160), np.float32)
    spot[70:90, 70:90] = 1
    assert abs(float(blurred(spot, 12.0).sum()) / 400 - 1) < 0.02
