"""Box: half-open boxes of pixels, and what is cut out of them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import RequestError
from platewright.contract.windows import EMPTY, Box
from tests.contract.values import boxes


def pixels(box: Box) -> set[tuple[int, int]]:
    """The pixels of a box, one by one: the plain meaning that the arithmetic must agree with."""
    return {(x, y) for x in range(box.x0, box.x1) for y in range(box.y0, box.y1)}


SMALL = boxes(8)


@given(SMALL)
def test_size_and_area_count_the_pixels(box: Box) -> None:
    assert box.area == len(pixels(box)) == box.width * box.height
    assert box.is_empty == (not pixels(box))


@given(SMALL, SMALL)
def test_the_overlap_holds_the_pixels_of_both(a: Box, b: Box) -> None:
    assert pixels(a & b) == pixels(a) & pixels(b)
    assert (a & b) == (b & a)
    assert (a & b) == EMPTY or not (a & b).is_empty, "an empty overlap is always the same box"


@given(SMALL, SMALL)
def test_the_union_is_the_smallest_box_around_both(a: Box, b: Box) -> None:
    both = a.union(b)
    assert both.contains(a) and both.contains(b)
    assert pixels(both) >= pixels(a) | pixels(b)
    if not a.is_empty and not b.is_empty:
        for smaller in (
            Box(both.x0 + 1, both.y0, both.x1, both.y1), Box(both.x0, both.y0 + 1, both.x1, both.y1),
            Box(both.x0, both.y0, both.x1 - 1, both.y1), Box(both.x0, both.y0, both.x1, both.y1 - 1),
        ):  # fmt: skip
            assert not (smaller.contains(a) and smaller.contains(b))


@given(st.lists(SMALL, max_size=5))
def test_a_box_around_many_does_not_depend_on_their_order(many: list[Box]) -> None:
    around = Box.around(many)
    assert around == Box.around(reversed(many)) or around.is_empty
    assert all(around.contains(box) for box in many)
    assert around.is_empty == all(box.is_empty for box in many)


@given(SMALL, SMALL)
def test_a_box_contains_another_exactly_when_it_has_all_its_pixels(a: Box, b: Box) -> None:
    assert a.contains(b) == (pixels(b) <= pixels(a))


@given(boxes(50), st.integers(0, 20), st.integers(0, 20))
def test_growing_and_shrinking_by_the_same_gives_the_box_back(box: Box, by: int, down: int) -> None:
    assert box.grown(by, down).grown(-by, -down) == box
    assert box.grown(by) == box.grown(by, by)
    if not box.is_empty:
        assert box.grown(by, down).width == box.width + 2 * by
        assert box.grown(by, down).height == box.height + 2 * down


@given(SMALL, st.integers(-5, 5), st.integers(-5, 5))
def test_moving_moves_every_pixel(box: Box, x: int, y: int) -> None:
    assert pixels(box.moved(x, y)) == {(a + x, b + y) for a, b in pixels(box)}


@given(SMALL, SMALL)
def test_slices_pick_the_box_s_pixels_out_of_an_array_and_refuse_what_lies_outside(inner: Box, outer: Box) -> None:
    if not outer.contains(inner):
        with pytest.raises(RequestError) as refused:
            inner.slices_in(outer)
        assert refused.value.code == "box_outside"
        return
    if inner.is_empty:
        return
    rows, columns = inner.slices_in(outer)
    table = [[(x, y) for x in range(outer.x0, outer.x1)] for y in range(outer.y0, outer.y1)]
    assert {pixel for row in table[rows] for pixel in row[columns]} == pixels(inner)


def test_a_box_of_a_size_stands_where_it_is_put() -> None:
    assert Box.of_size(1920, 1080) == Box(0, 0, 1920, 1080)
    assert Box.of_size(4, 3, x=-2, y=7) == Box(-2, 7, 2, 10)


def test_a_box_can_not_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        EMPTY.x0 = 1  # type: ignore[misc]
