"""Which takes feed a scene's output: found through every way a comp or an edit hides them, and none beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from comps import FIRST, LAST, artists_comp, make_shot

Part = Callable[[str], Any]


def found(part: Part, scene: Any = None) -> list[str]:
    uses = part("feeding").feeding_takes(scene or bpy.context.scene)
    return sorted({os.path.basename(use.record) for use in uses})


def in_comp(part: Part, folder: Path) -> Any:
    """A take in the comp; the shot, the plate's node, and what was placed."""
    shot = make_shot(folder, special=False)
    _, node = artists_comp(part, shot, "Linear Rec.709", FIRST)
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    numbering = part("numbering").Numbering.of_node(node.frame_start, node.frame_offset)
    return shot, node, part("placing").place(take, node, numbering, "Linear Rec.709")


def test_a_placed_take_is_found_with_its_node_muted_and_moved_into_a_group(part: Part, folder: Path) -> None:
    shot, _, placed = in_comp(part, folder)
    (use,) = part("feeding").feeding_takes(bpy.context.scene)
    assert use.record == f"{shot.root}/rig/rig_v001.take.json" and use.node.endswith(placed.image.name)
    placed.group.mute = True
    assert found(part) == ["rig_v001.take.json"]
    part("state").keep(placed.group, {})
    part("state").keep(placed.image, {})
    assert found(part) == ["rig_v001.take.json"], "by the files alone"


def test_a_take_that_no_output_hangs_on_is_left_out(part: Part, folder: Path) -> None:
    _, _, placed = in_comp(part, folder)
    part("placing").remove(next(iter(part("placing").placements())))
    tree = part("compat").compositor_tree(bpy.context.scene)
    beside = tree.nodes.new("CompositorNodeImage")
    beside.image = bpy.data.images.load(str(next((folder / "elements").rglob("*_v001.*.exr"))))
    assert found(part) == []


def test_a_take_inside_a_group_and_behind_another_scene_is_found(part: Part, folder: Path) -> None:
    in_comp(part, folder)
    shown = bpy.context.scene
    other = bpy.data.scenes.new("edit")
    assert found(part, other) == []
    editor = other.sequence_editor_create()
    part("compat").strips_of(editor).new_scene("cut", shown, 1, 1)
    assert found(part, other) == ["rig_v001.take.json"]
    group = bpy.data.node_groups.new("looks", "CompositorNodeTree")
    inner = group.nodes.new("CompositorNodeImage")
    sky = folder / "elements" / "sky" / "sky_v007.1001.exr"
    sky.parent.mkdir(parents=True)
    sky.write_bytes((folder / f"plate.{FIRST}.exr").read_bytes())
    inner.image = bpy.data.images.load(str(sky))
    tree = part("compat").compositor_tree(shown)
    outer = tree.nodes.new("CompositorNodeGroup")
    outer.node_tree = group
    socket = part("compat").output_node(tree).inputs[0]
    assert found(part) == ["rig_v001.take.json"], "a group that feeds nothing"
    group.interface.new_socket(name="Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    end = group.nodes.new("NodeGroupOutput")
    group.links.new(inner.outputs["Image"], end.inputs[0])
    tree.links.new(outer.outputs[0], socket)
    assert "sky_v007.take.json" in found(part)
    assert "sky_v007.take.json" in found(part, other)


def test_the_strips_of_an_edit_are_found_in_meta_strips_and_by_what_was_kept(part: Part, folder: Path) -> None:
    shot = make_shot(folder, special=False)
    scene = bpy.context.scene
    strips = part("compat").strips_of(scene.sequence_editor or scene.sequence_editor_create())
    strip = strips.new_image("plate", shot.first, 1, 11)
    for number in range(FIRST + 1, LAST + 1):
        strip.elements.append(f"plate.{number}.exr")
    assert found(part) == []
    sequencer = part("sequencer")
    sequencer.place_strips(
        part("takes").load(f"{shot.root}/rig/rig_v001.take.json"), scene, sequencer.plate_of_strip(strip)
    )
    uses = list(part("feeding").feeding_takes(scene))
    assert {use.record for use in uses} == {f"{shot.root}/rig/rig_v001.take.json"}
    meta = strips.new_meta("together", 9, 1)
    inner = (meta.strips if hasattr(meta, "strips") else meta.sequences).new_image("in", _patch(folder), 1, 40)
    assert inner.name in {use.node for use in part("feeding").feeding_takes(scene)}
    for one in sequencer.laid(scene):
        for each in one.strips:
            each.mute = True
    assert found(part) == ["rig_v001.take.json"]


def _patch(folder: Path) -> str:
    return str(next(path for path in (folder / "elements").rglob("rig_v001.*.exr")))


def test_a_take_on_a_material_or_behind_a_camera_is_found(part: Part, folder: Path) -> None:
    make_shot(folder, special=False)
    scene = bpy.context.scene
    picture = bpy.data.images.load(_patch(folder))
    material = bpy.data.materials.new("projected")
    material.use_nodes = True
    material.node_tree.nodes.new("ShaderNodeTexImage").image = picture
    mesh = bpy.data.meshes.new("card")
    card = bpy.data.objects.new("card", mesh)
    mesh.materials.append(material)
    assert found(part) == []
    scene.collection.objects.link(card)
    assert found(part) == ["rig_v001.take.json"]
    mesh.materials.clear()
    assert found(part) == []
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.background_images.new().image = picture
    scene.collection.objects.link(camera)
    assert found(part) == ["rig_v001.take.json"]


def test_a_publish_in_blender_asks_about_what_the_scene_shows_and_refuses_a_scene_that_is_not_there(
    part: Part, folder: Path
) -> None:
    from platewright.publish import feeding

    in_comp(part, folder)
    walk = feeding.walk_of(["python", "blender"])
    assert walk is not None, "the extension registers it"
    instance = type("Instance", (), {"data": {"platewright": {"paths": ["/show/comp/sh010.####.exr"]}}})()
    ask = feeding.ask_of(instance, walk)
    assert [os.path.basename(use.record) for use in ask.elements] == ["rig_v001.take.json"]
    instance.data["platewrightScene"] = "gone"
    with pytest.raises(ValueError, match="names no scene"):
        feeding.ask_of(instance, walk)
