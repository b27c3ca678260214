"""The curves through which models see light: invertible, bounded, and the same numbers for the same light."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.curves import ModelCurve
from platewright.imaging.curves import curve_for, decode, distance, encode, stops_off

CURVES = [
    curve_for("srgb", 0.6), curve_for("srgb", 40.0), curve_for("srgb", 3.0, 1.3), curve_for("acescct", 40.0),
    curve_for("srgb", 65504.0, 1.6),
]  # fmt: skip
light = st.floats(0.001, 2.0)


@pytest.mark.parametrize("curve", CURVES, ids=str)
@given(values=st.lists(st.floats(1e-4, 0.999), min_size=3, max_size=3))
def test_light_within_the_curve_comes_back(curve: ModelCurve, values: list[float]) -> None:
    rgb = np.array(values, np.float32) * np.float32(curve.peak)
    codes = encode(curve, rgb)
    assert codes.min() >= 0 and codes.max() <= 1
    back = decode(curve, codes)
    # Channels that lie far below the brightest are brought back from next to the gamut's border.
    assert np.abs(back - rgb).max() <= 2e-4 * float(rgb.max()) + 1e-6


@pytest.mark.parametrize("curve", CURVES, ids=str)
@given(codes=st.lists(st.floats(0, 1, width=32), min_size=2, max_size=2))
def test_more_light_is_a_larger_number(curve: ModelCurve, codes: list[float]) -> None:
    grey = [decode(curve, np.full(3, code, np.float32)) for code in sorted(codes)]
    assert (grey[1] >= grey[0]).all()


@given(saturation=st.floats(0, 1.29), level=light)
def test_colours_outside_rec709_come_back(saturation: float, level: float) -> None:
    curve = curve_for("srgb", 3.0, 1.3)
    rgb = np.array([1.0, 1 - saturation, 1.0], np.float32) * np.float32(level)
    back = decode(curve, encode(curve, rgb))
    assert np.abs(back - rgb).max() < 2e-3 * level
    assert distance(rgb[None]) == pytest.approx(saturation, abs=1e-5) or level <= 0.02


@pytest.mark.parametrize("curve", [*CURVES, curve_for("linear", 40.0)], ids=str)
def test_what_is_no_light_becomes_finite_numbers(curve: ModelCurve) -> None:
    odd = np.array([[np.nan, np.inf, -np.inf], [-1.0, -0.0, -1e-8], [65504.0, 1e30, 6e-8]], np.float32)
    codes = encode(curve, odd)
    assert np.isfinite(codes).all() and np.isfinite(decode(curve, codes)).all()
    if curve.transfer == "srgb" and curve.reach == 1:
        assert codes[0].tolist() == [0, 1, 0] and codes[1].tolist() == [0, 0, 0] and codes[2, 0] == 1
    broken = decode(curve, np.array([np.nan, 2.0, -1.0], np.float32))
    assert np.isfinite(broken).all()


def test_acescct_keeps_a_little_of_negative_light() -> None:
    curve = curve_for("acescct", 1.0)
    rgb = np.array([-0.005, -0.0069, 0.004], np.float32)
    assert np.abs(decode(curve, encode(curve, rgb)) - rgb).max() < 1e-6


def test_the_published_values_are_met() -> None:
    grey = np.full(3, 0.18, np.float32)
    assert encode(curve_for("srgb", 1.0), grey) == pytest.approx(0.4613561, abs=1e-6)
    assert encode(curve_for("acescct", 1.0), grey) == pytest.approx(0.4135884, abs=1e-6)
    assert curve_for("acescct", 1.0).peak == pytest.approx(222.861, abs=1e-3)
    held = ModelCurve("srgb", 40.0, 0.25)
    assert encode(held, np.ones(3, np.float32)) == pytest.approx(0.664, abs=5e-4)


def test_a_slightly_other_highlight_gives_the_same_curve() -> None:
    assert curve_for("srgb", 30.0) == curve_for("srgb", 29.0)
    assert curve_for("srgb", 0.3) == curve_for("srgb", 1.0) == ModelCurve("srgb", 1.0, 1.0, 1.0)
    assert curve_for("srgb", 1e30).peak == 1024.0


def test_eight_bits_hold_every_level_to_a_fifteenth_of_a_stop() -> None:
    curve = curve_for("srgb", 40.0)
    ramp = np.exp2(np.linspace(np.log2(0.02), np.log2(39), 20_000)).astype(np.float32).repeat(3).reshape(-1, 3)
    held = np.round(encode(curve, ramp) * 255) / 255
    worst, median = stops_off(ramp, decode(curve, held.astype(np.float32)))
    assert worst < 0.04 and median < 0.02
    sixteen = np.round(encode(curve, ramp).astype(np.float64) * 65535) / 65535
    assert stops_off(ramp, decode(curve, sixteen.astype(np.float32)))[0] < 0.002
