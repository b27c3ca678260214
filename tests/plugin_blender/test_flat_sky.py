"""What is measured of a flat sky, in numbers: heights, a floor, a sun; and odd pictures that must trip nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from platewright.contract.windows import Box
from platewright.synthesis.sky_camera import Lens, directions, level
from platewright.synthesis.sky_dome import Backdrop, is_lat_long
from plugin_blender.flat_sky import View, flat_light, is_panorama


def grid(values: np.ndarray) -> list[list[tuple[float, ...]]]:
    """`(h, w)` as grey rows."""
    return [[(float(value),) * 3 for value in row] for row in values]


@pytest.mark.parametrize(("size", "whole"), [((4096, 2048), True), ((2000, 1010), True), ((1920, 1080), False)])
def test_a_panorama_is_what_the_engine_takes_for_one(size: tuple[int, int], whole: bool) -> None:
    assert is_panorama(*size) == whole == is_lat_long(*size)
    assert is_panorama(*size, "panorama") and not is_panorama(*size, "flat")


@pytest.mark.parametrize(
    ("across", "up", "size"), [(60.0, 0.0, (300, 200)), (30.0, 12.0, (1600, 900)), (50, -8, (90, 90))]
)
def test_a_picture_hangs_where_the_engine_hangs_it(across: float, up: float, size: tuple[int, int]) -> None:
    """The engine's own backdrop, asked what it shows at a height; the measured colours say the same."""
    window = Box.of_size(480, 270)
    lens = Lens.of(window, across)
    horizon = 135 + lens.focal * math.tan(math.radians(up))
    column = np.linspace(2.0, 0.2, size[1], dtype=np.float32)
    picture = np.repeat(np.repeat(column[:, None, None], size[0], 1), 3, 2)
    dome = Backdrop(picture, lens, window, horizon)
    box = Box.of_size(8, 270, 236)
    back = level(lens, horizon)
    shown, stands = dome.view(back, box)[:, 4, 0], -np.arcsin(directions(back, box)[:, 4, 1])
    rows = grid(np.repeat(column.reshape(-1, 1), 4, 1))
    light = flat_light(rows, size, View(math.radians(across), math.radians(up), 480 / 270))
    heights, values = [height for height, _ in light.stops], [colour[0] for _, colour in light.stops]
    compared = [row for row in range(270) if heights[0] < stands[row] < heights[-1]]
    assert heights == sorted(heights) and light.sun is None and len(compared) > 30
    for row in compared:
        assert np.interp(stands[row], heights, values) == pytest.approx(float(shown[row]), rel=0.05), row


def test_the_floor_is_lit_by_the_sky_above_it() -> None:
    light = flat_light(grid(np.full((40, 60), 2.0)), (600, 400), View(1.0, 0.0, 1.5))
    assert light.ground == pytest.approx((0.36, 0.36, 0.36)), "a grey card under an even sky"


def test_a_bright_cloud_is_no_sun_and_a_small_one_keeps_its_place_and_light() -> None:
    view = View(1.0, 0.0, 1.5)
    cloudy = np.full((40, 60), 0.5)
    cloudy[5:15, 10:30] = 20
    assert flat_light(grid(cloudy), (600, 400), view).sun is None
    clear = np.full((40, 60), 0.5)
    clear[10, 15] = 1000
    light = flat_light(grid(clear), (600, 400), view)
    azimuth, height, irradiance = light.sun
    scale = view.scale(600, 400)
    assert azimuth == pytest.approx(-145 / scale) and height == pytest.approx(math.atan((388 - 105) / scale))
    assert irradiance[0] == pytest.approx(999.5 * 100 / scale**2 * math.cos(height) ** 3)
    assert max(colour[0] for _, colour in light.stops) < 0.6, "the sky has it no more"


@pytest.mark.parametrize("value", [0.0, math.nan, math.inf])
def test_a_picture_of_nothing_lights_nothing(value: float) -> None:
    light = flat_light(grid(np.full((8, 8), value)), (80, 80), View(0.8, 0.1, 1.0))
    assert light.sun is None and light.ground == (0.0, 0.0, 0.0) and all(max(one) == 0 for _, one in light.stops)
