"""A take in the comp, as Blender renders it: the plate's bits outside the matte, whatever the plate holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from comps import BOX, FIRST, GONE, LAST, TAKE, artists_comp, check_equal, check_same, error, exact, make_shot, rendered

Part = Callable[[str], Any]


def placed_in_comp(part: Part, folder: Path, **how: Any) -> tuple[Any, Any, Any, Any]:
    """Shot, tree, plate's node, and what was placed."""
    tag, start = how.pop("tag", "Linear Rec.709"), how.pop("start", FIRST)
    shot = make_shot(folder, **how)
    tree, node = artists_comp(part, shot, tag, start)
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    numbering = part("numbering").Numbering.of_node(node.frame_start, node.frame_offset)
    return shot, tree, node, part("placing").place(take, node, numbering, tag)


@pytest.mark.parametrize("half", [False, True], ids=["float", "half"])
def test_every_bit_of_the_plate_outside_the_matte_survives_and_the_result_stands_inside(
    part: Part, folder: Path, half: bool
) -> None:
    shot, _, _, placed = placed_in_comp(part, folder, half=half)
    scene = bpy.context.scene
    for frame in range(FIRST, LAST + 1):
        got = rendered(scene, folder, frame)
        plate = shot.plates[frame]
        if frame not in TAKE or frame == GONE:
            check_equal(got, plate, f"frame {frame}, where the take has no file, is the plate")
            continue
        matte, result = shot.mattes[frame], shot.results[frame]
        check_same(got[matte == 0], plate[matte == 0], f"frame {frame} outside the matte")
        check_same(got[matte == 1][..., :3], result[matte == 1][..., :3], f"frame {frame} inside the matte")
        check_same(got[..., 3], plate[..., 3], "the plate's alpha is kept")
        soft = (matte > 0) & (matte < 1)
        between = plate[soft][:, :3] * 0.75 + result[soft][:, :3] * 0.25
        assert soft.any() and np.allclose(got[soft][:, :3], between, rtol=1e-6)
    placed.group.mute = True
    check_same(rendered(scene, folder, 1004), shot.plates[1004], "muted is the plate: an A/B at a key")


def test_acescg_plate_in_a_rec709_scene_goes_the_same_way_with_and_without_the_take(part: Part, folder: Path) -> None:
    shot, _, _, placed = placed_in_comp(part, folder, tag="ACEScg", space="lin_ap1_scene", special=False)
    assert placed.image.image.colorspace_settings.name == "ACEScg"
    scene = bpy.context.scene
    got = rendered(scene, folder, 1004)
    placed.group.mute = True
    alone = rendered(scene, folder, 1004)
    outside = shot.mattes[1004] == 0
    check_same(got[outside], alone[outside])
    assert not np.allclose(got[BOX], alone[BOX])


def test_acescg_plate_is_exact_where_the_plate_is_not_converted(part: Part, folder: Path) -> None:
    shot, _, _, _ = placed_in_comp(part, folder, tag="Non-Color", space="lin_ap1_scene")
    got = rendered(bpy.context.scene, folder, 1004)
    matte = shot.mattes[1004]
    check_same(got[matte == 0], shot.plates[1004][matte == 0])
    check_same(got[matte == 1][..., :3], shot.results[1004][matte == 1][..., :3])


def test_a_plate_that_starts_elsewhere_in_the_scene_keeps_its_take_in_step(part: Part, folder: Path) -> None:
    shot, _, node, placed = placed_in_comp(part, folder, start=1)
    scene = bpy.context.scene
    for frame, number in ((1, 1001), (3, 1003), (4, 1004), (6, 1006), (7, 1007)):
        got = rendered(scene, folder, frame)
        outside = shot.mattes.get(number, np.zeros(got.shape[:2])) == 0
        check_equal(got[outside], shot.plates[number][outside])
        if number in TAKE:
            full = shot.mattes[number] == 1
            check_same(got[full][:, :3], shot.results[number][full][:, :3])
    assert (
        placed.group.inputs["Active"].id_data.animation_data.drivers[0].driver.expression == "frame >= 3 and frame <= 6"
    )


def test_the_gate_needs_no_scripts_and_no_add_on(part: Part, folder: Path) -> None:
    _, tree, _, placed = placed_in_comp(part, folder)
    (curve,) = tree.animation_data.drivers
    assert curve.driver.is_simple_expression, "auto-run of scripts may stay off"
    kinds = {one.bl_idname for one in (*tree.nodes, *placed.group.node_tree.nodes)}
    assert not [kind for kind in kinds if not hasattr(bpy.types, kind)]
    assert "CompositorNodeCustomGroup" not in kinds


