"""The progress line: what is left, on a terminal and elsewhere."""

from __future__ import annotations

import io

from platewright.cli.progress_bar import ProgressBar, clock_text
from platewright.contract.progress import Step


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_times_read_as_people_say_them() -> None:
    assert [clock_text(seconds) for seconds in (0, 7.4, 65, 3725)] == ["0:00", "0:07", "1:05", "1:02:05"]


def test_a_terminal_gets_one_line_with_the_time_left() -> None:
    stream, clock = io.StringIO(), Clock()
    bar = ProgressBar(stream, living=True, now=clock)
    for done in range(5):
        bar.show(Step("filling", done, 20, 1001 + done))
        clock.time += 2.0
    text = stream.getvalue()
    assert "\n" not in text
    last = text.split("\r")[-1]
    assert "filling" in last
    assert "4/20" in last
    assert "frame 1005" in last
    assert "0:32 left" in last
    bar.clear()
    assert stream.getvalue().endswith("\r")


def test_a_terminal_is_not_redrawn_more_often_than_eyes_see() -> None:
    stream, clock = io.StringIO(), Clock()
    bar = ProgressBar(stream, living=True, now=clock)
    for done in range(1000):
        bar.show(Step("filling", done, 1000))
        clock.time += 0.001
    assert stream.getvalue().count("\r") < 15


def test_elsewhere_a_stage_begins_with_a_line_and_then_one_every_few_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    bar = ProgressBar(stream, living=False, now=clock)
    bar.label = "take 1 of 2"
    for done in range(10):
        bar.show(Step("filling", done, 10))
        clock.time += 2.0
    bar.show(Step("signing", 0, 1))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "take 1 of 2: filling: 0/10"
    assert "left" in lines[1]
    assert lines[-1] == "take 1 of 2: signing: 0/1"
    assert len(lines) == 5


def test_work_of_unknown_length_shows_its_stage() -> None:
    stream = io.StringIO()
    ProgressBar(stream, living=False, now=Clock()).show(Step("opening", 0, 0))
    assert stream.getvalue() == "opening\n"
