"""Stepping through takes, opening a script again, jobs that a script waits for, and what a panel calls."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platewright.contract.errors import RequestError
from platewright.contract.jobs import Job, JobState
from platewright.contract.request import Extend, Pads, Regenerate
from tests.fakes.nuke.application import FakeNuke
from tests.plugin_nuke.comps import FRAMES, Shot, bits, check_same_outside, plate_read

Adapter = Callable[[str], Any]


@pytest.fixture
def plate(app: FakeNuke, shot: Shot) -> Any:
    return plate_read(app.module, shot)


@pytest.fixture
def placed(adapter: Adapter, plate: Any, shot: Shot) -> Any:
    return adapter("placing").place(adapter("takes").load(shot.record("rig")), plate)


def artists(app: FakeNuke) -> Any:
    """The artist's own part of the script."""
    from platewright_nuke.state import ours

    return app.text_of([node for node in app.root_node.nodes() if not ours(node)])


def test_stepping_shows_the_next_take_and_touches_nothing_else(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, placed: Any
) -> None:
    nuke.nodes.Grade(inputs=[placed.output])
    before, own, steps = app.script_text(), artists(app), len(app.undo.steps)
    first = app.image(placed.output, 1002).channels["rgba.red"]
    stepping = adapter("stepping")
    for node in (placed.output, placed.read):
        assert stepping.step(node, 1).label == "rig_v002"
        assert artists(app) == own and len(app.undo.steps) == steps + 1
        second = app.image(placed.output, 1002)
        assert not np.array_equal(bits(first), bits(second.channels["rgba.red"]))
        assert second.metadata["platewright/take"] == "rig_v002"
        assert check_same_outside(app, plate, placed.output, placed.read, FRAMES) > 0
        with pytest.raises(RequestError) as caught:
            stepping.step(node, 1)
        assert caught.value.code == "no_more_takes" and "v001, v002" in caught.value.hint
        app.undo.undo()
        assert app.script_text() == before


def test_a_version_key_of_the_host_is_understood(app: FakeNuke, adapter: Adapter, placed: Any) -> None:
    placed.read["file"].setValue(placed.read["file"].value().replace("_v001", "_v002"))
    (one,) = adapter("attaching").attached()
    assert (one.status, one.version) == ("other_version", 2)
    assert adapter("stepping").step(placed.read, -1).label == "rig_v001"
    (one,) = adapter("attaching").attached()
    assert (one.status, one.version, one.element) == ("there", 1, "rig")


def test_a_take_that_needs_other_nodes_is_not_shown(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, tmp_path: Path
) -> None:
    root = tmp_path / "elements"
    shutil.copytree(shot.root / "wide", root / "wide")
    grown = (shot.root / "grown" / "grown_v001.take.json").read_text(encoding="utf-8")
    text = grown.replace('"element":"grown"', '"element":"wide"').replace('"version":1', '"version":2')
    (root / "wide" / "wide_v002.take.json").write_text(text, encoding="utf-8")
    placed = adapter("placing").place(adapter("takes").load(root / "wide" / "wide_v001.take.json"), plate)
    before = app.script_text()
    with pytest.raises(RequestError) as caught:
        adapter("stepping").step(placed.read, 1)
    assert caught.value.code == "take_does_not_fit" and app.script_text() == before


def test_an_opened_script_finds_its_takes_and_stays_as_it_is(
    app: FakeNuke, nuke: Any, adapter: Adapter, placed: Any, shot: Shot, tmp_path: Path
) -> None:
    attaching = adapter("attaching")
    attaching.remember_job(attaching.Waiting("j1", "plate", "sky", str(shot.root)))
    app.save(tmp_path / "comp.nk")
    before = app.script_text()
    adapter("menus").build_menu()
    app.open(tmp_path / "comp.nk")
    assert app.script_text() == before and not app.is_modified and not app.undo.steps
    assert "waits for 1 job" in app.said[-1]
    (one,) = attaching.attached()
    assert (one.node, one.status, one.root) == ("PW_rig", "there", str(shot.root))
    (job,) = attaching.waiting()
    assert (job.job, job.source, job.element) == ("j1", "plate", "sky")


