"""The new sky hangs where it should: straight ahead, at the horizon, all around, without seams."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.contract.windows import Box
from platewright.synthesis.sky_camera import Lens, directions, level
from platewright.synthesis.sky_dome import Backdrop, LatLong, ModelDome, heights, is_lat_long
from platewright.synthesis.sky_light import Relight, edge_softness, hazed, relight, softened
from platewright.synthesis.sky_model import SkyModel
from platewright.synthesis.sky_motion import SkyMotion

BOX = Box(0, 0, 192, 108)
LENS = Lens.of(BOX, 60.0)


def yawed(degrees: float) -> np.ndarray:
    y = np.radians(degrees)
    return np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])


def sphere(width: int = 720) -> np.ndarray:
    """A lat-long whose red is the longitude and whose green is the latitude, each 0 to 1."""
    y, x = np.mgrid[0 : width // 2, 0:width].astype(np.float32)
    return np.stack([(x + 0.5) / width, (y + 0.5) / (width / 2), np.full_like(x, 0.5)], axis=-1)


def test_a_picture_twice_as_wide_as_high_is_a_sphere() -> None:
    assert is_lat_long(4096, 2048) and is_lat_long(1000, 502)
    assert not is_lat_long(1920, 1080)


def test_the_middle_of_a_sphere_is_straight_ahead_at_the_horizon() -> None:
    back = level(LENS, horizon=80.0)
    view = LatLong(sphere()).view(back, BOX)
    assert view[80, 95:97, 0].mean() == pytest.approx(0.5, abs=0.002)
    assert view[80, 96, 1] == pytest.approx(0.5, abs=0.004)
    assert view[10, 96, 1] < 0.5 and view[80, 180, 0] > 0.5


def test_what_is_seen_across_the_frame_fits_the_field_of_view() -> None:
    view = LatLong(sphere()).view(level(LENS, LENS.centre[1]), BOX)
    across = (view[54, -1, 0] - view[54, 0, 0]) * 360
    assert across == pytest.approx(60, abs=0.7)


def test_a_full_turn_shows_no_seam_behind_the_camera() -> None:
    behind = level(LENS, LENS.centre[1]) @ np.linalg.inv(LENS.moved(yawed(180)))
    smooth = sphere()
    smooth[..., 0] = 0.5 + 0.4 * np.cos(2 * np.pi * smooth[..., 0])
    view = LatLong(smooth).view(behind, BOX)
    assert np.abs(np.diff(view[..., 0], axis=1)).max() < 0.01


def test_a_turn_of_the_camera_moves_the_sky_as_it_moves_the_plate() -> None:
    """The sky at a pixel of the first frame is the sky at the pixel where the turn brings it."""
    back = level(LENS, 70.0)
    moved = LENS.moved(yawed(5.0))
    first = LatLong(sphere()).view(back, BOX)
    second = LatLong(sphere()).view(back @ np.linalg.inv(moved), BOX)
    at = moved @ np.array([120.0, 30.0, 1.0])
    x, y = at[:2] / at[2]
    assert second[round(y), round(x)] == pytest.approx(first[30, 120], abs=0.004)


def test_a_plain_picture_covers_the_frame_and_is_mirrored_beyond() -> None:
    draw = np.random.default_rng(1)
    picture = draw.uniform(0.2, 1, (60, 100, 3)).astype(np.float32)
    dome = Backdrop(picture, LENS, BOX, horizon=90.0)
    wide = Box(-600, -300, 800, 108)
    view = dome.view(level(LENS, 90.0), wide)
    assert np.isfinite(view).all()
    assert view.min() > 0.05 and view.max() < 1.5


def test_a_formula_s_view_is_its_radiance_at_every_pixel() -> None:
    back = level(LENS, 80.0)
    model = SkyModel(20, 30)
    view = ModelDome(model).view(back, BOX)
    exact = model.radiance(directions(back, BOX))
    assert np.abs(view - exact)[:72].max() < 0.02 * exact.max()  # the grid is 2.5 degrees here, 0.2 in an HD plate


def test_heights_are_zero_at_the_horizon_and_grow_upwards() -> None:
    up = heights(level(LENS, 80.0), BOX)
    assert up[80, 96] == pytest.approx(0, abs=1e-3)
    assert up[0, 96] > up[40, 96] > 0 > up[100, 96]


def test_light_changes_by_a_stop_at_most_and_keeps_black() -> None:
    old = np.full((20, 30, 3), 0.1, np.float32)
    new = np.full((20, 30, 3), (8.0, 4.0, 1.0), np.float32)
    azimuth = np.linspace(-0.5, 0.5, 30, dtype=np.float32)
    light = relight(old, new, np.ones((20, 30), np.float32), azimuth, strength=1.0)
    gains = light.gains(azimuth)
    assert gains.max() <= 2 ** (1 + 0.5 + 0.2) + 1e-3
    assert gains[15, 0] > gains[15, 2]
    assert (np.zeros(3, np.float32) * gains == 0).all()


def test_no_strength_leaves_every_gain_at_exactly_one() -> None:
    old = np.full((20, 30, 3), 0.1, np.float32)
    light = relight(old, old * 5, np.ones((20, 30), np.float32), np.linspace(-1, 1, 30, dtype=np.float32), 0.0)
    assert light.is_none and (Relight((0, 0, 0), 0).gains(np.zeros(4, np.float32)) == 1).all()


def test_the_side_of_the_light_follows_the_sky() -> None:
    old = np.full((20, 30, 3), 0.5, np.float32)
    new = old * np.linspace(0.5, 2, 30, dtype=np.float32)[None, :, None]
    azimuth = np.linspace(-0.5, 0.5, 30, dtype=np.float32)
    gains = relight(old, new, np.ones((20, 30), np.float32), azimuth, 1.0).gains(azimuth)
    assert gains[-1, 1] > 1.1 * gains[0, 1]


def test_haze_is_full_at_the_horizon_and_gone_overhead() -> None:
    sky = np.full((3, 1, 3), 0.1, np.float32)
    air = np.float32([0.8, 0.8, 0.8])
    mixed = hazed(sky, air, np.float32([[1.5], [0.07], [0.0]]), amount=1.0)
    assert mixed[0, 0, 0] == pytest.approx(0.1, abs=1e-4)
    assert 0.1 < mixed[1, 0, 0] < mixed[2, 0, 0] < 0.8
    assert hazed(sky, air, np.zeros((3, 1), np.float32), 0.0) is sky


@pytest.mark.parametrize("sigma", [0.8, 1.5, 2.5])
def test_the_softness_of_an_edge_is_measured(sigma: float) -> None:
    step = np.zeros((200, 200), np.float32)
    step[:100] = 1
    assert edge_softness(cv2.GaussianBlur(step, (0, 0), sigma)) == pytest.approx(
        sigma * np.pi / 4 / (np.pi / 4) ** 2, rel=0.4
    )
    assert softened(step, 0.3) is step


def test_a_box_that_does_not_begin_at_zero_sees_the_same_sky() -> None:
    back = level(LENS, 80.0)
    part = Box(50, 20, 120, 60)
    for dome in (LatLong(sphere()), ModelDome(SkyModel(20, 30)), Backdrop(sphere(90), LENS, BOX, 80.0)):
        whole, cut = dome.view(back, BOX), dome.view(back, part)
        assert np.abs(whole[20:60, 50:120] - cut).max() < 0.01  # a formula's grid begins at the box


def test_motion_and_dome_agree_on_what_a_turn_means() -> None:
    motion = SkyMotion(LENS, BOX)
    assert (motion.add(np.zeros((108, 192), np.uint8), None).matrix == np.eye(3)).all()
