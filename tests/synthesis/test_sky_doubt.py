"""What speaks against a label: a sky has no ruled edges, whatever crosses it."""

from __future__ import annotations

import cv2
import numpy as np

from platewright.synthesis.sky_doubt import unbroken

HEIGHT, WIDTH = 270, 480
SKY = np.ones((HEIGHT, WIDTH), np.float32)


def bright() -> np.ndarray:
    """A sky with grain in tone space, brighter towards the ground."""
    draw = np.random.default_rng(5)
    down = np.linspace(0.4, 0.6, HEIGHT, dtype=np.float32)[:, None, None]
    return (down + 0.002 * draw.standard_normal((HEIGHT, WIDTH, 3))).astype(np.float32)


def test_a_ceiling_above_a_wall_is_no_sky() -> None:
    tone = bright()
    tone[:90] += 0.05
    assert unbroken(tone, SKY) < 0.3


def test_a_white_house_before_a_white_sky_is_told_by_its_corners() -> None:
    tone = bright()
    tone[100:, 150:260] -= 0.02
    assert unbroken(tone, SKY) < 0.75


def test_the_edge_of_what_is_no_sky_says_nothing() -> None:
    tone, sky = bright(), SKY.copy()
    tone[180:], sky[180:] = 0.1, 0
    assert unbroken(tone, sky) == 1


def test_cables_and_contrails_leave_a_sky_unbroken() -> None:
    tone = bright()
    for row in (40, 90):
        cv2.line(tone, (0, row), (WIDTH, row + 30), (0.1, 0.1, 0.1), 1, cv2.LINE_AA)
    cv2.line(tone, (0, 200), (WIDTH, 150), (0.7, 0.7, 0.7), 2, cv2.LINE_AA)
    assert unbroken(tone, SKY) == 1


def test_the_soft_edge_of_a_cloud_leaves_a_sky_unbroken() -> None:
    tone = bright()
    tone += np.float32(0.1) / (1 + np.exp(-(np.arange(HEIGHT, dtype=np.float32)[:, None, None] - 120) / 4))
    assert unbroken(tone, SKY) == 1
