"""Mattes: the artist's own by default; grown, shrunk and feathered outward when asked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platewright.contract.errors import MatteError
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.mattes import as_stored, clean, cut, fit, prepare, support


def disc(radius: float, size: int = 61) -> npt.NDArray[np.float32]:
    y, x = np.mgrid[:size, :size] - size // 2
    return np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)


def test_by_default_the_very_array_comes_back() -> None:
    matte = disc(5)
    same, box = prepare(matte, Box.of_size(61, 61))
    assert same is matte and box == Box.of_size(61, 61)


@pytest.mark.parametrize("grow", [0.5, 1, 2.25, 7, 8.5, 19.75, -0.5, -3, -9.25])
def test_growing_moves_a_soft_edge_by_parts_of_a_pixel(grow: float) -> None:
    matte = disc(12)
    grown, box = prepare(matte, Box.of_size(61, 61), grow=grow)
    row = grown[-box.y0 + 30].astype(np.float64)
    expected = 12 + grow
    assert abs(row.sum() - 2 * expected) < 0.02
    diagonal = np.diagonal(grown).sum() * np.sqrt(2)
    assert abs(diagonal - 2 * expected) < 2.0


def test_growing_reaches_beyond_the_mattes_own_window_and_shrinking_keeps_the_border() -> None:
    matte = np.zeros((10, 10), np.float32)
    matte[:, 6:] = 1
    grown, box = prepare(matte, Box(100, 200, 110, 210), grow=3)
    assert box == Box(100, 197, 113, 213) and grown.shape == (16, 13)
    assert grown[5, 3:].min() == 1 and grown[5, 2] == 0
    shrunk, box = prepare(matte, Box(100, 200, 110, 210), grow=-2)
    assert shrunk[0].tolist() == [0] * 8 + [1, 1] and shrunk[5].tolist() == [0] * 8 + [1, 1]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 999), grow=st.sampled_from([0.0, 1.5, 4.0]), feather=st.sampled_from([0.0, 2.5, 12.0]))
def test_growing_and_feathering_never_take_anything_away(seed: int, grow: float, feather: float) -> None:
    random = np.random.default_rng(seed)
    matte = np.maximum(0, random.random((24, 30)) * 2 - 1.6).astype(np.float32).clip(0, 1)
    window = Box(-5, -6, 25, 18)
    wider, box = prepare(matte, window, grow, feather)
    assert box.contains(window) and wider.shape == (box.height, box.width)
    assert (wider[window.slices_in(box)] >= matte).all() and wider.max() <= max(1, matte.max())
    held = support(wider, (box.x0, box.y0))
    reach = int(np.ceil(grow) + np.ceil(feather))
    assert support(matte, (window.x0, window.y0)).grown(reach).contains(held)


def test_feather_falls_smoothly_outward_to_nothing() -> None:
    feathered, box = prepare(disc(8), Box.of_size(61, 61), feather=10)
    row = feathered[30 - box.y0, 30 - box.x0 :].astype(np.float64)
    assert (np.diff(row) <= 0).all() and row[7] == 1 and row[20] == 0
    assert np.abs(np.diff(row)).max() < 0.2


def test_an_empty_matte_stays_empty_whatever_is_asked() -> None:
    empty = np.zeros((4, 5), np.float32)
    same, box = prepare(empty, Box.of_size(5, 4), 9, 9)
    assert not same.any() and box == Box.of_size(5, 4)


def test_values_are_held_to_zero_to_one_and_nan_is_refused_with_its_frame() -> None:
    good = disc(3)
    assert clean(good) is good
    assert clean(np.array([[-0.5, 0.5, 7.0]], np.float32)).tolist() == [[0, 0.5, 1]]
    assert clean(np.array([[-np.inf, np.inf]], np.float32)).tolist() == [[0, 1]]
    with pytest.raises(MatteError, match="1007") as caught:
        clean(np.array([[0.0, np.nan]], np.float32), 1007)
    assert (caught.value.code, caught.value.frame) == ("matte_nan", 1007)


def test_support_is_the_box_of_everything_above_zero() -> None:
    matte = np.zeros((20, 30), np.float32)
    assert support(matte) == EMPTY and support(matte[:0]) == EMPTY
    matte[4, 7], matte[9, 2] = 1e-7, 1
    assert support(matte) == Box(2, 4, 8, 10)
    assert support(matte, (-100, 50)) == Box(-98, 54, -92, 60)


def test_a_matte_of_another_size_is_refused_with_both_sizes() -> None:
    with pytest.raises(MatteError, match="960 x 540 pixels and the plate 1920 x 1080") as caught:
        fit(Box.of_size(960, 540), Box.of_size(960, 540), Box.of_size(1920, 1080), 1003)
    assert (caught.value.code, caught.value.frame) == ("matte_size_mismatch", 1003)


def test_a_matte_moves_along_with_its_display_window() -> None:
    plate = Box(10, 20, 110, 70)
    assert fit(Box(3, 4, 50, 40), plate, plate) == Box(3, 4, 50, 40)
    assert fit(Box(3, 4, 50, 40), Box.of_size(100, 50), plate) == Box(13, 24, 60, 60)


def test_cutting_beyond_the_window_gives_zero() -> None:
    matte = np.ones((2, 2), np.float32)
    assert cut(matte, Box.of_size(2, 2), Box(1, 1, 3, 3)).tolist() == [[1, 0], [0, 0]]
    assert cut(matte, Box.of_size(2, 2), Box(5, 5, 6, 6)).tolist() == [[0]]
    assert cut(matte, Box.of_size(2, 2), EMPTY).shape == (0, 0)


def test_a_matte_is_blended_with_the_values_that_its_file_holds() -> None:
    matte = np.array([[0, 1e-9, 0.1, 0.99999, 1]], np.float32)
    assert as_stored(matte, half=True).tolist() == [[0, 0, float(np.float16(0.1)), 1, 1]]
    assert as_stored(matte, half=False) is matte
