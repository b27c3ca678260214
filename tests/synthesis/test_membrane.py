"""The smooth fill: what is known stays, what is not lies smoothly between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platewright.synthesis.membrane import membrane


def _hole(height: int, width: int, rows: slice, columns: slice) -> np.ndarray:
    known = np.ones((height, width), np.bool_)
    known[rows, columns] = False
    return known


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 40), width=st.integers(1, 40), channels=st.integers(1, 5), share=st.floats(0, 1),
    seed=st.integers(0, 10_000),
)  # fmt: skip
def test_known_pixels_stay_bit_for_bit_and_the_rest_lies_within_their_range(
    height: int, width: int, channels: int, share: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(height, width, channels)).astype(np.float32)
    known = rng.random((height, width)) < share
    values[~known] = np.nan
    filled = membrane(values, known)
    assert filled.dtype == np.float32 and filled.shape == values.shape
    assert filled[known].tobytes() == values[known].tobytes()
    if known.any():
        low, high = values[known].min(0) - 1e-4, values[known].max(0) + 1e-4
        assert ((filled >= low) & (filled <= high)).all()
    else:
        assert not filled.any()


def test_a_constant_is_continued_exactly_enough() -> None:
    known = _hole(50, 70, slice(10, 40), slice(0, 60))
    values = np.where(known[..., None], np.float32([0.3, 7.0, -2.0]), np.float32(np.inf)).astype(np.float32)
    np.testing.assert_allclose(membrane(values, known), np.broadcast_to([0.3, 7.0, -2.0], (50, 70, 3)), rtol=1e-6)


def test_a_ramp_across_a_hole_is_bridged() -> None:
    values = np.broadcast_to(np.linspace(0, 1, 80, dtype=np.float32)[None, :, None], (60, 80, 1)).copy()
    known = _hole(60, 80, slice(15, 45), slice(20, 60))
    assert np.abs(membrane(values, known) - values).max() < 0.05


def test_values_outside_the_surround_do_not_matter() -> None:
    values = np.zeros((200, 200, 1), np.float32)
    known = _hole(200, 200, slice(90, 110), slice(90, 110))
    before = membrane(values, known)
    values[0] = 9
    assert (membrane(values, known)[1:] == before[1:]).all()


def test_the_input_is_not_written_to() -> None:
    values = np.ones((20, 20, 3), np.float32)
    known = _hole(20, 20, slice(5, 10), slice(5, 10))
    values[~known] = np.nan
    membrane(values, known)
    assert np.isnan(values[~known]).all()


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (2, 2), (1, 1)])
def test_the_smallest_pictures_are_filled(shape: tuple[int, int]) -> None:
    known = np.zeros(shape, np.bool_)
    known[0, 0] = True
    assert (membrane(np.full((*shape, 2), 4, np.float32), known) == 4).all()
