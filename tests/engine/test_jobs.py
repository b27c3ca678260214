"""The verbs of the desk over HTTP: strict bodies, the error tree's words, and what a job is told about."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from platewright.contract.errors import BudgetExceeded, InternalError, PlatewrightError, StorageError
from platewright.contract.jobs import Failure, Job, JobState, Quote, Submission
from platewright.contract.mapper import from_bytes
from platewright.contract.progress import Step
from platewright.contract.wire import Backends, Budgets, Costs, EventPage, Health, JobList, TakeList
from platewright.engine.job_lists import JobLists
from tests.engine.conftest import Served
from tests.fakes.memory_desk import MemoryDesk

Body = Callable[..., Any]


def submitted(served: Served, body: Body, *given: Any, **changes: Any) -> Job:
    said = served.call("POST", "/v1/jobs", body(*given, **changes))
    assert said.status == 200, said.body
    return from_bytes(Job, said.body)


def test_a_submission_becomes_a_job_and_the_same_key_the_same_job(
    served: Served, body: Body, submission: Callable[..., Submission]
) -> None:
    first = submitted(served, body, "a")
    assert first.submission == submission("a")
    assert first.state is JobState.QUEUED
    assert submitted(served, body, "a").id == first.id
    assert submitted(served, body, "b").id != first.id
    assert from_bytes(Job, served.call("GET", f"/v1/jobs/{first.id}").body) == first


def test_a_quote_changes_nothing(served: Served, body: Body) -> None:
    quote = from_bytes(Quote, served.call("POST", "/v1/quote", body()).body)
    assert quote.frames_to_run == 3
    assert from_bytes(JobList, served.call("GET", "/v1/jobs").body).jobs == ()


def test_lists_are_newest_first_and_say_whether_there_is_more(served: Served, body: Body) -> None:
    ids = [submitted(served, body, f"k{number}").id for number in range(5)]
    page = from_bytes(JobList, served.call("GET", "/v1/jobs?limit=2").body)
    assert ([job.id for job in page.jobs], page.more) == (ids[:2:-1], True)
    page = from_bytes(JobList, served.call("GET", f"/v1/jobs?limit=5&before={page.jobs[-1].id}").body)
    assert ([job.id for job in page.jobs], page.more) == (ids[2::-1], False)
    served.desk.work(ids[0], JobState.DONE)
    assert len(from_bytes(JobList, served.call("GET", "/v1/jobs?open=true").body).jobs) == 4


def test_a_list_that_was_written_quickly_says_what_the_mapper_would(submission: Callable[..., Submission]) -> None:
    lists = JobLists(most=2)
    desk = MemoryDesk()
    for number in range(4):
        job = desk.submit(submission(f"k{number}", why='"quoted" \u00e9\n'))
        desk.work(job.id, JobState.RUNNING, Step("filling", 1, 3), Failure("x", "y"))
    for _ in range(2):
        jobs = desk.jobs()
        assert from_bytes(JobList, lists.write(jobs, more=True)) == JobList(jobs, more=True)
    assert from_bytes(JobList, lists.write((), more=False)) == JobList(())


def test_every_verb_of_a_job_has_its_route(served: Served, body: Body) -> None:
    job = submitted(served, body).id

    def ask(verb: str, **said: Any) -> Job:
        answer = served.call("POST", f"/v1/jobs/{job}/{verb}", said)
        assert answer.status == 200, answer.body
        return from_bytes(Job, answer.body)

    assert ask("pause", paused=True).paused
    assert ask("priority", priority=7).submission.priority == 7
    served.desk.work(job, JobState.WAITING)
    assert ask("approve", who="ada").state is JobState.QUEUED
    served.desk.work(job, JobState.WAITING)
    assert ask("refuse", who="ada", note="no").state is JobState.REFUSED
    assert ask("retry", who="ada").attempt == 2
    assert ask("cancel").state is JobState.CANCELLED
    assert served.call("POST", f"/v1/jobs/{job}/pause", {"paused": True}).status == 409


def test_a_job_that_is_not_there_is_not_found(served: Served) -> None:
    for method, path, said in (
        ("GET", "/v1/jobs/nobody", None),
        ("POST", "/v1/jobs/nobody/cancel", {}),
        ("GET", "/v1/events?job=nobody", None),
    ):
        answer = served.call(method, path, said)
        assert (answer.status, answer.code) == (404, "job_not_found")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b'{"root": "/x"}', b'{"a":1,"a":2}', b"\xff\xfe", b"[" * 100_000,
        b'{"request": 1, "root": 2}', b'{"who": NaN}',
    ],
)  # fmt: skip
def test_bodies_that_are_not_exactly_a_submission_are_refused(served: Served, data: bytes) -> None:
    said = served.call("POST", "/v1/jobs", data=data)
    assert (said.status, said.code) == (400, "body_malformed")
    assert said.json["error"]["hint"]


def test_texts_that_no_disk_can_hold_are_refused(served: Served, body: Body) -> None:
    for text in ("\ud800", "a\0b"):
        said = served.call("POST", "/v1/jobs", {**body(), "why": text})
        assert (said.status, said.code) == (400, "body_malformed")


@pytest.mark.parametrize(
    "field, path", [("root", "relative"), ("root", "/a/../b"), ("plate", "../x.####.exr"), ("plate", "x")]
)
def test_paths_that_lead_nobody_knows_where_are_refused(served: Served, body: Body, field: str, path: str) -> None:
    said = body()
    if field == "root":
        said["root"] = path
    else:
        said["request"]["plate"]["pattern"] = path
    answer = served.call("POST", "/v1/jobs", said)
    assert (answer.status, answer.code) == (403, "path_refused")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BudgetExceeded("too dear"), 409),
        (StorageError("full", code="disk_full", retry=True), 507),
        (StorageError("gone", code="not_found"), 404),
        (InternalError("ours"), 500),
    ],
)
def test_errors_of_the_desk_keep_their_words(served: Served, body: Body, error: PlatewrightError, status: int) -> None:
    served.desk.faults.error = error
    said = served.call("POST", "/v1/jobs", body())
    assert said.status == status
    assert said.json["error"] == {**error.as_dict(), "exit_code": error.exit_code}


def test_the_other_verbs_answer_in_the_contract_s_words(served: Served, tmp_path: Any) -> None:
    assert from_bytes(Backends, served.call("GET", "/v1/backends").body).backends[0].name == "builtin"
    assert from_bytes(Health, served.call("GET", "/v1/health").body).pid > 0
    assert from_bytes(Budgets, served.call("GET", "/v1/budgets").body).budgets == ()
    assert from_bytes(Costs, served.call("GET", "/v1/costs?by=user").body).by == "user"
    assert from_bytes(TakeList, served.call("GET", f"/v1/takes?root={tmp_path}").body).takes == ()
    assert served.call("GET", "/v1/takes?root=/").code == "path_refused"


@contextmanager
def stream(served: Served, path: str, **headers: str) -> Iterator[Any]:
    with closing(http.client.HTTPConnection("127.0.0.1", served.endpoint.port, timeout=60)) as connection:
        connection.request("GET", path, headers={"authorization": f"Bearer {served.endpoint.token}", **headers})
        with closing(connection.getresponse()) as answer:
            assert answer.status == 200, answer.read()
            yield answer


def numbers(answer: Any, count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        line = answer.readline()
        assert line, "the stream ended"
        if line.startswith(b"data: "):
            found.append(json.loads(line[6:])["number"])
    return found


def test_a_stream_brings_events_as_they_happen_and_resumes_behind_a_number(served: Served, body: Body) -> None:
    job = submitted(served, body).id
    with stream(served, "/v1/events/stream") as answer:
        assert numbers(answer, 1) == [1]
        begun = time.monotonic()
        served.desk.work(job, JobState.RUNNING)
        assert numbers(answer, 1) == [2]
        assert time.monotonic() - begun < 0.5
    served.desk.work(job, JobState.DONE)
    with stream(served, "/v1/events/stream?after=1") as answer:
        assert numbers(answer, 2) == [2, 3]
    with stream(served, "/v1/events/stream", **{"Last-Event-ID": "2"}) as answer:
        assert numbers(answer, 1) == [3]


def test_a_quiet_stream_beats_so_that_a_hung_engine_is_known_from_a_quiet_one(served: Served) -> None:
    with stream(served, "/v1/events/stream") as answer:
        lines = [answer.readline() for _ in range(4)]
    assert b": beat\n" in lines


def test_a_page_of_events_waits_for_the_first_but_not_for_ever(served: Served, body: Body) -> None:
    begun = time.monotonic()
    page = from_bytes(EventPage, served.call("GET", "/v1/events?wait=0.4").body)
    assert page == EventPage((), 0)
    assert time.monotonic() - begun > 0.3
    submitted(served, body)
    page = from_bytes(EventPage, served.call("GET", "/v1/events?wait=20").body)
    assert ([event.number for event in page.events], page.next) == ([1], 1)
    assert from_bytes(EventPage, served.call("GET", "/v1/events?after=1").body) == EventPage((), 1)


def test_a_stream_goes_on_over_a_database_that_is_away_and_misses_nothing(served: Served, body: Body) -> None:
    submitted(served, body, "a")
    with stream(served, "/v1/events/stream") as answer:
        assert numbers(answer, 1) == [1]
        served.desk.faults.events = True
        served.desk.faults.error = StorageError("away", code="database_unreachable", retry=True)
        until = time.monotonic() + 60
        while answer.readline() != b": the jobs can't be read now\n":
            assert time.monotonic() < until
        served.desk.faults.error = None
        submitted(served, body, "b")
        assert numbers(answer, 1) == [2]


def test_a_stream_of_a_job_that_is_not_there_says_so(served: Served) -> None:
    said = served.call("GET", "/v1/events/stream?job=nobody")
    assert (said.status, said.code) == (404, "job_not_found")
