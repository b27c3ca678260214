"""A smooth fill is the likeliest by what is around, and goes before a copied one only where all of that is smooth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from platewright.imaging.threads import available_threads, use_threads
from platewright.synthesis.calm import Calmed, Calming
from platewright.synthesis.kriging import kriged
from platewright.synthesis.membrane import membrane

NOTHING = np.zeros((96, 96), np.float32)


def guessed(picture: np.ndarray, known: np.ndarray) -> np.ndarray:
    return kriged(picture, known).picture


def _hole(height: int = 96, width: int = 96, side: int = 32) -> np.ndarray:
    known = np.ones((height, width), bool)
    top, left = (height - side) // 2, (width - side) // 2
    known[top : top + side, left : left + side] = False
    return known


def _bowl(height: int = 96, width: int = 96) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width] / np.float32(height)
    tone = 0.3 + 0.4 * (rows - 0.5) ** 2 + 0.3 * columns
    return np.dstack([tone, 0.9 * tone, 0.8 * tone]).astype(np.float32)


def calmed(copied: np.ndarray, picture: np.ndarray, known: np.ndarray, meant: np.ndarray) -> Calmed:
    return Calming.of(picture, known, meant).over(copied)


def test_a_curved_field_runs_on_where_a_film_would_cut_it_off() -> None:
    picture, known = _bowl(), _hole()
    guess = np.abs(guessed(picture, known) - picture)[~known].mean()
    film = np.abs(membrane(picture, known) - picture)[~known].mean()
    assert guess < 0.5 * film


def test_each_channel_runs_on_by_itself() -> None:
    picture, known = _bowl(), _hole()
    apart = np.dstack([guessed(picture[..., c : c + 1], known) for c in range(3)])
    assert np.abs(apart - guessed(picture, known)).max() < 1e-5


def _out_of_focus(blur: float, seed: int, side: int = 192) -> np.ndarray:
    """A picture with as much contrast on each scale, blurred by so many pixels."""
    along = np.fft.fftfreq(side)
    frequency = np.hypot(along[:, None], along)[..., None]
    frequency[0, 0] = np.inf
    white = np.fft.fft2(np.random.default_rng(seed).standard_normal((side, side, 3)), axes=(0, 1))
    field = np.fft.ifft2(white / frequency * np.exp(-2 * (np.pi * blur * frequency) ** 2), axes=(0, 1)).real
    return (0.5 + 0.12 * field / field.std()).astype(np.float32)


def _disc(side: int = 192, radius: int = 36) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side] - side // 2
    return np.asarray(rows**2 + columns**2 >= radius**2)


def _grainy(picture: np.ndarray, seed: int = 9, strength: float = 0.02) -> np.ndarray:
    return picture + strength * np.random.default_rng(seed).standard_normal(picture.shape).astype(np.float32)


@pytest.mark.parametrize(("blur", "most"), [(3.0, 1.02), (6.0, 0.85), (10.0, 0.6)])
def test_the_more_a_picture_is_out_of_focus_the_nearer_the_guess_comes(blur: float, most: float) -> None:
    """Its squared error to that of a soap film, on the mean of six pictures with grain."""
    known, ratios = _disc(), []
    for seed in range(6):
        truth = _out_of_focus(blur, seed)
        shown = _grainy(truth, seed + 50)
        guess, film = (((fill(shown, known) - truth)[~known] ** 2).mean() for fill in (guessed, membrane))
        ratios.append(guess / film)
    assert np.mean(ratios) < most


@pytest.mark.parametrize("blur", [3.0, 6.0, 10.0])
def test_what_a_guess_is_likely_to_miss_by_is_told(blur: float) -> None:
    known, ratios = _disc(), []
    for seed in range(6):
        truth = _out_of_focus(blur, seed)
        guess = kriged(_grainy(truth, seed + 50), known)
        ratios.append(guess.error / np.sqrt(((guess.picture - truth)[~known] ** 2).mean()))
    assert 0.8 < np.exp(np.mean(np.log(ratios))) < 1.25
    assert min(ratios) > 0.4 and max(ratios) < 2.5


def test_where_next_to_nothing_is_known_nobody_knows_what_a_guess_misses_by() -> None:
    known = np.zeros((40, 40), bool)
    known[3, 4] = True
    assert kriged(np.full((40, 40, 3), 0.4, np.float32), known).error == np.inf
    assert kriged(np.full((40, 40, 3), 0.4, np.float32), ~np.zeros((40, 40), bool)).error == 0


def test_no_guess_is_far_outside_what_is_around() -> None:
    for seed in range(4):
        truth = _out_of_focus(8.0, seed)
        known = _disc()
        known[:, 150:] = False  # nothing holds it on that side
        filled = guessed(_grainy(truth, seed), known)
        span = np.ptp(truth[known])
        assert filled[~known].min() > truth[known].min() - 0.2 * span
        assert filled[~known].max() < truth[known].max() + 0.2 * span


def test_light_and_contrast_change_nothing_but_themselves() -> None:
    picture, known = _grainy(_out_of_focus(6.0, 3)), _disc()
    other = guessed(0.25 * picture + np.float32(0.3), known)
    assert np.abs(other - (0.25 * guessed(picture, known) + np.float32(0.3))).max() < 1e-4


def test_grain_is_not_carried_into_the_hole() -> None:
    truth, known = _out_of_focus(6.0, 5), _disc()
    inside = _disc(radius=30)
    filled = guessed(_grainy(truth, 7), known)
    finest = filled - cv2.GaussianBlur(filled, (0, 0), 1.0)
    assert finest[~inside].std() < 0.001


def test_a_wire_is_taken_out_as_a_film_would() -> None:
    """No cell of so long a hole is open; what is around still tells what lies under it."""
    truth = _out_of_focus(6.0, 8, 512)
    known = np.ones(truth.shape[:2], bool)
    known[250:254, 8:504] = False
    shown = _grainy(truth, 3, 0.005)
    guess, film = (np.abs(fill(shown, known) - truth)[~known].mean() for fill in (guessed, membrane))
    assert guess < 1.1 * film


def test_the_guess_is_the_same_bits_on_any_number_of_threads() -> None:
    picture, known = _grainy(_out_of_focus(6.0, 2)), _disc()
    before = available_threads()
    try:
        found = []
        for threads in (1, 2):
            use_threads(threads)
            found.append(guessed(picture, known))
    finally:
        use_threads(before)
    assert np.array_equal(*found)


def test_what_is_known_stays_to_the_bit_and_what_is_missing_may_be_anything() -> None:
    picture, known = _bowl(), _hole()
    picture[~known] = np.nan
    filled = guessed(picture, known)
    assert np.array_equal(filled[known], picture[known])
    assert np.isfinite(filled).all()
    assert np.array_equal(guessed(filled, np.ones_like(known)), filled)


@pytest.mark.parametrize("known", [np.eye(40, dtype=bool), np.arange(1600).reshape(40, 40) == 0])
def test_hardly_anything_known_still_gives_finite_values_near_it(known: np.ndarray) -> None:
    filled = guessed(np.full((40, 40, 3), 0.4, np.float32), known)
    assert np.allclose(filled, 0.4, atol=1e-3)


def test_a_plain_surround_is_filled_smoothly_and_a_textured_one_is_copied() -> None:
    known = _hole()
    copied = np.where(known[..., None], _bowl(), np.float32(0.9))
    plain = calmed(copied, _bowl(), known, NOTHING)
    assert plain.copied[~known].max() < 0.05
    assert np.abs(plain.picture - _bowl())[~known].max() < 0.05
    texture = _bowl() + 0.1 * np.random.default_rng(1).standard_normal((96, 96, 1)).astype(np.float32)
    texture[::8] += 0.2
    copied = np.where(known[..., None], texture, np.float32(0.9))
    kept = calmed(copied, texture, known, NOTHING)
    assert (kept.copied == 1).all()
    assert np.array_equal(kept.picture, copied)


def test_what_is_meant_stays_where_the_surround_is_plain() -> None:
    known = _hole()
    copied = np.where(known[..., None], _bowl(), np.float32(0.9))
    meant = np.zeros((96, 96), np.float32)
    meant[48] = 1
    found = calmed(copied, _bowl(), known, meant)
    assert np.array_equal(found.picture[48], copied[48])
    assert (found.copied[48] == 1).all()
    assert found.copied[47][~known[47]].max() < 0.05


def test_grain_alone_is_no_texture() -> None:
    known = _hole()
    grainy = _bowl() + (1.5 / 255) * np.random.default_rng(2).standard_normal((96, 96, 3)).astype(np.float32)
    assert calmed(np.full_like(grainy, 0.9), grainy, known, NOTHING).copied[~known].max() < 0.3


def test_where_most_is_smooth_nothing_of_a_copy_s_grain_is_kept() -> None:
    """What is left of it by a share would be counted as the plate's, but laid together from many places it is finer."""
    known, noise = _hole(), np.random.default_rng(4).standard_normal((96, 96, 3)).astype(np.float32)
    coarse = cv2.GaussianBlur(np.random.default_rng(5).standard_normal((96, 96, 1)).astype(np.float32), (0, 0), 2.0)
    hints = _bowl() + (4.0 / 255) * (coarse / coarse.std())[..., None]  # a little of what an eye would see
    found = [calmed(hints + grain * noise, hints, known, NOTHING) for grain in (0.0, 0.02)]
    share = found[0].copied[~known]
    assert 0 < share.mean() < 0.5 and (share == 0).any()
    apart = (found[1].picture - found[0].picture)[~known]
    finest = apart - cv2.GaussianBlur(found[1].picture - found[0].picture, (0, 0), 1.0)[~known]
    assert finest[share == 0].std() < 0.05 * 0.02


