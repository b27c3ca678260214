"""Before publish in Nuke: the panel asks about the same outputs and takes as a publish, and finds the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from platewright.contract.errors import RequestError
from platewright.publish.feeding import ask_of
from tests.fakes.nuke.application import FakeNuke
from tests.plugin_nuke.comps import Shot, plate_read

Adapter = Callable[[str], Any]


@pytest.fixture
def host(adapter: Adapter) -> Any:
    return adapter("panel_host").NukeHost()


def only(app: FakeNuke, node: Any) -> None:
    for one in app.every_node():
        one.setSelected(one is node)


def test_the_question_is_the_one_that_pyblish_asks_of_the_same_write(
    app: FakeNuke, adapter: Adapter, nuke: Any, host: Any, shot: Shot
) -> None:
    plate = plate_read(nuke, shot)
    placed = adapter("placing").place(adapter("takes").load(shot.record("rig")), plate)
    write = nuke.nodes.Write(inputs=[placed.output], file="/show/comp/sh010_v001.%04d.exr")
    write["use_limit"].setValue(True)
    write["first"].setValue(1002)
    write["last"].setValue(1003)
    only(app, write)
    ask = host.publishing()
    assert ask.paths == ("/show/comp/sh010_v001.%04d.exr",) and ask.frames == "1002-1003"
    assert [use.node for use in ask.elements] == [placed.read.name()]
    data = {"platewright": {"paths": list(ask.paths), "frames": ask.frames}, "node": write}
    assert ask == ask_of(type("Instance", (), {"data": data})(), adapter("feeding").walk)


def test_without_a_selection_all_outputs_are_asked_about_and_switched_off_ones_are_not(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot
) -> None:
    with pytest.raises(RequestError) as error:
        host.publishing()
    assert error.value.code == "nothing_selected"
    plate = plate_read(nuke, shot)
    for name in ("one", "two", "off"):
        write = nuke.nodes.Write(inputs=[plate], file=f"/show/{name}/{name}.%04d.exr")
        write["disable"].setValue(name == "off")
    only(app, None)
    ask = host.publishing()
    assert ask.paths == ("/show/one/one.%04d.exr", "/show/two/two.%04d.exr")
    assert ask.roots == ("/show/one", "/show/two") and ask.frames


def test_a_selected_take_is_asked_about_itself(
    app: FakeNuke, adapter: Adapter, nuke: Any, host: Any, shot: Shot
) -> None:
    placed = adapter("placing").place(adapter("takes").load(shot.record("rig")), plate_read(nuke, shot))
    only(app, placed.read)
    assert host.publishing().paths == (str(shot.record("rig")),)


def test_a_finding_leads_to_its_node_and_frame_and_a_node_that_is_gone_is_said(
    app: FakeNuke, nuke: Any, host: Any, shot: Shot
) -> None:
    plate = plate_read(nuke, shot)
    only(app, None)
    assert "plate" in host.go_to("plate", 1003, "")
    assert nuke.selectedNodes() == [plate] and nuke.frame() == 1003
    with pytest.raises(RequestError) as error:
        host.go_to("Read99", None, "")
    assert error.value.code == "node_gone"
    assert nuke.selectedNodes() == [plate]
