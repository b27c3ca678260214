"""Where frames made again meet those taken over: quiet joins pass, rough ones are named, and nothing else is."""

from __future__ import annotations

import pytest

from platewright.contract.takes import FileHash, FrameRecord
from platewright.contract.windows import Box
from platewright.quality.joins import join_findings, joins

FILE = FileHash("x", 1, "0" * 64)


def frame(number: int, kept: bool, flicker: float | None, light: float = 0.0) -> FrameRecord:
    measures = {"flicker": flicker, "flicker_plate": 10.0, "light_jump": light}
    box = Box(0, 0, 1, 1)
    return FrameRecord(number, FILE, FILE, box, box, 1, 1, measures=measures, taken_from="rig_v001" if kept else "")


def take(into: float, out: float, within: float = 10.0, light: float = 0.0) -> list[FrameRecord]:
    """Frames 1 to 8 of which 4 and 5 were made again."""
    steps = {4: into, 5: within, 6: out}
    return [frame(n, n not in (4, 5), steps.get(n, 10.0), light if n == 4 else 0.0) for n in range(1, 9)]


def test_a_take_that_is_of_one_piece_has_no_joins() -> None:
    assert joins([frame(n, False, 50.0 if n == 3 else 10.0) for n in range(1, 6)]) == ()
    assert joins([frame(n, True, 50.0 if n == 3 else 10.0) for n in range(1, 6)]) == ()


def test_the_steps_into_between_and_out_of_new_frames_are_looked_at() -> None:
    assert [join.number for join in joins(take(10, 10))] == [4, 5, 6]
    assert join_findings(take(12.5, 11)) == ()


@pytest.mark.parametrize(
    ("frames", "worst"),
    [(take(20, 10), 4), (take(10, 20), 6), (take(10, 10, within=20), 5), (take(10, 10, light=0.2), 4)],
)
def test_a_step_that_stands_out_is_named_with_what_to_do(frames: list[FrameRecord], worst: int) -> None:
    (found,) = join_findings(frames)
    assert (found.code, found.frame) == ("join_visible", worst)
    assert "--overlap" in found.remedy


def test_a_shot_that_is_rough_everywhere_is_measured_by_itself() -> None:
    frames = [frame(n, n not in (4, 5), 18.0) for n in range(1, 9)]
    assert join_findings(frames) == ()


def test_what_could_not_be_measured_is_no_join() -> None:
    assert joins([frame(1, True, None), frame(2, False, None), frame(3, True, None)]) == ()
