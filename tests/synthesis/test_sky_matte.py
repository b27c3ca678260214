"""The sky matte: right where it is easy, soft where it must be, honest where it can't know."""

from __future__ import annotations

import cv2
import numba
import numpy as np
import pytest

from platewright.contract.errors import MatteError
from platewright.synthesis.sky_matte import estimate
from tests.synthesis.skies import (
    GROUND,
    HEIGHT,
    WIDTH,
    clear_sky,
    cloudy_sky,
    composite,
    crown,
    hills,
    railing,
    ridge,
    textured,
    through_lens,
    wired,
    wires,
)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    one, other = a > 0.5, b > 0.5
    return float((one & other).sum() / (one | other).sum())


def test_a_ridge_before_a_clear_sky_is_found_to_a_thousandth() -> None:
    picture = ridge()
    matte = estimate(picture.plate)
    assert overlap(matte.alpha, picture.alpha) > 0.998
    assert np.abs(matte.alpha - picture.alpha).mean() < 0.001
    assert matte.confidence > 0.9


def test_far_from_the_outline_the_matte_is_exactly_zero_or_one() -> None:
    picture = ridge()
    matte = estimate(picture.plate)
    outline = cv2.dilate(((picture.alpha > 0) & (picture.alpha < 1)).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    away = matte.alpha[~outline]
    assert np.isin(away, (0.0, 1.0)).all()


def test_a_wire_thinner_than_a_pixel_keeps_its_fraction() -> None:
    picture = wired(thickness=0.6)
    matte = estimate(picture.plate)
    only_wires = (wires(thickness=0.6) > 0.2) & (hills() == 0)
    covered, truth = (1 - matte.alpha[only_wires]).sum(), (1 - picture.alpha[only_wires]).sum()
    assert abs(covered - truth) < 0.25 * truth
    assert 0.02 < np.median(matte.alpha[only_wires]) < 0.98


def test_the_foreground_keeps_nothing_of_the_old_sky() -> None:
    """Over black the comp of a wire must be no bluer than the wire: its colour is the ground's, which is brown."""
    picture = wired(thickness=2.0, grain=0.004)
    matte = estimate(picture.plate)
    rim = (picture.alpha > 0.3) & (picture.alpha < 0.7) & (matte.alpha > 0) & (matte.alpha < 1)
    assert int(rim.sum()) > 200
    blue_over_red = np.median(matte.foreground[rim, 2] / np.maximum(matte.foreground[rim, 0], 1e-3))
    assert blue_over_red < 1.6 * GROUND[2] / GROUND[0]
    old = np.median(picture.plate[rim, 2] / picture.plate[rim, 0])
    assert old > 2 * blue_over_red


def test_a_dark_cable_high_above_a_bright_ground_has_neither_its_colour_nor_the_old_sky_s() -> None:
    """Over black the comp of a cable that no pixel holds whole must not shine: what is dark elsewhere is dark here."""
    cable = np.float32([0.02, 0.02, 0.02])
    front = textured(np.float32([0.3, 0.16, 0.08]))
    front[: int(0.6 * HEIGHT)] = front[-20:, 100:140] = cable  # the cables, and a doorway far below
    coverage = through_lens(np.maximum(hills(), wires(thickness=0.8)))
    picture = composite(clear_sky(), front, coverage, 0.004)
    matte = estimate(picture.plate)
    cables = (coverage > 0.3) & (np.arange(HEIGHT)[:, None] < int(0.5 * HEIGHT))
    assert int(cables.sum()) > 1000
    over_black = ((1 - matte.alpha[..., None]) * matte.foreground)[cables]
    assert float(over_black.mean()) < 1.5 * float((coverage[..., None] * front)[cables].mean())
    assert float(np.abs(matte.alpha - picture.alpha)[cables].mean()) < 0.06


@pytest.mark.parametrize(("pitch", "bar", "astray"), [(16, 2.0, 0.01), (6, 1.2, 0.06)])
def test_a_railing_keeps_its_bars_and_nothing_of_the_old_sky_between_them(
    pitch: int, bar: float, astray: float
) -> None:
    """Before a sky without blue: what is bluer than the true comp is the old sky's halo."""
    picture = composite(clear_sky(), textured(), np.maximum(hills(), railing(pitch, bar)), 0.006)
    found = estimate(picture.plate)
    mesh = (slice(int(0.40 * HEIGHT), int(0.60 * HEIGHT)), slice(205, 435))
    true, alpha = picture.alpha[mesh][..., None], found.alpha[mesh][..., None]
    assert float(np.abs(alpha - true).mean()) < astray
    middles = np.arange(200, 440, pitch) - 205
    middles = middles[(middles > 0) & (middles < 228)]
    bars = np.minimum.reduce([alpha[:, middles + k, 0].mean(axis=0) for k in (-1, 0, 1)])
    assert bars.max() < 0.6, "a bar has gone"
    new = np.float32([0.9, 0.4, 0.1])
    comp = alpha * new + (1 - alpha) * found.foreground[mesh]
    expected = true * new + (1 - true) * GROUND
    assert float((comp - expected)[..., 2].max()) < 0.06
    assert float(np.abs(comp - expected).mean()) < 0.03


@pytest.mark.parametrize(("pitch", "bar", "astray"), [(8, 1.6, 0.04), (4, 1.2, 0.16)])
def test_a_fine_railing_seen_through_a_lens_is_no_silhouette(pitch: int, bar: float, astray: float) -> None:
    """Hardly a pixel of it is all bar or all sky, so that its matte must be soft, and so must the sky behind it be."""
    coverage = through_lens(np.maximum(hills(), railing(pitch, bar)))
    picture = composite(clear_sky(), textured(), coverage, 0.006)
    found = estimate(picture.plate)
    mesh = (slice(int(0.40 * HEIGHT), int(0.60 * HEIGHT)), slice(205, 435))
    true, alpha = picture.alpha[mesh], found.alpha[mesh]
    assert float(np.abs(alpha - true).mean()) < astray
    assert abs(float((alpha - true).mean())) < 0.06, "the mesh as a whole lets as much sky through as it does"
    soft, mixed = (float(((share > 0.02) & (share < 0.98)).mean()) for share in (alpha, true))
    assert soft > 0.6 * mixed


@pytest.mark.parametrize("sky", [clear_sky(), cloudy_sky()], ids=["clear", "cloudy"])
def test_leaves_before_a_sky_have_the_soft_edges_that_the_lens_gave_them(sky: np.ndarray) -> None:
    coverage = through_lens(np.maximum(hills(), crown()))
    picture = composite(sky, textured(np.float32([0.08, 0.09, 0.04])), coverage, 0.006)
    matte = estimate(picture.plate)
    tree = (slice(40, 235), slice(60, 580))
    true, alpha = picture.alpha[tree], matte.alpha[tree]
    mixed = (true > 0.02) & (true < 0.98)
    assert float(np.abs(alpha - true)[mixed].mean()) < 0.04
    assert abs(float((alpha - true)[mixed].mean())) < 0.02
    assert float(np.abs(alpha - true)[true > 0.98].mean()) < 0.01


def test_a_hazy_hill_beside_dark_leaves_is_no_half_transparent_leaf() -> None:
    """The hill's colour lies between the sky's and the leaves', so that a mixture would explain it."""
    haze = 0.55 * clear_sky()[int(0.66 * HEIGHT)].mean(axis=0) + 0.45 * GROUND
    front = np.broadcast_to(haze, (HEIGHT, WIDTH, 3)).astype(np.float32).copy()
    leaves = np.roll(crown(), 60, axis=0)
    front[leaves > 0] = GROUND
    picture = composite(clear_sky(), front, through_lens(np.maximum(hills(), leaves)), 0.006)
    matte = estimate(picture.plate)
    hill_alone = cv2.dilate(leaves, np.ones((9, 9), np.uint8)) == 0
    outline = hill_alone & (picture.alpha > 0.02) & (picture.alpha < 0.98)
    assert int(outline.sum()) > 300
    assert float(np.abs(matte.alpha - picture.alpha)[outline].mean()) < 0.04
    assert float(matte.alpha[hill_alone & (picture.alpha < 0.02)].mean()) < 0.001


def test_where_there_is_no_sky_the_foreground_is_the_plate_bit_for_bit() -> None:
    picture = ridge()
    matte = estimate(picture.plate)
    solid = matte.alpha == 0
    assert solid.sum() > 0.2 * solid.size
    assert (matte.foreground[solid].view(np.uint32) == picture.plate[solid].view(np.uint32)).all()


def test_a_lake_that_mirrors_the_sky_is_not_sky() -> None:
    sky = clear_sky()
    shore = int(0.8 * HEIGHT)
    front = textured()
    front[shore:] = sky[: HEIGHT - shore][::-1] * 0.9
    coverage = np.where(np.arange(HEIGHT)[:, None] >= int(0.7 * HEIGHT), 1, 0) * np.ones((1, WIDTH))
    matte = estimate(composite(sky, front, coverage.astype(np.float32)).plate)
    assert matte.alpha[shore + 3 :].max() == 0


def test_gaps_in_a_crown_are_sky_and_a_pale_wall_is_not_riddled() -> None:
    draw = np.random.default_rng(3)
    coverage = hills()
    for _ in range(700):
        centre = (int(200 + 60 * draw.standard_normal()), int(140 + 40 * draw.standard_normal()))
        cv2.circle(coverage, centre, int(draw.integers(3, 7)), 1.0, -1)
    cv2.rectangle(coverage, (430, 80), (560, 359), 1.0, -1)
    front = textured()
    front[80:, 430:561] = np.float32([0.95, 0.9, 0.8])
    picture = composite(clear_sky(), front, coverage)
    matte = estimate(picture.plate)
    assert overlap(matte.alpha, picture.alpha) > 0.97
    assert matte.alpha[100:300, 440:550].max() == 0


def test_the_sun_and_the_moon_belong_to_the_sky() -> None:
    sky = clear_sky()
    cv2.circle(sky, (120, 60), 14, (60.0, 55.0, 40.0), -1, cv2.LINE_AA)
    matte = estimate(composite(sky, textured(), hills()).plate)
    assert matte.alpha[50:70, 110:130].min() > 0.95


def test_a_bird_is_kept() -> None:
    coverage = hills()
    cv2.ellipse(coverage, (300, 60), (12, 4), 20, 0, 360, 1.0, -1)
    matte = estimate(composite(clear_sky(), textured(), coverage).plate)
    assert matte.alpha[60, 300] < 0.05


def test_a_picture_without_a_sky_is_refused() -> None:
    with pytest.raises(MatteError) as caught:
        estimate(np.full((90, 160, 3), 0.2, np.float32))
    assert caught.value.code == "sky_not_found" and "--matte" in caught.value.hint


def test_ground_of_the_sky_s_own_colour_gives_little_confidence() -> None:
    sky = np.full((HEIGHT, WIDTH, 3), 0.8, np.float32)
    matte = estimate(composite(sky, sky * 0.9, hills(), grain=0.02).plate)
    assert matte.confidence < 0.5


def test_nothing_below_a_given_horizon_is_sky() -> None:
    picture = ridge()
    matte = estimate(picture.plate, horizon=0.5 * HEIGHT)
    assert matte.alpha[int(0.5 * HEIGHT) + 8 :].max() == 0
    assert matte.alpha[: int(0.5 * HEIGHT) - 8].min() == 1


def test_a_hint_decides_what_colour_cannot() -> None:
    """A white wall that fills the upper left is taken for sky until the artist says that it is none."""
    coverage = hills()
    coverage[:, :120] = 1
    front = textured()
    front[:, :120] = 0.9
    picture = composite(np.full((HEIGHT, WIDTH, 3), 0.93, np.float32), front, coverage)
    hint = np.full((HEIGHT, WIDTH), 0.5, np.float32)
    hint[:150, :110] = 0
    hint[:100, 140:] = 1
    matte = estimate(picture.plate, hint=hint)
    assert matte.alpha[:140, :100].max() == 0
    assert matte.alpha[:100, 150:].min() > 0.9


def test_the_label_of_the_frame_before_keeps_the_matte_steady() -> None:
    first, second = ridge(), composite(clear_sky(), textured(), hills(), seed=9)
    prior = estimate(first.plate).coarse
    matte = estimate(second.plate, prior=prior)
    assert overlap(matte.alpha, second.alpha) > 0.998


def test_ground_of_the_sky_s_colour_does_not_creep_into_the_sky_from_frame_to_frame() -> None:
    """A pale field below the ridge: what was ground in the frame before stays ground."""
    coverage = hills()
    front = textured()
    row = int(0.82 * HEIGHT)
    front[row : row + 40] = clear_sky()[int(0.55 * HEIGHT)] * 0.93
    pictures = [composite(clear_sky(), front, coverage, seed=seed) for seed in range(4)]
    label = cv2.resize(pictures[0].alpha, (320, 180), interpolation=cv2.INTER_AREA)
    for picture in pictures:
        matte = estimate(picture.plate, prior=label)
        label = matte.coarse
    assert matte.alpha[row + 4 : row + 36].max() < 0.1
    assert overlap(matte.alpha, pictures[-1].alpha) > 0.99


def test_a_cloud_that_no_ground_holds_up_is_sky() -> None:
    """A white cloud at the picture's edge, crossed by an aerial, is not like the blue around it and yet no wall."""
    sky = clear_sky()
    shape = np.zeros((HEIGHT, WIDTH), np.float32)
    for centre, radius in (((30, 60), 34), ((70, 75), 26), ((300, 70), 40), ((360, 85), 30), ((520, 50), 40)):
        cv2.circle(shape, centre, radius, 1.0, -1)
    shape = cv2.GaussianBlur(shape, (0, 0), 6)[..., None]
    sky = sky * (1 - shape) + np.float32([0.95, 0.95, 0.97]) * shape
    coverage = hills()
    cv2.line(coverage, (40, 20), (40, 240), 1.0, 2)
    matte = estimate(composite(sky, textured(), coverage).plate)
    assert matte.alpha[50:70, 15:35].min() > 0.9
    assert matte.alpha[60:80, 290:310].min() > 0.9


def test_broken_pixels_do_not_spread() -> None:
    picture = ridge()
    plate = picture.plate.copy()
    plate[40, 50] = np.nan
    plate[250, 60] = np.inf
    matte = estimate(plate)
    assert np.isfinite(matte.alpha).all() and np.isfinite(matte.foreground).all()
    assert overlap(matte.alpha, picture.alpha) > 0.998


def test_the_matte_has_the_same_bits_on_one_thread_and_on_two() -> None:
    plate = wired().plate
    threads, kernels = cv2.getNumThreads(), numba.get_num_threads()
    try:
        cv2.setNumThreads(1)
        numba.set_num_threads(1)
        one = estimate(plate)
        cv2.setNumThreads(2)
        numba.set_num_threads(kernels)
        two = estimate(plate)
    finally:
        cv2.setNumThreads(threads)
        numba.set_num_threads(kernels)
    assert (one.alpha.view(np.uint32) == two.alpha.view(np.uint32)).all()
    assert (one.foreground.view(np.uint32) == two.foreground.view(np.uint32)).all()
    assert one.confidence == two.confidence


@pytest.mark.parametrize("size", [(40, 24), (333, 77), (64, 300)])
def test_small_odd_and_upright_pictures_have_a_matte_of_their_own_size(size: tuple[int, int]) -> None:
    picture = ridge()
    plate = cv2.resize(picture.plate, size, interpolation=cv2.INTER_AREA)
    matte = estimate(plate)
    assert matte.alpha.shape == (size[1], size[0])
    assert matte.alpha[0].min() > 0.85 and matte.alpha[-1].max() < 0.1
