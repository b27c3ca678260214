"""The way between a host and the engine, with real processes: started, hung, killed, doubled, absent."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platewright.client import calling, finder
from platewright.client.finding import find_endpoint
from platewright.client.messages import Connection, State, Trouble
from platewright.client.session import Session
from platewright.client.stopping import is_held, stop_engine
from platewright.contract.endpoint import endpoint_file
from platewright.contract.errors import EngineError
from platewright.contract.jobs import JobState, Submission
from tests.client.conftest import QUICK, Host
from tests.fakes.never_waiting import never_waiting
from tests.jobs.small_shot import SmallShot
from tests.jobs.test_disks import on_small_disk

pytestmark = pytest.mark.timeout(120)
Hosts = Callable[..., Host]
Submit = Callable[..., Submission]


def ended(host: Host, job: str) -> bool:
    return any(event.job == job and not event.state.is_open for event in host.events)


def test_a_host_without_an_engine_gets_one_and_its_job_is_made(host: Hosts, submission: Submit, state: Path) -> None:
    here = host()
    assert here.session.connection is State.ASLEEP
    with never_waiting():
        reply = here.session.submit(submission("0.2"))
    job = here.value(reply)
    here.until(lambda: ended(here, job.id))
    assert here.states[:2] == [State.STARTING, State.CONNECTED]
    numbers = [event.number for event in here.events]
    assert numbers == sorted(set(numbers))
    assert [event.state for event in here.events if event.kind == "state"][-1] is JobState.DONE
    assert here.value(here.session.job(job.id)).state is JobState.DONE
    assert [found.id for found in here.value(here.session.jobs()).jobs] == [job.id]
    assert here.value(here.session.backends()).backends[0].name == "builtin"
    assert here.value(here.session.quote(submission())).cost.amount == "0"
    assert here.value(here.session.health()).workers == 1


def test_one_job_s_id_goes_through_the_logs_of_every_process_and_its_history_can_be_asked_for(
    host: Hosts, submission: Submit, state: Path
) -> None:
    here = host()
    job = here.value(here.session.submit(submission("0.1"))).id
    here.until(lambda: ended(here, job))
    page = here.value(here.session.events(job))
    assert [event.state for event in page.events if event.kind == "state"][-1] is JobState.DONE
    assert {event.job for event in page.events} == {job}
    assert here.value(here.session.events(job, after=page.next)).events == ()
    for process, says in (("engine", "a job was handed in"), ("worker-1", "a job is made")):
        lines = [json.loads(line) for line in (state / f"logs/{process}.jsonl").read_text().splitlines()]
        assert says in [line["says"] for line in lines if line.get("job") == job]


def test_the_engine_outlives_the_host_that_started_it(host: Hosts, submission: Submit, state: Path) -> None:
    first = host()
    job = first.value(first.session.submit(submission("1.5")))
    first.session.close()
    assert is_held(state)
    second = host(after=0)
    second.until(lambda: ended(second, job.id))
    assert second.value(second.session.job(job.id)).state is JobState.DONE


def test_two_hosts_that_start_at_once_get_one_engine_and_both_work(
    host: Hosts, submission: Submit, state: Path
) -> None:
    hosts = [host() for _ in range(3)]
    replies = [(one, one.session.submit(submission("0.1"))) for one in hosts]
    jobs = [one.value(reply) for one, reply in replies]
    pids = {one.value(one.session.health()).pid for one in hosts}
    assert len(pids) == 1
    assert len({job.id for job in jobs}) == 3
    for one, job in zip(hosts, jobs, strict=True):
        one.until(lambda one=one, job=job: ended(one, job.id))  # type: ignore[misc]


def test_a_hung_engine_costs_the_host_no_time_and_nothing_is_lost(host: Hosts, submission: Submit, state: Path) -> None:
    here = host()
    here.value(here.session.submit(submission()))
    endpoint = find_endpoint(state)
    assert endpoint is not None
    os.kill(endpoint.pid, signal.SIGSTOP)
    try:
        replies = []
        for number in range(200):
            with never_waiting():  # bench/engine.py has the figures
                if number % 20 == 0:
                    replies.append(here.session.submit(submission()))
                else:
                    here.session.jobs()
                here.heard += here.session.drain()
            time.sleep(0.002)
        here.until(lambda: here.session.connection is State.HUNG)
        assert not any(reply.done for reply in replies)
    finally:
        os.kill(endpoint.pid, signal.SIGCONT)
    jobs = [here.value(reply, 60) for reply in replies]
    assert here.session.connection is State.CONNECTED
    assert len({job.id for job in jobs}) == len(replies)
    assert len(here.value(here.session.jobs(limit=100)).jobs) == 1 + len(replies), "none was handed in twice"


def test_an_engine_killed_in_the_middle_comes_back_and_no_event_is_missed_or_doubled(
    host: Hosts, submission: Submit, state: Path, tmp_path: Path
) -> None:
    here = host()
    job = here.value(here.session.submit(submission(f"until {tmp_path / 'go'}")))
    here.until(lambda: any(event.state is JobState.RUNNING for event in here.events))
    before = find_endpoint(state)
    assert before is not None
    os.kill(before.pid, signal.SIGKILL)
    here.until(lambda: State.STARTING in here.states)  # it comes back while the job is at work
    (tmp_path / "go").touch()
    here.until(lambda: ended(here, job.id), 60)
    after = find_endpoint(state)
    assert after is not None
    assert after.pid != before.pid
    assert {State.LOST, State.STARTING} <= set(here.states)
    numbers = [event.number for event in here.events]
    assert numbers == sorted(set(numbers))
    assert [event.state for event in here.events if not event.state.is_open] == [JobState.DONE]


def test_a_generator_that_crashes_takes_neither_the_server_nor_the_job_with_it(
    host: Hosts, submission: Submit, tmp_path: Path
) -> None:
    here = host()
    job = here.value(here.session.submit(submission(f"crash {tmp_path / 'mark'}")))
    before = here.value(here.session.health()).pid
    here.until(lambda: ended(here, job.id), 60)
    assert (tmp_path / "mark").exists()
    assert here.value(here.session.job(job.id)).state is JobState.DONE
    assert here.value(here.session.health()).pid == before


def test_a_submission_whose_reply_was_lost_is_not_handed_in_twice(
    host: Hosts, submission: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, lost = calling.Line.ask, []

    def losing(line: calling.Line, call: calling.Call) -> bytes:
        data = ask(line, call)
        if call.path == "/v1/jobs" and call.method == "POST" and len(lost) < 3:
            lost.append(call)
            raise EngineError("lost", code="engine_lost", retry=True)
        return data

    monkeypatch.setattr(calling.Line, "ask", losing)
    here = host()
    job = here.value(here.session.submit(submission()))
    assert len(lost) == 3
    assert [found.id for found in here.value(here.session.jobs()).jobs] == [job.id]


def test_what_may_not_be_asked_twice_is_told_to_be_unknown(host: Hosts, submission: Submit, monkeypatch: Any) -> None:
    here = host()
    job = here.value(here.session.submit(submission()))

    def lost(line: calling.Line, call: calling.Call) -> bytes:
        raise EngineError("lost", code="engine_lost", retry=True)

    monkeypatch.setattr(calling.Line, "ask", lost)
    reply = here.session.approve(job.id, "ada")
    here.until(lambda: reply.done)
    assert reply.failure is not None
    assert reply.failure.code == "engine_lost"


def test_an_engine_that_ends_in_order_is_not_started_again_until_needed(
    host: Hosts, submission: Submit, state: Path
) -> None:
    here = host()
    job = here.value(here.session.submit(submission()))
    here.until(lambda: ended(here, job.id))
    assert stop_engine(state)
    here.until(lambda: here.session.connection is State.ASLEEP)
    time.sleep(1)
    assert not is_held(state)
    assert here.value(here.session.job(job.id)).state is JobState.DONE
    assert here.session.connection is State.CONNECTED


def test_an_engine_whose_good_bye_nobody_heard_is_not_taken_for_dead(
    host: Hosts, submission: Submit, state: Path
) -> None:
    here = host()
    here.value(here.session.submit(submission()))
    here.until(lambda: here.session.connection is State.CONNECTED)
    endpoint = find_endpoint(state)
    assert endpoint is not None
    os.kill(endpoint.pid, signal.SIGSTOP)
    here.until(lambda: here.session.connection is State.HUNG)  # the stream is given up
    os.kill(endpoint.pid, signal.SIGCONT)
    assert stop_engine(state, now=True)
    here.until(lambda: here.session.connection is State.ASLEEP)
    time.sleep(1)
    assert not is_held(state)


def test_a_hung_engine_is_ended_by_force_only_when_told_so(host: Hosts, submission: Submit, state: Path) -> None:
    here = host()
    here.value(here.session.submit(submission()))
    here.session.close()
    endpoint = find_endpoint(state)
    assert endpoint is not None
    os.kill(endpoint.pid, signal.SIGSTOP)
    with pytest.raises(EngineError) as caught:
        stop_engine(state)
    assert caught.value.code == "engine_hung"
    assert "--now" in caught.value.hint
    assert stop_engine(state, now=True)
    assert not is_held(state)
    assert not stop_engine(state)


def test_without_an_engine_to_start_every_call_fails_in_words(host: Hosts, submission: Submit) -> None:
    here = host(command=("/nowhere/platewright",))
    reply = here.session.health()
    here.until(lambda: here.session.connection is State.ABSENT)
    here.until(lambda: reply.done, 60)
    assert reply.failure is not None
    assert reply.failure.code in ("engine_start_failed", "engine_absent")
    assert reply.failure.hint
    quiet = host(may_start=False)
    reply = quiet.session.submit(submission())
    quiet.until(lambda: quiet.session.connection is State.ABSENT)
    assert not reply.done, "it is asked for until its time is over"


def test_a_disk_that_is_full_or_in_the_way_fails_in_words(host: Hosts, submission: Submit, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    here = host(state=tmp_path / "file/state")
    reply = here.session.health()
    here.until(lambda: reply.done, 60)
    assert reply.failure is not None
    assert reply.failure.code == "engine_start_failed"
    assert "disk" in reply.failure.hint
    assert here.session.connection is State.ABSENT


def test_an_engine_with_a_configuration_that_a_host_has_not_is_told_with_the_connection(
    host: Hosts, submission: Submit, state: Path
) -> None:
    show = {**os.environ, "PLATEWRIGHT_HOME": str(state.parent), "OCIO": "/show/config.ocio"}
    first = host(environment=show)
    first.value(first.session.health())
    second = host()
    second.value(second.session.health())
    (told,) = [message for message in second.heard if isinstance(message, Connection)]
    assert told.state is State.CONNECTED
    assert told.failure is not None
    assert told.failure.code == "engine_colour"
    assert "/show/config.ocio" in told.failure.message
    assert not [message for message in first.heard if isinstance(message, Connection) and message.failure]


def test_a_host_s_own_configuration_goes_with_its_request(host: Hosts, submission: Submit, state: Path) -> None:
    studio = "ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
    first = host()
    assert first.value(first.session.submit(submission())).submission.request.colour.source != studio
    second = host(environment={**os.environ, "PLATEWRIGHT_HOME": str(state.parent), "OCIO": studio})
    assert second.value(second.session.submit(submission())).submission.request.colour.source == studio
    assert not [message for message in second.heard if isinstance(message, Connection) and message.failure]


def test_a_full_disk_is_told_in_words_and_the_same_host_works_once_there_is_room(
    shot: SmallShot, tmp_path: Path
) -> None:
    script = f"""
