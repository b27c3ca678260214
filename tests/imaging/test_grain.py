"""Grain: what is measured is what was put in, and what is made from it measures the same."""

from __future__ import annotations

import cv2
import numba
import numpy as np
import numpy.typing as npt
import pytest

from platewright.imaging.grain import NO_GRAIN, GrainModel, measure, merge, regrain, score, synthesise
from platewright.imaging.grain.spectrum import kernel_of

Picture = npt.NDArray[np.float32]

SLOPE = np.array([0.0011, 0.0007, 0.0016], np.float32)
FLOOR = np.array([4e-6, 3e-6, 7e-6], np.float32)
SIGMA = (0.55, 0.5, 0.75)
LEVELS = np.array([[0.03], [0.1], [0.3], [0.8]], np.float32).repeat(3, 1)


def filmed(clean: Picture, seed: int, sigma: tuple[float, float, float] = SIGMA) -> Picture:
    """`clean` with grain of the known law: variance SLOPE * L + FLOOR, blurred by sigma pixels."""
    random = np.random.default_rng(seed)
    out = np.empty_like(clean)
    for c in range(3):
        noise = cv2.GaussianBlur(random.standard_normal(clean.shape[:2], dtype=np.float32), (0, 0), sigma[c])
        noise /= noise.std()
        out[..., c] = clean[..., c] + noise * np.sqrt(SLOPE[c] * np.maximum(clean[..., c], 0) + FLOOR[c])
    return out


def correlation_of_blur(sigma: float) -> tuple[float, float]:
    """Autocorrelation at lags 1 and 2 of white noise blurred as `filmed` does it."""
    point = np.zeros((41, 41), np.float32)
    point[20, 20] = 1
    blur = cv2.GaussianBlur(point, (0, 0), sigma)
    both = cv2.filter2D(blur, -1, blur)
    return float(both[20, 21] / both[20, 20]), float(both[20, 22] / both[20, 20])


