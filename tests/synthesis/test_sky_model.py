"""Procedural skies: read strictly, exposed like a photograph, brighter towards the sun."""

from __future__ import annotations

import math

import numpy as np
import pytest

from platewright.contract.errors import RequestError
from platewright.synthesis.sky_model import SkyModel, parse_procedural


def looking(azimuth: float, elevation: float) -> np.ndarray:
    a, e = math.radians(azimuth), math.radians(elevation)
    return np.float32([[[math.cos(e) * math.sin(a), -math.sin(e), math.cos(e) * math.cos(a)]]])


def test_a_full_text_is_read_number_by_number() -> None:
    model = parse_procedural("procedural:sun=220/35,turbidity=4.5,overcast=0.25")
    assert model == SkyModel(220.0, 35.0, 4.5, 0.25)
    assert parse_procedural("procedural:sun=-40.5/0") == SkyModel(-40.5, 0.0, 3.0, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "clear", "procedural:", "procedural:turbidity=3", "procedural:sun=220", "procedural:sun=a/35",
        "procedural:sun=220/95", "procedural:sun=220/-1", "procedural:sun=400/20", "procedural:sun=220/35,turbidity=1",
        "procedural:sun=220/35,turbidity=11", "procedural:sun=220/35,overcast=2", "procedural:sun=220/35,haze=1",
        "procedural:sun=220/35,sun=1/2", "procedural:sun=nan/35", "procedural:sun=inf/35", "procedural:sun=2_0/35",
        "procedural:sun= 20/35", "procedural:sun=220/35,", "procedural:sun=220/35/5", "procedural:sun=٣/35",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_the_right_way_to_write_it(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_procedural(text)
    assert caught.value.code == "sky_invalid" and "procedural:sun=220/35" in caught.value.hint


@pytest.mark.parametrize("elevation", [0, 3, 20, 45, 70, 90])
@pytest.mark.parametrize("turbidity", [1.8, 3, 6, 10])
def test_every_sky_is_finite_and_not_negative(elevation: float, turbidity: float) -> None:
    model = SkyModel(30, elevation, turbidity)
    views = np.concatenate([looking(a, e) for a in range(-180, 180, 30) for e in (-30, 0, 1, 10, 45, 90)], axis=1)
    radiance = model.radiance(views)
    assert np.isfinite(radiance).all() and radiance.min() >= 0
    assert 0.01 < np.median(radiance) < 10


def test_a_clear_sky_is_blue_overhead_and_brightest_at_the_sun() -> None:
    model = SkyModel(azimuth=60, elevation=40, turbidity=2.5)
    zenith = model.radiance(looking(0, 90))[0, 0]
    assert zenith[2] > 2 * zenith[0]
    at_sun = model.radiance(looking(60, 40)).mean()
    away = model.radiance(looking(-120, 40)).mean()
    assert at_sun > 3 * away


def test_the_azimuth_counts_to_the_right_of_straight_ahead() -> None:
    model = SkyModel(azimuth=30, elevation=15)
    assert model.radiance(looking(30, 15)).mean() > 2 * model.radiance(looking(-30, 15)).mean()


def test_an_overcast_sky_is_grey_and_three_times_as_bright_overhead_as_at_the_horizon() -> None:
    model = SkyModel(60, 40, 3.0, overcast=1.0)
    zenith, horizon = model.radiance(looking(0, 90))[0, 0], model.radiance(looking(0, 2))[0, 0]
    assert np.ptp(zenith) < 0.01 * zenith.mean()
    assert zenith.mean() / horizon.mean() == pytest.approx(3, rel=0.1)
    assert (model.radiance(looking(60, 40)) == model.radiance(looking(-120, 40))).all()


def test_a_grey_card_under_the_overcast_sky_is_exposed_right() -> None:
    """The illuminance of its own light divided by pi is what a white card reflects: 1."""
    model = SkyModel(0, 45, overcast=1.0)
    total = 0.0
    for elevation in np.arange(0.5, 90, 1.0):
        e = math.radians(elevation)
        luminance = float(model.radiance(looking(0, elevation))[0, 0] @ [0.2126, 0.7152, 0.0722])
        total += luminance * math.sin(e) * math.cos(e) * math.radians(1.0) * 2 * math.pi
    assert total / math.pi == pytest.approx(1.0, abs=0.02)
