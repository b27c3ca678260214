"""What goes wrong on a working day: a sentence, a hint, and a .blend that is as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from comps import artists_comp, error, make_shot

Part = Callable[[str], Any]


def prepared(part: Part, node: Any, operation: str = "extend", into: str = "comp", **values: Any) -> Any:
    plate = part("plates").plate_of_node(node)
    given = {"operation.pads.left": 8, "host.root": "/elements", **values}
    return part("preparing").prepare(operation, given, plate, bpy.context.scene, into=into)


def code_of(part: Part, action: Callable[[], Any]) -> str:
    with pytest.raises(error("RequestError")) as refused:
        action()
    assert refused.value.message and refused.value.hint
    return str(refused.value.code)


def test_a_file_that_was_never_saved_has_no_folder_for_elements(part: Part, folder: Path) -> None:
    _, node = artists_comp(part, make_shot(folder))
    assert code_of(part, lambda: prepared(part, node, **{"host.root": ""})) == "root_missing"
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    assert prepared(part, node, **{"host.root": ""}).asked.root == str(folder / "platewright")
    assert prepared(part, node, **{"host.root": "//elements"}).asked.root == str(folder / "elements")


def test_words_that_can_not_be_are_refused_before_anything_is_made(part: Part, folder: Path) -> None:
    _, node = artists_comp(part, make_shot(folder))
    assert code_of(part, lambda: prepared(part, node, **{"host.frames": "1003-1001"})) == "range_invalid"
    assert code_of(part, lambda: prepared(part, node, element="rig v2")) == "element_name_invalid"
    assert code_of(part, lambda: prepared(part, node, element="rig_v002")) == "element_name_versioned"
    scene = bpy.context.scene
    scene.render.resolution_x = 1000
    assert code_of(part, lambda: prepared(part, node, into="scene")) == "format_differs"
    assert len(bpy.data.scenes) == 1


def test_odd_pads_become_even_and_are_said(part: Part, folder: Path) -> None:
    _, node = artists_comp(part, make_shot(folder))
    made = prepared(part, node, **{"operation.pads.left": 7})
    pads = made.asked.operation.pads
    assert (pads.left, pads.right) == (7, 1) and made.asked.operation.grow_display
    assert any("even" in note for note in made.notes)


def test_a_colour_space_that_somebody_changed_is_noticed(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    placed = part("placing").place(take, node, part("numbering").Numbering(0), "Linear Rec.709")
    (found,) = part("placing").placements()
    assert not found.tagged_apart
    placed.image.image.colorspace_settings.name = "ACEScg"
    assert found.tagged_apart
    node.image.colorspace_settings.name = "ACEScg"
    assert not found.tagged_apart


def test_a_take_for_another_picture_is_refused(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    extending = make_shot(folder, element="wide", pads=(4, 4, 0, 0))
    take = part("takes").load(f"{extending.root}/wide/wide_v001.take.json")
    assert take.size == (104, 64) and take.plate_size == (96, 64)
    with pytest.raises(error("ManifestError")) as refused:
        part("takes").load(f"{shot.root}/rig/rig_v001.exr")
    assert refused.value.code == "record_name"
    with pytest.raises(error("StorageError")) as refused:
        part("takes").load(f"{shot.root}/rig/rig_v009.take.json")
    assert refused.value.code == "take_missing" and refused.value.hint


def test_the_panel_draws_whatever_is_wrong(part: Part, folder: Path) -> None:
    """Without a window nothing draws; what a panel asks for must answer all the same, cheaply and without raising."""
    choosing = part("choosing")
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    (folder / "plate.1001.exr").write_bytes(b"garbage")

    class Context:
        space_data = None
        scene = bpy.context.scene
        view_layer = bpy.context.view_layer

    assert type(choosing.seen_plate(Context)).__name__ == "RequestError"
    assert choosing.chosen_placement(Context) is None
    with pytest.raises(error("MatteError")) as refused:
        choosing.matte_source(bpy.context.scene.platewright_settings, Context, None, None, True)
    assert refused.value.code == "matte_missing"
    assert choosing.matte_source(bpy.context.scene.platewright_settings, Context, None, None, False) is None
