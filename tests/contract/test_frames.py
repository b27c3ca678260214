"""FrameRange: the field's notations in, one canonical text out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import RequestError
from platewright.contract.frames import MOST_FRAMES, FrameRange
from tests.contract.values import frame_ranges


@given(frame_ranges())
def test_text_and_range_are_each_other_s_inverse(frames: FrameRange) -> None:
    assert FrameRange.parse(str(frames)) == frames


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=20))
def test_equal_frames_have_equal_text_in_whatever_order_and_number_they_come(numbers: list[int]) -> None:
    frames = FrameRange.of(numbers)
    assert frames == FrameRange(tuple(numbers)) == FrameRange.of(reversed(numbers))
    assert str(frames) == str(FrameRange.of(numbers + numbers))
    assert list(frames) == sorted(set(numbers))
    assert len(frames) == len(set(numbers))
    assert (frames.first, frames.last) == (min(numbers), max(numbers))
    assert all(number in frames for number in numbers) and 51 not in frames


@pytest.mark.parametrize(
    ("text", "numbers", "canonical"),
    [
        ("1001", [1001], "1001"),
        ("1001-1003", [1001, 1002, 1003], "1001-1003"),
        ("1001-1005x2", [1001, 1003, 1005], "1001-1005x2"),
        ("1001-1005:2", [1001, 1003, 1005], "1001-1005x2"),
        ("1001-1006x2", [1001, 1003, 1005], "1001-1005x2"),
        ("1001, 1005-1006", [1001, 1005, 1006], "1001,1005-1006"),
        ("5-7,1-3", [1, 2, 3, 5, 6, 7], "1-3,5-7"),
        ("-3--1", [-3, -2, -1], "-3--1"),
        ("-1-1", [-1, 0, 1], "-1-1"),
        ("1,1,1", [1], "1"),
        ("1,3", [1, 3], "1,3"),
    ],
)
def test_the_field_s_notations_are_read(text: str, numbers: list[int], canonical: str) -> None:
    frames = FrameRange.parse(text)
    assert list(frames) == numbers
    assert str(frames) == canonical


@pytest.mark.parametrize(
    "text",
    ["", ",", "x", "1-", "-", "1001-1000", "1-5x0", "1-5x-1", "1.5", "1-2-3", "1001-1010x", "１", "1;2", "1e3",
     "9999999999", "1-5\n", "١-٣"],
)  # fmt: skip
def test_anything_else_is_refused_with_the_text_and_a_hint(text: str) -> None:
    with pytest.raises(RequestError) as refused:
        FrameRange.parse(text)
    assert refused.value.code == "range_invalid"
    assert "1001-1016" in refused.value.hint


@given(st.text(alphabet="0123456789-x:, ", max_size=14))
def test_no_text_of_these_letters_gives_anything_but_a_range_or_a_request_error(text: str) -> None:
    try:
        frames = FrameRange.parse(text)
    except RequestError as refused:
        assert refused.code == "range_invalid"
    else:
        assert 0 < len(frames) <= MOST_FRAMES
        assert FrameRange.parse(str(frames)) == frames


@pytest.mark.parametrize("text", ["0-999999999", "0-999999,2000000-2999999", ",".join(["0-600000"] * 2)])
def test_a_range_of_over_a_million_frames_is_refused_before_it_is_made(text: str) -> None:
    with pytest.raises(RequestError):
        FrameRange.parse(text)


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(RequestError) as refused:
        FrameRange.of([])
    assert refused.value.code == "range_empty"


@given(frame_ranges(), st.integers(0, 12))
def test_handles_go_on_in_the_range_s_own_step_on_both_sides(frames: FrameRange, handles: int) -> None:
    longer = frames.with_handles(handles)
    assert len(longer) == len(frames) + 2 * handles
    assert set(longer) >= set(frames)
    if handles and len(frames) > 1:
        head = frames.numbers[1] - frames.numbers[0]
        tail = frames.numbers[-1] - frames.numbers[-2]
        assert longer.first == frames.first - head * handles
        assert longer.last == frames.last + tail * handles


def test_negative_handles_are_refused() -> None:
    with pytest.raises(RequestError) as refused:
        FrameRange.parse("1-5").with_handles(-1)
    assert refused.value.code == "handles_invalid"