def shaded(height: int = 480, width: int = 720) -> Picture:
    """A shaded wall from 0.02 to 1.2 without texture."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    light = 0.02 + 1.2 * (x / width) ** 2 * (0.3 + 0.7 * y / height)
    return light[..., None] * np.array([1, 0.8, 0.6], np.float32)


def textured(seed: int = 5) -> Picture:
    """The wall with leaves, stones and edges over more than half of it: texture of many scales and hard edges."""
    clean = shaded()
    random = np.random.default_rng(seed)
    shape = clean.shape[:2]
    leaves = np.zeros(shape, np.float32)
    for sigma in (1.0, 2.5, 7.0):
        layer = cv2.GaussianBlur(random.standard_normal(shape).astype(np.float32), (0, 0), sigma)
        leaves += layer / layer.std() * np.float32(np.sqrt(sigma) / 4)
    cover = cv2.GaussianBlur(random.standard_normal(shape).astype(np.float32), (0, 0), 30)
    cover = np.clip(cover / cover.std() * 2, 0, 1)
    clean = clean * np.exp(leaves * cover)[..., None]
    for _ in range(40):
        x, y = random.integers(0, shape[1]), random.integers(0, shape[0])
        clean[y : y + 40, x : x + 60] *= np.float32(random.uniform(0.5, 1.6))
    return np.asarray(clean, np.float32)


def everything(picture: Picture) -> npt.NDArray[np.bool_]:
    return np.ones(picture.shape[:2], np.bool_)


def true_variance(levels: Picture) -> Picture:
    return np.asarray(SLOPE * levels + FLOOR, np.float32)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("scene", ["shaded", "textured"])
def test_measured_variance_and_spectrum_are_those_of_the_film(scene: str, seed: int) -> None:
    clean = shaded() if scene == "shaded" else textured(seed)
    model = measure(filmed(clean, seed), everything(clean))
    assert model.reliable
    np.testing.assert_allclose(model.variance(LEVELS), true_variance(LEVELS), rtol=0.1)
    lags = model.autocorrelation(3)
    for c in range(3):
        near, far = correlation_of_blur(SIGMA[c])
        assert lags[c, 3, 4] == pytest.approx(near, abs=0.05)
        assert lags[c, 4, 3] == pytest.approx(near, abs=0.05)
        assert lags[c, 3, 5] == pytest.approx(far, abs=0.05)


@pytest.mark.parametrize("sigma", [0.5, 0.6, 0.75, 0.9])
def test_a_kernel_keeps_the_lowest_frequencies_that_a_wide_faint_rim_holds(sigma: float) -> None:
    lags = np.arange(-4, 5)
    blur = np.exp(-(lags[:, None] ** 2 + lags**2) / (4 * sigma**2))
    kernel = kernel_of(np.stack([blur] * 3)).astype(np.float64)
    assert kernel.shape[1] < 9
    np.testing.assert_allclose(kernel.sum((1, 2)) ** 2, blur.sum(), rtol=0.04)


def test_the_lowest_frequencies_of_measured_grain_are_the_films() -> None:
    """They hang on many far correlations, each of which is lost in chance."""
    point = np.zeros((41, 41), np.float32)
    point[20, 20] = 1
    blurs = [cv2.GaussianBlur(point, (0, 0), sigma).astype(np.float64) for sigma in SIGMA]
    films = np.array([blur.sum() ** 2 / (blur**2).sum() for blur in blurs])
    wall = np.full((300, 300, 3), 0.2, np.float32)
    kernels = [measure(filmed(wall, seed), everything(wall)).kernel.astype(np.float64) for seed in range(8)]
    errors = np.array([kernel.sum((1, 2)) ** 2 / films - 1 for kernel in kernels])
    assert float(np.sqrt((errors**2).mean())) < 0.053


def test_coarse_grain_of_a_large_scan_is_measured_too() -> None:
    sigma = (1.2, 1.2, 1.6)
    clean = shaded()
    model = measure(filmed(clean, 4, sigma), everything(clean))
    np.testing.assert_allclose(model.variance(LEVELS), true_variance(LEVELS), rtol=0.15)
    for c in range(3):
        assert model.autocorrelation(1)[c, 1, 2] == pytest.approx(correlation_of_blur(sigma[c])[0], abs=0.05)


def test_grain_made_from_the_model_measures_the_same() -> None:
    clean = shaded()
    plate = measure(filmed(clean, 6), everything(clean))
    made = clean + synthesise(plate, clean, seed=9, frame=1001)
    again = measure(made, everything(made))
    np.testing.assert_allclose(again.variance(LEVELS), plate.variance(LEVELS), rtol=0.1)
    np.testing.assert_allclose(again.autocorrelation(1), plate.autocorrelation(1), atol=0.05)
    assert score(plate, again) > 0.93


def test_made_grain_has_the_variance_of_the_law_and_the_correlation_of_the_channels() -> None:
    tied = np.array([[1, 0.6, 0.2], [0.6, 1, 0.4], [0.2, 0.4, 1]], np.float32)
    blur = cv2.getGaussianKernel(5, 0.8) @ cv2.getGaussianKernel(5, 0.8).T
    kernel = np.stack([blur / np.sqrt((blur**2).sum())] * 3).astype(np.float32)
    model = GrainModel(slope=(1e-3, 2e-3, 3e-3), floor=(1e-5,) * 3, kernel=kernel, correlation=tied)
    grain = synthesise(model, np.full((700, 700, 3), 0.5, np.float32), seed=1, frame=1)
    flat = grain.reshape(-1, 3).astype(np.float64)
    np.testing.assert_allclose(flat.var(0), [0.5e-3 + 1e-5, 1e-3 + 1e-5, 1.5e-3 + 1e-5], rtol=0.02)
    np.testing.assert_allclose(np.corrcoef(flat.T), tied, atol=0.02)
    standard = flat / flat.std(0)
    np.testing.assert_allclose((standard**4).mean(0), 3, atol=0.1)


def test_channels_that_share_grain_are_measured_as_correlated() -> None:
    tied = np.array([[1, 0.6, 0.6], [0.6, 1, 0.6], [0.6, 0.6, 1]], np.float32)
    clean = shaded()
    law = GrainModel(slope=(1e-3,) * 3, floor=(1e-5,) * 3, correlation=tied)
    model = measure(clean + synthesise(law, clean, seed=3, frame=1), everything(clean))
    np.testing.assert_allclose(model.correlation, tied, atol=0.05)


def test_overlapping_crops_get_the_same_grain_to_the_bit() -> None:
    clean = shaded()[:200, :300]
    model = measure(filmed(shaded(), 1), everything(shaded()))
    whole = synthesise(model, clean, seed=4, frame=12, origin=(-20, -7))
    part = synthesise(model, np.ascontiguousarray(clean[31:97, 13:290]), seed=4, frame=12, origin=(-7, 24))
    assert np.array_equal(part, whole[31:97, 13:290])


def test_grain_does_not_depend_on_the_number_of_threads() -> None:
    clean = textured()
    rgb = filmed(clean, 1)
    found = []
    before = numba.get_num_threads()
    try:
        for threads in (1, before):
            numba.set_num_threads(threads)
            model = measure(rgb, everything(rgb))
            found.append((model.variance(LEVELS), model.kernel, synthesise(model, clean, seed=1, frame=2)))
    finally:
        numba.set_num_threads(before)
    for one, many in zip(*found, strict=True):
        assert np.array_equal(one, many)


def test_another_frame_or_seed_has_other_grain() -> None:
    level = np.full((64, 64, 3), 0.3, np.float32)
    model = GrainModel(slope=(1e-3,) * 3)
    first = synthesise(model, level, seed=1, frame=1001)
    for other in (synthesise(model, level, seed=1, frame=1002), synthesise(model, level, seed=2, frame=1001)):
        assert abs(float(np.corrcoef(first.ravel(), other.ravel())[0, 1])) < 0.04


def test_only_the_missing_share_of_the_variance_is_added() -> None:
    clean = np.full((512, 512, 3), 0.4, np.float32)
    model = GrainModel(slope=(1e-3,) * 3)
    missing = np.zeros((512, 512), np.float32)
    missing[128:256] = 0.25
    missing[256:] = 1.0
    added = regrain(clean, model, missing, seed=1, frame=1) - clean
    assert np.array_equal(added[:128], np.zeros_like(added[:128]))
    np.testing.assert_allclose(added[128:256].var((0, 1)), 0.25 * 4e-4, rtol=0.03)
    np.testing.assert_allclose(added[256:].var((0, 1)), 4e-4, rtol=0.03)


def test_each_channel_gets_the_share_that_it_lacks() -> None:
    clean = np.full((512, 512, 3), 0.4, np.float32)
    missing = np.zeros((512, 512, 3), np.float32)
    missing[256:] = 0.0, 0.25, 1.0
    added = regrain(clean, GrainModel(slope=(1e-3,) * 3), missing, seed=1, frame=1) - clean
    assert not added[:256].any() and not added[..., 0].any()
    np.testing.assert_allclose(added[256:].var((0, 1))[1:], [0.25 * 4e-4, 4e-4], rtol=0.03)


def test_a_mean_of_four_frames_regrained_measures_like_the_plate() -> None:
    clean = shaded()
    plate = measure(filmed(clean, 1), everything(clean))
    mean = np.mean([filmed(clean, seed) for seed in range(10, 14)], 0).astype(np.float32)
    missing = np.full(clean.shape[:2], 0.75, np.float32)
    fill = measure(regrain(mean, plate, missing, seed=1, frame=1), everything(clean))
    np.testing.assert_allclose(fill.variance(LEVELS), plate.variance(LEVELS), rtol=0.1)


def test_pixels_that_miss_nothing_keep_their_bits_even_nan() -> None:
    rgb = shaded()[:40, :40].copy()
    rgb[3, 4] = np.nan
    rgb[5, 6] = np.inf
    missing = np.zeros((40, 40), np.float32)
    missing[20:] = 1
    out = regrain(rgb, GrainModel(slope=(1e-3,) * 3), missing, seed=1, frame=1)
    assert out[:20].tobytes() == rgb[:20].tobytes()
    assert not np.array_equal(out[20:], rgb[20:])


def test_grain_stays_finite_at_any_level() -> None:
    level = np.zeros((8, 8, 3), np.float32)
    level[0], level[1], level[2], level[3], level[4] = -1, np.nan, np.inf, 60000, -np.inf
    model = GrainModel(curvature=(1e-2,) * 3, slope=(1e-3,) * 3, floor=(1e-6,) * 3, highest=(1.0,) * 3)
    grain = synthesise(model, level, seed=1, frame=1)
    assert np.isfinite(grain).all()
    assert float(np.abs(grain).max()) < 100
    assert np.isfinite(model.variance(level)).all()


def test_no_negative_values_are_invented_where_the_plate_has_none() -> None:
    dark = np.full((128, 128, 3), 0.001, np.float32)
    model = GrainModel(floor=(1e-5,) * 3, lowest_value=0.0, ceiling=(1.0,) * 3)
    missing = np.ones((128, 128), np.float32)
    assert float(regrain(dark, model, missing, seed=1, frame=1).min()) == 0.0
    assert float(regrain(np.full_like(dark, 0.999), model, missing, seed=1, frame=1).max()) == 1.0


def test_a_plate_without_grain_measures_none_and_is_reliable() -> None:
    for clean in (shaded(), np.full((200, 200, 3), 0.18, np.float32), np.zeros((200, 200, 3), np.float32)):
        model = measure(clean, everything(clean))
        assert model.reliable
        assert float(model.variance(LEVELS).max()) < 1e-8
        assert score(NO_GRAIN, model) == 1.0


def test_nan_clipped_and_masked_parts_do_not_count() -> None:
    clean = shaded()
    rgb = filmed(clean, 2)
    usable = everything(rgb)
    rgb[100:180, 100:300] = np.nan
    rgb[:, 600:][rgb[:, 600:] > 0.5] = 0.5
    rgb[300:400, 100:300] += np.random.default_rng(1).normal(size=(100, 200, 3)).astype(np.float32)
    usable[300:400, 100:300] = False
    model = measure(np.minimum(rgb, np.float32(0.5)), usable)
    np.testing.assert_allclose(model.variance(LEVELS[:3]), true_variance(LEVELS[:3]), rtol=0.1)
    assert model.ceiling == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("shape", [(0, 0, 3), (3, 5, 3), (16, 16, 3), (40, 40, 3)])
def test_too_little_plate_is_not_reliable(shape: tuple[int, int, int]) -> None:
    rgb = np.random.default_rng(1).random(shape).astype(np.float32)
    assert not measure(rgb, everything(rgb)).reliable
    nothing = np.zeros(shape[:2], np.bool_)
    assert measure(rgb, nothing).is_none


def test_a_second_frame_of_the_same_picture_takes_texture_out() -> None:
    clean = shaded() * np.exp(np.random.default_rng(1).normal(size=(480, 720, 1)) * 0.3).astype(np.float32)
    model = measure(filmed(clean, 1), everything(clean), against=filmed(clean, 2))
    assert model.reliable
    np.testing.assert_allclose(model.variance(LEVELS), true_variance(LEVELS), rtol=0.1)


def test_merged_models_are_nearer_the_truth_than_the_worst_and_keep_the_spectrum() -> None:
    clean = textured()
    models = [measure(filmed(clean, seed), everything(clean)) for seed in (1, 2, 3)]
    one = merge(models)
    np.testing.assert_allclose(one.variance(LEVELS), true_variance(LEVELS), rtol=0.08)
    assert one.patches == sum(m.patches for m in models)
    assert min(score(one, m) for m in models) > 0.9
    assert merge([]).patches == 0
    assert merge([GrainModel(), models[0]]) is models[0]


def test_score_falls_with_wrong_strength_wrong_size_and_missing_grain() -> None:
    clean = shaded()
    plate = measure(filmed(clean, 1), everything(clean))
    assert score(plate, plate) == pytest.approx(1.0)
    stronger = GrainModel(slope=tuple(4 * s for s in plate.slope), kernel=plate.kernel)  # type: ignore[arg-type]
    assert score(plate, stronger) < 0.4
    coarse = measure(filmed(clean, 1, (1.5, 1.5, 1.5)), everything(clean))
    assert score(plate, coarse) < 0.85
    assert score(plate, NO_GRAIN) < 0.2
    assert score(NO_GRAIN, NO_GRAIN) == 1.0


@pytest.mark.parametrize("law", [(4e-3, 0.0, 1e-6), (0.0, 1e-3, 1e-3), (0.0, 0.0, 2e-4)])
def test_other_laws_than_the_films_are_recognised(law: tuple[float, float, float]) -> None:
    clean = shaded()
    curvature, slope, floor = law
    known = GrainModel(curvature=(curvature,) * 3, slope=(slope,) * 3, floor=(floor,) * 3)
    model = measure(clean + synthesise(known, clean, seed=5, frame=1), everything(clean))
    np.testing.assert_allclose(model.variance(LEVELS), known.variance(LEVELS), rtol=0.12)


def test_a_small_surround_with_texture_is_enough() -> None:
    clean = np.ascontiguousarray(textured(2)[100:340, 250:520])
    rgb = filmed(clean, 3)
    usable = everything(rgb)
    usable[60:180, 70:200] = False
    model = measure(rgb, usable)
    assert model.reliable
    levels = np.median(clean[usable], 0, keepdims=True).astype(np.float32)
    np.testing.assert_allclose(model.variance(levels), true_variance(levels), rtol=0.2)


def test_before_anything_was_measured_nothing_is_reliable() -> None:
    assert NO_GRAIN.is_none
    assert not NO_GRAIN.reliable


def test_two_looked_up_frames_that_differ_nowhere_have_no_grain() -> None:
    """A render without grain on a locked-off camera: no block's variance is above any share of nothing."""
    picture = np.random.default_rng(3).uniform(0.05, 0.6, (12, 18, 3)).repeat(8, 0).repeat(8, 1).astype(np.float32)
    looked = np.full(picture.shape[:2], 0.3, np.float32)
    found = measure(picture, np.ones(picture.shape[:2], np.bool_), against=picture.copy(), apart=looked)
    assert found.reliable and max(*found.curvature, *found.slope, *found.floor) < 1e-6
