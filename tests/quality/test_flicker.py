"""Flicker follows the motion, and is told against the plate's own change."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.contract.windows import Box
from platewright.quality.drift import colour_drift
from platewright.quality.flicker import FlickerMeasure, flicker
from tests.quality.scenes import Picture, blob, grain, shot, world

SHIFT = np.array([[1, 0, 3], [0, 1, 2], [0, 0, 1]], np.float64)


def between(fill: Picture | float, matrix: np.ndarray = SHIFT) -> FlickerMeasure:
    """Flicker of two frames of a camera that moved by (3, 2); the later frame's region is `fill` times itself."""
    whole = world()
    alpha = blob(200, 260)
    before = grain(np.ascontiguousarray(whole[20:220, 30:290]), 1, 0)
    now = grain(np.ascontiguousarray(whole[22:222, 33:293]), 1, 1)
    now = np.where(alpha[..., None] > 0, now * np.float32(fill), now).astype(np.float32)
    box = Box.of_size(260, 200, -7, 900)
    return flicker(before, alpha, box, now, alpha, box, matrix)


def test_a_fill_that_follows_the_motion_flickers_like_the_plate() -> None:
    found = between(1.0)
    assert found.inside == pytest.approx(found.outside, rel=0.1)
    assert found.light is not None
    assert max(abs(stops) for stops in found.light) < 0.01


def test_the_change_is_the_grain_of_two_frames() -> None:
    flat = np.full((200, 200, 3), 0.3, np.float32)
    box = Box.of_size(200, 200)
    alpha = blob(200, 200, 40)
    found = flicker(grain(flat, 1, 0), alpha, box, grain(flat, 1, 1), alpha, box, np.eye(3))
    slope = 64 / ((1 + 64 * 0.3) * np.log(257))
    variance = 0.3 * np.array([1.1e-3, 0.7e-3, 1.6e-3])
    expected = 255 * np.sqrt(2 * (variance * slope**2).mean())
    assert found.inside == pytest.approx(expected, rel=0.05)
    assert found.outside == pytest.approx(expected, rel=0.05)


def test_light_that_jumps_is_told_in_stops() -> None:
    found = between(2**0.25)
    assert found.light == pytest.approx((0.25, 0.25, 0.25), abs=0.01)
    assert (found.inside or 0) > (found.outside or 0) + 2


def test_a_picture_that_slides_against_the_motion_flickers_more() -> None:
    still = between(1.0, np.array([[1, 0, 9], [0, 1, -4], [0, 0, 1]], np.float64))
    assert (still.inside or 0) > 1.5 * (between(1.0).inside or 0)


def test_a_change_of_exposure_in_the_plate_is_no_change_of_the_region() -> None:
    frames = list(shot(exposure=1.1))
    a, b = frames[2], frames[3]
    assert b.matrix is not None
    found = flicker(a.comp, a.alpha, a.box, b.comp, b.alpha, b.box, b.matrix)
    assert found.light is not None
    assert max(abs(stops) for stops in found.light) < 0.02


def test_a_matte_that_travels_over_plate_of_another_colour_is_no_change_of_light() -> None:
    """What was made stands still on the ground and is lighter than it; in each frame more of it is uncovered."""
    rng = np.random.default_rng(4)
    ground = np.full((80, 160, 3), 0.1, np.float32) + rng.uniform(0, 0.01, (80, 160, 3)).astype(np.float32)
    box, stays = Box.of_size(160, 80), np.eye(3)

    def frame(left: int) -> tuple[Picture, Picture]:
        alpha = np.zeros((80, 160), np.float32)
        alpha[20:60, left : left + 40] = 1
        return np.where(alpha[..., None] > 0, ground * 1.5, ground).astype(np.float32), alpha

    frames = [frame(20 + 5 * step) for step in range(12)]
    found = [
        flicker(*before, box, *now, box, stays) for before, now in zip(frames, frames[1:], strict=False)
    ]  # fmt: skip
    drift = colour_drift([None, *(one.light for one in found)])
    assert drift is not None and drift[0] == 0
    assert all((one.inside or 0) > 3 for one in found)  # the edge that goes over the plate is seen to change
    gone = flicker(*frame(10), box, *frame(100), box, stays)
    assert gone.light is None and gone.inside is not None


def test_highlights_that_lie_between_pixels_make_no_step_darker() -> None:
    """A pan by pixels and a half over ground full of glints: the earlier frame is looked at between its pixels."""
    rng = np.random.default_rng(7)
    fine = cv2.GaussianBlur(np.exp(rng.normal(-1.5, 1.5, (70, 700, 3))).astype(np.float32), (0, 0), 1.5)
    fine = fine**2 * np.float32(4)  # glints as sharp as a lens makes them
    alpha = np.zeros((70, 160), np.float32)
    alpha[15:55, 40:120] = 1
    box, steps, before = Box.of_size(160, 70), [], None
    for step in range(16):
        seen = fine[:, 9 * step : 9 * step + 320]
        plate = (seen[:, ::2] + seen[:, 1::2]) / 2
        now = np.where(alpha[..., None] > 0, np.float32(0.3), plate).astype(np.float32)
        if before is not None:
            found = flicker(before, alpha, box, now, alpha, box, np.array([[1, 0, 4.5], [0, 1, 0], [0, 0, 1]]))
            assert found.light is not None
            steps.append(found.light)
        before = now
    assert np.ptp(np.cumsum(steps, axis=0), axis=0).max() < 0.15
    drift = colour_drift([None, *steps])
    assert drift is not None and drift[0] < 0.05


def test_frames_that_share_nothing_give_none() -> None:
    rgb = np.full((50, 50, 3), 0.2, np.float32)
    alpha = blob(50, 50, 10)
    box = Box.of_size(50, 50)
    for matrix in (np.array([[1, 0, 500], [0, 1, 0], [0, 0, 1.0]]), np.full((3, 3), np.nan), -np.eye(3)):
        assert flicker(rgb, alpha, box, rgb, alpha, box, matrix) == FlickerMeasure(None, None, None)
    nothing = np.zeros((50, 50), np.float32)
    assert flicker(rgb, nothing, box, rgb, nothing, box, np.eye(3)).inside is None
    everything = np.ones((50, 50), np.float32)
    assert flicker(rgb, everything, box, rgb, everything, box, np.eye(3)).outside is None


def test_nan_is_left_out() -> None:
    rgb = np.full((50, 50, 3), 0.2, np.float32)
    rgb[:8] = np.nan
    alpha = blob(50, 50, 10)
    box = Box.of_size(50, 50)
    assert flicker(rgb, alpha, box, rgb, alpha, box, np.eye(3)).inside == 0
    assert flicker(rgb, alpha, box, rgb, alpha, box, np.eye(3)).outside == 0


def test_steps_in_one_direction_add_up_to_a_drift_and_alternating_ones_do_not() -> None:
    steady = colour_drift([None, *[(0.05, 0.0, 0.0)] * 10])
    assert steady is not None
    assert steady[0] == pytest.approx(0.5, abs=0.06)
    there_and_back = colour_drift([None, *[(0.1, 0.0, 0.0), (-0.1, 0.0, 0.0)] * 5])
    assert there_and_back is not None
    assert there_and_back[0] < 0.06
    assert colour_drift([None, None]) is None
    assert colour_drift([]) is None
