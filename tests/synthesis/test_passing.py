"""What lies behind a bar that passes is seen past it, and the bar itself stays."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from platewright.contract.windows import EMPTY, Box
from platewright.synthesis.looks import Looks, Pixels
from platewright.synthesis.passing import let_through
from platewright.synthesis.planes import Planes
from platewright.synthesis.views import View
from tests.moving_shot import background

BOX = Box.of_size(120, 64)
NEAR = 10.0
WIDE = (60, 74)
"""Columns of the bar in the target."""


def passed() -> tuple[Pixels, np.ndarray]:
    """A still ground behind a bar that moves by two to ten pixels a frame, of its own
    texture; the pixels are hidden but for a rim at the top and bottom. And the truth, `(H, W)` nearness."""
    ground = background(BOX.height, BOX.width, seed=6)
    paint = (0.05 + background(BOX.height, BOX.width + 60, seed=9)) * np.float32((1.2, 0.5, 0.3))
    ys, xs = np.mgrid[0 : BOX.height, 0 : BOX.width].astype(np.float32)
    speeds = [0.0, 0.4, 0.6, 0.8, 1.0, -1.0, -1.4]
    lumas, cameras, target = [], [], None
    for number, speed in enumerate(speeds):
        x = xs - np.float32(speed * NEAR)
        sees = (x >= WIDE[0]) & (x < WIDE[1])
        plate = np.where(sees[..., None], cv2.remap(paint, x, ys, cv2.INTER_CUBIC), ground)
        view = View(number, np.maximum(plate, 0.001).astype(np.float16), BOX, np.zeros((0, 0), np.uint8), EMPTY)
        target = target or view
        lumas.append(view.luma(BOX).copy())
        cameras.append([[1, 0, 0, speed], [0, 1, 0, 0], [0, 0, 1, 0]])
    known = (ys < 10) | (ys > 53)
    numbers = tuple(range(1, len(speeds)))
    looks = Looks(np.stack(lumas[1:]), np.zeros((len(numbers), 2)), np.array(cameras[1:], np.float64), numbers)
    assert target is not None
    return Pixels(target, BOX, known, looks), np.where((xs >= WIDE[0]) & (xs < WIDE[1]), NEAR, 0.0)


def plain() -> View:
    """A frame that shows nothing."""
    return View(0, np.ones((BOX.height, BOX.width, 3), np.float16), BOX, np.zeros((0, 0), np.uint8), EMPTY)


def planes(near: float = NEAR) -> Planes:
    """The ground's and the bar's."""
    return Planes(np.array([5.0]), np.array([[-2.0, 2.0], [near - 2, near + 2]]), np.array([[0, 0, 0], [0, 0, near]]))


def test_ground_told_to_be_the_bar_is_put_behind_it_and_the_bar_stays() -> None:
    pixels, truth = passed()
    told = truth.copy()
    told[16:48, 74:84] = NEAR  # beside the bar, where half of the frames show it
    there = ~pixels.known
    found = let_through(told, there, planes(), 1, pixels)
    wrong = np.zeros(truth.shape, bool)
    wrong[16:48, 76:84] = True
    assert (found[wrong] == 0).mean() > 0.9
    bar = (truth == NEAR) & there
    assert (found[bar] == NEAR).mean() > 0.9
    np.testing.assert_array_equal(found[pixels.known], told[pixels.known])


def test_where_nobody_knows_which_is_nearer_all_stays() -> None:
    pixels, truth = passed()
    told = np.full(truth.shape, NEAR)
    np.testing.assert_array_equal(let_through(told, ~pixels.known, planes(), 0, pixels), told)


def test_a_bar_that_is_badly_told_itself_hides_what_it_hid() -> None:
    pixels, truth = passed()
    near = np.where(truth == NEAR, NEAR + 4, 0)
    near[16:48, 74:84] = NEAR + 4
    np.testing.assert_array_equal(let_through(near, ~pixels.known, planes(NEAR + 4), 1, pixels), near)


def test_without_a_rim_that_shows_the_bar_all_stays() -> None:
    pixels, truth = passed()
    hidden = Pixels(plain(), BOX, np.zeros(truth.shape, bool), pixels.looks)
    told = np.full(truth.shape, NEAR)
    np.testing.assert_array_equal(let_through(told, ~pixels.known, planes(), 1, hidden), told)


def test_a_camera_without_perspective_breaks_nothing() -> None:
    pixels, truth = passed()
    flat = pixels.looks.cameras.copy()
    flat[:, 2] = 0
    blind = Pixels(plain(), BOX, pixels.known, replace(pixels.looks, cameras=flat))
    found = let_through(np.full(truth.shape, NEAR), ~pixels.known, planes(), 1, blind)
    assert np.isfinite(found).all()
