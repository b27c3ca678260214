"""The whole way with a real engine process: select, export, send, make, place, undo, without ever waiting for it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platewright.client.messages import Happened
from platewright.client.session import Session
from platewright.client.stopping import stop_engine
from platewright.contract.request import Regenerate
from tests.fakes.never_waiting import never_waiting
from tests.fakes.nuke.application import FakeNuke
from tests.jobs.small_shot import HEIGHT, WIDTH, small_shot
from tests.plugin_nuke.comps import check_same_outside

ENGINE = (sys.executable, str(Path(__file__).parents[1] / "fakes" / "grey_engine.py"))
pytestmark = pytest.mark.timeout(150)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A session with an engine of the test's own, started by the first call."""
    state = tmp_path / "home" / "state"
    environment = {**os.environ, "PLATEWRIGHT_HOME": str(tmp_path / "home")}
    made = Session("nuke 16", state=state, command=ENGINE, environment=environment)
    yield made
    made.close()
    stop_engine(state, now=True)


def test_from_the_selection_to_the_comp_and_back(
    app: FakeNuke, nuke: Any, adapter: Callable[[str], Any], session: Session, tmp_path: Path
) -> None:
    actions, attaching = adapter("actions"), adapter("attaching")
    shot = small_shot(tmp_path / "shot")
    plate = nuke.nodes.Read(file=str(shot.folder / "plate.%04d.exr"), first=1001, last=1003, raw=True, name="plate")
    roto = nuke.nodes.Roto(inputs=[plate])
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    app.matte_of[roto.name()] = lambda frame: np.clip(9 - np.hypot(xs - 40, ys - 30), 0, 1)
    roto.setSelected(True)
    nuke.frame(1001)
    before = app.script_text()

    wish = actions.Wish(Regenerate(), "rig", str(tmp_path / "elements"), frames="1001-1003", who="ada")
    prepared = actions.prepare(wish)
    with never_waiting():  # for an engine that has yet to start
        reply = actions.send(session, prepared)

    jobs: list[Any] = []
    placed, until = None, time.monotonic() + 120
    while placed is None and time.monotonic() < until:
        with never_waiting():
            messages = session.drain()
        closed = [one for one in messages if isinstance(one, Happened) and not one.event.state.is_open]
        for one in closed:
            session.job(one.event.job).then(lambda found: jobs.append(found.value))
        while jobs:
            placed = actions.settle(jobs.pop())
        time.sleep(0.01)
    assert placed is not None, (reply.failure, session.connection)
    assert attaching.waiting() == ()
    assert check_same_outside(app, plate, placed.output, roto, (1001, 1002, 1003)) > 300
    assert check_same_outside(app, plate, placed.output, roto, (1000, 1004)) == 0
    (found,) = attaching.attached()
    assert (found.status, found.version, found.job) == ("there", 1, reply.value.id if reply.value else "")
    app.undo.undo()
    assert [one.job for one in attaching.waiting()] == [found.job], "the script waits for it again"
    app.undo.undo()
    assert app.script_text() == before
