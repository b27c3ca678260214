"""Looks that are blurred otherwise than the target: how that is measured around the hole, and made alike."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.contract.windows import Box
from platewright.synthesis import evidence
from platewright.synthesis.alignment import surround
from platewright.synthesis.blurs import SHARPER, SOFTER, Blur, Unlike, measured
from platewright.synthesis.diffusion import Raster, diffuse, grain_left
from platewright.synthesis.views import View
from tests.moving_shot import background, psnr
from tests.synthesis import test_shutter

SIZE = (240, 160)
WINDOW = Box.of_size(*SIZE)
HOLE = Box(100, 60, 140, 100)


def smeared(picture: np.ndarray, sigma: float, slant: float = 0.0) -> np.ndarray:
    """Along a line, by a variance of sigma squared."""
    reach = np.linspace(-3 * sigma, 3 * sigma, 25)
    weights = np.exp(-0.5 * (reach / sigma) ** 2)
    x, y = np.meshgrid(np.arange(picture.shape[1], dtype=np.float32), np.arange(picture.shape[0], dtype=np.float32))
    across, down = np.float32(np.cos(slant)), np.float32(np.sin(slant))
    parts = [
        w * cv2.remap(picture, x + np.float32(by) * across, y + np.float32(by) * down, cv2.INTER_LANCZOS4)
        for by, w in zip(reach, weights / weights.sum(), strict=True)
    ]
    return np.asarray(np.sum(parts, axis=0), np.float32)


def view(number: int, picture: np.ndarray, grain: float = 0.0) -> View:
    rng = np.random.default_rng(number)
    pixels = picture[20 : 20 + SIZE[1], 20 : 20 + SIZE[0]]
    pixels = np.maximum(pixels * (1 + grain * rng.normal(size=pixels.shape)), 0.001)
    return View(number, pixels.astype(np.float16), WINDOW, np.ones((HOLE.height, HOLE.width), np.uint8), HOLE)


def world() -> np.ndarray:
    return background(SIZE[1] + 40, SIZE[0] + 40, seed=7)


def unlike(target: np.ndarray, source: np.ndarray, grain: float = 0.0) -> Unlike:
    held = surround(view(1, target, grain), HOLE.grown(48))
    assert held is not None
    found = measured(held, view(2, source, grain), np.eye(3))
    assert found is not None
    return found


@pytest.mark.parametrize("slant", [0.0, 0.8, 2.2])
def test_a_smear_is_told_with_its_direction(slant: float) -> None:
    sharp, line = world(), np.array([np.cos(slant), np.sin(slant)])
    softer, sharper = unlike(smeared(sharp, 1.0, slant), sharp), unlike(sharp, smeared(sharp, 1.0, slant))
    for found, sign in ((softer, 1), (sharper, -1)):
        assert found.seen
        along, aside = line @ found.difference @ line, line[::-1] * (1, -1) @ found.difference @ (line[::-1] * (1, -1))
        assert 0.6 < sign * along < 1.7
        assert abs(aside) < 0.4


@pytest.mark.parametrize("grain", [0.0, 0.05])
def test_blurred_alike_is_no_difference(grain: float) -> None:
    assert not unlike(world(), world(), grain).seen


@pytest.mark.parametrize("gain", [0.85, 1.15])
def test_another_exposure_is_no_blur(gain: float) -> None:
    """In the shadows, where tones go straight and not by stops."""
    dark = np.float32(0.03) * smeared(world(), 2.0)
    assert not unlike(dark, dark * np.float32(gain)).seen


def test_what_is_not_finite_is_passed_over() -> None:
    broken = world()
    broken[40:60, 40:90] = np.nan
    broken[100:104, 60:64] = np.inf
    found = unlike(smeared(world(), 1.0), broken)
    assert np.isfinite(found.difference).all() and found.seen


def test_too_little_around_the_hole_says_nothing() -> None:
    held = surround(view(1, world()), HOLE.grown(48))
    assert held is not None
    aside = np.array([[1, 0, 160.0], [0, 1, 110.0], [0, 0, 1]])  # a corner of it is still in the picture
    away = np.array([[1, 0, 0.0], [0, 1, 0], [0, -1 / 30, 1]])  # beyond the horizon
    for matrix in (aside, away):
        assert measured(held, view(2, world()), matrix) is None


def listed(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, Raster]:
    """All pixels of a picture, as a look."""
    ys, xs = (places.ravel().astype(np.int32) for places in np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]])
    return picture.reshape(-1, 3).astype(np.float32), np.ones(len(xs), np.uint8), Raster.of(xs + 7, ys - 5)


@pytest.mark.parametrize("wanted,given", [(1.0, 0.0), (0.0, 0.8)])
def test_a_look_is_made_like_the_target(wanted: float, given: float) -> None:
    target, source = (smeared(world(), sigma, 0.7) if sigma else world() for sigma in (wanted, given))
    look, valid, places = listed(source)
    Blur.of(unlike(target, source).difference).match(look, valid, places)
    inner = np.s_[10:-10, 10:-10]
    before = np.abs(source - target)[inner].mean()
    after = np.abs(look.reshape(source.shape) - target)[inner].mean()
    assert after < (0.35 if wanted else 0.7) * before


def test_no_more_is_made_good_than_may_be() -> None:
    far = Blur.of(np.diag([9.0, -9.0]))
    assert np.allclose(far.soften * far.steps, np.diag([SOFTER, 0]))
    assert np.allclose(far.sharpen * far.turns, np.diag([0, -SHARPER]))
    assert far.likeness < 0.1 and Blur.of(np.diag([SOFTER, 0])).likeness == 1
    assert Blur.of(np.diag([SOFTER, -SHARPER])).likeness < 1, "what is sharpened is doubted a little"
    nothing = Blur.of(np.diag([9.0, -9.0]), 0.0)
    assert nothing.steps == nothing.turns == 0 and nothing.likeness == nothing.grain == nothing.worth == 1


def test_a_look_counts_for_less_where_sharpening_brings_up_its_grain() -> None:
    softer, sharper = Blur.of(np.diag([1.0, 1.0])), Blur.of(np.diag([-2.4, -2.4]))
    assert softer.worth == softer.likeness == 1 and softer.grain < 1
    assert sharper.turns == 2 and sharper.grain > 2 and sharper.worth == sharper.likeness / sharper.grain


@pytest.mark.parametrize("by", [np.diag([0.4, 0.0]), np.diag([-1.2, 0.0]), np.array([[-0.5, 0.5], [0.5, -0.5]])])
def test_what_it_leaves_of_grain_is_told(by: np.ndarray) -> None:
    grain = cv2.GaussianBlur(np.random.default_rng(3).normal(size=(160, 160, 3)), (0, 0), 0.5).astype(np.float32) + 20
    look, valid, places = listed(grain)
    diffuse(look, valid, places, by)
    inner = np.s_[10:-10, 10:-10]
    left = look.reshape(grain.shape)[inner].var() / grain[inner].var()
    assert left == pytest.approx(grain_left((by, 1)), rel=0.15)


def test_what_nobody_saw_beside_a_pixel_changes_nothing() -> None:
    flat = np.full((9, 9, 3), 0.4, np.float32)
    look, valid, places = listed(flat)
    valid[::2], look[::2] = 0, 1e6
    for by in (np.diag([0.4, 0.2]), np.diag([-1.0, -0.5])):
        diffuse(look, valid, places, by, 3)
        assert np.allclose(look[1::2], 0.4) and (look[::2] == 1e6).all()


def test_a_slanted_smear_puts_no_dark_beside_a_highlight() -> None:
    picture = np.full((15, 15, 3), 0.2, np.float32)
    picture[7, 7] = 50
    look, valid, places = listed(picture)
    diffuse(look, valid, places, np.full((2, 2), 0.2), 4)
    assert look.min() >= np.float32(0.2) and look.max() < 50


def test_no_ring_comes_up_beside_a_highlight() -> None:
    picture = np.full((15, 15, 3), 0.2, np.float32)
    picture[:, 7:] = 50
    look, valid, places = listed(picture)
    diffuse(look, valid, places, np.diag([-1.2, 0.0]))
    assert look.min() >= 0.2 * 0.9 - 1e-6 and look.max() <= 50 * 1.1 + 1e-4


def test_a_jerk_is_filled_from_frames_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """One frame of eleven is smeared; all others are sharper than what it hides."""
    monkeypatch.setattr(test_shutter, "STEPS", [1.3] * 5 + [6.4] + [1.3] * 6)
    scores: list[float] = []
    monkeypatch.setattr(test_shutter, "psnr", lambda a, b: scores.append(psnr(a, b)) or scores[-1])
    test_shutter.score()
    monkeypatch.setattr(evidence, "measured", lambda held, source, matrix: None)
    test_shutter.score()
    made_alike, as_they_are = scores[: len(scores) // 2], scores[len(scores) // 2 :]
    smeared_one = int(np.argmin(as_they_are))
    assert made_alike[smeared_one] > as_they_are[smeared_one] + 3
    assert np.mean(made_alike) > np.mean(as_they_are)
