"""Nuke behind the panel's few verbs: what is selected, what is brought, where takes go. No Qt is needed for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from platewright.contract.decisions import TakeSummary
from platewright.contract.errors import PlatewrightError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Extend, Pads, Regenerate
from platewright.panel.asked import Asked
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


def test_an_extension_brings_no_matte_whatever_is_selected(app: FakeNuke, nuke: Any, host: Any, shot: Shot) -> None:
    roto = nuke.nodes.Roto(inputs=[plate_read(nuke, shot)])
    only(app, roto)
    brought = host.bring(asked(shot, operation=Extend(Pads(left=8)), element="wide"), quiet)
    assert brought.matte is None and brought.element == "wide"
    assert app.rendered == [], "a roto that nobody asked for costs no render"


def test_a_take_is_placed_once_and_after_that_switched(app: FakeNuke, nuke: Any, host: Any, shot: Shot) -> None:
    plate = plate_read(nuke, shot)
    only(app, plate)
    host.place(summary(shot, "rig", 1))
    reads = [node for node in app.every_node() if node.Class() == "Read" and node is not plate]
    assert len(reads) == 1
    assert "rig_v002" in host.place(summary(shot, "rig", 2))
    again = [node for node in app.every_node() if node.Class() == "Read" and node is not plate]
    assert again == reads and "rig_v002" in reads[0]["file"].value()


def test_a_selected_take_says_so_and_only_typed_frames_of_it_are_made_again(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot, adapter: Callable[[str], Any]
) -> None:
    only(app, plate_read(nuke, shot))
    host.place(summary(shot, "rig", 1))
    read = next(node for node in app.every_node() if adapter("state").kept(node).get("role") == "read")
    only(app, read)
    found = host.look()
    assert (found.element, found.version, found.operation, found.trouble) == ("rig", 1, "regenerate", "")
    assert host.plate(asked(shot)) is None, "the comp has to be rendered, so nobody can price it yet"
    brought = host.bring(asked(shot, "1003"), quiet)
    assert brought.element == "rig_fix"
    assert brought.plate.frames == FrameRange.parse("1002-1003"), "its neighbours are looked at too"
    with pytest.raises(PlatewrightError) as caught:
        host.bring(asked(shot, operation=Extend(Pads(left=8))), quiet)
    assert caught.value.code == "operation_not_for_takes"
    verify = host.difference()
    assert (verify.element, verify.version, Path(verify.root)) == ("rig", 1, shot.root)


def test_the_folder_lies_beside_a_saved_script_and_nowhere_for_a_new_one(
    app: FakeNuke, host: Any, tmp_path: Path
) -> None:
    assert (host.root(), host.script) == ("", "untitled")
    app.save(tmp_path / "sh010_comp_v003.nk")
    assert host.root() == (tmp_path / "elements").as_posix() and host.script == "sh010_comp_v003"
    assert host.name.startswith("Nuke 16") and host.can_place
