"""A plate's light is the plate's, its broken pixels are black, and a comp is what its shares say."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.imaging.tone import to_tone
from platewright.synthesis.sky_comp import composited
from platewright.synthesis.sky_fields import local_mean
from platewright.synthesis.sky_plate import finite_light, tracked_luma


def plate(kind: type = np.float16, height: int = 70, width: int = 50) -> np.ndarray:
    return np.random.default_rng(1).exponential(0.4, (height, width, 3)).astype(kind)


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_finite_light_is_the_plate_s_own_to_the_bit(kind: type) -> None:
    pixels = plate(kind)
    rgb, sound = finite_light(pixels)
    assert (rgb.view(np.uint32) == pixels.astype(np.float32).view(np.uint32)).all() and sound.all()


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_a_broken_channel_makes_its_pixel_black_and_no_other(kind: type) -> None:
    pixels = plate(kind)
    pixels[3, 4, 1], pixels[5, 6, 2], pixels[7, 8, 0] = np.nan, np.inf, -np.inf
    rgb, sound = finite_light(pixels)
    assert [tuple(at) for at in np.argwhere(~sound)] == [(3, 4), (5, 6), (7, 8)]
    assert (rgb[~sound] == 0).all()
    assert (rgb[sound] == pixels[sound].astype(np.float32)).all()


def test_the_tracked_luma_is_the_tone_of_the_luma() -> None:
    rgb = plate(np.float32)
    rgb[0] = -1
    expected = np.clip(to_tone(rgb @ np.float32([0.2126, 0.7152, 0.0722])), 0, 1) * 255
    assert np.abs(tracked_luma(rgb).astype(np.float32) - np.floor(expected)).max() <= 1
    assert (tracked_luma(rgb) != np.floor(expected)).mean() < 0.01
    assert (tracked_luma(rgb)[0] == 0).all()


def test_a_comp_is_shares_of_the_new_sky_and_of_the_lit_foreground() -> None:
    draw = np.random.default_rng(2)
    rgb, front = plate(np.float32), plate(np.float32)[::-1].copy()
    alpha = np.zeros((70, 50), np.float32)
    alpha[10:40, 5:45] = draw.random((30, 40), np.float32)
    sky = draw.random((30, 40, 3)).astype(np.float32)
    gains = draw.uniform(0.5, 2, (50, 3)).astype(np.float32)
    sound = np.ones(alpha.shape, bool)
    sound[0, 0] = sound[20, 20] = False
    comp, changed = composited(rgb, sound, alpha, front, gains, sky, 10, 5)
    behind = np.zeros_like(rgb)
    behind[10:40, 5:45] = sky
    share = alpha[..., None]
    expected = np.where(share > 0, share * behind + (1 - share) * front * gains, rgb * gains)
    np.testing.assert_allclose(comp, expected, rtol=1e-6)
    assert (changed == (sound | (alpha > 0))).all()


def test_without_new_light_what_has_no_sky_keeps_its_bits() -> None:
    rgb = plate(np.float32)
    alpha = np.zeros((70, 50), np.float32)
    alpha[30, 30] = 0.5
    ones = np.ones((50, 3), np.float32)
    comp, changed = composited(
        rgb, np.ones(alpha.shape, bool), alpha, rgb, ones, np.zeros((1, 1, 3), np.float32), 30, 30
    )
    kept = alpha == 0
    assert (comp[kept].view(np.uint32) == rgb[kept].view(np.uint32)).all()
    assert (changed == ~kept).all()


@pytest.mark.parametrize("sigma", [1.5, 3.0, 6.0])
def test_a_local_mean_on_its_coarse_grid_keeps_slopes_and_flats(sigma: float) -> None:
    across = np.linspace(0, 1, 120, dtype=np.float32)
    slope = np.broadcast_to(across[None, :, None], (80, 120, 1)).copy()
    weights = np.ones((80, 120), np.float32)
    found = local_mean(slope, weights, sigma)
    inner = slice(int(4 * sigma), -int(4 * sigma))
    assert np.abs(found - slope)[:, inner].max() < 2e-3
    assert np.abs(local_mean(np.full_like(slope, 0.3), weights, sigma) - 0.3).max() < 1e-5
