"""Bad frames of a placed take, or a smaller roto in it, made again: what was accepted stays bit for bit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platewright.contract.errors import StorageError
from platewright.contract.jobs import Job, JobState, Submission
from platewright.contract.progress import Silent
from platewright.contract.request import Base, Regenerate, Request
from platewright.contract.takes import TakeRecord
from platewright.jobs.run import run
from platewright.panel.asked import Asked, Placing
from platewright.panel.going_on import earlier_of
from platewright.panel.host import Brought
from platewright.provenance.settings import IdentitySettings
from tests.fakes.nuke.application import FakeNuke
from tests.plugin_nuke.comps import FRAMES, WATCHED, Shot, bits, check_same_outside, plate_read
from tests.plugin_nuke.test_panel_host import only, placed_read, quiet, summary

Adapter = Callable[[str], Any]


class Comp:
    """A comp with rig_v001 placed, over elements of its own, and what pressing the button does in it."""

    def __init__(self, app: FakeNuke, adapter: Adapter, shot: Shot, folder: Path) -> None:
        self.app, self.adapter, self.shot, self.root = app, adapter, shot, folder / "elements"
        self.root.mkdir()
        shutil.copytree(
            shot.root / "rig", self.root / "rig", ignore=lambda path, names: [n for n in names if "v002" in n]
        )
        (self.root / "rig" / ".versions" / "v001").touch()
        self.plate = plate_read(app.module, shot)
        self.host = adapter("panel_host").NukeHost()
        only(app, self.plate)
        self.host.place(replace(summary(shot, "rig", 1), record=str(self.record(1))), Placing())
        self.read = placed_read(app, adapter)
        self.output = next(node for node in app.every_node() if node.Class() == "ModifyMetaData")

    def record(self, version: int) -> Path:
        return self.root / "rig" / f"rig_v{version:03d}.take.json"

    def request(self) -> Request:
        return self.adapter("takes").load(self.record(1)).record.request

    def press(self, base: Base) -> TakeRecord:
        """As the panel does: find the take, bring what is needed, make it, settle it."""
        selection = self.host.look()
        asked = Asked(Regenerate(grain=False), "rig", str(self.root), base=base, seed=9)
        earlier = earlier_of(asked, selection, ())
        assert earlier is not None
        again, then = earlier.asked(asked, self.request()), self.request()
        brought = Brought(then.plate, then.matte)
        if earlier.matte_anew:
            brought = self.host.bring(again, quiet, then)
        (submission,) = again.submissions(brought.plate, brought.matte)
        stamp = "2026-01-01T00:00:00.000Z"
        job = Job("job1", JobState.QUEUED, submission, stamp, stamp)
        self.host.sent(job, again, brought)
        record = run(submission.request, self.root, IdentitySettings(home=self.shot.folder / "home"), Silent())
        done = replace(job, state=JobState.DONE, take=str(self.record(record.version)))
        assert self.host.settle(done) == f"{self.read.name()} shows rig_v{record.version:03d}."
        return record

    def seen(self) -> dict[int, dict[str, Any]]:
        return {frame: self.app.image(self.output, frame).channels for frame in (1001, *FRAMES, 1004)}


@pytest.fixture
def comp(app: FakeNuke, adapter: Adapter, shot: Shot, tmp_path: Path) -> Comp:
    return Comp(app, adapter, shot, tmp_path)


def check_only_changed(before: dict[int, Any], after: dict[int, Any], where: dict[int, Any]) -> None:
    """Every watched channel of every frame has its bits but where the mask of a frame is true, where some changed."""
    for frame, planes in before.items():
        free = ~where[frame] if frame in where else np.ones(planes["rgba.red"].shape, bool)
        for name in WATCHED:
            assert np.array_equal(bits(planes[name])[free], bits(after[frame][name])[free]), (frame, name)
        if frame in where:
            assert not np.array_equal(bits(planes["rgba.red"]), bits(after[frame]["rgba.red"])), frame


def test_bad_frames_are_made_again_in_the_same_nodes_and_accepted_ones_keep_their_bits(
    app: FakeNuke, comp: Comp
) -> None:
    before, text, nodes = comp.seen(), app.script_text(), len(list(app.every_node()))
    only(app, comp.read)
    rendered = list(app.rendered)
    record = comp.press(Base(frames=FRAMES.parse("1003")))
    assert app.rendered == rendered, "its own plate and matte are read again"
    assert record.request.base is not None and record.request.base.version == 1
    whole = np.ones(before[1003]["rgba.red"].shape, bool)
    check_only_changed(before, comp.seen(), {1003: whole})
    assert check_same_outside(app, comp.plate, comp.output, comp.read, FRAMES) > 500
    kept = [(comp.root / "rig" / f"rig_v{version:03d}.1002.exr").read_bytes() for version in (1, 2)]
    assert kept[0] == kept[1], "the very file"
    assert len(list(app.every_node())) == nodes and comp.adapter("attaching").waiting() == ()
    while app.script_text() != text:
        app.undo.undo()


def test_a_smaller_roto_makes_only_its_part_again(app: FakeNuke, nuke: Any, comp: Comp) -> None:
    before = comp.seen()
    roto = nuke.nodes.Roto(inputs=[comp.plate])
    ys, xs = np.mgrid[0:64, 0:104].astype(np.float32)
    alpha = {frame: app.image(comp.read, frame) for frame in FRAMES}
    hit = {}
    for frame, image in alpha.items():
        solid = image.plane("rgba.alpha", type(image.bbox)(0, 0, 104, 64)) >= 1
        hit[frame] = np.argwhere(solid)[len(np.argwhere(solid)) // 2]

    def small(frame: int) -> Any:
        y, x = hit.get(frame, (30, 50))
        return np.clip(3 - np.hypot(xs - x, ys - y), 0, 1).astype(np.float32)

    app.matte_of[roto.name()] = small
    only(app, comp.read)
    roto.setSelected(True)
    text = app.script_text()
    record = comp.press(Base(frames=FRAMES.parse("1003"), region=True))
    assert record.request.base is not None and record.request.base.region
    box = app.image(comp.output, 1003).bbox
    part = app.image(roto, 1003).plane("rgba.alpha", box) > 0
    check_only_changed(before, comp.seen(), {1003: part})
    while app.script_text() != text:
        app.undo.undo()


def selected_beside(app: FakeNuke, nuke: Any, comp: Comp) -> Any:
    """A roto of the artist's over the plate, smaller than the take's matte, selected beside its Read."""
    roto = nuke.nodes.Roto(inputs=[comp.plate])
    ys, xs = np.mgrid[0:64, 0:104].astype(np.float32)
    app.matte_of[roto.name()] = lambda frame: np.clip(8 - np.hypot(xs - 45, ys - 32), 0, 1).astype(np.float32)
    only(app, comp.read)
    roto.setSelected(True)
    return roto


def test_another_roto_for_some_frames_leaves_the_kept_ones_their_own_mattes(
    app: FakeNuke, nuke: Any, comp: Comp
) -> None:
    before = comp.adapter("takes").load(comp.record(1)).record
    kept = {frame.number: frame for frame in before.frames}[1002]
    selected_beside(app, nuke, comp)
    assert app.rendered == []
    record = comp.press(Base(frames=FRAMES.parse("1003")))
    assert {frame for _, frame, _ in app.rendered} == {1003}, "only what is made again is rendered"
    assert "kept_inputs_changed" not in {finding.code for finding in record.findings}
    made = {frame.number: frame for frame in record.frames}
    assert made[1002].matte == kept.matte and made[1002].taken_from == "rig_v001"
    assert made[1003].matte != {frame.number: frame for frame in before.frames}[1003].matte
    folder = Path(record.request.matte.pattern).parent if record.request.matte else Path()
    theirs = Path(comp.request().matte.pattern.replace("####", "1002"))
    assert (folder / "matte.1002.exr").read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize("trouble", ["another channel", "gone", "no exr", "none"])
def test_an_earlier_matte_that_can_t_stand_beside_is_rendered_anew(
    app: FakeNuke, nuke: Any, comp: Comp, tmp_path: Path, trouble: str
) -> None:
    then = comp.request()
    assert then.matte is not None
    changes = {
        "another channel": replace(then.matte, channel="roto.mask"), "gone": replace(then.matte, pattern="/x/m.%d.exr"),
        "no exr": replace(then.matte, pattern=then.matte.pattern.replace(".exr", ".tif")), "none": None,
    }  # fmt: skip
    selected_beside(app, nuke, comp)
    asked = Asked(Regenerate(), "rig", str(comp.root), base=Base(1, FRAMES.parse("1003")))
    brought = comp.host.bring(asked, quiet, replace(then, matte=changes[trouble]))
    assert {frame for _, frame, _ in app.rendered} == set(FRAMES)
    assert brought.matte.channel == "A" and brought.plate == then.plate


def test_a_disk_without_links_gets_copies_and_one_that_is_closed_says_so(
    app: FakeNuke, nuke: Any, comp: Comp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*given: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    kept_mattes = comp.adapter("kept_mattes")
    monkeypatch.setattr(kept_mattes.os, "link", refuses)
    selected_beside(app, nuke, comp)
    asked, then = Asked(Regenerate(), "rig", str(comp.root), base=Base(1, FRAMES.parse("1003"))), comp.request()
    brought = comp.host.bring(asked, quiet, then)
    copied = Path(brought.matte.pattern).with_name("matte.1002.exr")
    assert copied.read_bytes() == Path(then.matte.pattern.replace("####", "1002")).read_bytes()
    assert copied.stat().st_nlink == 1
    monkeypatch.setattr(kept_mattes.shutil, "copyfile", refuses)
    with pytest.raises(StorageError) as caught:
        comp.host.bring(asked, quiet, then)
    assert caught.value.code == "folder_unwritable"
    assert len(list((comp.root / ".sources" / "rig").iterdir())) == 1, "nothing half done is left"


def test_a_clean_twin_waits_for_its_branch(app: FakeNuke, comp: Comp) -> None:
    request = replace(comp.request(), element="rig_clean")
    stamp = "2026-01-01T00:00:00.000Z"
    job = Job("job2", JobState.QUEUED, Submission(request, str(comp.root)), stamp, stamp)
    asked = Asked(Regenerate(), "rig", str(comp.root), clean=True)
    comp.host.sent(job, asked, Brought(request.plate, None, "plate"))
    done = replace(job, state=JobState.DONE, take=str(comp.root / "rig_clean" / "rig_clean_v001.take.json"))
    assert "Select its branch" in comp.host.settle(done)
    assert comp.adapter("attaching").waiting() == ()