def _open_to_the_right(picture: np.ndarray) -> np.ndarray:
    """How much of each pixel is copied where the right third is open to the picture's side."""
    known = np.ones((96, 192), bool)
    known[:, 144:] = False
    copied = np.where(known[..., None], picture, np.float32(0.9))
    return calmed(copied, picture, known, np.zeros((96, 192), np.float32)).copied


def test_towards_a_side_that_nothing_holds_the_copy_takes_over_from_what_is_out_of_focus() -> None:
    rows, columns = np.mgrid[0:96, 0:192].astype(np.float32)
    blotches = 0.4 + 0.15 * np.sin(rows / 14) * np.sin(columns / 14)
    copied = _open_to_the_right(np.dstack([blotches] * 3))
    assert copied[:, 191].min() > 0.9


def test_a_clear_sky_is_smooth_to_the_picture_s_side() -> None:
    rows, columns = np.mgrid[0:96, 0:192].astype(np.float32)
    sky = 0.4 + 0.0004 * rows + 0.0003 * columns
    assert _open_to_the_right(np.dstack([sky] * 3))[:, 144:].max() < 0.1


def test_the_smooth_fill_follows_what_is_meant() -> None:
    """An edge that is carried through parts the colours on its either side."""
    rows = np.mgrid[0:96, 0:256][0]
    halves = np.repeat(np.where(rows < 48, 0.2, 0.7).astype(np.float32)[..., None], 3, -1)
    known = np.ones((96, 256), bool)
    known[28:68, 48:208] = False
    line = ((rows >= 45) & (rows < 51)).astype(np.float32)
    off = [np.abs(calmed(halves, halves, known, meant).picture - halves).max() for meant in (np.zeros_like(line), line)]
    assert off[1] < 0.05 < 0.15 < off[0]
