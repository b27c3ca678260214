"""Where copied pieces meet: nothing is sharper than what it was copied from, and what fits stays as it is."""

from __future__ import annotations

import numpy as np

from platewright.synthesis.exemplar import synthesise
from platewright.synthesis.joins import soften_joins

_Array = np.ndarray


def _blobs(height: int, width: int) -> _Array:
    """Something out of focus: no slope in it is steep."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    tone = 0.4 + 0.2 * np.sin(x / 17) * np.sin(y / 13 + 1)
    return np.dstack([tone, tone * 0.8, 0.9 - tone]).astype(np.float32)


def _copied(picture: _Array, hole: _Array, offsets: _Array) -> _Array:
    """The picture with its hole filled from where the offsets say."""
    rows, columns = np.nonzero(hole)
    across, down = offsets[rows, columns].T
    filled = picture.copy()
    filled[rows, columns] = picture[rows + down, columns + across]
    return filled


def _two_pieces(picture: _Array) -> tuple[_Array, _Array, _Array]:
    """A hole filled from two places that do not fit each other, its mask, and the offsets."""
    hole, offsets = np.zeros(picture.shape[:2], np.bool_), np.zeros((*picture.shape[:2], 2), np.int32)
    hole[40:100, 60:120] = True
    offsets[40:100, 60:90], offsets[40:100, 90:120] = (-60, 0), (60, 39)
    offsets[~hole] = 0
    return _copied(picture, hole, offsets), hole, offsets


def test_a_cut_through_a_blur_becomes_a_blur_and_what_is_known_stays() -> None:
    picture = _blobs(140, 180)
    filled, hole, offsets = _two_pieces(picture)
    softened, left = soften_joins(filled, hole, offsets)
    cut = np.abs(np.diff(filled[45:95], axis=1))[:, 85:95].max()
    assert cut > 0.1
    assert np.abs(np.diff(softened[45:95], axis=1))[:, 85:95].max() < cut / 3
    assert softened[~hole].tobytes() == picture[~hole].tobytes()
    assert (left[~hole] == 1).all()
    assert left[70, 90] < 0.5


def test_a_copy_that_fits_keeps_its_edges_and_its_grain() -> None:
    y, x = np.mgrid[0:140, 0:180]
    stripes = np.repeat(np.where(x % 20 < 10, 0.2, 0.7)[..., None], 3, 2)
    picture = (stripes + 0.02 * np.random.default_rng(2).normal(size=stripes.shape)).astype(np.float32)
    hole, offsets = np.zeros((140, 180), np.bool_), np.zeros((140, 180, 2), np.int32)
    hole[40:100, 60:120] = True
    offsets[hole] = -60, 0
    filled = _copied(picture, hole, offsets)
    softened, left = soften_joins(filled, hole, offsets)
    assert np.abs(softened - filled).max() < 0.03 * 0.5  # of the stripes' contrast
    assert left[hole].mean() > 0.98


def test_a_picture_smaller_than_any_band_is_left_alone() -> None:
    filled = np.random.default_rng(1).uniform(size=(5, 6, 3)).astype(np.float32)
    hole = np.ones((5, 6), np.bool_)
    softened, left = soften_joins(filled, hole, np.zeros((5, 6, 2), np.int32))
    assert np.array_equal(softened, filled)
    assert (left == 1).all()


def test_a_fill_of_what_is_out_of_focus_has_no_edge_that_its_surround_has_not() -> None:
    rng = np.random.default_rng(5)
    picture = np.full((160, 200, 3), 0.2, np.float32)
    y, x = np.mgrid[0:160, 0:200]
    for row, column in rng.uniform((0, 0), (160, 200), (14, 2)):
        picture += 0.5 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 180.0)[..., None].astype(np.float32)
    known = np.ones((160, 200), np.bool_)
    known[:, 150:] = False
    made = synthesise(picture, known, seed=1).picture
    slopes = np.abs(np.diff(made, axis=1)).max(-1)
    assert slopes[:, 151:].max() < 1.5 * slopes[:, :149].max()
