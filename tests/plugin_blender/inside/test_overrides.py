"""Linked and overridden: what comes from another file is worked with, never changed; what would be lost is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from comps import artists_comp, check_same, error, make_shot, rendered
from mathutils import Vector
from test_camera import landing

Part = Callable[[str], Any]


def library(folder: Path) -> Path:
    """A file with a rig in a collection: a camera with a shift, and a cube before it."""
    made = bpy.data.collections.new("rig")
    data = bpy.data.cameras.new("lens")
    data.shift_x, data.lens = 0.1, 28
    for one in (bpy.data.objects.new("cam", data), bpy.data.objects.new("cube", bpy.data.meshes.new("cube"))):
        made.objects.link(one)
    bpy.context.scene.collection.children.link(made)
    file = folder / "rig.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return file


def linked_rig(file: Path) -> Any:
    with bpy.data.libraries.load(str(file), link=True) as (_, wanted):
        wanted.collections = ["rig"]
    return wanted.collections[0]


@pytest.mark.parametrize("overridden", [True, False], ids=["overridden", "linked"])
def test_the_camera_of_another_file_is_extended_as_a_copy(part: Part, folder: Path, overridden: bool) -> None:
    file = library(folder)
    before = file.read_bytes()
    rig, scene = linked_rig(file), bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 960, 540
    if overridden:
        made = rig.override_hierarchy_create(scene, bpy.context.view_layer)
        camera = next(one for one in made.all_objects if one.type == "CAMERA")
        camera.location = (0.5, -5, 1)
        if camera.data.override_library is None:
            camera.data.override_create(remap_local_usages=True)
        camera.data.shift_x = 0.2
        assert camera.override_library is not None
    else:
        scene.collection.children.link(rig)
        camera = next(one for one in rig.all_objects if one.type == "CAMERA")
    scene.camera = camera
    points = [camera.matrix_world @ Vector((x, y, -4)) for x in (-1, 0, 2) for y in (-1, 0.5)]
    was, shift = landing(scene, camera, points), camera.data.shift_x
    wide = part("extending").extend_scene(scene, part("camera").Pads(100, 40, 10, 30))
    bpy.context.window.scene = wide
    now = landing(wide, wide.camera, points)
    worst = max(max(abs(x - a - 100), abs(y - b - 30)) for (a, b), (x, y) in zip(was, now, strict=True))
    assert worst < 0.001
    for one in (wide.camera, wide.camera.data):
        assert one.library is None and one.override_library is None
    assert camera.data.shift_x == pytest.approx(shift) and scene.camera == camera
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    again = next(one for one in bpy.data.scenes if one.render.resolution_x == 1100)
    bpy.context.window.scene = again
    later = landing(again, again.camera, points)
    assert all(abs(x - a) < 1e-3 and abs(y - b) < 1e-3 for (a, b), (x, y) in zip(now, later, strict=True))
    assert file.read_bytes() == before


def test_objects_of_an_overridden_rig_are_a_matte(part: Part, folder: Path) -> None:
    file = library(folder)
    rig, scene = linked_rig(file), bpy.context.scene
    made = rig.override_hierarchy_create(scene, bpy.context.view_layer)
    _, node = artists_comp(part, make_shot(folder))
    scene.camera = next(one for one in made.all_objects if one.type == "CAMERA")
    settings = scene.platewright_settings
    settings.matte_from, settings.collection = "collection", made

    class Context:
        space_data, scene, view_layer = None, bpy.context.scene, bpy.context.view_layer

    plate = part("plates").plate_of_node(node)
    source = part("choosing").matte_source(settings, Context, plate, plate.frames, True)
    assert source.objects == tuple(sorted(one.name for one in made.all_objects))


def test_a_comp_that_is_linked_shows_its_take_and_refuses_what_would_be_lost(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    part("placing").place(take, node, part("numbering").Numbering(0), "Linear Rec.709")
    bpy.context.scene.name = "comp"
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    alone = rendered(bpy.context.scene, folder, 1004)
    before = (folder / "shot.blend").read_bytes()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(folder / "shot.blend"), link=True) as (_, wanted):
        wanted.scenes = ["comp"]
    linked = wanted.scenes[0]
    assert linked.override_create() is None, "Blender has no overrides of scenes"
    asked = part("waiting").Waiting("", "rig", shot.root, str(folder / "plate.####.exr"), "regenerate")
    with pytest.raises(error("RequestError")) as refused:
        part("landing").land(take, linked, asked)
    assert refused.value.code == "scene_linked" and refused.value.hint
    bpy.context.window.scene = linked
    check_same(rendered(linked, folder, 1004), alone)
    assert (folder / "shot.blend").read_bytes() == before
