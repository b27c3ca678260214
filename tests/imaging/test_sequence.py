"""Sequences: every notation of the field, names as data, missing frames named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platewright.contract.errors import InputError, MatteError, PlateError, RequestError
from platewright.contract.frames import FrameRange
from platewright.imaging.sequence import find_sequence, parse_frames


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def numbered(head: str, numbers: range, width: int = 4, tail: str = ".exr") -> list[str]:
    return [f"{head}{number:0{width}d}{tail}" for number in numbers]


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """A folder with odd characters, four frames, and names that look alike."""
    folder = touch(tmp_path / "sh [010] #2 %04d $F ü", *numbered("plate_v003.", range(1001, 1005)))
    return touch(folder, "plate_v004.1001.exr", "plate_v003.1001.exr.bak", ".plate_v003.1009.exr", "plate_v003.dpx")


@pytest.mark.parametrize(
    "name",
    [
        "plate_v003.####.exr",
        "plate_v003.%04d.exr",
        "plate_v003.@@@@.exr",
        "plate_v003.$F4.exr",
        "plate_v003.#.exr",
        "plate_v003.@.exr",
        "plate_v003.%d.exr",
        "plate_v003.$F.exr",
        "plate_v003.@@@.exr",
        "plate_v003.1001-1004#.exr",
        "plate_v003.1001-1004####.exr",
    ],
)
def test_every_notation_finds_the_same_four_frames(plate: Path, name: str) -> None:
    found = find_sequence(str(plate / name))
    assert str(found.frames) == "1001-1004" and not found.is_still
    assert found.path(1002) == plate / "plate_v003.1002.exr"


def test_frames_written_in_the_pattern_are_those_meant(plate: Path) -> None:
    assert str(find_sequence(str(plate / "plate_v003.1001-1003x2#.exr")).frames) == "1001,1003"
    with pytest.raises(PlateError, match="1005-1006") as caught:
        find_sequence(str(plate / "plate_v003.1003-1006####.exr"))
    assert (caught.value.code, caught.value.frame) == ("frames_missing", 1005)


def test_neighbours_of_the_wanted_frames_stay_in_reach(plate: Path) -> None:
    found = find_sequence(str(plate / "plate_v003.####.exr"), FrameRange.parse("1002-1003"))
    assert list(found.files) == [1001, 1002, 1003, 1004]


def test_missing_frames_are_named_compactly_and_by_whose_they_are(plate: Path) -> None:
    (plate / "plate_v003.1002.exr").unlink()
    with pytest.raises(MatteError, match="missing: 1000,1002,1005-1020; it has 1001-1004") as caught:
        find_sequence(str(plate / "plate_v003.####.exr"), FrameRange.parse("1000-1020"), "matte")
    assert (caught.value.code, caught.value.frame) == ("frames_missing", 1000)
    with pytest.raises(PlateError, match="frame 1002 is missing"):
        find_sequence(str(plate / "plate_v003.####.exr")).path(1002)


def test_a_plain_file_is_a_still_for_every_frame(plate: Path) -> None:
    still = find_sequence(str(plate / "plate_v003.1003.exr"), FrameRange.parse("1-3"))
    assert still.is_still and str(still.frames) == "1-3"
    assert still.path(77) == plate / "plate_v003.1003.exr"
    assert str(find_sequence(str(plate / "plate_v003.1003.exr")).frames) == "1003"


def test_a_folder_means_the_only_sequence_in_it_or_lists_what_there_is(tmp_path: Path, plate: Path) -> None:
    alone = touch(tmp_path / "alone", *numbered("matte.", range(1, 4)), "notes.txt")
    assert find_sequence(str(alone)).path(2) == alone / "matte.0002.exr"
    with pytest.raises(PlateError, match=r"plate_v003\.####\.exr, plate_v003\.dpx, plate_v004\.1001\.exr") as caught:
        find_sequence(str(plate))
    assert caught.value.code == "frames_ambiguous"
    with pytest.raises(PlateError, match="no picture"):
        find_sequence(str(touch(tmp_path / "empty")))


def test_two_paddings_of_one_frame_are_an_error_unless_the_pattern_says_which(tmp_path: Path) -> None:
    folder = touch(tmp_path, "plate.1.exr", "plate.0001.exr", "plate.0002.exr")
    for name in ("plate.#.exr", "plate.%d.exr", ""):
        with pytest.raises(PlateError, match=r"plate\.(1|0001)\.exr and plate\.(1|0001)\.exr") as caught:
            find_sequence(str(folder / name))
        assert caught.value.code == "frames_ambiguous"
    assert str(find_sequence(str(folder / "plate.####.exr")).frames) == "1-2"


def test_numbers_outgrow_their_padding_and_may_be_negative(tmp_path: Path) -> None:
    touch(tmp_path, "p.9999.exr", "p.10000.exr", "p.-001.exr", "p.010001.exr")
    assert str(find_sequence(str(tmp_path / "p.####.exr")).frames) == "-1,9999-10000"


@pytest.mark.parametrize("head", ["a#b.", "100%done_", "x$F.", "v003_", "shot010", "we[i]rd*?.", "sp ace-", ""])
def test_the_names_head_is_data(tmp_path: Path, head: str) -> None:
    touch(tmp_path, *numbered(head, range(7, 10)))
    touch(tmp_path, "weird__.0007.exr")
    assert str(find_sequence(str(tmp_path / f"{head}####.exr")).frames) == "7-9"


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    for name in ("absent.exr", "absent.####.exr", "nowhere/absent.####.exr", "x\0y.exr"):
        with pytest.raises(InputError) as caught:
            find_sequence(str(tmp_path / name))
        assert caught.value.code in ("frames_missing", "folder_unreadable") and caught.value.hint


def test_ten_thousand_files_are_found_quickly(tmp_path: Path) -> None:
    touch(tmp_path, *numbered("p.", range(1, 3001)))
    assert len(find_sequence(str(tmp_path / "p.####.exr")).files) == 3000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1001-1016", "1001-1016"),
        ("1001-1009x2", "1001-1009x2"),
        ("1-9y3", "2-3,5-6,8-9"),
        ("1-4:2", "1-4"),
        ("7, 1-3", "1-3,7"),
        ("-3--1", "-3--1"),
    ],
)
def test_frame_ranges_are_read_in_the_usual_notations(text: str, expected: str) -> None:
    assert parse_frames(text) == FrameRange.parse(expected)


@pytest.mark.parametrize("text", ["", "a", "1-", "5-1", "1-10y0", "1-9999999999", "1-2000000y2", "1:2", "1-10z3"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_frames(text)
    assert caught.value.code == "range_invalid"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_no_text_whatever_breaks_the_parser(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    for attempt in (lambda: parse_frames(text), lambda: find_sequence(f"/nonexistent-folder/{text}.exr")):
        try:
            attempt()
        except (RequestError, InputError) as error:
            assert error.code
