"""What looks like the sky outside the label's sky is a gap only where gaps lead to it."""

from __future__ import annotations

import numpy as np

from platewright.synthesis.sky_gaps import gap_pixels
from platewright.synthesis.sky_label import Label

ROWS, COLUMNS, CELL = 30, 40, 4


def label_of(sky: np.ndarray) -> Label:
    """A label whose sky takes the upper rows, and nothing but whose probability matters."""
    plain, no = np.zeros((ROWS, COLUMNS, 3), np.float32), np.zeros(sky.shape, np.bool_)
    envelope = np.broadcast_to(np.arange(ROWS)[:, None] < 12, sky.shape)
    return Label(sky, plain, plain + 1, envelope, no, no, 1.0, 1.0)


def test_a_white_house_that_the_label_was_unsure_of_is_no_gap_far_below_the_sky() -> None:
    sky = np.zeros((ROWS, COLUMNS), np.float32)
    sky[:10] = 1
    sky[11, 5] = sky[25, 30] = 0.4  # beside the sky, and a house among fields
    distance = np.full((ROWS * CELL, COLUMNS * CELL), 20, np.float32)
    beside, house = np.s_[44:48, 20:24], np.s_[100:104, 120:124]
    distance[: 10 * CELL] = distance[beside] = distance[house] = 0.5
    nowhere_plain, ground = np.zeros((ROWS, COLUMNS), np.float32), np.zeros((ROWS, COLUMNS, 3), np.float32)
    gaps = gap_pixels(distance, label_of(sky), None, nowhere_plain, ground)
    assert gaps[beside].all()
    assert not gaps[house].any()
