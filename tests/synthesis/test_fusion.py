"""Fusion keeps ghosts out, takes grain down by what it says, and heals only what is a seam."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.imaging.tone import from_tone, to_tone
from platewright.synthesis.fusion import fuse
from platewright.synthesis.seam import heal


def candidates(values: list[float], pixels: int = 50) -> tuple[np.ndarray, np.ndarray]:
    stack = np.stack([np.full((pixels, 3), value, np.float32) for value in values])
    return stack, np.ones(stack.shape[:2], np.uint8)


def test_a_ghost_in_one_candidate_does_not_show() -> None:
    stack, valid = candidates([0.2, 0.2, 0.2, 0.9])
    fused = fuse(stack, valid, np.ones(4, np.float32), np.ones(4, np.float32))
    assert np.allclose(fused.rgb, 0.2) and (fused.count == 3).all()


def test_a_look_that_moves_away_from_the_others_fades_out_and_does_not_jump() -> None:
    near, steps = 0.06, 400
    apart = np.linspace(0, 3 * near, steps, dtype=np.float32)
    tones = np.full((9, steps, 3), 0.5, np.float32)
    tones[8] += apart[:, None]
    stack = from_tone(tones).astype(np.float32)
    fused = fuse(stack, np.ones(stack.shape[:2], np.uint8), np.ones(9, np.float32), np.ones(9, np.float32), near)
    moved = to_tone(fused.rgb)[:, 0] - 0.5
    assert np.abs(np.diff(moved)).max() < 0.1 * near  # cut off at the limit, it would take an eighth of that along
    assert fused.count[0] == 9 and fused.count[-1] == 8 and abs(moved[-1]) < 1e-4
    assert (np.diff(fused.kept) >= -1e-6).all()  # fewer looks keep more of the grain


def test_two_looks_that_are_trusted_hold_against_three_that_are_not() -> None:
    stack, valid = candidates([0.2, 0.2, 0.5, 0.5, 0.5])
    fused = fuse(stack, valid, np.float32([1.0, 1.0, 0.1, 0.1, 0.1]), np.ones(5, np.float32))
    assert np.allclose(fused.rgb, 0.2) and (fused.count == 2).all()
    even = fuse(stack, valid, np.ones(5, np.float32), np.ones(5, np.float32))
    assert np.allclose(even.rgb, 0.5) and (even.count == 3).all()


def test_grain_does_not_choose_among_looks_that_see_a_texture_each_a_little_otherwise() -> None:
    rng = np.random.default_rng(9)
    pixels, sigma = 20_000, 0.035
    seen = np.float32([0.02, -0.02, 0.01, -0.01, 0.015, -0.015, 0.005, -0.005])[:, None, None]
    tones = 0.3 + np.float32([1, 0, 0]) * seen + sigma * rng.standard_normal((8, pixels, 3)).astype(np.float32)
    fused = fuse(
        from_tone(tones).astype(np.float32), np.ones((8, pixels), np.uint8), np.ones(8, np.float32),
        np.ones(8, np.float32),
    )  # fmt: skip
    found = to_tone(fused.rgb)[:, 0]
    # What is left of the grain is what was told: all looks, and the same ones in each pixel.
    assert float(found.var()) / sigma**2 < 1.12 * float(fused.kept.mean())


def test_a_single_look_is_that_pixel_s_bits() -> None:
    rng = np.random.default_rng(0)
    stack = rng.random((3, 400, 3)).astype(np.float32)
    valid = np.zeros((3, 400), np.uint8)
    valid[1] = 1
    fused = fuse(stack, valid, np.float32([0.3, 0.7, 1.0]), np.ones(3, np.float32))
    assert np.allclose(fused.rgb, stack[1], rtol=2e-7, atol=0) and (fused.best == 1).all() and (fused.kept == 1).all()


def test_the_kept_share_of_grain_is_what_averaging_leaves() -> None:
    rng = np.random.default_rng(5)
    noise = 0.2 + 0.004 * rng.standard_normal((8, 20_000, 3)).astype(np.float32)
    fused = fuse(noise, np.ones((8, 20_000), np.uint8), np.ones(8, np.float32), np.ones(8, np.float32))
    assert abs(float(fused.rgb.var()) / 0.004**2 - float(fused.kept.mean())) < 0.02


def test_what_nobody_saw_is_told() -> None:
    stack, valid = candidates([0.2, 0.3])
    valid[:, 7] = 0
    fused = fuse(stack, valid, np.ones(2, np.float32), np.ones(2, np.float32))
    assert fused.count[7] == 0 and fused.best[7] == -1 and (fused.count[:7] > 0).all()


def test_a_slow_shading_is_healed_and_a_small_difference_left_alone() -> None:
    height, width = 96, 128
    plate = np.full((height, width, 3), 0.3, np.float32) * np.linspace(0.9, 1.1, width, dtype=np.float32)[:, None]
    inside = np.zeros((height, width), bool)
    inside[24:72, 32:96] = True
    ring = np.zeros_like(inside)
    ring[16:80, 24:104] = True
    ring &= ~inside
    fill = np.where((inside | ring)[..., None], np.full(plate.shape, 0.3, np.float32), np.float32(0))
    heal(fill, plate, ring, inside)
    error = np.abs(fill[inside] / plate[inside] - 1)
    assert error.max() < 0.03
    same = plate.copy()
    heal(same, plate, ring, inside)
    assert np.array_equal(same, plate)


def grainy(seed: int, lit: np.ndarray | float = 1.0) -> tuple[np.ndarray, ...]:
    """A plate with soft grain, a fill without it, their ring and the hole; the plate `lit` otherwise."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(160, 220, 3)), (0, 0), 0.75)
    plate = (0.3 * np.broadcast_to(lit, (160, 220, 3)) + 0.012 / noise.std() * noise).astype(np.float32)
    inside = np.zeros((160, 220), bool)
    inside[40:120, 50:170] = True
    ring = np.zeros_like(inside)
    ring[33:127, 43:177] = True
    return plate, np.full(plate.shape, 0.3, np.float32), ring & ~inside, inside


