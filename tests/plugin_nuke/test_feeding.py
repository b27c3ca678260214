"""Which takes feed a Write: found through every way a comp hides them, and none that is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.nuke.application import FakeNuke
from tests.plugin_nuke.comps import Shot, plate_read

Adapter = Callable[[str], Any]


@pytest.fixture
def plate(nuke: Any, shot: Shot) -> Any:
    return plate_read(nuke, shot)


def names(adapter: Adapter, write: Any) -> list[tuple[str, str]]:
    found = adapter("feeding").feeding_takes(write)
    return [(use.record.rpartition("/")[2], use.node) for use in found]


def test_placed_takes_are_found_from_the_write_and_those_beside_it_are_not(
    adapter: Adapter, nuke: Any, plate: Any, shot: Shot
) -> None:
    placed = adapter("placing").place(adapter("takes").load(shot.record("rig")), plate)
    beside = adapter("placing").place(adapter("takes").load(shot.record("rig")), plate)
    write = nuke.nodes.Write(inputs=[placed.output])
    assert names(adapter, write) == [("rig_v001.take.json", placed.read.name())]
    assert beside.read.name() != placed.read.name()
    assert names(adapter, plate) == []


def test_a_take_is_found_in_a_group_when_switched_off_and_by_its_files_alone(
    app: FakeNuke, adapter: Adapter, nuke: Any, plate: Any, shot: Shot
) -> None:
    path = str(shot.root / "rig" / "rig_v001.%04d.exr")
    bare = nuke.nodes.Read(file=path, first=1002, last=1003)
    bare["disable"].setValue(True)
    merge = nuke.nodes.Merge2(inputs=[plate, bare])
    assert names(adapter, merge) == [("rig_v001.take.json", bare.name())]


def test_a_read_of_a_take_whose_record_is_gone_is_told_all_the_same(adapter: Adapter, nuke: Any, shot: Shot) -> None:
    read = nuke.nodes.Read(file="/mnt/gone/sky_v007.####.exr")
    (use,) = adapter("feeding").feeding_takes(read)
    assert use.record == "/mnt/gone/sky_v007.take.json"


def test_an_instance_without_a_node_is_refused(adapter: Adapter) -> None:
    with pytest.raises(ValueError, match="names no node"):
        adapter("feeding").walk(type("Instance", (), {"data": {}})())


def test_the_walk_is_registered_for_publishes_in_nuke(adapter: Adapter, nuke: Any, plate: Any, shot: Shot) -> None:
    from platewright.publish import feeding

    adapter("feeding").register()
    walk = feeding.walk_of(["python", "nuke"])
    assert walk is not None
    placed = adapter("placing").place(adapter("takes").load(shot.record("rig")), plate)
    instance = type("Instance", (), {"data": {"node": placed.output}})()
    assert [use.node for use in walk(instance)] == [placed.read.name()]
