"""Nuke behind the panel's few verbs: what is selected, what is brought, where takes go. No Qt is needed for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platewright.contract.decisions import TakeSummary
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import Job, JobState, Submission
from platewright.contract.request import Base, Extend, Pads, Regenerate
from platewright.panel.asked import Asked, Placing
from tests.fakes.nuke.application import FakeNuke
from tests.plugin_nuke.comps import Shot, plate_read


@pytest.fixture
def host(adapter: Callable[[str], Any]) -> Any:
    return adapter("panel_host").NukeHost()


def asked(shot: Shot, frames: str = "1002-1003", **more: Any) -> Asked:
    return Asked(**{"operation": Regenerate(), "element": "rig", "root": str(shot.root), "frames": frames, **more})


def summary(shot: Shot, element: str, version: int) -> TakeSummary:
    return TakeSummary(element, version, str(shot.record(element, version)), "", "", "1002-1003")


def only(app: FakeNuke, node: Any) -> None:
    for one in app.every_node():
        one.setSelected(one is node)


def quiet(what: str, done: int, total: int) -> bool:
    return True


def test_nothing_selected_a_bare_plate_and_a_roto_are_told_apart(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot
) -> None:
    assert host.look().trouble and host.look().hint
    plate = plate_read(nuke, shot)
    only(app, plate)
    found = host.look()
    assert (found.plate, found.trouble, found.frames) == ("plate", "", "1001-1004")
    roto = nuke.nodes.Roto(inputs=[plate])
    only(app, roto)
    assert (host.look().plate, host.look().matte) == ("plate", roto.name())


def test_a_plate_in_place_can_be_priced_before_anything_is_rendered(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot
) -> None:
    only(app, plate_read(nuke, shot))
    plate = host.plate(asked(shot))
    assert plate.frames == FrameRange.parse("1002-1003") and plate.pattern.endswith("plate.%04d.exr")
    assert app.rendered == []


def test_a_plate_that_must_be_rendered_says_its_format_and_frames_before_that(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot
) -> None:
    grade = nuke.nodes.Grade(inputs=[plate_read(nuke, shot)], multiply=2)
    only(app, grade)
    assert host.plate(asked(shot)) is None
    found = host.to_render(asked(shot, "", handles=1))
    assert (str(found.frames), found.shape.width, found.shape.height) == ("1000-1005", 104, 64)
    assert found.shape.pixel_aspect == 1.0 and app.rendered == []
    nuke.root()["proxy"].setValue(True)
    assert host.to_render(asked(shot)) is None, "sizes are of the proxy then, and the export is not"


def test_an_extension_brings_no_matte_whatever_is_selected(app: FakeNuke, nuke: Any, host: Any, shot: Shot) -> None:
    roto = nuke.nodes.Roto(inputs=[plate_read(nuke, shot)])
    only(app, roto)
    brought = host.bring(asked(shot, operation=Extend(Pads(left=8)), element="wide"), quiet)
    assert brought.matte is None and brought.memory == "plate"
    assert app.rendered == [], "a roto that nobody asked for costs no render"


def test_a_take_is_placed_once_and_after_that_switched(app: FakeNuke, nuke: Any, host: Any, shot: Shot) -> None:
    plate = plate_read(nuke, shot)
    only(app, plate)
    host.place(summary(shot, "rig", 1), Placing())
    reads = [node for node in app.every_node() if node.Class() == "Read" and node is not plate]
    assert len(reads) == 1
    assert "rig_v002" in host.place(summary(shot, "rig", 2), Placing())
    again = [node for node in app.every_node() if node.Class() == "Read" and node is not plate]
    assert again == reads and "rig_v002" in reads[0]["file"].value()


def placed_read(app: FakeNuke, adapter: Callable[[str], Any]) -> Any:
    return next(node for node in app.every_node() if adapter("state").kept(node).get("role") == "read")


def test_a_selected_take_says_so_alone_and_with_a_matte_beside_it(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot, adapter: Callable[[str], Any]
) -> None:
    plate = plate_read(nuke, shot)
    only(app, plate)
    host.place(summary(shot, "rig", 1), Placing())
    read = placed_read(app, adapter)
    only(app, read)
    found = host.look()
    assert (found.element, found.version, found.operation, found.trouble) == ("rig", 1, "regenerate", "")
    assert (found.plate, found.matte, Path(found.root)) == ("PW_rig", "PW_rig", shot.root)
    roto = nuke.nodes.Roto(inputs=[plate])
    roto.setSelected(True)
    found = host.look()
    assert (found.element, found.plate, found.matte) == ("rig", "PW_rig", roto.name())
    verify = host.difference() if not roto.setSelected(False) else None
    assert (verify.element, verify.version, Path(verify.root)) == ("rig", 1, shot.root)
    keymix = next(node for node in app.every_node() if node.Class() == "ModifyMetaData")
    only(app, keymix)
    roto.setSelected(True)
    assert host.look().element == "", "the result of a take is a plate like all others"


def test_the_panels_wishes_decide_how_a_take_is_placed(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot, adapter: Callable[[str], Any]
) -> None:
    plate = plate_read(nuke, shot)
    grade = nuke.nodes.Grade(inputs=[plate])
    only(app, plate)
    host.place(summary(shot, "rig", 1), Placing(rewire=True, disclose=False))
    kinds = [node.Class() for node in app.every_node()]
    assert "ModifyMetaData" not in kinds and grade.input(0).Class() == "Keymix"
    host.place(summary(shot, "wide", 1), Placing(reformat=True))
    assert [node.Class() for node in app.every_node()].count("Crop") == 1


def test_the_range_may_be_the_scripts(app: FakeNuke, nuke: Any, host: Any, shot: Shot) -> None:
    nuke.root()["first_frame"].setValue(1002)
    nuke.root()["last_frame"].setValue(1003)
    only(app, plate_read(nuke, shot))
    assert host.plate(asked(shot, "")).frames == FrameRange.parse("1001-1004")
    assert host.plate(asked(shot, "", range_of="root")).frames == FrameRange.parse("1002-1003")


def test_what_the_host_can_is_said_with_the_scripts_views(nuke: Any, host: Any) -> None:
    assert host.can == {"placing", "script range"}
    nuke.root()["views"].setValue("left right")
    assert host.can == {"placing", "script range", "views"}


def test_a_take_of_one_view_is_remembered_and_placed_in_that_view(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot, adapter: Callable[[str], Any]
) -> None:
    nuke.root()["views"].setValue("left right")
    only(app, plate_read(nuke, shot))
    wanted = asked(shot, operation=Extend(Pads(left=8)), view="right", placing=Placing(disclose=False))
    brought = host.bring(wanted, quiet)
    request = adapter("takes").load(shot.record("rig")).record.request
    stamp = "2026-01-01T00:00:00.000Z"
    job = Job("job1", JobState.QUEUED, Submission(request, str(shot.root)), stamp, stamp)
    host.sent(job, wanted, brought)
    (mine,) = adapter("attaching").waiting()
    assert (mine.options.view, mine.options.disclose) == ("right", False)
    host.settle(replace(job, state=JobState.DONE, take=str(shot.record("rig"))))
    keymix = next(node for node in app.every_node() if node.Class() == "Keymix")
    assert keymix["mix"].toScript() == "{0 right 1}"
    assert "ModifyMetaData" not in [node.Class() for node in app.every_node()]


@pytest.fixture
def stereo(nuke: Any, shot: Shot, tmp_path: Path) -> Any:
    """A plate with files of its own for the left and the right view."""
    nuke.root()["views"].setValue("left right")
    for view in ("main", "left", "right"):
        (tmp_path / view).symlink_to(shot.folder)
    plate = plate_read(nuke, shot)
    plate["file"].setValue(str(tmp_path / "%V" / "plate.%04d.exr"))
    return plate


def as_made_from(shot: Shot, folder: Path, plate: str, matte: str, version: int = 1) -> TakeSummary:
    """rig_v001 below another root, as if it had been made from these files; or as a later version."""
    text = shot.record("rig").read_text(encoding="utf-8").replace("rig_v001", f"rig_v{version:03d}")
    record = json.loads(text)
    record["version"] = version
    record["request"]["plate"]["pattern"], record["request"]["matte"]["pattern"] = plate, matte
    target = folder / "elements" / "rig" / f"rig_v{version:03d}.take.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    for frame in (1002, 1003):
        source = shot.record("rig").with_name(f"rig_v001.{frame}.exr")
        target.with_name(f"rig_v{version:03d}.{frame}.exr").symlink_to(source)
    target.write_text(json.dumps(record), encoding="utf-8")
    return TakeSummary("rig", version, str(target), "", "", "1002-1003")


@pytest.mark.parametrize(
    ("plate", "matte", "view"),
    [
        ("{folder}/right/plate.%04d.exr", "/elements/.sources/r/1/matte.%04d.exr", "right"),
        ("/elements/.sources/r/1/plate.right.%04d.exr", "/mattes/m.%04d.exr", "right"),
        ("/files/plate.%04d.exr", "/elements/.sources/r/1/matte.right.%04d.exr", "right"),
        ("/elements/.sources/r/1/plate.middle.%04d.exr", "/elements/.sources/r/1/matte.middle.%04d.exr", "left"),
        ("/files/plate.%04d.exr", "/mattes/m.%04d.exr", "left"),
    ],
)
def test_a_take_from_the_history_comes_into_the_view_that_it_was_made_for(
    app: FakeNuke, host: Any, shot: Shot, stereo: Any, tmp_path: Path, adapter: Callable[[str], Any], plate: str,
    matte: str, view: str,
) -> None:  # fmt: skip
    only(app, stereo)
    host.place(as_made_from(shot, tmp_path, plate.format(folder=tmp_path), matte), Placing())
    keymix = next(node for node in app.every_node() if node.Class() == "Keymix")
    assert keymix["mix"].toScript() == "{0 " + view + " 1}"
    assert adapter("state").kept(placed_read(app, adapter))["view"] == view


def test_both_views_of_an_element_stand_beside_each_other_and_are_switched_apart(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot, stereo: Any, tmp_path: Path, adapter: Callable[[str], Any]
) -> None:
    first, second = (
        as_made_from(shot, tmp_path, f"{tmp_path}/{view}/plate.%04d.exr", "/m.%04d.exr", version)
        for version, view in ((1, "left"), (2, "right"))
    )
    only(app, stereo)
    host.place(first, Placing())
    (left,) = [one.node for one in adapter("attaching").attached()]
    only(app, next(node for node in app.every_node() if node.Class() == "ModifyMetaData"))
    host.place(second, Placing())
    reads = {one.node: one.version for one in adapter("attaching").attached()}
    assert len(reads) == 2 and reads[left] == 1, "the left view's take is not switched to the right view's"
    assert host.place(first, Placing()).startswith(f"{left} shows") and len(adapter("attaching").attached()) == 2


def test_what_is_rendered_in_a_script_with_views_says_for_which_and_a_take_s_own_view_is_gone_on_with(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot, stereo: Any, tmp_path: Path, adapter: Callable[[str], Any]
) -> None:
    take = as_made_from(shot, tmp_path, f"{tmp_path}/right/plate.%04d.exr", "/m.%04d.exr")
    only(app, stereo)
    host.place(take, Placing())
    roto = nuke.nodes.Roto(inputs=[stereo])
    app.matte_of[roto.name()] = lambda frame: np.zeros((64, 104), np.float32)
    only(app, placed_read(app, adapter))
    roto.setSelected(True)
    earlier = adapter("takes").load(Path(take.record)).record.request
    region = asked(shot, base=Base(1, None, None, region=True), root=str(tmp_path / "elements"))
    brought = host.bring(region, quiet, earlier)
    assert Path(brought.matte.pattern).name == "matte.right.%04d.exr"


def test_the_folder_lies_beside_a_saved_script_and_nowhere_for_a_new_one(
    app: FakeNuke, host: Any, tmp_path: Path
) -> None:
    assert (host.root(), host.script) == ("", "untitled")
    app.save(tmp_path / "sh010_comp_v003.nk")
    assert host.root() == (tmp_path / "elements").as_posix() and host.script == "sh010_comp_v003"
    assert host.name.startswith("Nuke 16") and host.can_place