@pytest.mark.parametrize("seed", range(6))
def test_grain_along_the_rim_is_not_carried_inside(seed: int) -> None:
    plate, fill, ring, inside = grainy(seed)
    heal(fill, plate, ring, inside)
    assert float(np.abs(fill - 0.3).max()) < 0.0012, "a tenth of its strength"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["all", "slope", "corner"])
def test_a_seam_is_healed_through_grain_however_fast_it_changes(seed: int, kind: str) -> None:
    lit = np.full((160, 220, 1), 1.05)
    if kind == "slope":
        lit = np.broadcast_to(np.linspace(0.93, 1.07, 220)[None, :, None], lit.shape)
    if kind == "corner":
        lit = 1 + 0.1 * np.exp(-((np.hypot(*(np.mgrid[0:160, 0:220] - np.array([40, 50])[:, None, None])) / 60) ** 2))
        lit = lit[..., None]
    plate, fill, ring, inside = grainy(seed, lit)
    before = np.abs(0.3 - 0.3 * lit[..., 0])[inside].mean()
    heal(fill, plate, ring, inside)
    off = np.abs(fill - 0.3 * lit)[inside].mean()
    assert off < 0.3 * before


def test_another_light_all_around_is_healed_to_the_full() -> None:
    plate, fill, ring, inside = grainy(1, 1.12)
    heal(fill, plate, ring, inside)
    assert float(np.abs(fill[inside].mean(axis=0) / 0.336 - 1).max()) < 0.002


def test_another_surface_at_the_rim_is_no_seam() -> None:
    plate = np.full((64, 64, 3), 0.02, np.float32)
    inside = np.zeros((64, 64), bool)
    inside[24:40, 24:40] = True
    ring = np.zeros_like(inside)
    ring[16:48, 16:48] = True
    ring &= ~inside
    fill = np.full((64, 64, 3), 0.9, np.float32)
    heal(fill, plate, ring, inside)
    assert (fill[inside] == np.float32(0.9)).all()
