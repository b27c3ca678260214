"""Half codes are numpy's own, to the bit: ties, subnormals, overflow and what is no number."""

from __future__ import annotations

import numpy as np

from platewright.imaging.halves import lay_in


def codes_of(values: np.ndarray, most: float = np.inf) -> np.ndarray:
    pixels = np.zeros((*values.shape, 3), np.float16)
    lay_in(values, pixels, 1, most)
    assert not pixels[..., ::2].any()
    return pixels[..., 1].view(np.uint16)


def numpys(values: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return values.astype(np.float16).view(np.uint16)


def test_every_half_and_every_tie_between_two_is_rounded_as_numpy_does() -> None:
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
    ties = ((halves[:-1] + halves[1:]) / 2).astype(np.float32)
    above, below = np.nextafter(ties, np.float32(np.inf)), np.nextafter(ties, np.float32(0))
    for values in (halves[:-1].astype(np.float32), ties, above, below, -ties):
        assert (codes_of(values.reshape(1, -1)) == numpys(values.reshape(1, -1))).all()


def test_floats_of_all_sizes_infinities_and_nans_are_as_numpy_s() -> None:
    values = np.arange(0, 2**32, 65_537, dtype=np.uint64).astype(np.uint32).view(np.float32)
    edges = np.float32([65504, 65519.996, 65520, 65536, 3e38, np.inf, -np.inf, np.nan, -0.0])
    for part in (values.reshape(1, -1), edges.reshape(3, 3)):
        assert (codes_of(part) == numpys(part)).all()


def test_a_bound_holds_what_a_half_could_not_and_nothing_else() -> None:
    values = np.float32([[1e6, -1e6, 65504, 1.5]])
    assert codes_of(values, 65504.0).view(np.float16).tolist() == [[65504.0, -65504.0, 65504.0, 1.5]]


def test_a_plane_of_another_layout_is_laid_in_all_the_same() -> None:
    picture = np.random.default_rng(1).random((5, 7, 3)).astype(np.float32)
    assert (codes_of(picture[..., 1]) == numpys(picture[..., 1])).all()
    assert (codes_of(picture[..., 2].astype(np.float16)) == numpys(picture[..., 2])).all()
