"""What stands around the changed pixels: the kernels agree with `imaging.blend`, value for value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.windows import Box
from platewright.imaging.blend import NOTHING, keymix, outside_fill
from platewright.operations.covering import blended, broken_inside, changes_outside, covered

Float = npt.NDArray[np.float32]
ODD = [0.0, -0.0, 1.0, -3.5, 65504.0, 6e-8, -6e-8, 6.1e-5, np.inf, -np.inf, np.nan]


def odd_plate(rng: np.random.Generator, height: int, width: int, kind: type) -> npt.NDArray[np.floating]:
    plate = rng.random((height, width, 3)).astype(kind)
    places = rng.random(plate.shape) < 0.4
    plate[places] = rng.choice(np.array(ODD, kind), int(places.sum()))
    return plate


@st.composite
def cases(
    draw: st.DrawFn,
) -> tuple[npt.NDArray[np.floating], Box, npt.NDArray[np.float32], npt.NDArray[np.float32], Box]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    plate_box = Box.of_size(draw(st.integers(1, 90)), draw(st.integers(1, 90)), draw(st.integers(-50, 50)), 7)
    box = Box.of_size(
        draw(st.integers(1, 90)), draw(st.integers(1, 90)), draw(st.integers(-80, 80)), draw(st.integers(-80, 80))
    )
    plate = odd_plate(rng, plate_box.height, plate_box.width, draw(st.sampled_from([np.float16, np.float32])))
    alpha = np.where(rng.random((box.height, box.width)) < 0.5, 0, rng.random((box.height, box.width)))
    return plate, plate_box, rng.random((box.height, box.width, 3), np.float32), alpha.astype(np.float32), box


@given(cases())
def test_the_cover_keeps_every_bit_of_the_plate_in_a_hosts_blend(case) -> None:  # type: ignore[no-untyped-def]
    plate, plate_box, rgb, alpha, box = case
    patch = covered(rgb, alpha, box, plate, plate_box)
    assert changes_outside(patch, alpha, box, plate, plate_box) == 0
    assert np.isfinite(patch).all()
    assert np.array_equal(patch[alpha > 0], rgb[alpha > 0])
    inside = box & plate_box
    if not inside.is_empty:
        mine = patch[inside.slices_in(box)][alpha[inside.slices_in(box)] == 0]
        theirs = outside_fill(plate[inside.slices_in(plate_box)].astype(np.float32))[alpha[inside.slices_in(box)] == 0]
        constant = (mine == NOTHING).all(axis=-1)
        assert np.array_equal(mine[~constant].view(np.uint32), theirs[~constant].view(np.uint32))


@given(cases(), st.floats(0.5, 2))
def test_a_cover_that_is_not_finite_or_has_the_wrong_zero_is_noticed(case, value: float) -> None:  # type: ignore[no-untyped-def]
    plate, plate_box, rgb, alpha, box = case
    patch = covered(rgb, alpha, box, plate, plate_box)
    patch[...] = np.inf
    inside = box & plate_box
    expected = 0
    if not inside.is_empty:
        zero = alpha[inside.slices_in(box)] == 0
        before = plate[inside.slices_in(plate_box)].astype(np.float32)[zero]
        after = keymix(before, patch[inside.slices_in(box)][zero], np.zeros(len(before), np.float32))
        same = (before.view(np.uint32) == after.view(np.uint32)) | (np.isnan(before) & np.isnan(after))
        expected = int((~same.all(axis=-1)).sum())
    assert changes_outside(patch, alpha, box, plate, plate_box) == expected


@given(cases())
def test_broken_pixels_are_counted_where_the_matte_is(case) -> None:  # type: ignore[no-untyped-def]
    plate, plate_box, _, alpha, box = case
    inside = box & plate_box
    expected = 0
    if not inside.is_empty:
        bad = ~np.isfinite(plate[inside.slices_in(plate_box)]).all(axis=-1)
        expected = int((bad & (alpha[inside.slices_in(box)] > 0)).sum())
    assert broken_inside(plate, plate_box, alpha, box) == expected


@pytest.mark.parametrize(("top", "left"), [(0, 0), (-3, 5), (6, -2)])
def test_a_blend_mixes_by_the_matte_and_leaves_the_rest(top: int, left: int) -> None:
    rng = np.random.default_rng(3)
    plate, rgb = rng.random((12, 14, 3), np.float32), rng.random((10, 10, 3), np.float32)
    alpha = np.where(rng.random((10, 10)) < 0.4, 0, rng.random((10, 10))).astype(np.float32)
    before, comp = plate.copy(), blended(plate, rgb, alpha, top, left)
    assert np.array_equal(plate, before)
    expected = plate.copy()
    for y in range(10):
        for x in range(10):
            if 0 <= y + top < 12 and 0 <= x + left < 14 and alpha[y, x] > 0:
                share = alpha[y, x]
                expected[y + top, x + left] = plate[y + top, x + left] * (1 - share) + rgb[y, x] * share
    assert np.allclose(comp, expected, atol=1e-6)
    untouched = comp == plate
    assert untouched.sum() >= plate.size - 3 * np.count_nonzero(alpha)
