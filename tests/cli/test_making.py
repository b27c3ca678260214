"""`regenerate` from the command line to the disk, with a quick operation: options become the request."""

from __future__ import annotations

from pathlib import Path

import pytest

from platewright.cli.extend import pads_for
from platewright.cli.own_name import own_name
from platewright.cli.program import build_parser
from platewright.contract.errors import RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.mapper import canonical
from platewright.contract.request import Pads, Regenerate
from platewright.contract.windows import Box
from platewright.jobs import run as jobs_run
from platewright.jobs.places import takes_at
from platewright.jobs.takes import load
from tests.cli.conftest import Command
from tests.jobs.small_shot import SmallShot


def test_takes_are_made_as_versions_that_differ_in_nothing_but_their_number(
    command: Command, shot: SmallShot, tmp_path: Path
) -> None:
    words = ("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--takes", "2")
    said = command(*words, "--seed", "5", "--grain", "off", "--context", "40", "--window", "8", "--show", "S1")
    assert said.code == 0, said.err
    first, second = (load(place) for place in takes_at(tmp_path / "elements" / "rig"))
    assert (first.request.take, second.request.take) == (1, 2)
    assert first.request.operation == Regenerate(context=40, window=8, grain=False)
    assert first.request.seed == 5
    assert first.request.rights.show == "S1"
    assert first.request.plate.frames == FrameRange.parse("1001-1003")
    assert first.request.plate.pattern == shot.plate
    assert "rig_v001" in said.out
    assert "rig_v002" in said.out
    assert f"{own_name()} verify" in said.out
    assert first.request_hash != second.request_hash


def test_json_is_one_document_and_the_error_stream_stays_empty(command: Command, shot: SmallShot) -> None:
    words = ("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--json")
    said = command(*words)
    (take,) = said.json["takes"]
    assert (take["element"], take["version"], take["frames"]) == ("rig", 1, "1001-1003")
    assert Path(take["record"]).is_file()
    assert Path(take["manifest"]).is_file()
    assert take["findings"][0]["code"] == "grey"
    assert said.err == ""


def test_progress_goes_to_the_error_stream_and_quiet_keeps_it_away(command: Command, shot: SmallShot) -> None:
    words = ("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig")
    assert "filling: 0/3" in command(*words).err
    assert command(*words, "--quiet").err == ""


def test_frames_default_to_those_that_plate_and_matte_share(command: Command, shot: SmallShot) -> None:
    (shot.folder / "matte.1001.exr").unlink()
    said = command("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--json")
    assert said.json["takes"][0]["frames"] == "1002-1003"


def test_handles_are_further_frames_at_both_ends(command: Command, shot: SmallShot) -> None:
    words = ("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig", "--json")
    said = command(*words, "--frames", "1002", "--handles", "1")
    assert said.json["takes"][0]["frames"] == "1001-1003"


def test_relative_patterns_are_recorded_in_full(command: Command, shot: SmallShot, tmp_path: Path) -> None:
    words = ("regenerate", "--plate", "shot/plate.%04d.exr", "--matte", "shot/matte.@@@@.exr", "--element", "rig")
    assert command(*words, "--out", "there").code == 0
    (place,) = takes_at(tmp_path / "there")
    assert load(place).request.plate.pattern == str(tmp_path / "shot" / "plate.%04d.exr")
    assert command("verify", "there").code == 0


def test_references_reach_the_request(shot: SmallShot) -> None:
    from platewright.cli.regenerate import _references

    words = ["regenerate", "--plate", shot.plate, "--matte", shot.matte, "--clean-plate", "/c.exr"]
    words += ["--anchor", "1002=/a.exr", "--anchor", "1003=/b.exr", "--reference-source-type", "humanEdits"]
    found = _references(build_parser().parse_args(words))
    assert [(item.role, item.frame, item.pattern) for item in found] == [
        ("clean_plate", None, "/c.exr"),
        ("anchor", 1002, "/a.exr"),
        ("anchor", 1003, "/b.exr"),
    ]
    assert {item.source_type for item in found} == {"humanEdits"}


def test_marks_are_in_record_and_manifest_and_the_take_verifies(
    command: Command, shot: SmallShot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(jobs_run.OPERATIONS, "regenerate", "platewright.operations.regenerate")
    words = ("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--frames", "1001-1002", "--element", "rig")
    said = command(*words, "--never-from", shot.matte, "--clean-plate", shot.plate, "--json")
    assert said.code == 0, said.json
    (place,) = takes_at(shot.folder.parent / "elements")
    record = load(place)
    assert [(one.role, one.pattern) for one in record.request.references] == [
        ("clean_plate", shot.plate),
        ("never_from", shot.matte),
    ]
    assert [len(files) for files in record.references] == [2, 2]
    assert command("verify", "elements").code == 0
    (seen,) = command("inspect", "elements", "--json").json["takes"]
    assert [part["relationship"] for part in seen["manifest"]["inputs"]].count("inputTo") == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--anchor", "1002"), "anchor_invalid"),
        (("--clean-plate", "c.exr", "--reference-source-type", "painted"), "reference_source_type_unknown"),
        (("--takes", "0"), "takes_invalid"),
        (("--takes", "101"), "takes_invalid"),
        (("--frames", "10-1"), "range_invalid"),
        (("--handles", "-1"), "handles_invalid"),
        (("--element", "../x"), "element_name_invalid"),
        (("--element", "rig_v002"), "element_name_versioned"),
    ],
)
def test_words_that_cannot_be_are_refused_with_a_hint(
    command: Command, shot: SmallShot, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    said = command("regenerate", "--plate", shot.plate, "--matte", shot.matte, *words, "--json")
    assert said.code == 2
    assert said.json["error"]["code"] == code
    assert not (tmp_path / "elements").exists()


def pads(*words: str) -> Pads:
    return pads_for(build_parser().parse_args(["extend", "--plate", "p", *words]), Box.of_size(2048, 1080))


def test_sides_are_pixels_or_percent_of_the_display_window() -> None:
    assert pads("--left", "10%", "--right", "200", "--top", "2.5%") == Pads(205, 200, 27, 0)


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        ("center", Pads(1024, 1024, 540, 540)),
        ("left", Pads(0, 2048, 540, 540)),
        ("top-right", Pads(2048, 0, 0, 1080)),
        ("bottom", Pads(1024, 1024, 1080, 0)),
    ],
)
def test_a_size_is_reached_with_the_plate_where_it_was_asked_for(placement: str, expected: Pads) -> None:
    assert pads("--to", "4096x2160", "--placement", placement) == expected


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--to", "2048x1080"),
        ("--to", "1000x2000"),
        ("--to", "wide"),
        ("--to", "4096x2160", "--left", "5"),
        ("--left", "10.5"),
        ("--left", "10%%"),
        ("--left", "lots"),
    ],
)
def test_sizes_that_cannot_be_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(RequestError) as caught:
        pads(*words)
    assert caught.value.code == "extend_invalid"
    assert caught.value.hint


def test_a_request_does_not_depend_on_threads_or_the_folder_of_the_take(
    command: Command, shot: SmallShot, tmp_path: Path
) -> None:
    words = ("regenerate", "--plate", shot.plate, "--matte", shot.matte, "--element", "rig")
    assert command(*words, "--out", "a", "--threads", "1").code == 0
    assert command(*words, "--out", "b").code == 0
    first, second = (load(takes_at(tmp_path / name)[0]) for name in "ab")
    assert canonical(first.request) == canonical(second.request)
    assert first.merkle_root == second.merkle_root
