"""Nearness to a fraction of a level, told by the pixels around."""

from __future__ import annotations

import cv2
import numpy as np

from platewright.contract.windows import EMPTY, Box
from platewright.synthesis.evened import evened
from platewright.synthesis.looks import Looks, Pixels
from platewright.synthesis.views import View
from tests.moving_shot import background

BOX = Box.of_size(96, 64)
LEVEL = 1.0


def seen_from(shifts: list[float], nearness: np.ndarray) -> tuple[View, Looks]:
    """A target and the lumas of frames in which a pixel of nearness 1 moves by so much to the right."""
    wide = background(BOX.height, BOX.width + 40, seed=4)
    ys, xs = np.mgrid[0 : BOX.height, 0 : BOX.width].astype(np.float32)
    plates = [cv2.remap(wide, xs + 20, ys, cv2.INTER_CUBIC)]
    # A pixel x of the target lies at x + shift * nearness(y): the nearness is the same along a row.
    plates += [cv2.remap(wide, xs + 20 - np.float32(by) * nearness[:, :1].astype(np.float32), ys, cv2.INTER_CUBIC)
               for by in shifts]  # fmt: skip
    views = [View(k, np.maximum(p, 0.001).astype(np.float16), BOX, np.zeros((0, 0), np.uint8), EMPTY)
             for k, p in enumerate(plates)]  # fmt: skip
    cameras = np.array([[[1, 0, 0, by], [0, 1, 0, 0], [0, 0, 1, 0]] for by in shifts], np.float64)
    luma = np.stack([view.luma(BOX).copy() for view in views[1:]])
    return views[0], Looks(luma, np.zeros((len(shifts), 2)), cameras, tuple(range(len(shifts))))


def test_what_pixels_miss_by_most_of_a_level_they_find_together() -> None:
    ys, xs = np.mgrid[0 : BOX.height, 0 : BOX.width]
    truth = 2 + 0.02 * ys.astype(np.float64)
    view, looks = seen_from([-1.0, -0.6, 0.5, 1.0], truth)
    hidden = (xs > 30) & (xs < 66)
    rough = truth + np.where((xs // 5 + ys // 3) % 2, 0.5, -0.2)
    found = evened(rough, np.ones(truth.shape, bool), 2.5, LEVEL, Pixels(view, BOX, ~hidden, looks))
    inner = hidden & (ys > 4) & (ys < 60)
    assert np.abs(found - truth)[inner].mean() < 0.2 * np.abs(rough - truth)[inner].mean()


def test_surfaces_apart_do_not_draw_each_other() -> None:
    ys, xs = np.mgrid[0 : BOX.height, 0 : BOX.width]
    near = np.where(xs < 48, 2.0, 8.0)
    view, _ = seen_from([1.0], np.full(near.shape, 2.0))
    blind = Looks(
        np.full((2, 64, 96), np.nan, np.float32), np.zeros((2, 2)), np.zeros((2, 3, 4)) + np.eye(3, 4), (2, 3)
    )
    found = evened(near, np.ones(near.shape, bool), 2.5, LEVEL, Pixels(view, BOX, near < 0, blind))
    np.testing.assert_allclose(found, near, atol=1e-9)