def test_versions_are_found_by_their_records(adapter: Adapter, shot: Shot, tmp_path: Path) -> None:
    takes = adapter("takes")
    assert takes.versions(shot.root / "rig", "rig") == (1, 2)
    assert takes.versions(shot.root / "rig", "sky") == () == takes.versions(tmp_path / "none", "rig")
    named = ("rig_v003.%d.exr", "rig_v0012.%04d.exr", "rig_v003.####.exr", "sky_v003.%d.exr", "rig_v003.exr", "")
    assert [takes.version_named("rig", name) for name in named] == [3, 12, 3, 0, 0, 0]


def test_a_take_that_is_gone_is_said(app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, tmp_path: Path) -> None:
    shutil.copytree(shot.root / "rig", tmp_path / "rig")
    adapter("placing").place(adapter("takes").load(tmp_path / "rig" / "rig_v001.take.json"), plate)
    assert [one.status for one in adapter("attaching").attached()] == ["there"]
    shutil.rmtree(tmp_path / "rig")
    assert [one.status for one in adapter("attaching").attached()] == ["missing"]
    adapter("menus").opened()
    assert "is missing" in app.said[-1]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "other/1", "placement": "x"}', "[" * 100000, "5"])
def test_a_foreign_or_broken_state_is_no_state(app: FakeNuke, nuke: Any, adapter: Adapter, text: str) -> None:
    read = nuke.nodes.Read()
    knob = nuke.String_Knob("platewright")
    read.addKnob(knob)
    knob.setValue(text)
    assert adapter("state").kept(read) == {}
    assert adapter("attaching").attached() == () and not adapter("state").ours(read)
    with pytest.raises(RequestError) as caught:
        adapter("stepping").read_of(read)
    assert caught.value.code == "not_a_placement"


def wish(adapter: Adapter, folder: Path, **changes: Any) -> Any:
    values = {"operation": Regenerate(), "element": "rig", "root": str(folder), "frames": "1002-1003", **changes}
    return adapter("actions").Wish(**values)


def test_what_is_selected_becomes_a_submission(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, tmp_path: Path
) -> None:
    actions = adapter("actions")
    assert actions.look().trouble
    plate.setSelected(True)
    assert actions.look() == actions.Look("plate", "plate", "1001-1004")
    prepared = actions.prepare(wish(adapter, tmp_path, prompt="no rig", seed=4))
    request = prepared.submission.request
    assert (prepared.source, request.seed, request.prompt) == ("plate", 4, "no rig")
    assert request.plate.pattern == shot.plate and str(request.plate.frames) == "1002-1003"
    assert request.matte is not None and Path(request.matte.pattern.replace("%04d", "1002")).is_file()
    wide = actions.prepare(wish(adapter, tmp_path, operation=Extend(Pads(left=5)), element="wide"))
    assert wide.submission.request.matte is None and wide.exported.rendered == ()
    for bad in ({"element": "a_v003"}, {"root": "elements"}):
        with pytest.raises(RequestError):
            actions.prepare(wish(adapter, tmp_path, **bad))


def a_job(prepared: Any, state: JobState, take: str = "") -> Job:
    return Job("job1", state, prepared.submission, "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z", take=take)


def test_a_job_is_remembered_until_its_take_is_placed(
    app: FakeNuke, adapter: Adapter, plate: Any, shot: Shot, tmp_path: Path
) -> None:
    actions, attaching = adapter("actions"), adapter("attaching")
    plate.setSelected(True)
    prepared = actions.prepare(wish(adapter, tmp_path))
    session = StrictSession(a_job(prepared, JobState.QUEUED))
    before = app.script_text()
    actions.send(session, prepared)
    assert attaching.waiting() == (), "nothing is written before the engine has it"
    session.drain()
    (mine,) = attaching.waiting()
    assert (mine.job, mine.source, mine.element) == ("job1", "plate", "rig")
    assert actions.settle(a_job(prepared, JobState.RUNNING)) is None
    steps = len(app.undo.steps)
    placed = actions.settle(a_job(prepared, JobState.DONE, str(shot.record("rig"))))
    assert len(app.undo.steps) == steps + 1
    assert placed.read.name() == "PW_rig" and attaching.waiting() == ()
    assert attaching.attached()[0].job == "job1"
    assert actions.settle(a_job(prepared, JobState.DONE, str(shot.record("rig")))) is None, "only once"
    while len(app.undo.steps) and app.script_text() != before:
        app.undo.undo()
    assert app.script_text() == before


