"""What a model made is brought to the plate by a line fitted on the ring, and by none where none fits."""

from __future__ import annotations

import numpy as np

from platewright.synthesis.ring_fit import SAME, fit, ring


def picture(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((80, 90, 3), np.float32) * np.float32(0.6) + np.float32(0.2)


def test_a_shift_of_colour_is_found_in_spite_of_a_thing_that_was_left_out() -> None:
    plate = picture()
    made = (plate - np.float32(0.03)) / np.float32(1.1)
    made[:, :12] = 0.9
    on = np.ones(plate.shape[:2], bool)
    found = fit(made, plate, on)
    assert np.abs(np.array(found.gain) - 1.1).max() < 0.02 and np.abs(np.array(found.offset) - 0.03).max() < 0.01
    assert np.abs(found.applied(made)[:, 12:] - plate[:, 12:]).max() < 0.01


def test_another_picture_and_too_few_pixels_change_nothing() -> None:
    few = np.zeros((80, 90), bool)
    few[:2, :5] = True
    assert fit(picture() * np.float32(0.5), picture(), few) is SAME
    flat = np.full((80, 90, 3), 0.5, np.float32)
    found = fit(flat, np.full_like(flat, 0.9), np.ones((80, 90), bool))
    assert found.gain == (1, 1, 1) and found.offset == (0, 0, 0) and found.error > 0.3


def test_the_ring_lies_around_the_mask_where_the_plate_is_known() -> None:
    mask, known = np.zeros((40, 40), bool), np.ones((40, 40), bool)
    mask[15:25, 15:25], known[:, :13] = True, False
    on = ring(mask, known, 4)
    assert on[14, 20] and on[20, 28] and not on[20, 20] and not on[20, 12] and not on[5, 20]
