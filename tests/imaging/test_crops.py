"""Crops for models: legal sizes, the plate's proportions, the region inside, and pictures that come back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.capabilities import Sizes
from platewright.contract.errors import BackendError
from platewright.contract.windows import Box
from platewright.imaging.crops import MOST_TILES, crops_for

MODELS = {
    "sd": Sizes(multiple=8, least=64, most=1024, best=512),
    "flux": Sizes(multiple=16, least=256, most=2048, most_pixels=1 << 21, best=1024),
    "wan": Sizes(multiple=16, most_pixels=832 * 480, best=632),
    "fixed": Sizes(fixed=((1024, 1024), (1344, 768), (768, 1344))),
    "any": Sizes(),
    "narrow": Sizes(multiple=32, most=768, least_aspect=0.5, most_aspect=2.0),
}
FRAME = Box.of_size(2048, 1152, -20, 10)


@pytest.mark.parametrize("name", MODELS)
@given(
    place=st.tuples(st.integers(0, 2000), st.integers(0, 1100), st.integers(1, 2000), st.integers(1, 1100)),
    aspect=st.sampled_from([1.0, 2.0, 0.9]),
)
def test_every_region_is_covered_by_legal_crops(
    name: str, place: tuple[int, int, int, int], aspect: float
) -> None:  # fmt: skip
    region = Box.of_size(place[2], place[3], place[0] - 20, place[1] + 10)
    region = region & FRAME.grown(place[2] % 300)  # an extension reaches beyond the plate
    crops = crops_for(region, MODELS[name], FRAME, pixel_aspect=aspect)
    covered = np.zeros((region.height, region.width), bool)
    for crop in crops:
        assert MODELS[name].takes(crop.width, crop.height)
        inside = crop.box & region
        if not inside.is_empty:
            covered[inside.slices_in(region)] = True
        drawn = crop.box.width * aspect / crop.box.height
        assert abs(drawn / (crop.width / crop.height) - 1) < 0.04 or min(crop.box.width, crop.box.height) < 64
    assert covered.all() and len(crops) <= MOST_TILES


def test_a_small_region_is_shown_with_plate_around_it_and_inside_the_frame() -> None:
    (crop,) = crops_for(Box.of_size(60, 40, 1900, 20), MODELS["sd"], FRAME)
    assert FRAME.contains(crop.box) and crop.box.contains(Box.of_size(60, 40, 1900, 20))
    assert crop.box.width >= 256, "no more than twice as large as it is"


def test_a_large_region_gets_several_crops_that_overlap() -> None:
    crops = crops_for(Box.of_size(1800, 300, 100, 400), MODELS["sd"], FRAME)
    assert len(crops) > 1
    for left, right in zip(crops, crops[1:], strict=False):
        assert left.box.x1 - right.box.x0 > 60
    assert len(crops_for(Box.of_size(1800, 300, 100, 400), MODELS["sd"], FRAME, most=1)) == 1


def test_a_model_that_takes_nothing_is_an_error() -> None:
    with pytest.raises(BackendError, match="takes no size") as caught:
        crops_for(Box.of_size(100, 100), Sizes(multiple=64, least=1000, most=500), FRAME)
    assert caught.value.code == "size_impossible"


def test_a_mask_is_not_lost_on_its_way_however_thin() -> None:
    crop = crops_for(Box.of_size(1500, 700, 50, 50), MODELS["sd"], FRAME, most=1)[0]
    mask = np.zeros((crop.box.height, crop.box.width), bool)
    mask[:, 400] = True
    assert crop.masked(mask).max(axis=1).all()


def test_a_picture_at_the_model_s_own_size_comes_back_to_the_bit() -> None:
    crop = crops_for(Box.of_size(200, 200, 500, 500), Sizes(), FRAME)[0]
    codes = np.random.default_rng(1).random((crop.box.height, crop.box.width, 3), np.float32)
    assert np.array_equal(crop.back(crop.shown(codes)), codes)
