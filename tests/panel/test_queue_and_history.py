"""What the queue and the history know: events in any order, phases, groups, search, stars."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from platewright.contract.decisions import TakeSummary
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Failure, Job, JobEvent, JobState, Submission
from platewright.contract.progress import Step
from platewright.contract.request import Plate, Regenerate, Request
from platewright.contract.takes import Cost
from platewright.panel.queue_book import QueueBook
from platewright.panel.take_history import TakeHistory, frames_to_play
from platewright.panel.words import ago, duration, money, phase, translate_by

REQUEST = Request(Regenerate(), "rig", Plate("/p/plate.####.exr", FrameRange.parse("1001-1020")), prompt="a brick wall")


def job(name: str, state: JobState = JobState.QUEUED, **more: object) -> Job:
    made = Job(name, state, Submission(REQUEST, "/elements"), "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.000Z")
    return replace(made, **more)  # type: ignore[arg-type]


def event(number: int, name: str, state: JobState, kind: str = "state", **more: object) -> JobEvent:
    return replace(JobEvent(number, name, "", kind, state), **more)  # type: ignore[arg-type]


def take(version: int, **more: object) -> TakeSummary:
    made = TakeSummary(
        "rig", version, f"/e/rig/rig_v{version:03d}.take.json", "/e/rig/x", f"2026-01-31T12:00:0{version}Z", "1001-1020"
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_an_event_of_an_unknown_job_asks_for_it_and_one_heard_twice_changes_nothing() -> None:
    book = QueueBook()
    assert book.happened(event(1, "a", JobState.RUNNING))
    book.learn(job("a"))
    assert not book.happened(
        event(5, "a", JobState.RUNNING, "step", step=Step("filling", 3, 20, 1003), seconds_left=9.0)
    )
    book.happened(event(4, "a", JobState.QUEUED))
    (row,) = book.rows(only_mine=False)
    assert (row.state, row.left, row.share) == ("Working", "9 s left", 0.15)
    assert row.detail == "Filling, frame 1003 (3 of 20)"


def test_an_ended_job_is_asked_for_once_more_for_its_take_and_cost() -> None:
    book = QueueBook()
    book.learn(job("a", JobState.RUNNING))
    assert book.happened(event(2, "a", JobState.DONE))
    assert not book.happened(event(2, "a", JobState.DONE))


def test_working_jobs_stand_first_then_waiting_then_queued_by_place_then_the_latest_ended() -> None:
    book = QueueBook()
    for one in (
        job("q2", position=2), job("done", JobState.DONE), job("q1", position=1), job("run", JobState.RUNNING),
        job("wait", JobState.WAITING, waits_for=("a final needs an approved draft",)),
    ):  # fmt: skip
        book.learn(one)
    assert [row.id for row in book.rows(False)] == ["run", "wait", "q1", "q2", "done"]
    assert book.open_count(False) == 4


def test_only_this_scripts_jobs_are_shown_when_asked_for() -> None:
    book = QueueBook()
    book.learn_all([job("a"), job("b")])
    book.mine.add("b")
    assert [row.id for row in book.rows(only_mine=True)] == ["b"]


@pytest.mark.parametrize("state", list(JobState))
def test_every_state_has_words_and_what_may_be_asked_for(state: JobState) -> None:
    book = QueueBook()
    book.learn(job("a", state, failure=Failure("x", "it broke", "mend it")))
    (row,) = book.rows(False)
    assert row.state and row.can_cancel == state.is_open
    assert row.can_retry == (state in (JobState.FAILED, JobState.CANCELLED, JobState.UNKNOWN))
    assert not state.is_open or row.detail != "it broke"


def test_a_book_does_not_grow_without_end_and_keeps_open_jobs() -> None:
    book = QueueBook()
    for number in range(1500):
        state = JobState.RUNNING if number == 0 else JobState.DONE
        book.learn(job(f"j{number}", state, changed=f"2026-01-31T12:{number:06d}"))
    assert len(book) <= 1000
    assert book.get("j0") is not None


def test_takes_of_one_request_stand_together_whatever_their_number_in_it() -> None:
    history = TakeHistory()
    history.show([take(1), take(2), take(3)])
    history.know(take(1).record, REQUEST)
    history.know(take(3).record, replace(REQUEST, take=2))
    history.know(take(2).record, replace(REQUEST, seed=9))
    assert [[one.version for one in group.takes] for group in history.groups()] == [[3, 1], [2]]
    assert "brick wall" in history.groups()[0].detail


@pytest.mark.parametrize(
    ("words", "found"), [("v002", [2]), ("brick", [3, 1]), ("LEFT edge", [1]), ("seed 9", [2]), ("nothing", [])]
)
def test_takes_are_found_by_version_prompt_note_and_seed(words: str, found: list[int]) -> None:
    history = TakeHistory()
    history.show([take(1, notes=(("", "ada", "grain on the left edge"),)), take(2), take(3)])
    history.know(take(1).record, REQUEST)
    history.know(take(3).record, REQUEST)
    history.know(take(2).record, replace(REQUEST, seed=9, prompt="sky"))
    history.search = words
    assert [one.version for group in history.groups() for one in group.takes] == found


def test_starred_takes_alone_and_a_decision_shown_at_once() -> None:
    history = TakeHistory()
    history.show([take(1, chosen=True), take(2)])
    history.replace(take(2, starred=True, chosen=True))
    history.only_starred = True
    (group,) = history.groups()
    assert [one.version for one in group.takes] == [2]
    assert [one.chosen for one in history.takes] == [True, False], "one take of an element is in use"


def test_frames_that_play_are_spread_over_the_range() -> None:
    assert frames_to_play("1001-1100", 3) == (1001, 1050, 1100) or frames_to_play("1001-1100", 3) == (1001, 1051, 1100)
    assert frames_to_play("1001-1004", 12) == (1001, 1002, 1003, 1004)
    assert frames_to_play("no range", 12) == ()


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, ""), (0.2, "1 s"), (59, "59 s"), (61, "1 min"), (4800, "1 h 20 min"), (-1, "")]
)
def test_times_read_as_people_say_them(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (Cost(), "free"),
        (Cost("2.5", "EUR"), "2.50 EUR"),
        (Cost("0.125", "USD"), "0.125 USD"),
        (Cost("100", "USD"), "100.00 USD"),
    ],
)
def test_money_is_shown_exactly(cost: Cost, said: str) -> None:
    assert money(cost) == said


def test_how_long_ago_a_stamp_was() -> None:
    now = datetime(2026, 1, 31, 13, 0, 0, tzinfo=UTC)
    assert ago("2026-01-31T12:00:00.000Z", now) == "1 h 0 min ago"
    assert ago("2026-01-31T12:59:50Z", now) == "just now"
    assert ago("2025-01-31T12:59:50Z", now) == "2025-01-31"
    assert ago("no stamp", now) == "no stamp"


def test_what_is_said_goes_through_the_translator() -> None:
    translate_by(lambda text: text.replace("left", "übrig").replace("s", "Sek.") if "{n}" in text else text)
    try:
        assert duration(5) == "5 Sek."
        assert phase(Step("filling", 0, 0)) == "Filling"
    finally:
        translate_by(None)
    assert duration(5) == "5 s"
