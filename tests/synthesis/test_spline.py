"""A smooth fill keeps the slopes along its rim, and goes before a copied one only where all around is smooth."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.synthesis.calm import Calmed, Calming
from platewright.synthesis.membrane import membrane
from platewright.synthesis.spline import spline

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


def calmed(copied: np.ndarray, picture: np.ndarray, known: np.ndarray, meant: np.ndarray) -> Calmed:
    return Calming.of(picture, known, meant).over(copied)


def test_a_curved_field_runs_on_where_a_film_would_cut_it_off() -> None:
    picture, known = _bowl(), _hole()
    plate = np.abs(spline(picture, known) - picture)[~known].mean()
    film = np.abs(membrane(picture, known) - picture)[~known].mean()
    assert plate < 0.5 * film


def test_each_channel_runs_on_by_itself() -> None:
    picture, known = _bowl(), _hole()
    apart = np.dstack([spline(picture[..., c : c + 1], known) for c in range(3)])
    assert np.abs(apart - spline(picture, known)).max() < 1e-5


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