def test_a_failed_job_is_forgotten_and_a_lost_node_keeps_it(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, shot: Shot
) -> None:
    actions, attaching = adapter("actions"), adapter("attaching")
    plate.setSelected(True)
    prepared = actions.prepare(wish(adapter, shot.root.parent / "x"))
    attaching.remember_job(attaching.Waiting("job1", "plate", "rig", str(shot.root)))
    nuke.delete(plate)
    with pytest.raises(RequestError) as caught:
        actions.settle(a_job(prepared, JobState.DONE, str(shot.record("rig"))))
    assert caught.value.code == "source_gone" and len(attaching.waiting()) == 1
    assert actions.settle(a_job(prepared, JobState.FAILED)) is None
    assert attaching.waiting() == ()


class StrictSession:
    """The one call of a session that is used here, with the real reply type."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.replies: list[Any] = []

    def submit(self, submission: Any) -> Any:
        from platewright.client.replies import Reply

        assert submission == self.job.submission
        self.replies.append(Reply("submit", self.replies.append))
        return self.replies[-1]

    def drain(self) -> None:
        for reply in self.replies:
            reply.settle(self.job, None)
            for call in reply.waiting():
                call(reply)


def test_the_whole_way_from_a_roto_to_a_take_in_the_comp(
    app: FakeNuke, nuke: Any, adapter: Adapter, plate: Any, shot: Shot, tmp_path: Path
) -> None:
    from platewright.contract.progress import Silent
    from platewright.jobs.run import run
    from platewright.jobs.takes import TakeStore
    from platewright.provenance.settings import IdentitySettings

    actions, identity = adapter("actions"), IdentitySettings(home=shot.folder / "home")
    graded = nuke.nodes.Grade(inputs=[plate], multiply=1.5, black_clamp=False)
    graded.setName("graded")
    roto = nuke.nodes.Roto(inputs=[graded])
    ys, xs = np.mgrid[0:64, 0:104].astype(np.float32)
    app.matte_of[roto.name()] = lambda frame: np.clip(8 - np.hypot(xs - 50 - 3 * (frame - 1002), ys - 30), 0, 1)
    roto.setSelected(True)
    nuke.frame(1002)
    before, steps = app.script_text(), len(app.undo.steps)
    prepared = actions.prepare(wish(adapter, tmp_path, operation=Regenerate(grain=False)))
    assert app.script_text() == before and len(app.undo.steps) == steps
    assert prepared.source == "graded" and len(prepared.exported.rendered) == 2
    for _ in range(2):
        record = run(prepared.submission.request, tmp_path, identity, Silent())
    assert record.version == 2 and TakeStore(tmp_path).elements() == ("rig",), "the sources are no element"
    adapter("attaching").remember_job(adapter("attaching").Waiting("job1", prepared.source, "rig", str(tmp_path)))
    placed = actions.settle(a_job(prepared, JobState.DONE, str(tmp_path / "rig" / "rig_v001.take.json")))
    assert check_same_outside(app, graded, placed.output, roto, FRAMES) > 300
    placed.read.setSelected(True)
    roto.setSelected(False)
    assert actions.step_take(1).label == "rig_v002"
    assert check_same_outside(app, graded, placed.output, roto, FRAMES) > 300
    assert actions.show_take("PW_rig", 1).label == "rig_v001"


def test_what_would_change_is_asked_of_the_engine(app: FakeNuke, adapter: Adapter, placed: Any, shot: Shot) -> None:
    asked: list[Any] = []

    class Session:
        def verify(self, ask: Any) -> Any:
            asked.append(ask)
            return ask

    adapter("stepping").step(placed.read, 1)
    adapter("actions").differences(Session(), placed.read, "/moved/plate.####.exr")
    (ask,) = asked
    assert (ask.root, ask.element, ask.version) == (str(shot.root), "rig", 2)
    assert ask.plate == "/moved/plate.####.exr"


def test_an_anamorphic_plate_keeps_its_pixel_aspect(app: FakeNuke, nuke: Any, adapter: Adapter, tmp_path: Path) -> None:
    from platewright.imaging.reading import read_frame

    nuke.addFormat("40 30 0 0 40 30 2 wide_pixels")
    constant = nuke.nodes.Constant(channels="rgba", color=0.5, first=1, last=2)
    constant["format"].setValue("wide_pixels")
    constant.setSelected(True)
    prepared = adapter("actions").prepare(wish(adapter, tmp_path, frames="1-2"))
    for pattern in prepared.exported.rendered:
        assert read_frame(Path(pattern % 1), 1).pixel_aspect == 2
