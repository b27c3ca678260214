"""What the generator says of its own error is what the error is, when the truth is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from platewright.imaging.tone import to_tone
from platewright.synthesis.agreement import Places, apart
from platewright.synthesis.doubt import HALF_SURE, beside, invented, sure, surely
from platewright.synthesis.draft import FROM_FRAMES, Filled
from platewright.synthesis.exemplar import synthesise
from tests.moving_shot import MovingShot, background, make
from tests.synthesis.test_repair import fill_all

ROWS, COLUMNS = (grid.ravel() for grid in np.mgrid[0:40, 0:60])
PLACES = Places.of(ROWS, COLUMNS)
POOL = ThreadPoolExecutor(2)


def looks(offsets: tuple[float, ...], grain: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Candidates of one flat grey, each so much brighter in tone, with grain."""
    rng = np.random.default_rng(3)
    tones = [0.4 + offset + grain * rng.standard_normal((2400, 3)) for offset in offsets]
    linear = [(257.0 ** np.asarray(tone) - 1) / 64 for tone in tones]
    return np.stack(linear).astype(np.float32), np.ones((len(offsets), 2400), np.uint8)


def structure_error(shot: MovingShot, filled: Filled, number: int) -> float:
    truth = to_tone(shot.clean[number][filled.box.slices_in(shot.box)])
    soft = cv2.GaussianBlur(to_tone(filled.rgb) - truth, (0, 0), 1.5)
    return float(np.sqrt((soft[filled.mask] ** 2).mean()))


def said_error(filled: Filled) -> float:
    return HALF_SURE * float(np.sqrt(1 / surely(filled.confidence[filled.mask]) - 1))


def test_confidence_is_a_half_at_eight_steps_and_bad_pixels_are_not_made_up_for() -> None:
    assert sure(0.0) == 1 and sure(HALF_SURE) == pytest.approx(0.5)
    assert surely(np.full(9, 0.8, np.float32)) == pytest.approx(0.8)
    mixed = np.concatenate([np.full(70, 0.99), np.full(30, 0.02)]).astype(np.float32)
    assert surely(mixed) < 0.1 < mixed.mean()


def test_looks_that_differ_by_grain_alone_agree() -> None:
    candidates, valid = looks((0.0,) * 6, grain=0.02)
    assert apart(candidates, valid, candidates.mean(0), PLACES, POOL).mean() < 0.006


def test_looks_that_differ_in_structure_are_apart_by_as_much() -> None:
    candidates, valid = looks((-0.06, -0.05, -0.03, 0.03, 0.05, 0.06), grain=0.01)
    middle = looks((0.0,))[0][0]
    assert apart(candidates, valid, middle, PLACES, POOL).mean() == pytest.approx(1.48 * 0.05, rel=0.3)


def test_one_ghost_among_six_looks_is_not_held_against_the_others() -> None:
    candidates, valid = looks((0.0, 0.0, 0.0, 0.0, 0.0, 0.3), grain=0.01)
    assert apart(candidates, valid, candidates[0], PLACES, POOL).mean() < 0.01


def test_the_plate_between_the_sides_of_an_extension_is_passed_over() -> None:
    apart_ = Places.of(np.array([5, 900, 6, 902, 5]), np.array([7, 7, 9, 7, 9]))
    assert apart_.shape == (4, 2) and apart_.flat.tolist() == [0, 4, 3, 6, 1]
    candidates, valid = looks((-0.05, -0.04, 0.04, 0.05), grain=0.01)
    middle = looks((0.0,))[0][0]
    sides = np.where(COLUMNS < 30, COLUMNS, COLUMNS + 4000)
    near, far = (apart(candidates, valid, middle, Places.of(ROWS, columns), POOL) for columns in (COLUMNS, sides))
    assert np.array_equal(near, far)


def test_shades_that_healing_takes_out_are_no_error_and_detail_is() -> None:
    plate = background(80, 80, seed=4)
    ring = np.zeros((80, 80), bool)
    ring[10:70, 10:70] = True
    ring[17:63, 17:63] = False
    assert beside(plate, plate, ring).astray == 0
    assert beside(plate * np.float32(1.1), plate, ring).astray < 0.004
    assert beside(np.roll(plate, 5, axis=1), plate, ring).astray > 0.03


@pytest.mark.parametrize("step", [(3.3, -0.7), (0.0, 0.0)])
def test_what_is_said_of_a_pan_and_of_a_locked_off_shot_is_near_the_truth(step: tuple[float, float]) -> None:
    shot = make(step=step, grain=0.02)
    for number, filled in fill_all(shot).items():
        seen = filled.kind[filled.mask] == FROM_FRAMES
        assert seen.mean() > 0.9
        assert structure_error(shot, filled, number) < 3 * said_error(filled) + 0.002
        assert surely(filled.confidence[filled.mask]) > 0.6


@pytest.mark.parametrize(("finest", "seed"), [(1.0, 1), (1.0, 2), (3.0, 3), (9.0, 4), (30.0, 5)])
def test_what_an_invention_misses_by_is_told_from_the_texture_around_it(finest: float, seed: int) -> None:
    picture = to_tone(background(200, 260, seed=seed, finest=finest))
    hole = np.zeros(picture.shape[:2], bool)
    hole[80:120, 100:150] = True
    made = synthesise(np.where(hole[..., None], np.float32(0), picture), ~hole, seed=2)
    soft = cv2.GaussianBlur(made.picture - picture, (0, 0), 1.5)
    real = float(np.sqrt((soft[hole] ** 2).mean()))
    said = made.error(~hole)
    assert 0.4 < said / real < 2.5 or abs(said - real) < 2 / 255


def test_an_invention_in_a_plain_sky_is_believed_and_one_in_a_hedge_is_not() -> None:
    hole = np.zeros((120, 160), bool)
    hole[40:80, 60:100] = True
    shade = np.tile(np.linspace(0.4, 0.6, 160, dtype=np.float32)[None, :, None], (120, 1, 3))
    assert sure(invented(shade, ~hole, hole)) > 0.95
    assert sure(invented(to_tone(background(120, 160)), ~hole, hole)) < 0.3


def test_broken_pixels_on_the_ring_are_not_compared() -> None:
    plate = np.full((40, 40, 3), 0.2, np.float32)
    fill, ring = plate * 0.9, np.ones((40, 40), bool)
    whole = beside(fill, plate, ring)
    plate[3, 4], plate[20, 20, 1], fill[30, 30] = np.nan, np.inf, -np.inf
    found = beside(fill, plate, ring)
    assert (found.astray, found.shade) == pytest.approx((whole.astray, whole.shade), abs=1e-3)
    assert beside(fill, plate, ~np.isfinite(plate).all(axis=-1)).astray == 0
