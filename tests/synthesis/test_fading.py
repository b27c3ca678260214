"""What patches hardly fit is said less loudly; what fits, what is fine and what no rim holds stay as they are."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from platewright.synthesis.fading import faded

_cv2: Any = cv2
_Floats = npt.NDArray[np.float32]
_Mask = npt.NDArray[np.bool_]

ALL = np.ones((96, 96), np.float32)


@pytest.fixture
def known() -> _Mask:
    known = np.ones((96, 96), np.bool_)
    known[24:72, 24:72] = False
    return known


@pytest.fixture
def blot(known: _Mask) -> _Floats:
    """A bright blot in a hole in even grey, with fine texture all over."""
    rng = np.random.default_rng(3)
    picture = np.full((96, 96, 3), 0.4, np.float32)
    picture[40:56, 40:56] = 0.8
    return picture + rng.normal(0, 0.02, picture.shape).astype(np.float32)


def fine(picture: _Floats) -> _Floats:
    return picture - _cv2.GaussianBlur(picture, (0, 0), 1.0)


def test_what_is_known_stays_bit_for_bit(blot: _Floats, known: _Mask) -> None:
    result = faded(blot, known, 0.3 * ALL, ALL)
    assert np.array_equal(result[known], blot[known])
    assert not np.array_equal(result[~known], blot[~known])


@pytest.mark.parametrize("error", [0.0, 0.01, 0.02])
def test_what_fits_stays_bit_for_bit(blot: _Floats, known: _Mask, error: float) -> None:
    assert np.array_equal(faded(blot, known, error * ALL, ALL), blot)


def test_what_no_rim_holds_stays_bit_for_bit(blot: _Floats, known: _Mask) -> None:
    assert np.array_equal(faded(blot, known, 0.3 * ALL, 0 * ALL), blot)


def test_the_worse_it_fits_the_less_contrast_is_left_but_never_little(blot: _Floats, known: _Mask) -> None:
    left = [float(faded(blot, known, error * ALL, ALL)[46:50, 46:50].mean()) - 0.4 for error in (0.02, 0.06, 0.1, 9.0)]
    assert left[0] > left[1] > left[2]
    assert left[2] == pytest.approx(left[3], abs=1e-4), "from some error on it is not told more"
    assert 0.69 < left[3] / left[0] < 0.8


def test_fine_texture_keeps_its_contrast(blot: _Floats, known: _Mask) -> None:
    inside = np.s_[60:68, 28:68]
    before, after = fine(blot)[inside], fine(faded(blot, known, 0.3 * ALL, ALL))[inside]
    assert after.std() > 0.97 * before.std()


def test_only_what_misses_fades(blot: _Floats, known: _Mask) -> None:
    error = np.zeros((96, 96), np.float32)
    error[24:40] = 0.3
    result = faded(blot, known, error, ALL)
    assert np.array_equal(result[68:], blot[68:])
    assert np.abs(result - blot)[64:].max() < 1e-4
    assert result[41:43, 44:52].mean() < blot[41:43, 44:52].mean() - 0.03