def test_an_extension_holds_the_plate_exactly_in_a_larger_picture(part: Part, folder: Path) -> None:
    pads = (6, 10, 4, 8)
    shot, tree, node, placed = placed_in_comp(part, folder, pads=pads)
    scene = bpy.context.scene
    height, width = shot.mattes[1004].shape
    exact(part, scene, width, height)
    for frame in (1004, GONE, 1007):
        got = rendered(scene, folder, frame)
        inside = got[4 : height - 8, 6 : width - 10]
        check = check_same if frame == 1004 else check_equal
        check(inside[..., :3], shot.plates[frame][..., :3], f"frame {frame}: the plate, NaN and infinity included")
        around = np.ones((height, width), bool)
        around[4 : height - 8, 6 : width - 10] = False
        if frame == 1004:
            check_same(got[around][:, :3], shot.results[1004][around][:, :3])
        else:
            assert not got[around].any(), "nothing is made up around it"


def test_another_version_is_shown_by_the_same_nodes(part: Part, folder: Path) -> None:
    shot, tree, node, placed = placed_in_comp(part, folder)
    second = make_shot(folder, version=2)
    placing = part("placing")
    (found,) = placing.placements()
    assert (found.element, found.version, found.root, found.offline) == ("rig", 1, shot.root, False)
    count = len(tree.nodes)
    placing.show(found, part("takes").load(f"{shot.root}/rig/rig_v002.take.json"), "Linear Rec.709")
    assert len(tree.nodes) == count
    names = {one.name for one in bpy.data.images}
    assert names - {"Viewer Node", "Render Result"} == {"plate.1001.exr", "rig_v002"}
    (found,) = placing.placements()
    assert found.version == 2 and found.group.label.endswith("rig_v002")
    got = rendered(bpy.context.scene, folder, 1004)
    full = second.mattes[1004] == 1
    check_same(got[full][:, :3], second.results[1004][full][:, :3])
    check_equal(rendered(bpy.context.scene, folder, 1007), shot.plates[1007])


def test_two_takes_stand_behind_one_another_and_share_one_group(part: Part, folder: Path) -> None:
    shot, tree, node, first = placed_in_comp(part, folder)
    make_shot(folder, element="wire")
    take = part("takes").load(f"{shot.root}/wire/wire_v001.take.json")
    second = part("placing").place(take, first.group, part("numbering").Numbering(0), "Linear Rec.709")
    assert second.group.node_tree == first.group.node_tree
    assert [link.to_node.name for link in first.group.outputs["Image"].links] == [second.group.name]
    got = rendered(bpy.context.scene, folder, 1004)
    outside = shot.mattes[1004] == 0
    check_same(got[outside], shot.plates[1004][outside])


def test_taking_it_out_leaves_the_comp_as_it_was(part: Part, folder: Path) -> None:
    shot, tree, node, placed = placed_in_comp(part, folder)
    placing = part("placing")
    placing.remove(next(placing.placements()))
    assert [one.bl_idname for one in tree.nodes if one.bl_idname in ("CompositorNodeImage", "CompositorNodeGroup")] == [
        "CompositorNodeImage"
    ]
    assert [link.to_node for link in node.outputs["Image"].links] == [part("compat").output_node(tree)]
    assert not tree.animation_data or not tree.animation_data.drivers
    check_same(rendered(bpy.context.scene, folder, 1004), shot.plates[1004])


def test_a_cropped_file_is_refused_and_nothing_is_left_behind(part: Part, folder: Path) -> None:
    import plain_exr

    shot = make_shot(folder)
    tree, node = artists_comp(part, shot)
    copy = Path(shot.root, ".full_frames", "rig", "rig_v001.1003.exr")
    plain_exr.write(copy, {name: np.zeros((10, 20), np.float32) for name in "RGBA"}, data=(5, 5, 25, 15),
                    display=(0, 0, 96, 64))  # fmt: skip
    before = (len(tree.nodes), len(bpy.data.images), len(bpy.data.node_groups))
    with pytest.raises(error("PlateError")) as refused:
        part("placing").place(
            part("takes").load(f"{shot.root}/rig/rig_v001.take.json"), node, part("numbering").Numbering(), "x"
        )
    assert refused.value.code == "not_full_frame"
    assert before == (len(tree.nodes), len(bpy.data.images), len(bpy.data.node_groups))


def test_copies_that_are_not_there_are_an_error_with_a_hint(part: Part, folder: Path) -> None:
    import shutil

    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    shutil.rmtree(Path(shot.root, ".full_frames"))
    with pytest.raises(error("StorageError")) as refused:
        part("placing").place(
            part("takes").load(f"{shot.root}/rig/rig_v001.take.json"), node, part("numbering").Numbering(), "x"
        )
    assert refused.value.code == "copies_missing" and refused.value.hint


def test_a_group_that_somebody_changed_is_not_used_again(part: Part) -> None:
    groups = part("groups")
    first = groups.regen_group()
    assert groups.regen_group() == first
    first.nodes.new("CompositorNodeBlur")
    assert groups.regen_group() != first
