"""What is placed lasts: undo, saving, appending, overriding, moving, and a Blender that has never heard of us."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from comps import TAKE, artists_comp, check_equal, check_same, make_shot, rendered

Part = Callable[[str], Any]
STRANGER = """
import os, sys, bpy
blend, out, frame = sys.argv[-3:]
bpy.ops.wm.open_mainfile(filepath=blend, use_scripts=False)
assert not [name for name in bpy.context.preferences.addons.keys() if "platewright" in name]
scene = bpy.context.scene
scene.frame_set(int(frame))
scene.render.filepath, scene.render.use_file_extension = out, False
bpy.ops.render.render(write_still=True)
os._exit(0)
"""


def comp_with_take(part: Part, folder: Path) -> tuple[Any, Any]:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    numbering = part("numbering").Numbering.of_node(node.frame_start, node.frame_offset)
    return shot, part("placing").place(take, node, numbering, "Linear Rec.709")


def check_take_is_shown(shot: Any, folder: Path, frame: int = 1004) -> None:
    got = rendered(bpy.context.scene, folder, frame)
    matte, result = shot.mattes[frame], shot.results[frame]
    check_same(got[matte == 0], shot.plates[frame][matte == 0])
    check_same(got[matte == 1][:, :3], result[matte == 1][:, :3])


def test_one_undo_takes_it_out_and_redo_brings_it_back(part: Part, folder: Path) -> None:
    shot = make_shot(folder)
    _, node = artists_comp(part, shot)
    bpy.ops.ed.undo_push(message="the artist's comp")
    take = part("takes").load(f"{shot.root}/rig/rig_v001.take.json")
    numbering = part("numbering").Numbering.of_node(node.frame_start, node.frame_offset)
    part("placing").place(take, node, numbering, "Linear Rec.709")
    bpy.ops.ed.undo_push(message="placed")
    bpy.ops.ed.undo()
    assert not list(part("placing").placements())
    check_same(rendered(bpy.context.scene, folder, 1004), shot.plates[1004])
    bpy.ops.ed.redo()
    (found,) = part("placing").placements()
    assert (found.element, found.version) == ("rig", 1)
    check_take_is_shown(shot, folder)


def test_saved_and_opened_again_it_is_the_same(part: Part, folder: Path) -> None:
    shot, _ = comp_with_take(part, folder)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    (found,) = part("placing").placements()
    assert (found.element, found.version, found.offline) == ("rig", 1, False)
    for frame in TAKE[:2]:
        check_take_is_shown(shot, folder, frame)
    check_equal(rendered(bpy.context.scene, folder, 1007), shot.plates[1007])


def test_a_farm_without_the_add_on_renders_the_same_bits(part: Part, folder: Path) -> None:
    shot, _ = comp_with_take(part, folder)
    blend, out, script = folder / "shot.blend", folder / "farm.exr", folder / "stranger.py"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    script.write_text(STRANGER)
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "nobody")}
    (folder / "nobody").mkdir()
    done = subprocess.run(
        [sys.executable, str(script), str(blend), str(out), "1004"], env=environment, capture_output=True, text=True,
        timeout=120, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    mine = rendered(bpy.context.scene, folder, 1004)
    assert out.read_bytes()[-1000:] == (folder / "out.exr").read_bytes()[-1000:]
    import plain_exr

    theirs = plain_exr.read(out)
    check_same(np.stack([theirs[name] for name in "RGBA"], axis=2), mine)


def test_a_blend_moved_with_its_takes_finds_them(part: Part, folder: Path) -> None:
    (folder / "here").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "here" / "shot.blend"))
    shot, placed = comp_with_take(part, folder / "here")
    assert placed.image.image.filepath.startswith("//"), "a take below the file is named from there"
    for image in bpy.data.images:
        if image.name.startswith("plate"):
            image.filepath = bpy.path.relpath(image.filepath)
    bpy.ops.wm.save_mainfile()
    shutil.move(folder / "here", folder / "there")
    bpy.ops.wm.open_mainfile(filepath=str(folder / "there" / "shot.blend"))
    (found,) = part("placing").placements()
    assert not found.offline and found.root == str(folder / "there" / "elements")
    check_take_is_shown(shot, folder)


def test_takes_that_are_gone_leave_the_plate(part: Part, folder: Path) -> None:
    shot, _ = comp_with_take(part, folder)
    shutil.rmtree(Path(shot.root))
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(folder / "shot.blend"))
    (found,) = part("placing").placements()
    assert found.offline
    check_equal(rendered(bpy.context.scene, folder, 1004), shot.plates[1004])


def test_a_scene_appended_into_another_file_brings_its_take(part: Part, folder: Path) -> None:
    shot, _ = comp_with_take(part, folder)
    bpy.context.scene.name = "comp"
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(folder / "shot.blend")) as (there, wanted):
        wanted.scenes = ["comp"]
    (found,) = part("placing").placements()
    assert (found.element, found.version, found.offline) == ("rig", 1, False)
    bpy.context.window.scene = bpy.data.scenes["comp"]
    check_take_is_shown(shot, folder)


def test_a_linked_scene_shows_its_take_and_is_left_alone(part: Part, folder: Path) -> None:
    shot, _ = comp_with_take(part, folder)
    bpy.context.scene.name = "comp"
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(folder / "shot.blend"), link=True) as (there, wanted):
        wanted.scenes = ["comp"]
    (found,) = part("placing").placements()
    assert found.offline is False and found.root == shot.root
    groups = part("groups")
    mine = groups.regen_group()
    assert mine.library is None, "a group of somebody else's file is not built upon"


def test_what_a_blend_says_of_itself_is_only_believed_where_we_wrote_it(part: Part, folder: Path) -> None:
    state, placing = part("state"), part("placing")
    shot, placed = comp_with_take(part, folder)
    for text in ("", "{", "[]", '{"schema": "other", "placement": "x"}', "[" * 100_000, '{"placement": 1}'):
        placed.group[state.KEY] = text
        assert state.kept(placed.group) == {} and not list(placing.placements())
    placed.group[state.KEY] = 7
    assert state.kept(placed.group) == {}
