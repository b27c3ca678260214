"""Engines on one real PostgreSQL server: their jobs, workers and events are shared, and the server may crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from platewright.client.stopping import stop_engine
from platewright.contract.jobs import JobState, Submission
from tests.client.conftest import Host
from tests.jobs.postgres import Server, free_port, running_server
from tests.jobs.small_shot import SmallShot

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as one:
        yield one


def on(address: str, home: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PLATEWRIGHT_HOME": str(home), "PLATEWRIGHT_DATABASE": address, **more}


def ended(host: Host, job: str) -> bool:
    return any(event.job == job and not event.state.is_open for event in host.events)


def test_two_engines_on_one_server_share_jobs_and_a_crash_of_it_costs_nothing(
    host: Callable[..., Host], submission: Callable[..., Submission], server: Server, state: Path, tmp_path: Path
) -> None:
    # One engine has no worker of its own: what is handed in there is made by the other one's.
    first = host(environment=on(server.address, state.parent, PLATEWRIGHT_ENGINE_WORKERS="0"))
    other_state = tmp_path / "other/state"
    second = host(state=other_state, environment=on(server.address, other_state.parent, PLATEWRIGHT_JOBS_LEASE_S="3"))
    try:
        assert second.value(second.session.health()).workers == 1
        assert first.value(first.session.health()).workers == 0
        one = first.value(first.session.submit(submission("0.5")))
        first.until(lambda: ended(first, one.id), 60)
        second.until(lambda: ended(second, one.id), 30)
        assert second.value(second.session.job(one.id)).state is JobState.DONE
        assert second.value(second.session.quote(submission())).within_budget

        two = first.value(first.session.submit(submission(f"until {tmp_path / 'go'}")))
        first.until(lambda: any(event.job == two.id and event.state is JobState.RUNNING for event in first.events), 60)
        server.crash()
        reply = first.session.jobs()
        first.until(lambda: reply.done, 60)
        assert reply.failure is not None
        assert (reply.failure.code, reply.failure.retry) == ("database_unreachable", True)
        server.start()
        (tmp_path / "go").touch()
        first.until(lambda: ended(first, two.id), 60)
        assert first.value(first.session.job(two.id)).state is JobState.DONE
        numbers = [event.number for event in first.events]
        assert numbers == sorted(set(numbers)), "none twice, and none out of order"
        assert {job.id for job in first.value(first.session.jobs()).jobs} == {one.id, two.id}
    finally:
        first.session.close()
        second.session.close()
        assert stop_engine(other_state, now=True)


def test_the_command_line_s_worker_makes_what_an_engine_on_the_same_server_was_handed(
    host: Callable[..., Host], shot: SmallShot, server: Server, state: Path, tmp_path: Path, root: Path
) -> None:
    here = host(environment=on(server.address, state.parent, PLATEWRIGHT_ENGINE_WORKERS="0"))
    out = str(tmp_path / "elements")
    job = here.value(here.session.submit(Submission(shot.request("grey_rig"), out, anew=True, who="ada")))
    words = [sys.executable, str(root / "tests/fakes/grey_engine.py"), "worker", "--until-idle", "--json"]
    done = subprocess.run(
        [*words, "--database", server.address, "--capability", "gpu"],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120,
        env=on("", tmp_path / "elsewhere"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ended"] == 1
    here.until(lambda: ended(here, job.id))
    made = here.value(here.session.job(job.id))
    assert (made.state, Path(made.take).name) == (JobState.DONE, "grey_rig_v001.take.json")
    (take,) = here.value(here.session.takes(out)).takes
    assert (take.element, take.version) == ("grey_rig", 1)


def test_a_server_that_is_not_there_is_told_in_words_and_without_its_password(
    host: Callable[..., Host], submission: Callable[..., Submission], state: Path
) -> None:
    here = host(environment=on(f"postgresql://ada:hidden-word@127.0.0.1:{free_port()}/pw", state.parent))
    reply = here.session.health()
    here.until(lambda: reply.done, 60)
    assert reply.failure is not None
    assert reply.failure.code == "database_unreachable"
    assert "hidden-word" not in repr(reply.failure)
    for log in (state / "logs").glob("*"):
        assert b"hidden-word" not in log.read_bytes()
