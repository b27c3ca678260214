"""A smooth fill keeps the slopes along its rim, and goes before a copied one only where all around is smooth."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.synthesis.calm import calm
from platewright.synthesis.membrane import membrane
from platewright.synthesis.spline import averaged, spline

NOTHING = np.zeros((96, 96), np.float32)


def _hole(height: int = 96, width: int = 96, side: int = 32) -> np.ndarray:
    known = np.ones((height, width), bool)
    top, left = (height - side) // 2, (width - side) // 2
    known[top : top + side, left : left + side] = False
    return known


def _bowl(height: int = 96, width: int = 96) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width] / np.float32(height)
    tone = 0.3 + 0.4 * (rows - 0.5) ** 2 + 0.3 * columns
    return np.dstack([tone, 0.9 * tone, 0.8 * tone]).astype(np.float32)


def test_a_curved_field_runs_on_where_a_film_would_cut_it_off() -> None:
    picture, known = _bowl(), _hole()
    plate = np.abs(spline(picture, known) - picture)[~known].mean()
    film = np.abs(membrane(picture, known) - picture)[~known].mean()
    assert plate < 0.5 * film


def test_what_is_known_stays_to_the_bit_and_what_is_missing_may_be_anything() -> None:
    picture, known = _bowl(), _hole()
    picture[~known] = np.nan
    filled = spline(picture, known)
    assert np.array_equal(filled[known], picture[known])
    assert np.isfinite(filled).all()
    assert np.array_equal(spline(filled, np.ones_like(known)), filled)


@pytest.mark.parametrize("known", [np.eye(40, dtype=bool), np.arange(1600).reshape(40, 40) == 0])
def test_hardly_anything_known_still_gives_finite_values_near_it(known: np.ndarray) -> None:
    filled = spline(np.full((40, 40, 3), 0.4, np.float32), known)
    assert np.allclose(filled, 0.4, atol=1e-3)


def test_an_average_counts_known_pixels_alone() -> None:
    picture, known = np.full((32, 32), 0.5, np.float32), _hole(32, 32, 8)
    picture[~known] = np.inf
    assert np.allclose(averaged(picture, known, 2.0), 0.5, atol=1e-5)


def test_a_plain_surround_is_filled_smoothly_and_a_textured_one_is_copied() -> None:
    known, copied = _hole(), np.full((96, 96, 3), 0.9, np.float32)
    plain = calm(copied, _bowl(), known, NOTHING)
    assert plain.copied[~known].max() < 0.05
    assert np.abs(plain.picture - _bowl())[~known].max() < 0.05
    texture = _bowl() + 0.1 * np.random.default_rng(1).standard_normal((96, 96, 1)).astype(np.float32)
    texture[::8] += 0.2
    kept = calm(copied, texture, known, NOTHING)
    assert (kept.copied == 1).all()
    assert np.array_equal(kept.picture, copied)


def test_what_is_meant_stays_where_the_surround_is_plain() -> None:
    known, copied = _hole(), np.full((96, 96, 3), 0.9, np.float32)
    meant = np.zeros((96, 96), np.float32)
    meant[48] = 1
    calmed = calm(copied, _bowl(), known, meant)
    assert np.array_equal(calmed.picture[48], copied[48])
    assert (calmed.copied[48] == 1).all()
    assert calmed.copied[47][~known[47]].max() < 0.05


def test_grain_alone_is_no_texture() -> None:
    known = _hole()
    grainy = _bowl() + (1.5 / 255) * np.random.default_rng(2).standard_normal((96, 96, 3)).astype(np.float32)
    assert calm(np.full_like(grainy, 0.9), grainy, known, NOTHING).copied[~known].max() < 0.3


def test_towards_a_side_that_nothing_holds_the_copy_takes_over() -> None:
    known = np.ones((96, 96), bool)
    known[:, 64:] = False
    copied = calm(np.full((96, 96, 3), 0.9, np.float32), _bowl(), known, NOTHING).copied
    assert copied[48, 65] < 0.2
    assert copied[48, 95] > 0.9
