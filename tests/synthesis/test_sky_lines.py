"""Faint lines are found where they are, and none where there is only grain, texture, an edge or a gap."""

from __future__ import annotations

import cv2
import numpy as np

from platewright.synthesis.sky_lines import along_lines

HEIGHT, WIDTH = 160, 240
SKY = np.ones((HEIGHT, WIDTH), np.uint8)


def grain(size: float = 0.1, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, size, (HEIGHT, WIDTH)).astype(np.float32)


def test_a_wire_of_a_third_of_a_pixel_in_strong_grain_is_one_line() -> None:
    wire = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.line(wire, (5, 40), (234, 70), 0.4, 1)
    found = along_lines(grain(0.06) + wire, SKY)
    on = cv2.dilate(wire, np.ones((3, 3), np.uint8)) > 0
    assert (found[wire > 0] > 0).mean() > 0.6
    assert abs(float(found[(wire > 0) & (found > 0)].mean()) - 0.4) < 0.12
    assert (found[~on] > 0).mean() < 0.002


def test_grain_alone_makes_hardly_a_line() -> None:
    assert (along_lines(grain(), SKY) > 0).mean() < 0.002


def test_a_textured_sky_makes_hardly_a_line() -> None:
    texture = cv2.GaussianBlur(grain(1.0), (0, 0), 2.0)
    assert (along_lines(texture / texture.std() * np.float32(0.3), SKY) > 0).mean() < 0.01


def test_the_edge_of_a_wall_and_a_gap_between_walls_are_no_lines() -> None:
    walls = np.zeros((HEIGHT, WIDTH), np.float32)
    walls[:, :60] = walls[:, 64:100] = 1
    open_sky = (walls == 0).astype(np.uint8)
    found = along_lines(np.where(walls > 0, 1, grain(0.02)).astype(np.float32), open_sky)
    assert (found[:, 61:63] > 0).mean() < 0.02
    assert (found[:, 101:110] > 0).mean() < 0.02


def test_a_line_that_is_faint_all_along_is_the_sky_s_own_and_a_wire_with_one_clear_place_is_kept_whole() -> None:
    rim, wire = np.zeros((HEIGHT, WIDTH), np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(rim, (120, 150), (90, 60), 0, 200, 340, 0.08, 2)
    cv2.line(wire, (5, 20), (234, 40), 0.08, 2)
    cv2.line(wire, (150, 32), (190, 36), 0.4, 2)
    found = along_lines(grain(0.02) + rim + wire, SKY)
    assert (found[rim > 0] > 0).mean() < 0.05
    assert (found[wire > 0] > 0).mean() > 0.7