import json, os, sys, time
from pathlib import Path
from platewright.client.session import Session
disk = Path(sys.argv[1])
def asked(session):
    reply = session.health()
    while not reply.done:
        session.drain()
        time.sleep(0.01)
    return reply
environment = {{**os.environ, "PLATEWRIGHT_HOME": str(disk)}}
session = Session("full", state=disk / "state", command=({sys.executable!r}, {QUICK[1]!r}), environment=environment)
first = asked(session)
os.unlink(disk / "ballast")
second = asked(session)
session.close()
from platewright.client.stopping import stop_engine
print(json.dumps([first.failure and first.failure.code, first.failure and first.failure.hint,
                  second.failure and second.failure.message, stop_engine(disk / "state", now=True)]))
"""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [sys.executable, "-c", script, str(disk)]
    code, hint, problem, stopped = on_small_disk(disk, 'head -c 600k /dev/zero > "$0"/ballast || true', command)
    assert code in ("disk_full", "database_unusable"), code
    assert hint
    assert problem is None
    assert stopped


def test_another_version_is_told_with_the_way_out(
    host: Hosts, submission: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = host()
    first.value(first.session.submit(submission()))
    monkeypatch.setattr(finder, "PROTOCOL", 99)
    second = host()
    reply = second.session.health()
    second.until(lambda: reply.done)
    assert reply.failure is not None
    assert reply.failure.code == "engine_version"
    assert "platewright engine stop" in reply.failure.hint
    assert second.session.connection is State.OTHER_VERSION


def test_an_old_endpoint_file_of_a_dead_engine_misleads_nobody(host: Hosts, submission: Submit, state: Path) -> None:
    first = host()
    first.value(first.session.submit(submission()))
    endpoint = find_endpoint(state)
    assert endpoint is not None
    first.session.close()
    os.kill(endpoint.pid, signal.SIGKILL)
    while is_held(state):
        time.sleep(0.01)
    assert endpoint_file(state).exists()
    second = host()
    assert second.value(second.session.health()).pid != endpoint.pid


def test_callbacks_run_while_draining_and_their_failures_are_told_not_raised(host: Hosts) -> None:
    here = host()
    seen: list[Any] = []
    reply = here.session.health().then(seen.append).then(lambda reply: 1 / 0)
    here.until(lambda: reply.done)
    assert seen == [reply]
    troubles = [message.failure for message in here.heard if isinstance(message, Trouble)]
    assert [trouble.code for trouble in troubles] == ["callback_failed"]
    assert "ZeroDivisionError" in troubles[0].message
    reply.then(seen.append)
    here.until(lambda: len(seen) == 2)


def test_a_closed_session_says_so_and_leaves_no_thread(host: Hosts) -> None:
    import threading

    here = host()
    here.value(here.session.health())
    here.session.close(wait_s=5)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("platewright")]
    reply = here.session.health()
    here.until(lambda: reply.done)
    assert reply.failure is not None
    assert reply.failure.code == "session_closed"
    assert here.session.connection is State.CLOSED


def test_a_session_that_was_never_opened_can_be_drained_and_closed() -> None:
    session = Session(state=Path("/nowhere"))
    assert session.drain() == ()
    session.close()
    session.close()


def test_what_waits_is_found_out_and_what_goes_on_elsewhere_is_not() -> None:
    """The proof that the other tests rest on."""
    for waits in (
        lambda: time.sleep(0),
        lambda: threading.Event().wait(0),
        lambda: socket.create_connection(("127.0.0.1", 1)),
    ):
        with pytest.raises(AssertionError, match="must not"), never_waiting():
            waits()
    elsewhere: list[bool] = []
    with never_waiting():
        thread = threading.Thread(target=lambda: elsewhere.append(threading.Event().wait(0)))
        thread.start()
    thread.join()
    assert elsewhere == [False]
